/* What decides a plan and what would change it: as keys, sentences and two tables. Figures are all
 * from plan/sensitivity.h. */
#include <math.h>
#include <string.h>

#include "app/plan_parts.h"
#include "base/pool.h"

/* Rivals that get a paragraph; the others are in the table. */
#define RIVALS_TOLD 3
/* Rows of single rivals in the sensitivity table. */
#define RIVALS_SHOWN 4

static const char *t(const struct su_plan_words *w, enum su_msg msg)
{
    return su_text(w->view->lang, msg);
}

#define FILL(w, ...) su_text_fill((w)->arena, (w)->view->lang, __VA_ARGS__, NULL)

static const char *percent(const struct su_plan_words *w, double frac)
{
    return su_fmt(w->arena, "%.0f %%", frac * 100);
}

static const char *money(const struct su_plan_words *w, struct su_money m)
{
    return su_number_money(w->arena, w->view->lang, m);
}

/* Of one server, by the plan's channel. */
static const char *unit(const struct su_plan_words *w, const struct su_plan *p, struct su_money m)
{
    return su_quote_text(w->arena, w->view, &p->quote, m);
}

static struct su_money negative(struct su_money m)
{
    return (struct su_money){-m.micro, m.currency};
}

static const char *and_then(const struct su_plan_words *w, const char *text, const char *more)
{
    if (text[0] == '\0')
        return more;
    return su_fmt(w->arena, "%s%s%s", text, w->view->lang == SU_LANG_ZH ? "" : " ", more);
}

/* Chips do not depend on each other: one job each. */
struct evens {
    const struct su_plan_words *w;
    struct su_break_even *even;
    struct su_err *err;
    enum su_status *status;
};

static void break_even_job(void *ctx, size_t job, struct su_arena *arena)
{
    struct evens *e = ctx;
    e->status[job] = su_plan_break_even(arena, e->w->request, e->w->result, job, NULL,
                                        &e->even[job], &e->err[job]);
}

enum su_status su_verdict_init(const struct su_plan_words *w, struct su_verdict *v,
                               struct su_err *err)
{
    const struct su_plan_result *r = w->result;
    *v = (struct su_verdict){0};
    v->even = SU_NEW_ARRAY(w->arena, r->n_priced, struct su_break_even);
    struct evens e = {w, v->even, SU_NEW_ARRAY(w->arena, r->n_priced, struct su_err),
                      SU_NEW_ARRAY(w->arena, r->n_priced, enum su_status)};
    su_pool_run(su_pool_threads(), r->n_priced, break_even_job, &e);
    for (size_t i = 0; i < r->n_priced; i++) {
        if (e.status[i] != SU_OK) {
            *err = e.err[i];
            return e.status[i];
        }
    }
    return su_plan_sensitivity(w->arena, w->request, r, &v->changes, err);
}

/* ---- what decides ---- */

const char *su_decides_between(const struct su_plan_words *w, const struct su_plan *a,
                               const struct su_plan *b)
{
    const char *lead =
        percent(w, 1 - su_money_amount(a->cost.total) / su_money_amount(b->cost.total));
    struct su_money own = {a->cost.total.micro / a->n_servers, a->cost.total.currency};
    struct su_money other = {b->cost.total.micro / b->n_servers, b->cost.total.currency};
    return FILL(
        w, a->n_servers == b->n_servers ? SU_MSG_verdict_same_servers : SU_MSG_verdict_servers,
        "leader", a->accel->id, "rival", b->accel->id, "lead", lead, "servers",
        su_fmt(w->arena, "%u", a->n_servers), "rivals", su_fmt(w->arena, "%u", b->n_servers), "own",
        money(w, own), "other", money(w, other));
}

