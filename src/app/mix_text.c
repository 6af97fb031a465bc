/* A fleet for several classes, for a terminal. */
#include <math.h>
#include <string.h>

#include "app/mix_parts.h"

static const char *t(const struct su_mix_words *w, enum su_msg msg)
{
    return su_text(w->view->lang, msg);
}

static void col(const struct su_mix_words *w, struct su_table *table, enum su_msg msg,
                enum su_align align)
{
    su_table_col(table, t(w, msg), align, false);
}

static const char *chip_text(const struct su_mix_words *w, const struct su_mix_fleet *f)
{
    return f->only == NULL ? t(w, SU_MSG_mix_mixed) : f->only->id;
}

struct su_table *su_mix_table(const struct su_mix_words *w)
{
    struct su_arena *a = w->arena;
    struct su_table *table = SU_NEW(a, struct su_table);
    const char *code = su_currency_code(w->question->request.common->currency);
    su_table_init(table, a);
    su_table_col(table, "#", SU_ALIGN_RIGHT, false);
    col(w, table, SU_MSG_col_chip, SU_ALIGN_LEFT);
    col(w, table, SU_MSG_col_servers, SU_ALIGN_RIGHT);
    col(w, table, SU_MSG_col_cards, SU_ALIGN_RIGHT);
    su_table_col(table, "kW", SU_ALIGN_RIGHT, false);
    col(w, table, SU_MSG_col_total_cost, SU_ALIGN_RIGHT);
    su_table_col(table, su_text_fill(a, w->view->lang, SU_MSG_col_per_mtok, "currency", code, NULL),
                 SU_ALIGN_RIGHT, false);
    for (size_t i = 0; i < w->result->n_fleets; i++) {
        const struct su_mix_fleet *f = &w->result->fleets[i];
        const char *cells[] = {
            su_fmt(a, "%zu", i + 1),       chip_text(w, f),
            su_fmt(a, "%u", f->n_servers), su_fmt(a, "%u", f->n_cards),
            su_number(a, f->power_kw),     su_number_money(a, w->view->lang, f->cost.total),
            su_number(a, f->cost_per_mtok)};
        su_table_row(table, cells);
    }
    return table;
}

static void paragraph(const struct su_mix_words *w, struct su_buf *out, const char *text)
{
    su_report_paragraph(out, text, 0, w->view->width);
}

static const char *levels_text(const struct su_mix_words *w, const struct su_slo *slo)
{
    const struct {
        const char *name;
        double s;
    } all[] = {{"TTFT p99", slo->ttft_p99_s},
               {"TTFT", slo->ttft_mean_s},
               {"TPOT p99", slo->tpot_p99_s},
               {"TPOT", slo->tpot_mean_s}};
    const char *text = "";
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (all[i].s > 0)
            text = su_fmt(w->arena, "%s%s%s ≤ %s", text,
                          text[0] == '\0' ? "" : t(w, SU_MSG_list_comma), all[i].name,
                          su_number_time(w->arena, all[i].s));
    }
    return text;
}

static void write_classes(const struct su_mix_words *w, struct su_buf *out)
{
    struct su_arena *a = w->arena;
    struct su_table table;
    su_table_init(&table, a);
    col(w, &table, SU_MSG_col_traffic_class, SU_ALIGN_LEFT);
    col(w, &table, SU_MSG_col_model, SU_ALIGN_LEFT);
    col(w, &table, SU_MSG_col_peak_rate, SU_ALIGN_RIGHT);
    su_table_col(&table, "isl", SU_ALIGN_RIGHT, false);
    su_table_col(&table, "osl", SU_ALIGN_RIGHT, false);
    su_table_col(&table, t(w, SU_MSG_col_levels), SU_ALIGN_LEFT, true);
    for (size_t c = 0; c < w->question->request.n_classes; c++) {
        const struct su_mix_class *k = &w->question->request.classes[c];
        const char *cells[] = {k->name,
                               k->request.graph->model->name,
                               su_number(a, w->result->classes[c].peak_rate_req_s),
                               su_number_int(a, llround(k->request.load.isl)),
                               su_number_int(a, llround(k->request.load.osl)),
                               levels_text(w, &k->request.slo)};
        su_table_row(&table, cells);
    }
    su_table_write_text(out, &table, w->view->width);
}

