#include "app/facts.h"

#include <math.h>
#include <string.h>

#include "memory/memory.h"

enum su_status su_facts_init(struct su_arena *arena, const struct su_request *request,
                             struct su_facts *facts, struct su_err *err)
{
    *facts = (struct su_facts){.catalog = su_catalog_embedded()};
    if (su_request_has(request, SU_OPTION_catalog)) {
        struct su_catalog *merged = SU_NEW(arena, struct su_catalog);
        SU_TRY(su_catalog_overlay(arena, facts->catalog, request->catalog, merged, err));
        facts->catalog = merged;
    }
    facts->date = facts->catalog->newest;
    facts->date_is_default = true;
    if (su_request_has(request, SU_OPTION_as_of)) {
        if (!su_date_parse(su_str_c(request->as_of), &facts->date))
            return SU_FAIL(err, SU_ERR_INPUT, "--as-of",
                           "is \"%s\", expected a date such as 2024-07-14", request->as_of);
        facts->date_is_default = false;
    } else {
        facts->age_days = su_date_days(su_date_today()) - su_date_days(facts->date);
    }
    return SU_OK;
}

const char *su_facts_date_text(struct su_arena *arena, const struct su_view *view,
                               const struct su_facts *facts)
{
    if (!facts->date_is_default)
        return facts->date.text;
    return su_text_fill(arena, view->lang, SU_MSG_date_newest, "date", facts->date.text, "days",
                        su_number_int(arena, facts->age_days), NULL);
}

enum su_status su_dtype_of(const char *word, const char *where, enum su_dtype *dtype,
                           struct su_err *err)
{
    if (su_dtype_parse(su_str_c(word), dtype))
        return SU_OK;
    return SU_FAIL(err, SU_ERR_INPUT, where,
                   "is \"%s\", expected bf16, fp16, fp8, int8, int4 or fp4", word);
}

enum su_status su_engine_component(const struct su_request *request, const char **component,
                                   struct su_err *err)
{
    static const struct {
        const char *word;
        const char *component;
    } engines[] = {{"vllm", "vLLM"},
                   {"sglang", "SGLang"},
                   {"trtllm", "vendor engine"},
                   {"mindie", "vendor engine"}};
    const char *word = su_request_has(request, SU_OPTION_engine) ? request->engine : "vllm";
    for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]); i++) {
        if (strcmp(engines[i].word, word) == 0) {
            *component = engines[i].component;
            return SU_OK;
        }
    }
    return SU_FAIL(err, SU_ERR_INPUT, "--engine",
                   "is \"%s\", expected vllm, sglang, trtllm or mindie", word);
}

const char *su_confidence_text(const struct su_view *view, enum su_confidence c)
{
    static const enum su_msg msgs[] = {SU_MSG_unknown, SU_MSG_confidence_low,
                                       SU_MSG_confidence_medium, SU_MSG_confidence_high};
    return su_text(view->lang, msgs[c]);
}

void su_notes_init(struct su_notes *notes, struct su_arena *arena, struct su_doc *doc)
{
    notes->arena = arena;
    notes->assumptions = su_doc_put_arr(arena, doc, "assumptions");
    notes->approximations = su_doc_put_arr(arena, doc, "approximations");
}

void su_notes_assume(struct su_notes *notes, const char *name, const char *value,
                     const char *source)
{
    struct su_doc *a = su_doc_push_obj(notes->arena, notes->assumptions);
    su_doc_put_str(notes->arena, a, "name", name);
    su_doc_put_str(notes->arena, a, "value", value);
    su_doc_put_str(notes->arena, a, "source", source);
}

void su_notes_assume_date(struct su_notes *notes, const struct su_facts *facts,
                          const struct su_view *view)
{
    if (facts->date_is_default)
        su_notes_assume(notes, "as_of", facts->date.text,
                        su_text(view->lang, SU_MSG_default_newest));
}