const char *su_verdict_decides(const struct su_plan_words *w, const struct su_verdict *v)
{
    const struct su_plan_result *r = w->result;
    if (r->n_priced == 0)
        return t(w, SU_MSG_verdict_unpriced);
    const struct su_plan *p = &r->plans[0];
    const struct su_plan *rival = v->even[0].rival;
    const char *text = rival == NULL ? FILL(w, SU_MSG_verdict_alone, "leader", p->accel->id)
                                     : su_decides_between(w, p, rival);
    if (rival != NULL)
        text =
            and_then(w, text,
                     FILL(w, SU_MSG_verdict_rate, "leader", p->accel->id, "rival", rival->accel->id,
                          "own", su_number(w->arena, su_plan_per_server_req_s(p)), "other",
                          su_number(w->arena, su_plan_per_server_req_s(rival))));
    double unused = 0;
    text = and_then(w, text,
                    FILL(w, SU_MSG_verdict_phase, "busy",
                         percent(w, fmin(p->steady.utilization_frac, 1)), "prefill",
                         t(w, su_plan_bottleneck(&p->prefill_cost, &unused)), "decode",
                         t(w, su_plan_bottleneck(&p->decode_cost, &unused))));
    text = and_then(w, text,
                    FILL(w, SU_MSG_verdict_datasheet, "leader", p->accel->id, "basis",
                         su_basis_text(w->view, p->basis), "share",
                         percent(w, v->even[0].datasheet_frac)));
    if (rival == NULL)
        return text;
    return and_then(
        w, text,
        FILL(w, SU_MSG_verdict_uncertain, "leader", p->accel->id, "p", percent(w, p->p_best)));
}

/* ---- what would change it ---- */

static const char *speed_text(const struct su_plan_words *w, const struct su_plan *p,
                              const struct su_break_even *e)
{
    const char *now = percent(w, e->datasheet_frac);
    if (e->servers_max == 0)
        return FILL(w, SU_MSG_change_speed_one, "chip", p->accel->id, "rival", e->rival->accel->id);
    return FILL(w, isnan(e->efficiency) ? SU_MSG_change_speed_never : SU_MSG_change_speed, "chip",
                p->accel->id, "share", percent(w, e->efficiency * e->datasheet_frac), "now", now,
                "basis", su_basis_text(w->view, p->basis));
}

static const char *scale_text(const struct su_plan_words *w, const struct su_break_even *e)
{
    enum su_msg msg = isnan(e->scale_efficiency) ? SU_MSG_change_scale_never
                      : e->scale_efficiency < 1  ? SU_MSG_change_scale_already
                                                 : SU_MSG_change_scale;
    return FILL(w, msg, "share", percent(w, e->scale_efficiency * e->datasheet_frac), "now",
                percent(w, e->datasheet_frac));
}

/* What would make one loser win; sentences in one paragraph. */
const char *su_loser_text(const struct su_plan_words *w, const struct su_plan *p,
                          const struct su_break_even *e)
{
    const char *text = and_then(w, speed_text(w, p, e), scale_text(w, e));
    bool hopeless = e->price.micro <= 0;
    text = and_then(w, text,
                    FILL(w, hopeless ? SU_MSG_change_price_never : SU_MSG_change_price, "price",
                         unit(w, p, e->price), "now", unit(w, p, p->quote.mid), "rival",
                         e->rival->accel->id));
    if (e->porting && e->porting_budget.micro < 0)
        text = and_then(
            w, text,
            FILL(w, SU_MSG_change_porting_short, "short", money(w, negative(e->porting_budget))));
    if (e->porting && e->porting_budget_datasheet.micro > 0)
        text = and_then(
            w, text,
            FILL(w, SU_MSG_change_porting_worth, "budget", money(w, e->porting_budget_datasheet)));
    return text;
}

const char *su_traffic_text(const struct su_plan_words *w, const struct su_sensitivity *s)
{
    const char *factor = su_number(w->arena, s->threshold);
    if (s->then == NULL)
        return FILL(w, SU_MSG_change_none_serves, "factor", factor);
    return FILL(w, SU_MSG_change_traffic, "chip", s->then->accel->id, "factor", factor);
}