static const char *role_text(const struct su_mix_words *w, enum su_fleet_role role)
{
    return role == SU_FLEET_PREFILL  ? t(w, SU_MSG_role_prefill)
           : role == SU_FLEET_DECODE ? t(w, SU_MSG_role_decode)
                                     : "";
}

static void write_parts(const struct su_mix_words *w, struct su_buf *out,
                        const struct su_mix_fleet *f)
{
    struct su_arena *a = w->arena;
    struct su_table table;
    su_table_init(&table, a);
    col(w, &table, SU_MSG_col_traffic_class, SU_ALIGN_LEFT);
    col(w, &table, SU_MSG_col_chip, SU_ALIGN_LEFT);
    col(w, &table, SU_MSG_col_cards, SU_ALIGN_RIGHT);
    col(w, &table, SU_MSG_col_dtype, SU_ALIGN_LEFT);
    col(w, &table, SU_MSG_col_cut, SU_ALIGN_LEFT);
    col(w, &table, SU_MSG_col_replicas, SU_ALIGN_RIGHT);
    col(w, &table, SU_MSG_col_share, SU_ALIGN_RIGHT);
    col(w, &table, SU_MSG_col_ttft, SU_ALIGN_RIGHT);
    col(w, &table, SU_MSG_col_tpot, SU_ALIGN_RIGHT);
    col(w, &table, SU_MSG_col_total_cost, SU_ALIGN_RIGHT);
    for (size_t i = 0; i < f->n_parts; i++) {
        const struct su_mix_part *part = &f->parts[i];
        const struct su_plan *p = &part->plan;
        struct su_plan_figures figures = su_plan_figures(p);
        const char *replicas =
            part->n_spare == 0 ? su_fmt(a, "%u", p->n_replicas)
                               : su_fmt(a, "%u + %u", p->n_replicas - part->n_spare, part->n_spare);
        const char *role = role_text(w, part->role);
        const char *name = w->question->request.classes[part->klass].name;
        const char *cells[] = {role[0] == '\0' ? name : su_fmt(a, "%s (%s)", name, role),
                               p->accel->id,
                               su_fmt(a, "%u", p->n_cards),
                               su_dtype_name(p->weight_dtype),
                               su_plan_cut_text(a, p),
                               replicas,
                               su_fmt(a, "%.0f %%", part->share_frac * 100),
                               su_number_time(a, figures.ttft_p99_s),
                               su_number_time(a, figures.tpot_p99_s),
                               su_number_money(a, w->view->lang, p->cost.total)};
        su_table_row(&table, cells);
    }
    su_table_write_text(out, &table, w->view->width);
}

static void write_stages(const struct su_mix_words *w, struct su_buf *out,
                         const struct su_mix_fleet *f)
{
    struct su_arena *a = w->arena;
    if (w->result->n_stages < 2)
        return;
    struct su_table table;
    su_table_init(&table, a);
    col(w, &table, SU_MSG_col_chip, SU_ALIGN_LEFT);
    uint32_t n = w->result->n_stages;
    const char **cells = SU_NEW_ARRAY(a, n + 1, const char *);
    uint32_t month = 0;
    for (uint32_t s = 0; s < n; s++) {
        su_table_col(&table,
                     su_text_fill(a, w->view->lang, SU_MSG_col_months, "from",
                                  su_fmt(a, "%u", month + 1), "to",
                                  su_fmt(a, "%u", month + w->result->stage_months[s]), NULL),
                     SU_ALIGN_RIGHT, false);
        month += w->result->stage_months[s];
    }
    for (size_t k = 0; k < f->n_kinds; k++) {
        cells[0] = su_fmt(a, "%s%s", f->servers[k].accel->id,
                          f->servers[k].existing ? t(w, SU_MSG_mix_existing) : "");
        for (uint32_t s = 0; s < n; s++)
            cells[s + 1] = su_fmt(a, "%u", f->servers[k].n_servers[s]);
        su_table_row(&table, cells);
    }
    su_buf_putc(out, '\n');
    paragraph(w, out, t(w, SU_MSG_mix_stages));
    su_table_write_text(out, &table, w->view->width);
}

