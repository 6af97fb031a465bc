/* Kernel tables in a request, and the errors on them in an answer. */
#include "app/kernels.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"

enum su_status su_kernels_input(struct su_arena *arena, const struct su_request *request,
                                const struct su_facts *facts, struct su_calib_input *in,
                                const struct su_accel **accel, struct su_err *err)
{
    if (!su_request_has(request, SU_OPTION_kernels))
        return SU_FAIL(err, SU_ERR_INPUT, "--kernels",
                       "is missing, it names the folders of measured kernel tables");
    if (!su_request_has(request, SU_OPTION_chip))
        return SU_FAIL(err, SU_ERR_INPUT, "--chip",
                       "is missing, it names the chip that the tables were measured on");
    SU_TRY(su_catalog_find_accel(facts->catalog, request->chip, accel, err));
    size_t n = 0;
    while (request->kernels[n] != NULL)
        n++;
    const char **dirs = SU_NEW_ARRAY(arena, n, const char *);
    for (size_t i = 0; i < n; i++) {
        char *dir = su_str_dup_c(arena, request->kernels[i]);
        /* The folder's name goes into the profile: "tables/h800/" is "tables/h800". */
        for (size_t end = strlen(dir); end > 1 && dir[end - 1] == '/'; end--)
            dir[end - 1] = '\0';
        if (!su_file_is_dir(dir))
            return SU_FAIL(err, SU_ERR_INPUT, dir, "is no folder, expected one of kernel tables");
        dirs[i] = dir;
    }
    *in = (struct su_calib_input){
        .catalog = facts->catalog,
        .chip = (*accel)->id,
        .dirs = dirs,
        .n_dirs = n,
        .as_of = facts->date.text,
        .split = SU_CALIB_SPLIT_SHAPE,
    };
    return SU_OK;
}

/* "gemm_fp8_block" is operator gemm in format fp8_block; other names have no format. */
static const char *split_name(struct su_arena *arena, const char *name, const char **dtype)
{
    static const char *const formats[] = {"bf16", "fp8", "fp8_block", "int4", "mxfp4", "nvfp4"};
    size_t n = strlen(name);
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        size_t n_format = strlen(formats[i]);
        if (n > n_format + 1 && name[n - n_format - 1] == '_' &&
            strcmp(name + n - n_format, formats[i]) == 0) {
            *dtype = formats[i];
            return su_str_dup(arena, (struct su_str){name, n - n_format - 1});
        }
    }
    *dtype = NULL;
    return name;
}

/* calib gives reasons in English; here they are looked up by that text. An unknown one stays. */
static const char *reason_text(struct su_arena *arena, const struct su_view *view,
                               const char *reason)
{
    static const enum su_msg reasons[] = {
        SU_MSG_reject_fp8_single_block,
        SU_MSG_reject_format,
        SU_MSG_reject_rows_mfu,
        SU_MSG_reject_kv_heads,
        SU_MSG_reject_queries,
        SU_MSG_reject_attention_fp8,
        SU_MSG_reject_mla_fa3,
        SU_MSG_reject_top_k,
        SU_MSG_reject_widths,
        SU_MSG_reject_operator,
        SU_MSG_reject_zero,
        SU_MSG_reject_above_peak,
        SU_MSG_reject_eager,
        SU_MSG_reject_many_nodes,
        SU_MSG_reject_ranks,
        SU_MSG_reject_other_table,
        SU_MSG_reject_small_cache,
    };
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (strcmp(su_text(SU_LANG_EN, reasons[i]), reason) == 0)
            return su_text(view->lang, reasons[i]);
    }
    unsigned least = 0;
    char surface[64] = "";
    if (sscanf(reason, "fewer than %9u rows of %63s", &least, surface) == 2)
        return su_text_fill(arena, view->lang, SU_MSG_reject_few, "n", su_fmt(arena, "%u", least),
                            "surface", surface, NULL);
    return reason;
}

static void put_error(struct su_arena *arena, struct su_doc *heldout,
                      const struct su_calib_error *e)
{
    const char *dtype = NULL;
    struct su_doc *o = su_doc_push_obj(arena, heldout);
    su_doc_put_str(arena, o, "op", split_name(arena, e->op, &dtype));
    if (dtype != NULL)
        su_doc_put_str(arena, o, "dtype", dtype);
    su_doc_put_int(arena, o, "n", e->n);
    su_doc_put_int(arena, o, "n_fit", e->n_fit);
    if (e->n == 0) /* measured against nothing: not known, and not 0 */
        return;
    su_doc_put_real(arena, o, "median_abs_pct", e->median_abs_pct);
    su_doc_put_real(arena, o, "p90_abs_pct", e->p90_abs_pct);
    su_doc_put_real(arena, o, "coverage_frac", e->inside_frac);
}