static const char *change_text(const struct su_plan_words *w, const struct su_change *c)
{
    const char *value = su_fmt(w->arena, "%.3g", c->value);
    const char *chip = c->only == NULL ? "" : c->only->accel->id;
    enum su_msg msg = SU_MSG_sens_load;
    switch (c->lever) {
    case SU_LEVER_PRICE:
        msg = c->only == NULL ? SU_MSG_sens_price_all : SU_MSG_sens_price;
        break;
    case SU_LEVER_TRAFFIC:
        msg = SU_MSG_sens_traffic;
        break;
    case SU_LEVER_ACTIVE_HOURS:
        msg = SU_MSG_sens_hours;
        break;
    case SU_LEVER_LOAD:
        value = percent(w, c->value);
        break;
    case SU_LEVER_EFFICIENCY:
        if (c->value > SU_EFF_MID)
            msg = c->only == NULL ? SU_MSG_sens_eff_high_all : SU_MSG_sens_eff_high;
        else
            msg = c->only == NULL ? SU_MSG_sens_eff_low_all : SU_MSG_sens_eff_low;
        break;
    }
    return FILL(w, msg, "value", value, "chip", chip);
}

static void tell(const struct su_plan_words *w, struct su_doc *list, const char *text)
{
    su_doc_push_str(w->arena, list, text);
}

struct su_doc *su_verdict_changes(const struct su_plan_words *w, const struct su_verdict *v)
{
    const struct su_plan_result *r = w->result;
    struct su_doc *list = su_doc_new(w->arena, SU_DOC_ARR);
    if (r->n_priced < 2)
        return list;
    for (size_t i = 1; i < r->n_priced && i <= RIVALS_TOLD; i++)
        tell(w, list, su_loser_text(w, &r->plans[i], &v->even[i]));
    const struct su_plan *p = &r->plans[0];
    const struct su_break_even *e = &v->even[0];
    const char *rival = e->rival->accel->id;
    if (e->efficiency > SU_EFFICIENCY_LOW)
        tell(w, list,
             FILL(w, SU_MSG_change_leader_speed, "leader", p->accel->id, "rival", rival, "share",
                  percent(w, e->efficiency * e->datasheet_frac), "now",
                  percent(w, e->datasheet_frac)));
    tell(w, list,
         FILL(w, SU_MSG_change_leader_price, "leader", p->accel->id, "price", unit(w, p, e->price),
              "now", unit(w, p, p->quote.mid)));
    if (e->porting)
        tell(w, list,
             FILL(w, SU_MSG_change_porting, "rival", rival, "stack", p->accel->stack, "budget",
                  money(w, e->porting_budget)));
    for (size_t i = 0; i < v->changes.n; i++) {
        const struct su_sensitivity *s = &v->changes.items[i];
        if (s->change.lever == SU_LEVER_TRAFFIC && s->threshold_known)
            tell(w, list, su_traffic_text(w, s));
        bool told = s->change.lever == SU_LEVER_PRICE || s->change.lever == SU_LEVER_TRAFFIC;
        if (!told && s->leader != NULL && s->leader != p)
            tell(w, list,
                 FILL(w, SU_MSG_change_row, "change", change_text(w, &s->change), "chip",
                      s->leader->accel->id));
    }
    return list;
}

/* ---- as keys ---- */

static void put_frac(struct su_arena *a, struct su_doc *doc, const char *key, double v)
{
    if (isfinite(v))
        su_doc_put_real(a, doc, key, v);
    else
        su_doc_put_null(a, doc, key);
}

void su_put_break_even(struct su_arena *a, struct su_doc *doc, const struct su_break_even *e)
{
    if (e->rival == NULL) {
        su_doc_put_null(a, doc, "break_even");
        return;
    }
    struct su_doc *even = su_doc_put_obj(a, doc, "break_even");
    su_doc_put_str(a, even, "against", e->rival->accel->id);
    put_frac(a, even, "efficiency_frac", e->efficiency);
    put_frac(a, even, "datasheet_frac", e->efficiency * e->datasheet_frac);
    su_doc_put_int(a, even, "servers_max", e->servers_max);
    struct su_doc *scale = su_doc_put_obj(a, even, "at_scale");
    put_frac(a, scale, "efficiency_frac", e->scale_efficiency);
    put_frac(a, scale, "datasheet_frac", e->scale_efficiency * e->datasheet_frac);
    su_doc_put_money(a, even, "server_price", e->price);
    if (e->porting) {
        su_doc_put_money(a, even, "porting_budget", e->porting_budget);
        su_doc_put_money(a, even, "porting_budget_at_datasheet", e->porting_budget_datasheet);
    } else {
        su_doc_put_null(a, even, "porting_budget");
        su_doc_put_null(a, even, "porting_budget_at_datasheet");
    }
}

