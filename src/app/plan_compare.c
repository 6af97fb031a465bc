/* --compare A,B: two chips side by side, line by line, and what would turn the order of the two. */
#include <math.h>
#include <string.h>

#include "app/plan_parts.h"

#define FILL(w, ...) su_text_fill((w)->arena, (w)->view->lang, __VA_ARGS__, NULL)

/* Whether more or less of a line is better; some are only told. */
enum sense { SENSE_NONE, SENSE_LESS, SENSE_MORE };

struct line {
    const char *key;
    enum su_msg name;
    enum sense sense;
    double value[2]; /* NAN: not known */
    const char *text[2];
    bool is_text; /* the JSON has the words, not the value */
};

struct compare {
    const struct su_plan_words *w;
    const struct su_accel *accel[2];
    const struct su_plan *plan[2];     /* NULL: excluded */
    const struct su_exclusion *out[2]; /* then why */
    size_t index[2];
    struct su_doc *lines;
    struct su_table *table;
};

static const char *t(const struct su_plan_words *w, enum su_msg msg)
{
    return su_text(w->view->lang, msg);
}

static const char *id_of(const struct compare *c, int i)
{
    return c->accel[i]->id;
}

static enum su_status find(struct compare *c, int i, const char *id, struct su_err *err)
{
    const struct su_plan_result *r = c->w->result;
    const struct su_accel *accel = NULL;
    SU_TRY(su_catalog_find_accel(c->w->request->catalog, id, &accel, err));
    c->accel[i] = accel;
    for (size_t k = 0; k < r->n_plans; k++) {
        if (r->plans[k].accel == accel) {
            c->plan[i] = &r->plans[k];
            c->index[i] = k;
            return SU_OK;
        }
    }
    for (size_t k = 0; k < r->n_excluded; k++) {
        if (r->excluded[k].accel == accel)
            c->out[i] = &r->excluded[k];
    }
    if (c->out[i] == NULL)
        return SU_FAIL(err, SU_ERR_INPUT, "compare", "has \"%s\", which is not among --chips", id);
    return SU_OK;
}

/* 0 or 1: the one that is better; -1: neither. */
static int better(const struct line *l)
{
    if (l->sense == SENSE_NONE || !isfinite(l->value[0]) || !isfinite(l->value[1]) ||
        l->value[0] == l->value[1])
        return -1;
    bool first_less = l->value[0] < l->value[1];
    return first_less == (l->sense == SENSE_LESS) ? 0 : 1;
}

static void add(struct compare *c, const struct line *l)
{
    struct su_arena *a = c->w->arena;
    struct su_doc *doc = su_doc_push_obj(a, c->lines);
    su_doc_put_str(a, doc, "item", l->key);
    static const char *const keys[] = {"a", "b"};
    for (int i = 0; i < 2; i++) {
        if (l->is_text && l->text[i] != NULL)
            su_doc_put_str(a, doc, keys[i], l->text[i]);
        else if (!l->is_text && isfinite(l->value[i]))
            su_doc_put_real(a, doc, keys[i], l->value[i]);
        else
            su_doc_put_null(a, doc, keys[i]);
    }
    int best = better(l);
    if (best < 0)
        su_doc_put_null(a, doc, "better");
    else
        su_doc_put_str(a, doc, "better", id_of(c, best));
    const char *cells[] = {t(c->w, l->name), l->text[0], l->text[1],
                           best < 0 ? NULL : id_of(c, best)};
    su_table_row(c->table, cells);
}

/* A number that depends on the plan alone. */
static void add_number(struct compare *c, const char *key, enum su_msg name, enum sense sense,
                       double (*of)(const struct su_plan *),
                       const char *(*show)(struct su_arena *, double))
{
    struct line l = {.key = key, .name = name, .sense = sense};
    for (int i = 0; i < 2; i++) {
        l.value[i] = of(c->plan[i]);
        l.text[i] = isfinite(l.value[i]) ? show(c->w->arena, l.value[i]) : NULL;
    }
    add(c, &l);
}

static double servers(const struct su_plan *p)
{
    return p->n_servers;
}

static double server_power_w(const struct su_plan *p)
{
    return p->power.server_w;
}

static double rate_per_card(const struct su_plan *p)
{
    return su_plan_per_server_req_s(p) / p->n_cards_server;
}

static double cards_per_replica(const struct su_plan *p)
{
    return p->par.tp * p->par.dp;
}

static double mem_bytes(const struct su_plan *p)
{
    return (double)su_accel_mem_bytes(p->accel);
}

