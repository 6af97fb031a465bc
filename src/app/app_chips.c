/* `chips`: what is known of each chip, side by side, with what contradicting sources say. */
#include <string.h>

#include "app/facts.h"
#include "app/where.h"

enum su_status su_chips_choose(struct su_arena *arena, const struct su_request *request,
                               const struct su_catalog *catalog, struct su_chip_list *list,
                               struct su_err *err)
{
    struct su_where *where = NULL;
    if (su_request_has(request, SU_OPTION_where))
        SU_TRY(su_where_parse(arena, request->where, &where, err));
    for (size_t i = 0; i < request->n_operands; i++) {
        const struct su_accel *accel = NULL;
        SU_TRY(su_catalog_find_accel(catalog, request->operands[i], &accel, err));
        if (where == NULL || su_where_holds(where, accel))
            *SU_VEC_PUSH(arena, &list->v) = accel;
    }
    for (size_t i = 0; request->n_operands == 0 && i < catalog->n_accels; i++) {
        if (where == NULL || su_where_holds(where, &catalog->accels[i]))
            *SU_VEC_PUSH(arena, &list->v) = &catalog->accels[i];
    }
    return SU_OK;
}

/* Text fields in the order of the file; id to stack are always there. */
static const struct {
    const char *name;
    size_t offset;
} text_fields[] = {
#define SU_X(field) {#field, offsetof(struct su_accel, field)},
    SU_ACCEL_TEXT_TABLE(SU_X)
#undef SU_X
};
#define N_TEXT_FIELDS (sizeof(text_fields) / sizeof(text_fields[0]))

static const char *text_of(const struct su_accel *accel, size_t i)
{
    return *(const char *const *)(const void *)((const char *)accel + text_fields[i].offset);
}

static void put_fact(struct su_arena *arena, struct su_doc *chip, const struct su_accel *accel,
                     const struct su_accel_field *field)
{
    struct su_fact fact = su_accel_fact(accel, field);
    if (!su_fact_known(fact))
        return;
    struct su_doc *doc = su_doc_put_obj(arena, chip, field->name);
    su_doc_put_real(arena, doc, "value", su_fact_value(fact));
    if (field->unit[0] != '\0')
        su_doc_put_str(arena, doc, "unit", field->unit);
    struct su_doc *others =
        fact.n_values > 1 ? su_doc_put_arr(arena, doc, "contradicted_by") : NULL;
    for (uint32_t i = 1; i < fact.n_values; i++) {
        struct su_doc *other = su_doc_push_obj(arena, others);
        su_doc_put_real(arena, other, "value", fact.values[i].value);
        su_doc_put_str(arena, other, "source",
                       fact.values[i].source == NULL ? accel->source : fact.values[i].source);
        su_doc_put_str(arena, other, "confidence", su_confidence_name(fact.values[i].confidence));
    }
}

static void put_chip(struct su_arena *arena, struct su_doc *chips, const struct su_accel *accel)
{
    struct su_doc *chip = su_doc_push_obj(arena, chips);
    for (size_t i = 0; i < N_TEXT_FIELDS; i++) {
        if (text_of(accel, i) != NULL)
            su_doc_put_str(arena, chip, text_fields[i].name, text_of(accel, i));
    }
    su_doc_put_str(arena, chip, "as_of", accel->as_of.text);
    su_doc_put_str(arena, chip, "confidence", su_confidence_name(accel->confidence));
    for (size_t i = 0; i < su_accel_n_fields; i++)
        put_fact(arena, chip, accel, &su_accel_fields[i]);
}

static const char *fact_number(struct su_arena *arena, double v)
{
    return su_fmt(arena, "%.10g", v);
}

