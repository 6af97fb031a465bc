/* `calibrate` and `validate --kernels` as their callers see them: docs/api/calibrate.md. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/validate.h"
#include "app_fixture.h"
#include "base/file.h"
#include "calib/calib.h"

static const char *temp_dir(struct su_arena *arena)
{
    char *dir = su_str_dup_c(arena, SU_BINARY_DIR "/calibrate_XXXXXX");
    assert_non_null(mkdtemp(dir));
    return dir;
}

static void remove_dir(struct su_arena *arena, const char *dir)
{
    const char **names = NULL;
    size_t n = 0;
    struct su_err err = {0};
    assert_ok(su_file_list(arena, dir, "", &names, &n, &err), err);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(unlink(su_fmt(arena, "%s/%s", dir, names[i])), 0);
    assert_int_equal(rmdir(dir), 0);
}

static size_t n_files(struct su_arena *arena, const char *dir)
{
    const char **names = NULL;
    size_t n = 0;
    struct su_err err = {0};
    assert_ok(su_file_list(arena, dir, "", &names, &n, &err), err);
    return n;
}

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    assert_int_equal(fclose(f), 0);
}

#define N_GEMMS 216

/* 6 x 6 x 6 BF16 GEMMs at 100 TFLOPS after 6 us, on a card of 148; then the lines of `more`. */
static const char *tiny_table(struct su_arena *arena, const char *more)
{
    const char *dir = temp_dir(arena);
    struct su_buf csv;
    su_buf_init(&csv);
    su_buf_puts(&csv, "dtype,m,n,k,latency_us\n");
    for (int m = 16; m <= 16384; m *= 4)
        for (int n = 512; n <= 16384; n *= 2)
            for (int k = 512; k <= 16384; k *= 2)
                su_buf_printf(&csv, "bf16,%d,%d,%d,%.3f\n", m, n, k, 6 + 2e-8 * m * n * k);
    su_buf_puts(&csv, more);
    write_text(su_fmt(arena, "%s/gemm.csv", dir), csv.p);
    su_buf_release(&csv);
    return dir;
}

static enum su_status refused(struct su_arena *arena, app_verb *verb, const struct su_request *r,
                              struct su_err *err)
{
    struct su_answer answer = {0};
    struct su_view view = {.lang = SU_LANG_EN, .width = 100};
    su_buf_init(&answer.text);
    *err = (struct su_err){0};
    enum su_status st = verb(arena, r, &view, &answer, err);
    su_buf_release(&answer.text);
    return st;
}

static enum su_status validate_kernels(struct su_arena *arena, const struct su_request *request,
                                       const struct su_view *view, struct su_answer *answer,
                                       struct su_err *err)
{
    struct su_facts facts;
    SU_TRY(su_facts_init(arena, request, &facts, err));
    return su_validate_kernels(arena, request, view, &facts, answer, err);
}

static void a_small_table_is_fitted_and_its_error_reported(void **state)
{
    struct su_arena *arena = *state;
    const char *dir = tiny_table(arena, "");
    struct su_request r = REQUEST(arena, "kernels", dir, "chip", "h20_sxm_96g");
    struct su_answer answer;
    const struct su_doc *doc = run_verb(arena, su_app_calibrate, &r, SU_LANG_ZH, &answer);
    assert_true(answer.feasible);
    need_all(doc, "chip:s rows:i heldout:a rejected:a source:s as_of:s");
    assert_null(su_doc_get(doc, "written"));
    assert_string_equal(str_of(doc, "chip"), "h20_sxm_96g");
    assert_int_equal(int_of(doc, "rows"), N_GEMMS);
    assert_int_equal(su_doc_get(doc, "rejected")->u.arr.n, 0);
    const struct su_doc *heldout = su_doc_get(doc, "heldout");
    assert_int_equal(heldout->u.arr.n, 1);
    const struct su_doc *e = heldout->u.arr.items[0];
    assert_string_equal(str_of(e, "op"), "gemm");
    assert_string_equal(str_of(e, "dtype"), "bf16");
    assert_int_equal(int_of(e, "n") + int_of(e, "n_fit"), N_GEMMS);
    assert_true(int_of(e, "n") > 20);
    /* The times follow one law with no noise. */
    assert_true(real_of(e, "median_abs_pct") > 0 && real_of(e, "median_abs_pct") < 5);
    assert_true(real_of(e, "p90_abs_pct") >= real_of(e, "median_abs_pct"));
    assert_true(real_of(e, "coverage_frac") >= 0 && real_of(e, "coverage_frac") <= 1);
    assert_int_equal(n_files(arena, dir), 1); /* nothing was written */
    remove_dir(arena, dir);
}