static void write_best(const struct su_mix_words *w, struct su_buf *out)
{
    const struct su_mix_fleet *f = &w->result->fleets[0];
    struct su_arena *a = w->arena;
    su_buf_putc(out, '\n');
    su_report_heading(out, su_text_fill(a, w->view->lang, SU_MSG_mix_best, "chip", chip_text(w, f),
                                        "servers", su_fmt(a, "%u", f->n_servers), NULL));
    paragraph(w, out, su_mix_reason(w, f));
    su_buf_putc(out, '\n');
    write_parts(w, out, f);
    write_stages(w, out, f);
    for (size_t i = 0; i < f->n_parts; i++) {
        const struct su_mix_part *part = &f->parts[i];
        struct su_plan_words words = su_mix_part_words(w, part);
        su_buf_putc(out, '\n');
        paragraph(w, out,
                  su_fmt(a, "%s, %s: %s", w->question->request.classes[part->klass].name,
                         part->plan.accel->id, su_plan_reason(&words, &part->plan)));
        const char *launch = su_plan_launch(&words, &part->plan);
        if (launch != NULL)
            su_buf_printf(out, "  %s\n", launch);
    }
}

static void write_excluded(const struct su_mix_words *w, struct su_buf *out)
{
    struct su_arena *a = w->arena;
    const struct su_mix_result *r = w->result;
    su_buf_putc(out, '\n');
    su_report_heading(out, su_text_fill(a, w->view->lang, SU_MSG_mix_heading_excluded, "n",
                                        su_fmt(a, "%zu", r->n_excluded), NULL));
    struct su_table table;
    su_table_init(&table, a);
    su_table_col(&table, t(w, SU_MSG_col_chip), SU_ALIGN_LEFT, true);
    su_table_col(&table, t(w, SU_MSG_col_reason), SU_ALIGN_LEFT, true);
    for (size_t i = 0; i < r->n_excluded;) {
        const char *reason = su_mix_exclusion_reason(w, &r->excluded[i]);
        const char *ids = r->excluded[i].accel->id;
        size_t n = 1;
        while (i + n < r->n_excluded &&
               strcmp(su_mix_exclusion_reason(w, &r->excluded[i + n]), reason) == 0) {
            ids = su_fmt(a, "%s, %s", ids, r->excluded[i + n].accel->id);
            n++;
        }
        i += n;
        const char *cells[] = {ids, reason};
        su_table_row(&table, cells);
    }
    su_table_write_text(out, &table, w->view->width);
}

void su_mix_write(const struct su_mix_words *w, struct su_buf *out, const struct su_facts *facts,
                  const struct su_notes *notes, const struct su_table *table)
{
    struct su_arena *a = w->arena;
    const struct su_plan_request *common = w->question->request.common;
    su_report_heading(out, su_text_fill(a, w->view->lang, SU_MSG_mix_title, "n",
                                        su_fmt(a, "%zu", w->question->request.n_classes), "region",
                                        common->region, "date",
                                        su_facts_date_text(a, w->view, facts), NULL));
    write_classes(w, out);
    paragraph(w, out,
              su_text_fill(a, w->view->lang, SU_MSG_plan_horizon, "months",
                           su_fmt(a, "%g", common->horizon_months), "mtok",
                           su_number_int(a, llround(w->result->mtok_output)), NULL));
    if (w->why == NULL) {
        write_best(w, out);
        su_buf_putc(out, '\n');
        su_report_heading(out, t(w, SU_MSG_heading_ranking));
        su_table_write_text(out, table, 0);
        paragraph(w, out, t(w, SU_MSG_mix_legend));
    } else {
        su_buf_putc(out, '\n');
        paragraph(w, out, w->why);
    }
    write_excluded(w, out);
    su_notes_write(out, notes, w->view);
}