void su_verdict_put_plan(const struct su_plan_words *w, struct su_doc *doc, size_t rank)
{
    put_frac(w->arena, doc, "datasheet_frac", su_plan_datasheet_frac(&w->result->plans[rank]));
    if (rank < w->result->n_priced)
        su_put_break_even(w->arena, doc, &w->verdict->even[rank]);
    else
        su_doc_put_null(w->arena, doc, "break_even");
}

/* The break-even search knows where a single chip's speed turns the order. */
static bool threshold_of(const struct su_plan_words *w, const struct su_sensitivity *s,
                         double *value, const struct su_plan **then)
{
    *value = s->threshold;
    *then = s->then;
    if (s->change.lever != SU_LEVER_EFFICIENCY)
        return s->threshold_known;
    if (s->change.only == NULL)
        return false;
    size_t i = (size_t)(s->change.only - w->result->plans);
    *value = w->verdict->even[i].efficiency;
    *then = i == 0 ? w->verdict->even[i].rival : s->change.only;
    return isfinite(*value) && *value > SU_EFFICIENCY_LOW;
}

static const char *level_word(double level)
{
    return level <= SU_EFF_LOW ? "p10" : "p90";
}

static void put_change(const struct su_plan_words *w, struct su_doc *list,
                       const struct su_sensitivity *s)
{
    struct su_arena *a = w->arena;
    struct su_doc *doc = su_doc_push_obj(a, list);
    su_doc_put_str(a, doc, "parameter", su_lever_name(s->change.lever));
    if (s->change.only == NULL)
        su_doc_put_null(a, doc, "chip");
    else
        su_doc_put_str(a, doc, "chip", s->change.only->accel->id);
    if (s->change.lever == SU_LEVER_EFFICIENCY)
        su_doc_put_str(a, doc, "change", level_word(s->change.value));
    else
        su_doc_put_real(a, doc, "change", s->change.value);
    if (s->leader == NULL) {
        su_doc_put_null(a, doc, "leader");
        su_doc_put_null(a, doc, "cost_per_mtok_output");
    } else {
        su_doc_put_str(a, doc, "leader", s->leader->accel->id);
        su_doc_put_real(a, doc, "cost_per_mtok_output", s->cost_per_mtok);
    }
    su_doc_put_bool(a, doc, "changes", s->leader != &w->result->plans[0]);
    double threshold = 0;
    const struct su_plan *then = NULL;
    bool known = threshold_of(w, s, &threshold, &then);
    put_frac(a, doc, "threshold", known ? threshold : NAN);
    if (known && then != NULL)
        su_doc_put_str(a, doc, "threshold_leader", then->accel->id);
    else
        su_doc_put_null(a, doc, "threshold_leader");
}

void su_verdict_put(const struct su_plan_words *w, struct su_doc *doc)
{
    struct su_arena *a = w->arena;
    struct su_doc *list = su_doc_put_arr(a, doc, "sensitivity");
    for (size_t i = 0; i < w->verdict->changes.n; i++)
        put_change(w, list, &w->verdict->changes.items[i]);
    if (w->result->n_plans == 0) {
        su_doc_put_null(a, doc, "verdict");
        return;
    }
    struct su_doc *verdict = su_doc_put_obj(a, doc, "verdict");
    su_doc_put_str(a, verdict, "decides", su_verdict_decides(w, w->verdict));
    su_doc_put(a, verdict, "would_change", su_verdict_changes(w, w->verdict));
}

/* ---- for a terminal ---- */

void su_verdict_write(const struct su_plan_words *w, struct su_buf *out)
{
    su_buf_putc(out, '\n');
    su_report_heading(out, t(w, SU_MSG_heading_verdict));
    su_report_paragraph(out, su_verdict_decides(w, w->verdict), 0, w->view->width);
    const struct su_doc *list = su_verdict_changes(w, w->verdict);
    if (list->u.arr.n == 0)
        return;
    su_buf_putc(out, '\n');
    su_report_paragraph(out, t(w, SU_MSG_heading_would_change), 0, w->view->width);
    for (size_t i = 0; i < list->u.arr.n; i++)
        su_report_paragraph(out, su_fmt(w->arena, "- %s", list->u.arr.items[i]->u.str.p), 2,
                            w->view->width);
}

