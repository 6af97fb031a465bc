/* Energy from the cards' rated power, and the price of a million answered tokens if the run's load
 * were held for the whole horizon. */
#include <math.h>

#include "app/plan_parts.h"
#include "app/sim.h"

/* Share of rated power that a card draws between steps, its memory loaded and clocks up. */
#define IDLE_POWER_FRAC 0.15
#define CARDS_PER_SERVER 8u
#define DAYS_PER_MONTH 30.4375

static double span_s(const struct su_sim_run *run)
{
    return (double)(run->result.end_ps - run->result.start_ps) / SU_PS_PER_S;
}

static void add_energy(const struct su_view *view, struct su_notes *notes, const struct su_sim *sim,
                       const struct su_sim_run *run, struct su_sim_cost *cost)
{
    const struct su_accel *accel = sim->setup.accel;
    if (!su_fact_known(accel->tdp_w) || span_s(run) <= 0)
        return;
    double tdp_w = su_fact_value(accel->tdp_w);
    double busy_frac =
        (double)run->result.busy_ps / SU_PS_PER_S / span_s(run) / su_sim_replicas(sim);
    cost->energy_known = true;
    cost->energy_j =
        tdp_w * sim->setup.n_cards * span_s(run) * (busy_frac + IDLE_POWER_FRAC * (1 - busy_frac));
    cost->energy_j_per_token = cost->energy_j / fmax((double)run->result.output_tokens, 1);
    su_notes_assume(notes, "power",
                    su_text_fill(notes->arena, view->lang, SU_MSG_value_power, "tdp",
                                 su_number(notes->arena, tdp_w), "idle",
                                 su_fmt(notes->arena, "%g", IDLE_POWER_FRAC * 100), NULL),
                    su_text(view->lang, SU_MSG_assumed_power));
}

/* Replicas do not share a server with part of another. */
static uint32_t servers_of(const struct su_setup *setup, uint32_t n_replicas, uint32_t per_server)
{
    uint32_t cards = su_setup_replica_cards(setup);
    if (cards >= per_server)
        return n_replicas * ((cards + per_server - 1) / per_server);
    uint32_t fit = per_server / cards;
    return (n_replicas + fit - 1) / fit;
}

enum su_status su_sim_cost_of(struct su_arena *arena, const struct su_request *request,
                              const struct su_view *view, struct su_notes *notes,
                              const struct su_sim *sim, const struct su_sim_run *run,
                              struct su_sim_cost *cost, struct su_err *err)
{
    *cost = (struct su_sim_cost){0};
    add_energy(view, notes, sim, run, cost);
    struct su_notes bought; /* only of interest when there is a price */
    su_notes_init(&bought, arena, su_doc_new(arena, SU_DOC_OBJ));
    struct su_plan_request buy;
    SU_TRY(su_plan_read_buying(arena, request, view, &sim->setup.facts, &bought, &buy, err));
    const struct su_server *server = sim->setup.server;
    uint32_t per_server = server != NULL && su_fact_known(server->accel_count)
                              ? (uint32_t)su_fact_value(server->accel_count)
                              : CARDS_PER_SERVER;
    SU_TRY(su_price_server(buy.catalog, sim->setup.accel, server, per_server, buy.region, buy.date,
                           buy.channels, buy.currency, &cost->quote, err));
    struct su_quote rent = {0};
    if (buy.channels.rental)
        SU_TRY(su_price_rent(arena, buy.catalog, sim->setup.accel, per_server, buy.region, buy.date,
                             buy.currency, &rent, err));
    if (!cost->quote.known)
        cost->quote = rent;
    if (!cost->quote.known || run->result.output_tokens == 0 || span_s(run) <= 0)
        return SU_OK;
    struct su_cost_basis basis;
    SU_TRY(su_cost_basis_init(buy.catalog, buy.region, buy.date, buy.currency, &basis, err));
    cost->known = true;
    cost->n_cards_server = per_server;
    cost->region = buy.region;
    cost->horizon_months = buy.horizon_months;
    cost->n_servers = servers_of(&sim->setup, sim->setup.n_replicas, per_server);
    if (sim->config.n_prefill > 0)
        cost->n_servers += servers_of(&sim->prefill, sim->config.n_prefill, per_server);
    struct su_power power = su_power_of_server(sim->setup.accel, server, per_server);
    SU_TRY(su_cost_of_quote(&basis, &cost->quote, cost->quote.mid, cost->n_servers, power,
                            buy.horizon_months, &cost->cost, err));
    if (rent.known) {
        struct su_cost rented;
        SU_TRY(su_cost_of_quote(&basis, &rent, rent.mid, cost->n_servers, power, buy.horizon_months,
                                &rented, err));
        if (rented.total.micro < cost->cost.total.micro) {
            cost->cost = rented;
            cost->quote = rent;
        }
    }
    double mtok = (double)run->result.output_tokens / span_s(run) * buy.horizon_months *
                  DAYS_PER_MONTH * 86400 / 1e6;
    cost->per_mtok_output = su_money_amount(cost->cost.total) / mtok;
    for (size_t i = 0; i < bought.assumptions->u.arr.n; i++)
        su_doc_push(arena, notes->assumptions, bought.assumptions->u.arr.items[i]);
    su_notes_costs(notes, view, &basis);
    su_notes_assume(notes, "hours", "24 h/d", su_text(view->lang, SU_MSG_assumed_all_day));
    return SU_OK;
}