/* 2 x 4096^3 FLOP in 1 us is 137,000 TFLOPS. */
static void a_row_that_cannot_be_true_is_counted_with_its_line(void **state)
{
    struct su_arena *arena = *state;
    const char *dir = tiny_table(arena, "bf16,4096,4096,4096,1\nbf16,4096,4096,4096,2\n");
    struct su_request r = REQUEST(arena, "kernels", dir, "chip", "h20_sxm_96g");
    struct su_answer answer;
    const struct su_doc *doc = run_verb(arena, su_app_calibrate, &r, SU_LANG_ZH, &answer);
    const struct su_doc *rejected = need(doc, "rejected", SU_DOC_ARR);
    assert_int_equal(rejected->u.arr.n, 1);
    const struct su_doc *o = rejected->u.arr.items[0];
    assert_string_equal(str_of(o, "reason"), su_text(SU_LANG_ZH, SU_MSG_reject_above_peak));
    assert_string_equal(str_of(o, "where"), su_fmt(arena, "%s/gemm.csv:%d", dir, N_GEMMS + 2));
    assert_int_equal(int_of(o, "n"), 2);
    remove_dir(arena, dir);
}

static void a_cell_that_is_no_number_is_refused_at_its_line(void **state)
{
    struct su_arena *arena = *state;
    const char *dir = tiny_table(arena, "bf16,16,512,fast,7\n");
    struct su_request r = REQUEST(arena, "kernels", dir, "chip", "h20_sxm_96g");
    struct su_err err;
    assert_int_equal(refused(arena, su_app_calibrate, &r, &err), SU_ERR_INPUT);
    assert_string_equal(err.where, su_fmt(arena, "%s/gemm.csv:%d", dir, N_GEMMS + 2));
    assert_non_null(strstr(err.message, "\"fast\""));
    remove_dir(arena, dir);
}