static const char *share_or_never(const struct su_plan_words *w, double factor, double now)
{
    return isnan(factor) ? t(w, SU_MSG_never) : percent(w, factor * now);
}

static void write_break_even(const struct su_plan_words *w, struct su_buf *out)
{
    struct su_table table;
    su_table_init(&table, w->arena);
    su_table_col(&table, t(w, SU_MSG_col_chip), SU_ALIGN_LEFT, false);
    su_table_col(&table, t(w, SU_MSG_col_datasheet_now), SU_ALIGN_RIGHT, false);
    su_table_col(&table, t(w, SU_MSG_col_break_even), SU_ALIGN_RIGHT, false);
    su_table_col(&table, t(w, SU_MSG_col_break_even_scale), SU_ALIGN_RIGHT, false);
    su_table_col(&table, t(w, SU_MSG_col_price_now), SU_ALIGN_RIGHT, false);
    su_table_col(&table, t(w, SU_MSG_col_price_even), SU_ALIGN_RIGHT, false);
    su_table_col(&table, t(w, SU_MSG_col_porting), SU_ALIGN_RIGHT, false);
    for (size_t i = 0; i < w->result->n_priced; i++) {
        const struct su_plan *p = &w->result->plans[i];
        const struct su_break_even *e = &w->verdict->even[i];
        const char *cells[] = {
            p->accel->id,
            percent(w, e->datasheet_frac),
            share_or_never(w, e->efficiency, e->datasheet_frac),
            share_or_never(w, e->scale_efficiency, e->datasheet_frac),
            unit(w, p, p->quote.mid),
            e->price.micro > 0 ? unit(w, p, e->price) : t(w, SU_MSG_never),
            e->porting ? money(w, e->porting_budget) : NULL,
        };
        su_table_row(&table, cells);
    }
    su_buf_putc(out, '\n');
    su_report_heading(out, t(w, SU_MSG_heading_break_even));
    su_table_write_text(out, &table, w->view->width);
    su_report_paragraph(out, t(w, SU_MSG_break_even_legend), 0, w->view->width);
}

static void write_sensitivity(const struct su_plan_words *w, struct su_buf *out)
{
    struct su_table table;
    su_table_init(&table, w->arena);
    const char *code = su_currency_word(w->view->lang, w->request->currency);
    su_table_col(&table, t(w, SU_MSG_col_change), SU_ALIGN_LEFT, true);
    su_table_col(&table, t(w, SU_MSG_col_leads), SU_ALIGN_LEFT, false);
    su_table_col(&table, FILL(w, SU_MSG_col_per_mtok, "currency", code), SU_ALIGN_RIGHT, false);
    su_table_col(&table, t(w, SU_MSG_col_threshold), SU_ALIGN_LEFT, false);
    for (size_t i = 0; i < w->verdict->changes.n; i++) {
        const struct su_sensitivity *s = &w->verdict->changes.items[i];
        if (s->change.only > &w->result->plans[RIVALS_SHOWN])
            continue;
        double threshold = 0;
        const struct su_plan *then = NULL;
        const char *turns = NULL;
        if (threshold_of(w, s, &threshold, &then))
            turns = FILL(w, SU_MSG_sens_at, "value", su_fmt(w->arena, "× %.3g", threshold), "chip",
                         then == NULL ? t(w, SU_MSG_sens_nobody) : then->accel->id);
        const char *cells[] = {change_text(w, &s->change),
                               s->leader == NULL ? t(w, SU_MSG_sens_nobody) : s->leader->accel->id,
                               s->leader == NULL ? NULL : su_number(w->arena, s->cost_per_mtok),
                               turns};
        su_table_row(&table, cells);
    }
    su_buf_putc(out, '\n');
    su_report_heading(out, t(w, SU_MSG_heading_sensitivity));
    su_table_write_text(out, &table, w->view->width);
    su_report_paragraph(out, t(w, SU_MSG_sensitivity_legend), 0, w->view->width);
}

void su_verdict_write_tables(const struct su_plan_words *w, struct su_buf *out)
{
    if (w->result->n_priced < 2)
        return;
    write_break_even(w, out);
    write_sensitivity(w, out);
}
