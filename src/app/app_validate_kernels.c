/* `validate --kernels`: the profile that the program carries for a chip, against kernel tables. */
#include "app/kernels.h"
#include "app/validate.h"

static const char *chips_with_profile(struct su_arena *arena)
{
    const char *text = "";
    for (uint32_t i = 0; i < su_n_profiles; i++)
        text = su_fmt(arena, "%s%s%s", text, i > 0 ? ", " : "", su_profiles[i].chip);
    return text;
}

enum su_status su_validate_kernels(struct su_arena *arena, const struct su_request *request,
                                   const struct su_view *view, const struct su_facts *facts,
                                   struct su_answer *answer, struct su_err *err)
{
    struct su_calib_input in;
    const struct su_accel *accel = NULL;
    SU_TRY(su_kernels_input(arena, request, facts, &in, &accel, err));
    const struct su_profile *profile = su_profile_find(accel->id);
    if (profile == NULL)
        return SU_FAIL(err, SU_ERR_INPUT, "--chip",
                       "is %s, which has no profile of its own to validate; those that have: %s",
                       accel->id, chips_with_profile(arena));
    struct su_calib_result result;
    SU_TRY(su_calib_score(arena, &in, profile, &result, err));
    if (answer->doc == NULL)
        answer->doc = su_doc_new(arena, SU_DOC_OBJ);
    su_doc_put_str(arena, answer->doc, "chip", accel->id);
    su_doc_put_int(arena, answer->doc, "kernel_rows", result.n_rows);
    su_kernels_put(arena, answer->doc, view, &result);
    struct su_table *table = su_kernels_table(arena, view, &result);
    if (answer->table == NULL)
        answer->table = table;
    su_report_heading(&answer->text,
                      su_text_fill(arena, view->lang, SU_MSG_validate_kernels_title, "chip",
                                   accel->name, "rows", su_number_int(arena, result.n_rows), NULL));
    su_kernels_write(arena, &answer->text, view, table, &result);
    su_buf_putc(&answer->text, '\n');
    su_report_paragraph(&answer->text, su_text(view->lang, SU_MSG_validate_kernels_note), 0,
                        view->width);
    answer->feasible = true;
    return SU_OK;
}
