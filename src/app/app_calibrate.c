/* `calibrate`: measured kernel tables in, a chip's efficiency profile and its errors out. Nothing
 * is written without --out. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "app/kernels.h"
#include "base/file.h"

/* Before the fit, which takes seconds: a folder that cannot take the file is found at once. */
static enum su_status check_out(const char *dir, struct su_err *err)
{
    if (!su_file_is_dir(dir))
        return SU_FAIL(err, SU_ERR_INPUT, "--out", "is \"%s\", which is no folder", dir);
    if (access(dir, W_OK | X_OK) != 0)
        return SU_FAIL(err, SU_ERR_INPUT, "--out", "is \"%s\", which cannot be written to: %s", dir,
                       strerror(errno));
    return SU_OK;
}

static enum su_status write_profile(struct su_arena *arena, const char *path,
                                    const struct su_profile *profile, struct su_err *err)
{
    struct su_buf text;
    su_buf_init(&text);
    su_calib_write(&text, profile);
    enum su_status st = su_file_write(arena, path, &text, 0644, err);
    su_buf_release(&text);
    return st;
}

static const char *profile_path(struct su_arena *arena, const char *dir, const char *chip)
{
    size_t n = strlen(dir);
    return su_fmt(arena, "%s%s%s.json", dir, n > 0 && dir[n - 1] == '/' ? "" : "/", chip);
}

enum su_status su_app_calibrate(struct su_arena *arena, const struct su_request *request,
                                const struct su_view *view, struct su_answer *answer,
                                struct su_err *err)
{
    struct su_facts facts;
    struct su_calib_input in;
    const struct su_accel *accel = NULL;
    struct su_calib_result result;
    SU_TRY(su_facts_init(arena, request, &facts, err));
    SU_TRY(su_kernels_input(arena, request, &facts, &in, &accel, err));
    bool out = su_request_has(request, SU_OPTION_out);
    if (out)
        SU_TRY(check_out(request->out, err));
    SU_TRY(su_calib_run(arena, &in, &result, err));
    if (result.n_errors == 0)
        return SU_FAIL(err, SU_ERR_INPUT, in.dirs[0],
                       "holds too few usable rows to fit anything (%u)", result.n_rows);
    const char *path = out ? profile_path(arena, request->out, accel->id) : NULL;
    if (out)
        SU_TRY(write_profile(arena, path, &result.profile, err));
    answer->feasible = true;
    answer->doc = su_doc_new(arena, SU_DOC_OBJ);
    su_doc_put_str(arena, answer->doc, "chip", accel->id);
    su_doc_put_int(arena, answer->doc, "rows", result.n_rows);
    su_kernels_put(arena, answer->doc, view, &result);
    su_doc_put_str(arena, answer->doc, "source", result.profile.source);
    su_doc_put_str(arena, answer->doc, "as_of", result.profile.as_of);
    if (out)
        su_doc_put_str(arena, answer->doc, "written", path);
    struct su_buf *text = &answer->text;
    su_report_heading(text,
                      su_text_fill(arena, view->lang, SU_MSG_calibrate_title, "chip", accel->name,
                                   "rows", su_number_int(arena, result.n_rows), NULL));
    su_kernels_write(arena, text, view, su_kernels_table(arena, view, &result), &result);
    su_buf_putc(text, '\n');
    const char *end =
        out ? su_text_fill(arena, view->lang, SU_MSG_calibrate_written, "path", path, NULL)
            : su_text(view->lang, SU_MSG_calibrate_not_written);
    su_report_paragraph(text, end, 0, view->width);
    return SU_OK;
}