void su_kernels_put(struct su_arena *arena, struct su_doc *doc, const struct su_view *view,
                    const struct su_calib_result *result)
{
    struct su_doc *heldout = su_doc_put_arr(arena, doc, "heldout");
    for (size_t i = 0; i < result->n_errors; i++)
        put_error(arena, heldout, &result->errors[i]);
    struct su_doc *rejected = su_doc_put_arr(arena, doc, "rejected");
    for (size_t i = 0; i < result->n_rejects; i++) {
        const struct su_calib_reject *r = &result->rejects[i];
        struct su_doc *o = su_doc_push_obj(arena, rejected);
        su_doc_put_str(arena, o, "reason", reason_text(arena, view, r->reason));
        if (r->where[0] != '\0')
            su_doc_put_str(arena, o, "where", r->where);
        su_doc_put_int(arena, o, "n", r->n);
    }
}

struct su_table *su_kernels_table(struct su_arena *arena, const struct su_view *view,
                                  const struct su_calib_result *result)
{
    struct su_table *table = SU_NEW(arena, struct su_table);
    su_table_init(table, arena);
    su_table_col(table, su_text(view->lang, SU_MSG_col_operator), SU_ALIGN_LEFT, true);
    su_table_col(table, su_text(view->lang, SU_MSG_col_dtype), SU_ALIGN_LEFT, false);
    su_table_col(table, su_text(view->lang, SU_MSG_col_rows), SU_ALIGN_RIGHT, false);
    su_table_col(table, su_text(view->lang, SU_MSG_col_rows_fit), SU_ALIGN_RIGHT, false);
    su_table_col(table, su_text(view->lang, SU_MSG_col_error_median), SU_ALIGN_RIGHT, false);
    su_table_col(table, su_text(view->lang, SU_MSG_col_error_p90), SU_ALIGN_RIGHT, false);
    su_table_col(table, su_text(view->lang, SU_MSG_col_inside), SU_ALIGN_RIGHT, false);
    for (size_t i = 0; i < result->n_errors; i++) {
        const struct su_calib_error *e = &result->errors[i];
        const char *dtype = NULL;
        bool any = e->n > 0;
        const char *op = split_name(arena, e->op, &dtype);
        const char *cells[] = {
            op,
            dtype,
            su_number_int(arena, e->n),
            su_number_int(arena, e->n_fit),
            any ? su_fmt(arena, "%.1f %%", e->median_abs_pct) : NULL,
            any ? su_fmt(arena, "%.1f %%", e->p90_abs_pct) : NULL,
            any ? su_fmt(arena, "%.0f %%", 100 * e->inside_frac) : NULL,
        };
        su_table_row(table, cells);
    }
    return table;
}

void su_kernels_write(struct su_arena *arena, struct su_buf *out, const struct su_view *view,
                      const struct su_table *errors, const struct su_calib_result *result)
{
    su_table_write_text(out, errors, view->width);
    if (result->n_rejects == 0)
        return;
    su_buf_putc(out, '\n');
    su_report_heading(out, su_text(view->lang, SU_MSG_heading_rejected));
    struct su_table table;
    su_table_init(&table, arena);
    su_table_col(&table, su_text(view->lang, SU_MSG_col_reason), SU_ALIGN_LEFT, true);
    su_table_col(&table, su_text(view->lang, SU_MSG_col_first_at), SU_ALIGN_LEFT, false);
    su_table_col(&table, su_text(view->lang, SU_MSG_col_rows), SU_ALIGN_RIGHT, false);
    for (size_t i = 0; i < result->n_rejects; i++) {
        const struct su_calib_reject *r = &result->rejects[i];
        const char *slash =
            strrchr(r->where, '/'); /* a whole path would take the width of the reason */
        const char *cells[] = {
            reason_text(arena, view, r->reason),
            r->where[0] == '\0' ? NULL
            : slash == NULL     ? r->where
                                : slash + 1,
            su_number_int(arena, r->n),
        };
        su_table_row(&table, cells);
    }
    su_table_write_text(out, &table, view->width);
}
