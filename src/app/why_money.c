/* Claims that need performance or the cost of ownership: decoding per card and per yuan, the
 * efficiency at which a domestic chip breaks even, a cluster that cannot be let. */
#include <math.h>
#include <string.h>

#include "app/why_parts.h"
#include "econ/tco.h"
#include "memory/memory.h"
#include "plan/plan.h"

#define REGION "cn"
#define MONTHS 36
#define SERVER_CARDS 8
#define UTILIZATION_FRAC 0.9
#define BLOCK_TOKENS 16

/* Any purchase that was possible in the country on the date. */
static const struct su_channels any_channel = {.official = true, .grey = true, .second_hand = true};

static struct su_tco_ask ask_of(struct su_why *w, const struct su_accel *accel, uint32_t n_servers,
                                uint32_t months)
{
    const struct su_catalog *catalog = w->facts.catalog;
    const struct su_server *server = su_catalog_server_for(catalog, accel->id);
    bool counted = server != NULL && su_fact_known(server->accel_count);
    return (struct su_tco_ask){.catalog = catalog,
                               .accel = accel,
                               .server = server,
                               .region = REGION,
                               .date = w->facts.date,
                               .channels = any_channel,
                               .currency = SU_CNY,
                               .n_servers = n_servers,
                               .n_cards = counted ? (uint32_t)su_fact_value(server->accel_count)
                                                  : SERVER_CARDS,
                               .months = months};
}

enum su_status su_why_card_hour(struct su_why *w, const struct su_accel *accel, bool *known,
                                double *cny, const char **source, struct su_err *err)
{
    struct su_tco tco;
    struct su_quote quote;
    struct su_tco_ask ask = ask_of(w, accel, 1, MONTHS);
    SU_TRY(su_tco_init(w->arena, &ask, &tco, &quote, err));
    *known = quote.known;
    if (!quote.known)
        return SU_OK;
    struct su_tco_values values = su_tco_middle(&tco);
    values.v[SU_TCO_rent_decay] = 0; /* what an hour costs, not what the market does */
    *cny = su_tco_break_even_rent(&tco, &values, SU_TCO_BUY);
    *source = quote.row->source;
    return SU_OK;
}

/* ---- one server of a chip serving a model ---- */

struct serving {
    const struct su_graph *graph;
    struct su_load load;
    double concurrency; /* of one server of 8 cards */
};

struct server {
    const struct su_accel *accel;
    struct su_deployment d;
    struct su_engine_limits limits;
    double seqs;
    double decode_tok_s;  /* per card */
    double prefill_tok_s; /* per card */
    enum su_basis basis;  /* of the decode step */
    bool priced;
    double price_cny; /* of the server */
    double hour_cny;  /* of a card */
    const char *source;
};

static enum su_status read_serving(struct su_why *w, const struct su_claim *claim,
                                   struct serving *s, struct su_err *err)
{
    const char *name = NULL;
    struct su_err why = {0};
    SU_TRY(su_doc_str(claim->doc, "model", SU_DOC_REQUIRED, &name, err));
    SU_TRY(su_claim_real(claim, "isl", 1, 1e7, &s->load.isl, err));
    SU_TRY(su_claim_real(claim, "osl", 1, 1e7, &s->load.osl, err));
    SU_TRY(su_claim_real(claim, "concurrency", 1, 1e6, &s->concurrency, err));
    struct su_model *model = SU_NEW(w->arena, struct su_model);
    enum su_status st = su_model_load(w->arena, name, model, &why);
    if (st != SU_OK) {
        (void)SU_DOC_FAIL(err, su_doc_get(claim->doc, "model"), "%s", why.message);
        return st;
    }
    s->graph = su_graph_build(w->arena, model);
    return SU_OK;
}

/* Decoding sequences that the cards can hold. */
static double held(const struct server *s, const struct serving *load, double concurrency)
{
    double most = (double)s->limits.kv_capacity_tokens / (load->load.isl + load->load.osl / 2);
    return fmin(concurrency, most);
}