static double mem_bytes_per_s(const struct su_plan *p)
{
    return su_accel_mem_bw_bytes_per_s(p->accel);
}

static double peak16_flop_per_s(const struct su_plan *p)
{
    struct su_fact f = su_fact_known(p->accel->bf16) ? p->accel->bf16 : p->accel->fp16;
    return su_fact_known(f) ? su_fact_value(f) * 1e12 : NAN;
}

static double ttft_p99_s(const struct su_plan *p)
{
    return p->steady.ttft_p99_s;
}

static double tpot_p99_s(const struct su_plan *p)
{
    return p->steady.tpot_p99_s;
}

static const char *show_count(struct su_arena *a, double v)
{
    return su_number_int(a, llround(v));
}

static const char *show_kw(struct su_arena *a, double w)
{
    return su_fmt(a, "%s kW", su_number(a, w / 1e3));
}

static const char *show_gib(struct su_arena *a, double v)
{
    return su_fmt(a, "%.4g GiB", v / SU_GIB);
}

static const char *show_bytes_per_s(struct su_arena *a, double v)
{
    return su_fmt(a, "%s/s", su_number_bytes(a, v));
}

static const char *show_tflops(struct su_arena *a, double v)
{
    return su_fmt(a, "%s TFLOPS", su_number(a, v / 1e12));
}

static const char *show_percent(struct su_arena *a, double v)
{
    return su_fmt(a, "%.0f %%", v * 100);
}

static void add_money(struct compare *c)
{
    const struct su_plan_words *w = c->w;
    struct line total = {"total", SU_MSG_cmp_total, SENSE_LESS, {NAN, NAN}, {0}, false};
    struct line price = {"server_price", SU_MSG_cmp_server_price, SENSE_LESS, {NAN, NAN}, {0},
                         false};
    for (int i = 0; i < 2; i++) {
        const struct su_plan *p = c->plan[i];
        if (!p->quote.known)
            continue;
        total.value[i] = su_money_amount(p->cost.total);
        total.text[i] = su_number_money(w->arena, w->view->lang, p->cost.total);
        /* A rent is no price of a server. */
        price.value[i] = p->quote.card_hours > 0 ? NAN : su_money_amount(p->quote.mid);
        price.text[i] = su_quote_text(w->arena, w->view, &p->quote, p->quote.mid);
    }
    add(c, &total);
    add(c, &price);
}

static enum su_status add_scale(struct compare *c, struct su_err *err)
{
    const struct su_plan_words *w = c->w;
    struct line l = {
        "total_per_req_s_at_scale", SU_MSG_cmp_cost_rate, SENSE_LESS, {NAN, NAN}, {0}, false};
    for (int i = 0; i < 2; i++) {
        if (!c->plan[i]->quote.known)
            continue;
        struct su_money m = {0};
        SU_TRY(su_plan_total_at_scale(w->request, w->result, c->plan[i], &l.value[i], err));
        SU_TRY(su_money_make(l.value[i], w->request->currency, &m, err));
        l.text[i] = su_number_money(w->arena, w->view->lang, m);
    }
    add(c, &l);
    return SU_OK;
}

static void add_bound(struct compare *c, const char *key, enum su_msg name, bool decode)
{
    struct line l = {.key = key, .name = name, .value = {NAN, NAN}, .is_text = true};
    for (int i = 0; i < 2; i++) {
        double share = 0;
        const struct su_plan *p = c->plan[i];
        enum su_msg bound = su_plan_bottleneck(decode ? &p->decode_cost : &p->prefill_cost, &share);
        l.text[i] = su_fmt(c->w->arena, "%s (%.0f %%)", t(c->w, bound), share * 100);
    }
    add(c, &l);
}

static void add_software(struct compare *c)
{
    const struct su_plan_words *w = c->w;
    struct line engine = {"engine_support", SU_MSG_cmp_engine, SENSE_MORE, {0}, {0}, true};
    struct line basis = {"basis", SU_MSG_cmp_basis, SENSE_LESS, {0}, {0}, true};
    for (int i = 0; i < 2; i++) {
        const struct su_plan *p = c->plan[i];
        engine.value[i] = p->engine_support;
        engine.text[i] = su_fmt(w->arena, "%s: %s", p->accel->stack,
                                su_support_text(w->view, p->engine_support));
        basis.value[i] = p->basis;
        basis.text[i] = su_basis_text(w->view, p->basis);
    }
    add(c, &engine);
    add(c, &basis);
}

