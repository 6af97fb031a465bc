/* The usual question at size: five classes of traffic on ten kinds of server, three deployments of
 * each (150 in all), ten quarters; supply, power and budget all bind. What the solver is timed on.
 */
#ifndef SU_TEST_FLEET_TYPICAL_H
#define SU_TEST_FLEET_TYPICAL_H

#include "base/rng.h"
#include "plan/fleet.h"

#define TYPICAL_STAGES 10u
#define TYPICAL_CLASSES 5u
#define TYPICAL_KINDS 10u
#define TYPICAL_DEPLOYMENTS 3u
#define TYPICAL_SEEDS 3u

struct fleet_typical {
    uint32_t months[TYPICAL_STAGES];
    double demand[TYPICAL_CLASSES][TYPICAL_STAGES];
    uint32_t supply[TYPICAL_KINDS][TYPICAL_STAGES];
    double power[TYPICAL_STAGES];
    struct su_fleet_class classes[TYPICAL_CLASSES];
    struct su_fleet_chip chips[TYPICAL_KINDS];
    struct su_fleet_server servers[TYPICAL_KINDS];
    struct su_fleet_source sources[3 * TYPICAL_KINDS];
    struct su_fleet_option options[TYPICAL_CLASSES * TYPICAL_KINDS * TYPICAL_DEPLOYMENTS];
    struct su_fleet_problem problem;
};

static inline double typical_draw(struct su_rng *rng, double low, double high)
{
    return low + (high - low) * su_rng_uniform(rng);
}

/* whole thousands, as quotes are */
static inline struct su_money typical_price(double cny)
{
    return (struct su_money){(int64_t)(cny / 1e3) * 1000000000, SU_CNY};
}

/* A server does what it costs, give or take a third: no kind is best for everything. */
static inline void typical_kind(struct fleet_typical *f, struct su_rng *rng, uint32_t k,
                                double strength)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
    uint32_t there = 0;
    for (uint32_t t = 0; t < TYPICAL_STAGES; t++) {
        there += 8 * (uint32_t)typical_draw(rng, 16, 64);
        f->supply[k][t] = there;
    }
    f->chips[k] = (struct su_fleet_chip){names[k], k % 3 != 2 ? f->supply[k] : NULL};
    f->servers[k] = (struct su_fleet_server){names[k], k, k == 9 ? 16 : 8,
                                             strength * typical_draw(rng, 6e3, 9e3), 8};
    struct su_money capital = typical_price(strength * typical_draw(rng, 10e5, 16e5));
    struct su_money running = typical_price(strength * typical_draw(rng, 8e3, 14e3));
    struct su_money rent = typical_price((double)capital.micro / 1e6 / typical_draw(rng, 16, 24));
    f->sources[3 * k] = (struct su_fleet_source){.name = "bought",
                                                 .server = k,
                                                 .channel = SU_FLEET_BUY,
                                                 .capital = capital,
                                                 .running_month = running,
                                                 .stage_min = k % 4 == 3 ? 2 : 0};
    f->sources[3 * k + 1] = (struct su_fleet_source){.name = "rented",
                                                     .server = k,
                                                     .channel = SU_FLEET_RENT,
                                                     .rent_month = rent,
                                                     .off_site = true,
                                                     .count_known = true,
                                                     .n_servers_max = 320};
    f->sources[3 * k + 2] = (struct su_fleet_source){.name = "existing",
                                                     .server = k,
                                                     .channel = SU_FLEET_EXISTING,
                                                     .running_month = running,
                                                     .count_known = true,
                                                     .n_servers_max = 8 * (k % 4)};
}

/* 10 x 150 replica counts, and the servers of 30 sources: bought, rented, owned. */
static inline void fleet_typical_init(struct fleet_typical *f, uint64_t seed)
{
    struct su_rng rng;
    su_rng_init(&rng, seed, "fleet_typical", 0);
    for (uint32_t t = 0; t < TYPICAL_STAGES; t++)
        f->months[t] = 3;
    for (uint32_t c = 0; c < TYPICAL_CLASSES; c++) {
        double demand = typical_draw(&rng, 400, 3200);
        for (uint32_t t = 0; t < TYPICAL_STAGES; t++) {
            f->demand[c][t] = demand;
            demand *= typical_draw(&rng, 1, 1.2);
        }
        f->classes[c] = (struct su_fleet_class){"class", f->demand[c]};
    }
    double strength[TYPICAL_KINDS];
    for (uint32_t k = 0; k < TYPICAL_KINDS; k++) {
        strength[k] = typical_draw(&rng, 0.5, 1.5);
        typical_kind(f, &rng, k, strength[k]);
    }
    uint32_t n = 0;
    for (uint32_t c = 0; c < TYPICAL_CLASSES; c++) {
        for (uint32_t k = 0; k < TYPICAL_KINDS; k++) {
            double card_req_s = strength[k] * typical_draw(&rng, 0.5, 1);
            for (uint32_t i = 0; i < TYPICAL_DEPLOYMENTS; i++) {
                uint32_t cards = 2u << i; /* 2, 4, 8 */
                /* larger replicas have more room for the cache: none is dominated */
                double gain = 0.9 + 0.05 * i + typical_draw(&rng, 0, 0.05);
                f->options[n++] = (struct su_fleet_option){
                    "option", c, k, SU_FLEET_AGGREGATED, 0, cards, gain * cards * card_req_s};
            }
        }
    }
    for (uint32_t t = 0; t < TYPICAL_STAGES; t++) {
        double total = 0;
        for (uint32_t c = 0; c < TYPICAL_CLASSES; c++)
            total += f->demand[c][t];
        f->power[t] = 1000 * total; /* about four fifths of what would be drawn without a limit */
    }
    static const int64_t budget_thousand[TYPICAL_SEEDS] = {3558000, 3470000, 2934000};
    int64_t budget = seed >= 1 && seed <= TYPICAL_SEEDS ? budget_thousand[seed - 1] : 0;
    f->problem = (struct su_fleet_problem){.stage_months = f->months,
                                           .n_stages = TYPICAL_STAGES,
                                           .classes = f->classes,
                                           .n_classes = TYPICAL_CLASSES,
                                           .chips = f->chips,
                                           .n_chips = TYPICAL_KINDS,
                                           .servers = f->servers,
                                           .n_servers = TYPICAL_KINDS,
                                           .sources = f->sources,
                                           .n_sources = 3 * TYPICAL_KINDS,
                                           .options = f->options,
                                           .n_options = n,
                                           .currency = SU_CNY,
                                           .budget_known = budget > 0,
                                           .budget = {budget * 1000000000, SU_CNY},
                                           .power_w_max = f->power,
                                           .discount_frac_year = 0.08,
                                           .gap_frac = 1e-3};
}

#endif