/* Tensor parallel over the 8 cards of a server, 16-bit weights: what every one of these chips
 * computes in. */
static enum su_status set_up(struct su_why *w, const struct serving *load, struct server *s,
                             struct su_err *err)
{
    const struct su_catalog *catalog = w->facts.catalog;
    const struct su_server *box = su_catalog_server_for(catalog, s->accel->id);
    s->d = (struct su_deployment){.graph = load->graph,
                                  .par = {SERVER_CARDS, 1, 1, 1},
                                  .weight_dtype = SU_DTYPE_bf16,
                                  .kv_dtype = SU_DTYPE_bf16,
                                  .eff = su_eff_of(catalog, s->accel, SU_EFF_MID)};
    SU_TRY(su_parallel_check(load->graph->model, s->d.par, err));
    SU_TRY(su_device_init(&s->d.device, s->accel, box, SU_DTYPE_bf16, err));
    uint64_t card_bytes = su_accel_mem_bytes(s->accel);
    su_plan_engine_defaults(card_bytes, &s->limits.max_num_seqs, &s->limits.max_num_batched_tokens);
    struct su_memory_request r = {.graph = load->graph,
                                  .par = s->d.par,
                                  .weight_dtype = SU_DTYPE_bf16,
                                  .kv_dtype = SU_DTYPE_bf16,
                                  .card_bytes = su_memory_visible_bytes(card_bytes),
                                  .utilization_frac = UTILIZATION_FRAC,
                                  .max_batched_tokens = s->limits.max_num_batched_tokens,
                                  .max_sequences = s->limits.max_num_seqs,
                                  .block_tokens = BLOCK_TOKENS};
    struct su_memory m = su_memory_map(&r);
    if (!m.fits)
        return SU_FAIL(err, SU_ERR_INPUT, s->accel->id, "%u cards do not hold %s in bf16",
                       SERVER_CARDS, load->graph->model->name);
    s->limits.kv_capacity_tokens = m.kv_capacity_tokens;
    return SU_OK;
}

static enum su_status rate_server(struct su_why *w, const struct serving *load,
                                  const struct su_accel *accel, struct server *s,
                                  struct su_err *err)
{
    *s = (struct server){.accel = accel};
    SU_TRY(set_up(w, load, s, err));
    s->seqs = held(s, load, load->concurrency);
    s->decode_tok_s = su_decode_tok_s_per_gpu(&s->d, &load->load, s->seqs);
    s->prefill_tok_s = su_prefill_tok_s_per_gpu(&s->d, &s->limits, &load->load);
    struct su_step step = {.decode_seqs = s->seqs,
                           .decode_kv_tokens = load->load.isl + load->load.osl / 2};
    struct su_step_cost *cost = SU_NEW(w->arena, struct su_step_cost);
    su_step_explain(&s->d, &step, cost);
    s->basis = cost->basis;
    struct su_quote quote;
    SU_TRY(su_price_server(w->facts.catalog, accel,
                           su_catalog_server_for(w->facts.catalog, accel->id), SERVER_CARDS, REGION,
                           w->facts.date, any_channel, SU_CNY, &quote, err));
    if (quote.known)
        s->price_cny = su_money_amount(quote.mid);
    return su_why_card_hour(w, accel, &s->priced, &s->hour_cny, &s->source, err);
}

/* Decode tokens a second that 10,000 CNY of server buy. */
static double per_wan(const struct server *s)
{
    return s->decode_tok_s * SERVER_CARDS / (s->price_cny / 1e4);
}