static void what_is_missing_or_wrong_is_named(void **state)
{
    struct su_arena *arena = *state;
    const char *dir = tiny_table(arena, "");
    const char *empty = temp_dir(arena);
    const char *csv = su_fmt(arena, "%s/gemm.csv", dir);
    struct su_err err;
    const struct {
        struct su_request request;
        const char *where;
    } cases[] = {
        {REQUEST(arena, "chip", "h20_sxm_96g"), "--kernels"},
        {REQUEST(arena, "kernels", dir), "--chip"},
        {REQUEST(arena, "kernels", dir, "chip", "h20"), "accelerator"},
        {REQUEST(arena, "kernels", csv, "chip", "h20_sxm_96g"), csv},
        {REQUEST(arena, "kernels", empty, "chip", "h20_sxm_96g"), empty},
        {REQUEST(arena, "kernels", su_fmt(arena, "%s,%s/none", dir, dir), "chip", "h20_sxm_96g"),
         su_fmt(arena, "%s/none", dir)},
        {REQUEST(arena, "kernels", dir, "chip", "h20_sxm_96g", "out", csv), "--out"},
        {REQUEST(arena, "kernels", dir, "chip", "h20_sxm_96g", "as-of", "soon"), "--as-of"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(refused(arena, su_app_calibrate, &cases[i].request, &err), SU_ERR_INPUT);
        assert_string_equal(err.where, cases[i].where);
    }
    remove_dir(arena, empty);
    remove_dir(arena, dir);
}

static void the_written_profile_is_one(void **state)
{
    struct su_arena *arena = *state;
    const char *dir = tiny_table(arena, "");
    const char *out = temp_dir(arena);
    const char *path = su_fmt(arena, "%s/h20_sxm_96g.json", out);
    write_text(path, "an older file");
    struct su_request r = REQUEST(arena, "kernels", dir, "chip", "h20_sxm_96g", "as-of",
                                  "2026-01-02", "out", su_fmt(arena, "%s/", out));
    struct su_answer answer;
    const struct su_doc *doc = run_verb(arena, su_app_calibrate, &r, SU_LANG_EN, &answer);
    assert_string_equal(str_of(doc, "written"), path);
    assert_int_equal(n_files(arena, out), 1); /* no temporary file stays */
    struct su_doc *file = NULL;
    struct su_profile profile;
    struct su_err err = {0};
    assert_ok(su_doc_read(arena, path, &file, &err), err);
    assert_ok(su_calib_read(arena, file, &profile, &err), err);
    assert_string_equal(profile.chip, "h20_sxm_96g");
    assert_string_equal(profile.as_of, "2026-01-02");
    assert_non_null(profile.surfaces[SU_SURFACE_gemm_bf16]);
    const struct su_doc *e = su_doc_get(doc, "heldout")->u.arr.items[0];
    assert_int_equal(profile.surfaces[SU_SURFACE_gemm_bf16]->n_rows, int_of(e, "n_fit"));
    remove_dir(arena, out);
    remove_dir(arena, dir);
}

static bool tables_exist(const char *dir)
{
    if (su_file_is_dir(dir))
        return true;
    printf("skipped: no kernel tables at %s\n", dir);
    return false;
}

static void a_shipped_profile_comes_out_byte_for_byte(void **state)
{
    struct su_arena *arena = *state;
    const char *dir = SU_SHARED_DATA "/kernels/h800/";
    if (!tables_exist(dir))
        skip();
    struct su_str shipped;
    struct su_str again;
    struct su_err err = {0};
    struct su_doc *file = NULL;
    const char *stated = SU_SOURCE_DIR "/data/efficiency/h800_sxm_80g.json";
    assert_ok(su_doc_read(arena, stated, &file, &err), err);
    const char *out = temp_dir(arena);
    struct su_request r = REQUEST(arena, "kernels", dir, "chip", "h800_sxm_80g", "as-of",
                                  str_of(file, "as_of"), "out", out);
    struct su_answer answer;
    const struct su_doc *doc = run_verb(arena, su_app_calibrate, &r, SU_LANG_EN, &answer);
    assert_ok(su_file_read(arena, stated, SU_FILE_BYTES_MAX, &shipped, &err), err);
    assert_ok(su_file_read(arena, str_of(doc, "written"), SU_FILE_BYTES_MAX, &again, &err), err);
    assert_int_equal(again.n, shipped.n);
    assert_memory_equal(again.p, shipped.p, shipped.n);
    remove_dir(arena, out);
}

static void a_shipped_profile_is_scored_on_tables(void **state)
{
    struct su_arena *arena = *state;
    const char *dir = SU_SHARED_DATA "/kernels/h800";
    if (!tables_exist(dir))
        skip();
    struct su_request r = REQUEST(arena, "kernels", dir, "chip", "h800_sxm_80g");
    struct su_answer answer;
    const struct su_doc *doc = run_verb(arena, validate_kernels, &r, SU_LANG_ZH, &answer);
    need_all(doc, "chip:s kernel_rows:i heldout:a rejected:a");
    const struct su_doc *heldout = su_doc_get(doc, "heldout");
    assert_int_equal(answer.table->n_rows, heldout->u.arr.n);
    assert_true(heldout->u.arr.n >= 3);
    for (size_t i = 0; i < heldout->u.arr.n; i++) {
        const struct su_doc *e = heldout->u.arr.items[i];
        need_all(e, "op:s n:i n_fit:i median_abs_pct:r p90_abs_pct:r coverage_frac:r");
        /* All rows of the table, those of the fit among them. */
        assert_true(int_of(e, "n") > int_of(e, "n_fit"));
        assert_true(real_of(e, "median_abs_pct") < 5);
    }
}

static void only_a_chip_with_a_profile_of_its_own_can_be_scored(void **state)
{
    struct su_arena *arena = *state;
    const char *dir = tiny_table(arena, "");
    struct su_request r = REQUEST(arena, "kernels", dir, "chip", "mi300x_192g");
    struct su_err err;
    assert_int_equal(refused(arena, validate_kernels, &r, &err), SU_ERR_INPUT);
    assert_string_equal(err.where, "--chip");
    assert_non_null(strstr(err.message, "h20_sxm_96g"));
    assert_non_null(strstr(err.message, "h800_sxm_80g"));
    r = REQUEST(arena, "chip", "h20_sxm_96g");
    assert_int_equal(refused(arena, validate_kernels, &r, &err), SU_ERR_INPUT);
    assert_string_equal(err.where, "--kernels");
    remove_dir(arena, dir);
}

static bool has_message(struct su_str reason)
{
    for (int m = SU_MSG_reject_fp8_single_block; m <= SU_MSG_reject_ranks; m++) {
        if (su_str_eq_c(reason, su_text(SU_LANG_EN, (enum su_msg)m)))
            return true;
    }
    return false;
}

/* Reasons are found by their English wording; a new or reworded one needs its line of messages. */
static void every_reason_to_leave_a_row_out_has_its_message(void **state)
{
    struct su_arena *arena = *state;
    static const char *const before[] = {"return \"", "reason = \"", "? \""};
    struct su_str text;
    struct su_err err = {0};
    assert_ok(
        su_file_read(arena, SU_SOURCE_DIR "/src/calib/table.c", SU_FILE_BYTES_MAX, &text, &err),
        err);
    int n = 0;
    for (size_t b = 0; b < sizeof(before) / sizeof(before[0]); b++) {
        for (const char *p = text.p; (p = strstr(p, before[b])) != NULL;) {
            p += strlen(before[b]);
            struct su_str reason = {p, strcspn(p, "\"")};
            if (memchr(p, ' ', reason.n) == NULL) /* a word: a name of a column */
                continue;
            if (!has_message(reason))
                fail_msg("no message for \"%.*s\"", (int)reason.n, reason.p);
            n++;
        }
    }
    assert_true(n >= SU_MSG_reject_ranks - SU_MSG_reject_fp8_single_block + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(a_small_table_is_fitted_and_its_error_reported),
        ARENA_TEST(a_row_that_cannot_be_true_is_counted_with_its_line),
        ARENA_TEST(a_cell_that_is_no_number_is_refused_at_its_line),
        ARENA_TEST(what_is_missing_or_wrong_is_named),
        ARENA_TEST(the_written_profile_is_one),
        ARENA_TEST(a_shipped_profile_comes_out_byte_for_byte),
        ARENA_TEST(a_shipped_profile_is_scored_on_tables),
        ARENA_TEST(only_a_chip_with_a_profile_of_its_own_can_be_scored),
        ARENA_TEST(every_reason_to_leave_a_row_out_has_its_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