static enum su_status add_lines(struct compare *c, struct su_err *err)
{
    add_money(c);
    add_number(c, "servers", SU_MSG_cmp_servers, SENSE_LESS, servers, show_count);
    add_number(c, "server_power_w", SU_MSG_cmp_server_power, SENSE_LESS, server_power_w, show_kw);
    SU_TRY(add_scale(c, err));
    add_number(c, "rate_per_server_req_s", SU_MSG_cmp_rate_server, SENSE_MORE,
               su_plan_per_server_req_s, su_number);
    add_number(c, "rate_per_card_req_s", SU_MSG_cmp_rate_card, SENSE_MORE, rate_per_card,
               su_number);
    add_number(c, "cards_per_replica", SU_MSG_cmp_cards_replica, SENSE_LESS, cards_per_replica,
               show_count);
    add_number(c, "mem_bytes", SU_MSG_cmp_mem, SENSE_MORE, mem_bytes, show_gib);
    add_number(c, "mem_bytes_per_s", SU_MSG_cmp_bandwidth, SENSE_MORE, mem_bytes_per_s,
               show_bytes_per_s);
    add_number(c, "peak16_flop_per_s", SU_MSG_cmp_compute, SENSE_MORE, peak16_flop_per_s,
               show_tflops);
    add_bound(c, "prefill_bound", SU_MSG_cmp_prefill, false);
    add_bound(c, "decode_bound", SU_MSG_cmp_decode, true);
    add_number(c, "datasheet_frac", SU_MSG_cmp_datasheet, SENSE_MORE, su_plan_datasheet_frac,
               show_percent);
    add_number(c, "ttft_p99_s", SU_MSG_cmp_ttft, SENSE_LESS, ttft_p99_s, su_number_time);
    add_number(c, "tpot_p99_s", SU_MSG_cmp_tpot, SENSE_LESS, tpot_p99_s, su_number_time);
    add_software(c);
    return SU_OK;
}

/* The traffic at which the order of the two turns, on each side of what was asked. */
static enum su_status put_traffic(struct compare *c, struct su_doc *doc, struct su_doc *sentences,
                                  struct su_err *err)
{
    const struct su_plan_words *w = c->w;
    bool swap = c->index[1] < c->index[0];
    const struct su_plan *two[] = {c->plan[swap ? 1 : 0], c->plan[swap ? 0 : 1]};
    static const char *const keys[] = {"traffic_below", "traffic_above"};
    for (int up = 0; up < 2; up++) {
        struct su_sensitivity s = {.change = {SU_LEVER_TRAFFIC, NULL, up == 1 ? 2 : 0.5}};
        SU_TRY(su_plan_threshold(w->request, w->result, two, 2, &s, err));
        if (!s.threshold_known || s.then == NULL) {
            su_doc_put_null(w->arena, doc, keys[up]);
            continue;
        }
        su_doc_put_real(w->arena, doc, keys[up], s.threshold);
        su_doc_push_str(w->arena, sentences, su_traffic_text(w, &s));
    }
    return SU_OK;
}

static enum su_status put_order(struct compare *c, struct su_doc *doc, struct su_doc *sentences,
                                struct su_err *err)
{
    const struct su_plan_words *w = c->w;
    struct su_arena *a = w->arena;
    int cheap = c->index[0] < c->index[1] ? 0 : 1;
    const struct su_plan *winner = c->plan[cheap];
    const struct su_plan *loser = c->plan[1 - cheap];
    su_doc_put_str(a, doc, "cheaper", winner->accel->id);
    su_doc_push_str(a, sentences, su_decides_between(w, winner, loser));
    struct su_doc *evens = su_doc_put_arr(a, doc, "thresholds");
    for (int i = 0; i < 2; i++) {
        struct su_break_even e;
        SU_TRY(su_plan_break_even(a, w->request, w->result, c->index[i], c->plan[1 - i], &e, err));
        struct su_doc *one = su_doc_push_obj(a, evens);
        su_doc_put_str(a, one, "chip", id_of(c, i));
        su_put_break_even(a, one, &e);
        if (i != cheap)
            su_doc_push_str(a, sentences, su_loser_text(w, loser, &e));
    }
    return put_traffic(c, doc, sentences, err);
}