static void server_step(struct su_why *w, struct su_finding *f, const struct server *s)
{
    const char *price = s->priced ? su_text_fill(w->arena, w->view->lang, SU_MSG_why_server_price,
                                                 "price", su_why_money(w, s->price_cny, SU_CNY),
                                                 "rate", su_number(w->arena, per_wan(s)), NULL)
                                  : su_text(w->view->lang, SU_MSG_why_no_price);
    su_finding_step(w, f,
                    su_text_fill(w->arena, w->view->lang, SU_MSG_why_rates, "chip", s->accel->id,
                                 "decode", su_number(w->arena, s->decode_tok_s), "prefill",
                                 su_number(w->arena, s->prefill_tok_s), "seqs",
                                 su_number_int(w->arena, llround(s->seqs)), "basis",
                                 su_basis_text(w->view, s->basis), "price", price, NULL));
    su_finding_source(w, f, s->accel->source);
    su_finding_source(w, f, s->source);
}

/* How a chip compares with the others. */
struct comparison {
    const char *per_card; /* "a100 1.35×, …" */
    const char *per_yuan;
    const char *ahead;
    const char *behind;
    bool cheapest;
    double prefill; /* share of the fastest */
};

static const char *listed(struct su_why *w, const char *list, const char *item)
{
    return list == NULL
               ? item
               : su_fmt(w->arena, "%s%s%s", list, su_text(w->view->lang, SU_MSG_list_comma), item);
}

static void compare(struct su_why *w, const struct server *own, const struct server *other,
                    struct comparison *c)
{
    double card = own->decode_tok_s / other->decode_tok_s;
    const char *id = other->accel->id;
    c->per_card = listed(w, c->per_card, su_fmt(w->arena, "%s %.2f×", id, card));
    if (card > 1)
        c->ahead = listed(w, c->ahead, id);
    else
        c->behind = listed(w, c->behind, id);
    c->prefill = fmin(c->prefill, own->prefill_tok_s / other->prefill_tok_s);
    if (!own->priced || !other->priced)
        return;
    double yuan = per_wan(own) / per_wan(other);
    c->per_yuan = listed(w, c->per_yuan, su_fmt(w->arena, "%s %.2f×", id, yuan));
    c->cheapest = c->cheapest && yuan > 1;
}

static const char *or_none(struct su_why *w, const char *list)
{
    return list == NULL ? su_text(w->view->lang, SU_MSG_why_none) : list;
}

/* The comparison as a finding: per card, per yuan, and what prompts do to it. */
static void conclude(struct su_why *w, const struct comparison *c, struct su_finding *f)
{
    enum su_lang lang = w->view->lang;
    f->computed = su_text_fill(w->arena, lang, SU_MSG_why_per_card, "ratios", c->per_card, NULL);
    if (c->per_yuan != NULL)
        f->computed =
            su_fmt(w->arena, "%s%s%s", f->computed, su_text(lang, SU_MSG_list_semicolon),
                   su_text_fill(w->arena, lang, SU_MSG_why_per_yuan, "ratios", c->per_yuan, NULL));
    f->verdict = c->behind == NULL && c->cheapest && c->prefill >= 1 ? SU_HOLDS
                 : c->behind == NULL || c->cheapest                  ? SU_HOLDS_ONLY_IF
                                                                     : SU_DOES_NOT_HOLD;
    f->words = su_text_fill(w->arena, lang, SU_MSG_why_decode_if, "ahead", or_none(w, c->ahead),
                            "behind", or_none(w, c->behind), "yuan",
                            su_text(lang, c->cheapest ? SU_MSG_why_yuan_best : SU_MSG_why_yuan_not),
                            "prefill", su_why_percent(w, c->prefill), NULL);
}

enum su_status su_why_decode(struct su_why *w, const struct su_claim *claim, struct su_finding *f,
                             struct su_err *err)
{
    const struct su_accel *a = NULL;
    const struct su_accel *const *others = NULL;
    size_t n = 0;
    struct serving load = {0};
    SU_TRY(su_claim_chip(w, claim, "chip", &a, err));
    SU_TRY(su_claim_chips(w, claim, "against", &others, &n, err));
    SU_TRY(read_serving(w, claim, &load, err));
    struct server *own = SU_NEW(w->arena, struct server);
    struct server *other = SU_NEW(w->arena, struct server);
    SU_TRY(rate_server(w, &load, a, own, err));
    server_step(w, f, own);
    struct comparison c = {.cheapest = own->priced, .prefill = INFINITY};
    for (size_t i = 0; i < n; i++) {
        SU_TRY(rate_server(w, &load, others[i], other, err));
        server_step(w, f, other);
        compare(w, own, other, &c);
    }
    su_finding_source(w, f, su_text(w->view->lang, SU_MSG_why_by_model));
    conclude(w, &c, f);
    return SU_OK;
}