/* "400 (500¹, 550²)": the value used, then what others say, numbered for the list of sources. */
static const char *fact_text(struct su_arena *arena, struct su_fact fact, uint32_t *n_notes)
{
    if (!su_fact_known(fact))
        return NULL;
    const char *text = fact_number(arena, su_fact_value(fact));
    for (uint32_t i = 1; i < fact.n_values; i++)
        text = su_fmt(arena, "%s%s%s [%u]", text, i == 1 ? " (" : ", ",
                      fact_number(arena, fact.values[i].value), ++*n_notes);
    return fact.n_values > 1 ? su_fmt(arena, "%s)", text) : text;
}

/* Sources of the numbered values, in the same order as fact_text numbered them. */
static void write_sources(struct su_arena *arena, struct su_buf *out, const struct su_view *view,
                          const struct su_chip_list *list)
{
    uint32_t n = 0;
    for (size_t f = 0; f < su_accel_n_fields; f++) {
        for (size_t c = 0; c < list->v.n; c++) {
            const struct su_accel *accel = list->v.items[c];
            struct su_fact fact = su_accel_fact(accel, &su_accel_fields[f]);
            for (uint32_t i = 1; i < fact.n_values; i++) {
                const char *source =
                    fact.values[i].source == NULL ? accel->source : fact.values[i].source;
                su_report_paragraph(out,
                                    su_fmt(arena, "[%u] %s %s: %s (%s %s)", ++n, accel->id,
                                           su_accel_fields[f].name, source,
                                           su_text(view->lang, SU_MSG_confidence),
                                           su_confidence_text(view, fact.values[i].confidence)),
                                    2, view->width);
            }
        }
    }
    for (size_t c = 0; c < list->v.n; c++) {
        const struct su_accel *accel = list->v.items[c];
        su_report_paragraph(out,
                            su_fmt(arena, "%s: %s (%s, %s %s)", accel->id, accel->source,
                                   accel->as_of.text, su_text(view->lang, SU_MSG_confidence),
                                   su_confidence_text(view, accel->confidence)),
                            2, view->width);
        if (accel->notes != NULL)
            su_report_paragraph(
                out, su_fmt(arena, "%s: %s", su_text(view->lang, SU_MSG_note), accel->notes), 4,
                view->width);
    }
}

/* Fields down, chips across. */
static struct su_table *side_by_side(struct su_arena *arena, const struct su_view *view,
                                     const struct su_chip_list *list)
{
    static const enum su_msg shown_text[] = {
        SU_MSG_field_vendor,       SU_MSG_field_name,      SU_MSG_field_origin,
        SU_MSG_field_market,       SU_MSG_field_stack,     SU_MSG_field_arch,
        SU_MSG_field_process_node, SU_MSG_field_release,   SU_MSG_field_form_factor,
        SU_MSG_field_mem_type,     SU_MSG_field_link_name, SU_MSG_field_pcie};
    static const char *const shown_name[] = {"vendor",      "name",     "origin",       "market",
                                             "stack",       "arch",     "process_node", "release",
                                             "form_factor", "mem_type", "link_name",    "pcie"};
    struct su_table *table = SU_NEW(arena, struct su_table);
    su_table_init(table, arena);
    su_table_col(table, su_text(view->lang, SU_MSG_col_fact), SU_ALIGN_LEFT, false);
    for (size_t c = 0; c < list->v.n; c++)
        su_table_col(table, list->v.items[c]->id, SU_ALIGN_LEFT, true);
    const char **cells = SU_NEW_ARRAY(arena, list->v.n + 1, const char *);
    for (size_t t = 0; t < sizeof(shown_name) / sizeof(shown_name[0]); t++) {
        cells[0] = su_text(view->lang, shown_text[t]);
        for (size_t i = 0; i < N_TEXT_FIELDS; i++) {
            for (size_t c = 0; c < list->v.n && strcmp(text_fields[i].name, shown_name[t]) == 0;
                 c++)
                cells[c + 1] = shown_text[t] == SU_MSG_field_market
                                   ? su_market_text(view, text_of(list->v.items[c], i))
                                   : text_of(list->v.items[c], i);
        }
        su_table_row(table, cells);
    }
    uint32_t n_notes = 0;
    for (size_t f = 0; f < su_accel_n_fields; f++) {
        const struct su_accel_field *field = &su_accel_fields[f];
        cells[0] = field->unit[0] == '\0' ? field->name
                                          : su_fmt(arena, "%s (%s)", field->name, field->unit);
        for (size_t c = 0; c < list->v.n; c++)
            cells[c + 1] = fact_text(arena, su_accel_fact(list->v.items[c], field), &n_notes);
        su_table_row(table, cells);
    }
    return table;
}