void su_notes_engine(struct su_notes *notes, const struct su_view *view,
                     enum su_support_level level, const char *component, const char *stack)
{
    if (level == SU_SUPPORT_NATIVE)
        return;
    bool runs = level == SU_SUPPORT_PARTIAL || level == SU_SUPPORT_PLUGIN;
    enum su_msg msg = runs                       ? SU_MSG_plan_engine_support
                      : level == SU_SUPPORT_NONE ? SU_MSG_approx_engine_none
                                                 : SU_MSG_approx_engine_unknown;
    su_notes_approximate(notes, su_text_fill(notes->arena, view->lang, msg, "engine",
                                             su_engine_text(view, component), "stack", stack,
                                             "level", su_support_text(view, level), NULL));
}

void su_notes_positions(struct su_notes *notes, const struct su_view *view,
                        const struct su_model *model, double tokens)
{
    if (model->max_position == 0 || tokens <= model->max_position)
        return;
    su_notes_approximate(notes,
                         su_text_fill(notes->arena, view->lang, SU_MSG_approx_positions, "tokens",
                                      su_number_int(notes->arena, llround(tokens)), "max",
                                      su_number_int(notes->arena, model->max_position), NULL));
}

void su_notes_approximate(struct su_notes *notes, const char *text)
{
    su_doc_push_str(notes->arena, notes->approximations, text);
}

void su_notes_write(struct su_buf *out, const struct su_notes *notes, const struct su_view *view)
{
    struct su_arena *arena = notes->arena;
    if (notes->assumptions->u.arr.n > 0) {
        su_buf_putc(out, '\n');
        su_report_heading(out, su_text(view->lang, SU_MSG_heading_assumptions));
        struct su_table table;
        su_table_init(&table, arena);
        su_table_col(&table, su_text(view->lang, SU_MSG_col_item), SU_ALIGN_LEFT, false);
        su_table_col(&table, su_text(view->lang, SU_MSG_col_value), SU_ALIGN_LEFT, true);
        su_table_col(&table, su_text(view->lang, SU_MSG_source), SU_ALIGN_LEFT, true);
        for (size_t i = 0; i < notes->assumptions->u.arr.n; i++) {
            const struct su_doc *a = notes->assumptions->u.arr.items[i];
            const char *cells[] = {su_doc_get(a, "name")->u.str.p, su_doc_get(a, "value")->u.str.p,
                                   su_doc_get(a, "source")->u.str.p};
            su_table_row(&table, cells);
        }
        su_table_write_text(out, &table, view->width);
    }
    if (notes->approximations->u.arr.n > 0) {
        su_buf_putc(out, '\n');
        su_report_heading(out, su_text(view->lang, SU_MSG_heading_approximations));
        for (size_t i = 0; i < notes->approximations->u.arr.n; i++)
            su_report_paragraph(
                out, su_fmt(arena, "- %s", notes->approximations->u.arr.items[i]->u.str.p), 2,
                view->width);
    }
}

void su_put_interval(struct su_arena *arena, struct su_doc *interval, const char *metric,
                     double low, double high)
{
    struct su_doc *pair = su_doc_put_arr(arena, interval, metric);
    double ends[] = {low, high};
    for (size_t i = 0; i < 2; i++)
        su_doc_push(arena, pair,
                    isfinite(ends[i]) ? su_doc_new_real(arena, ends[i])
                                      : su_doc_new(arena, SU_DOC_NULL));
}

void su_put_memory(struct su_arena *arena, struct su_doc *doc, const struct su_memory *memory)
{
    struct su_doc *m = su_doc_put_obj(arena, doc, "memory");
    su_doc_put_int(arena, m, "weights_bytes", llround(memory->weights_bytes));
    su_doc_put_int(arena, m, "activations_bytes", llround(memory->activations_bytes));
    su_doc_put_int(arena, m, "overhead_bytes", llround(memory->overhead_bytes));
    su_doc_put_int(arena, m, "kv_available_bytes", llround(memory->kv_available_bytes));
    su_doc_put_int(arena, m, "usable_bytes", llround(memory->usable_bytes));
    su_doc_put_real(arena, m, "kv_bytes_per_token", memory->kv_bytes_per_token);
    su_doc_put_int(arena, m, "kv_capacity_tokens", (int64_t)memory->kv_capacity_tokens);
    su_doc_put_bool(arena, m, "fits", memory->fits);
}