/* ---- break-even efficiency ---- */

/* Card seconds that one request takes. */
static double request_s(double prefill_tok_s, double decode_tok_s, const struct su_load *load)
{
    return load->isl / prefill_tok_s + load->osl / decode_tok_s;
}

/* Time of a step at the data-sheet peaks, operators only. */
static double ideal_s(struct su_why *w, const struct server *s, const struct su_step *step)
{
    struct su_step_cost *cost = SU_NEW(w->arena, struct su_step_cost);
    su_step_explain(&s->d, step, cost);
    double total = 0;
    for (uint32_t i = 0; i < cost->n_lines; i++)
        total += cost->lines[i].ideal_s;
    return total;
}

static double ideal_request_s(struct su_why *w, const struct server *s, const struct serving *load)
{
    double tokens = s->limits.max_num_batched_tokens;
    struct su_step prefill = {.prefill_tokens = tokens,
                              .prefill_seqs = tokens / load->load.isl,
                              .prefill_kv_tokens = load->load.isl};
    struct su_step decode = {.decode_seqs = s->seqs,
                             .decode_kv_tokens = load->load.isl + load->load.osl / 2};
    return request_s(tokens / ideal_s(w, s, &prefill) / SERVER_CARDS,
                     s->seqs / ideal_s(w, s, &decode) / SERVER_CARDS, &load->load);
}

enum su_status su_why_efficiency(struct su_why *w, const struct su_claim *claim,
                                 struct su_finding *f, struct su_err *err)
{
    const struct su_accel *a = NULL;
    const struct su_accel *b = NULL;
    struct serving load = {0};
    double claimed = 0;
    SU_TRY(su_claim_chip(w, claim, "chip", &a, err));
    SU_TRY(su_claim_chip(w, claim, "against", &b, err));
    SU_TRY(read_serving(w, claim, &load, err));
    SU_TRY(su_claim_real(claim, "claimed", 0.01, 1, &claimed, err));
    struct server *own = SU_NEW(w->arena, struct server);
    struct server *other = SU_NEW(w->arena, struct server);
    SU_TRY(rate_server(w, &load, a, own, err));
    SU_TRY(rate_server(w, &load, b, other, err));
    if (!own->priced || !other->priced)
        return SU_DOC_FAIL(err, claim->doc, "no price of %s is known on %s",
                           own->priced ? b->id : a->id, w->facts.date.text);
    double peak = ideal_request_s(w, own, &load);
    double theirs = request_s(other->prefill_tok_s, other->decode_tok_s, &load.load);
    double needed = own->hour_cny * peak / (other->hour_cny * theirs);
    double expected = peak / request_s(own->prefill_tok_s, own->decode_tok_s, &load.load);
    server_step(w, f, own);
    server_step(w, f, other);
    su_finding_step(w, f,
                    su_fmt(w->arena, "%s: %s/h × %.4g s; %s: %s/h × %.4g s", a->id,
                           su_why_money(w, own->hour_cny, SU_CNY), peak, b->id,
                           su_why_money(w, other->hour_cny, SU_CNY), theirs));
    su_finding_step(w, f,
                    su_fmt(w->arena, "(%.3g × %.4g) / (%.3g × %.4g) = %s", own->hour_cny, peak,
                           other->hour_cny, theirs, su_why_percent(w, needed)));
    su_finding_source(w, f, su_text(w->view->lang, SU_MSG_why_by_model));
    f->computed = su_why_percent(w, needed);
    f->verdict = needed <= claimed ? SU_HOLDS : SU_DOES_NOT_HOLD;
    if (f->verdict == SU_HOLDS && expected < needed)
        f->verdict = SU_HOLDS_ONLY_IF;
    f->words =
        su_text_fill(w->arena, w->view->lang,
                     needed <= claimed ? SU_MSG_why_efficiency_holds : SU_MSG_why_efficiency_not,
                     "needed", f->computed, "expected", su_why_percent(w, expected), "claimed",
                     su_why_percent(w, claimed), NULL);
    return SU_OK;
}