/* An unpriced chip against a priced one: the price at which they would cost the same. */
static enum su_status put_unpriced(struct compare *c, struct su_doc *doc, struct su_doc *sentences,
                                   struct su_err *err)
{
    const struct su_plan_words *w = c->w;
    su_doc_put_null(w->arena, doc, "cheaper");
    for (int i = 0; i < 2; i++) {
        const struct su_plan *p = c->plan[i];
        const struct su_plan *other = c->plan[1 - i];
        if (p->quote.known)
            continue;
        su_doc_push_str(w->arena, sentences,
                        FILL(w, SU_MSG_compare_unpriced, "chip", p->accel->id));
        if (!other->quote.known)
            continue;
        struct su_money price = {0};
        SU_TRY(su_cost_quote_to_win(&w->result->cost_basis, p->quote.channel, other->cost.total,
                                    p->n_servers, p->power, w->request->horizon_months, &price,
                                    err));
        su_doc_put_money(w->arena, doc, "price_to_win", price);
        bool hopeless = price.micro <= 0;
        enum su_msg msg = hopeless                  ? SU_MSG_change_price_never
                          : p->quote.card_hours > 0 ? SU_MSG_compare_price_rent
                                                    : SU_MSG_compare_price;
        su_doc_push_str(w->arena, sentences,
                        FILL(w, msg, "chip", p->accel->id, "rival", other->accel->id, "price",
                             su_quote_text(w->arena, w->view, &p->quote, price)));
    }
    return SU_OK;
}

static void put_excluded(struct compare *c, struct su_doc *doc, struct su_doc *sentences)
{
    const struct su_plan_words *w = c->w;
    su_doc_put_null(w->arena, doc, "cheaper");
    for (int i = 0; i < 2; i++) {
        if (c->out[i] == NULL)
            continue;
        su_doc_push_str(w->arena, sentences,
                        FILL(w, SU_MSG_compare_out, "chip", id_of(c, i), "constraint",
                             su_constraint_text(w, c->out[i]->constraint), "reason",
                             su_exclusion_reason(w, c->out[i])));
    }
}

enum su_status su_compare_init(const struct su_plan_words *w, struct su_verdict *v,
                               struct su_err *err)
{
    if (!su_request_has(w->asked, SU_OPTION_compare))
        return SU_OK;
    struct su_arena *a = w->arena;
    const char *const *ids = w->asked->compare;
    if (ids[0] == NULL || ids[1] == NULL || ids[2] != NULL || strcmp(ids[0], ids[1]) == 0)
        return SU_FAIL(err, SU_ERR_INPUT, "compare", "expected two chips: ID,ID");
    struct compare c = {.w = w};
    SU_TRY(find(&c, 0, ids[0], err));
    SU_TRY(find(&c, 1, ids[1], err));
    v->compare = su_doc_new(a, SU_DOC_OBJ);
    v->compare_title = FILL(w, SU_MSG_heading_compare, "a", id_of(&c, 0), "b", id_of(&c, 1));
    su_doc_put_str(a, v->compare, "a", id_of(&c, 0));
    su_doc_put_str(a, v->compare, "b", id_of(&c, 1));
    struct su_doc *sentences = su_doc_new(a, SU_DOC_ARR);
    c.lines = su_doc_put_arr(a, v->compare, "lines");
    if (c.plan[0] == NULL || c.plan[1] == NULL) {
        put_excluded(&c, v->compare, sentences);
    } else {
        c.table = v->compare_table = SU_NEW(a, struct su_table);
        su_table_init(c.table, a);
        su_table_col(c.table, t(w, SU_MSG_col_item), SU_ALIGN_LEFT, false);
        su_table_col(c.table, id_of(&c, 0), SU_ALIGN_RIGHT, false);
        su_table_col(c.table, id_of(&c, 1), SU_ALIGN_RIGHT, false);
        su_table_col(c.table, t(w, SU_MSG_compare_better), SU_ALIGN_LEFT, false);
        SU_TRY(add_lines(&c, err));
        bool priced = c.plan[0]->quote.known && c.plan[1]->quote.known;
        SU_TRY(priced ? put_order(&c, v->compare, sentences, err)
                      : put_unpriced(&c, v->compare, sentences, err));
    }
    su_doc_put(a, v->compare, "verdict", sentences);
    return SU_OK;
}

void su_compare_write(const struct su_plan_words *w, struct su_buf *out)
{
    const struct su_verdict *v = w->verdict;
    if (v->compare == NULL)
        return;
    su_buf_putc(out, '\n');
    su_report_heading(out, v->compare_title);
    const struct su_doc *sentences = su_doc_get(v->compare, "verdict");
    for (size_t i = 0; i < sentences->u.arr.n; i++)
        su_report_paragraph(out, sentences->u.arr.items[i]->u.str.p, 0, w->view->width);
    if (v->compare_table == NULL)
        return;
    su_buf_putc(out, '\n');
    su_table_write_text(out, v->compare_table, w->view->width);
}