static const char *plain(struct su_arena *arena, struct su_fact fact)
{
    if (!su_fact_known(fact))
        return NULL;
    return su_fmt(arena, "%s%s", fact_number(arena, su_fact_value(fact)),
                  fact.n_values > 1 ? "*" : "");
}

/* One line a chip. A star marks a fact that sources disagree on. */
static struct su_table *overview(struct su_arena *arena, const struct su_view *view,
                                 const struct su_chip_list *list)
{
    struct su_table *table = SU_NEW(arena, struct su_table);
    su_table_init(table, arena);
    su_table_col(table, "id", SU_ALIGN_LEFT, false);
    su_table_col(table, su_text(view->lang, SU_MSG_field_vendor), SU_ALIGN_LEFT, false);
    su_table_col(table, su_text(view->lang, SU_MSG_field_release), SU_ALIGN_LEFT, false);
    const char *const titles[] = {"mem GB", "GB/s", "BF16",      "FP16",
                                  "FP8",    "INT8", "link GB/s", "TDP W"};
    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
        su_table_col(table, titles[i], SU_ALIGN_RIGHT, false);
    su_table_col(table, su_text(view->lang, SU_MSG_field_stack), SU_ALIGN_LEFT, false);
    su_table_col(table, su_text(view->lang, SU_MSG_confidence), SU_ALIGN_LEFT, false);
    for (size_t i = 0; i < list->v.n; i++) {
        const struct su_accel *a = list->v.items[i];
        const char *cells[] = {a->id,
                               a->vendor,
                               a->release,
                               plain(arena, a->mem_gb),
                               plain(arena, a->mem_bw_gbs),
                               plain(arena, a->bf16),
                               plain(arena, a->fp16),
                               plain(arena, a->fp8),
                               plain(arena, a->int8),
                               plain(arena, a->link_gbs_total_bidir),
                               plain(arena, a->tdp_w),
                               a->stack,
                               su_confidence_text(view, a->confidence)};
        su_table_row(table, cells);
    }
    return table;
}

enum su_status su_app_chips(struct su_arena *arena, const struct su_request *request,
                            const struct su_view *view, struct su_answer *answer,
                            struct su_err *err)
{
    struct su_facts facts;
    SU_TRY(su_facts_init(arena, request, &facts, err));
    struct su_chip_list list = {0};
    SU_TRY(su_chips_choose(arena, request, facts.catalog, &list, err));
    answer->feasible = true;
    answer->doc = su_doc_new(arena, SU_DOC_OBJ);
    struct su_doc *chips = su_doc_put_arr(arena, answer->doc, "chips");
    for (size_t i = 0; i < list.v.n; i++)
        put_chip(arena, chips, list.v.items[i]);
    bool details = request->n_operands > 0;
    answer->table = details ? side_by_side(arena, view, &list) : overview(arena, view, &list);
    su_table_write_text(&answer->text, answer->table, details ? view->width : 0);
    su_buf_putc(&answer->text, '\n');
    if (details) {
        su_report_heading(&answer->text, su_text(view->lang, SU_MSG_heading_sources));
        write_sources(arena, &answer->text, view, &list);
    } else {
        su_report_paragraph(&answer->text,
                            su_text_fill(arena, view->lang, SU_MSG_chips_legend, "n",
                                         su_number_int(arena, (int64_t)list.v.n), NULL),
                            0, view->width);
    }
    return SU_OK;
}