/* ---- a cluster that cannot be let ---- */

enum su_status su_why_lettable(struct su_why *w, const struct su_claim *claim, struct su_finding *f,
                               struct su_err *err)
{
    const struct su_accel *accel = NULL;
    double servers = 0;
    double low = 0;
    double high = 0;
    double months = 0;
    SU_TRY(su_claim_chip(w, claim, "chip", &accel, err));
    SU_TRY(su_claim_real(claim, "servers", 1, 1e6, &servers, err));
    SU_TRY(su_claim_real(claim, "rent_low", 0, 1e6, &low, err));
    SU_TRY(su_claim_real(claim, "rent_high", low, 1e6, &high, err));
    SU_TRY(su_claim_real(claim, "months", 1, 240, &months, err));
    struct su_tco tco;
    struct su_quote quote;
    struct su_tco_ask ask = ask_of(w, accel, (uint32_t)servers, (uint32_t)months);
    SU_TRY(su_tco_init(w->arena, &ask, &tco, &quote, err));
    if (!quote.known)
        return SU_DOC_FAIL(err, claim->doc, "no price of %s is known on %s", accel->id,
                           w->facts.date.text);
    struct su_tco_values v = su_tco_middle(&tco);
    double even = su_tco_break_even_rent(&tco, &v, SU_TCO_LEASE_OUT);
    v.v[SU_TCO_rent_per_card_hour] = high;
    double occupancy = su_tco_break_even_occupancy(&tco, &v);
    double seen = 1 - tco.x[SU_TCO_vacancy].low; /* the fullest that is on record */
    su_finding_step(w, f,
                    su_text_fill(w->arena, w->view->lang, SU_MSG_why_let_step, "servers",
                                 su_fmt(w->arena, "%.0f", servers), "price",
                                 su_money_amount(quote.mid) > 0
                                     ? su_why_money(w, su_money_amount(quote.mid), SU_CNY)
                                     : "-",
                                 "months", su_fmt(w->arena, "%.0f", months), "even",
                                 su_why_money(w, even, SU_CNY), "vacancy",
                                 su_why_percent(w, tco.x[SU_TCO_vacancy].value), NULL));
    su_finding_step(w, f,
                    su_text_fill(w->arena, w->view->lang, SU_MSG_why_let_rent, "rent",
                                 su_fmt(w->arena, "%g … %g", low, high), "occupancy",
                                 isinf(occupancy) ? "-" : su_why_percent(w, occupancy), "seen",
                                 su_why_percent(w, seen), NULL));
    su_finding_source(w, f, quote.row->source);
    su_finding_source(w, f, tco.x[SU_TCO_vacancy].source);
    su_finding_source(w, f, tco.x[SU_TCO_residual].source);
    f->computed =
        su_text_fill(w->arena, w->view->lang, SU_MSG_why_let, "even", su_why_money(w, even, SU_CNY),
                     "rent", su_fmt(w->arena, "%g … %g", low, high), NULL);
    f->verdict = occupancy > 1 ? SU_HOLDS : occupancy > seen ? SU_HOLDS_ONLY_IF : SU_DOES_NOT_HOLD;
    f->words =
        su_text_fill(w->arena, w->view->lang,
                     f->verdict == SU_DOES_NOT_HOLD ? SU_MSG_why_let_not : SU_MSG_why_let_holds,
                     "even", su_why_money(w, even, SU_CNY), "occupancy",
                     isinf(occupancy) ? "-" : su_why_percent(w, occupancy), NULL);
    return SU_OK;
}
