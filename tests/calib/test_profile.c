/* Profiles: files and compiled-in tables hold the same, a refit of the smallest chip gives the file
 * byte for byte, and the stated errors are those of rows that were held out. */
#include "calib/calib.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "su_test.h"

#define EFFICIENCY_DIR SU_SOURCE_DIR "/data/efficiency"

static void read_file(struct su_arena *arena, const char *chip, struct su_str *text,
                      struct su_profile *profile)
{
    struct su_err err = {0};
    struct su_doc *doc = NULL;
    const char *path = su_fmt(arena, "%s/%s.json", EFFICIENCY_DIR, chip);
    assert_ok(su_file_read(arena, path, SU_FILE_BYTES_MAX, text, &err), err);
    assert_ok(su_doc_parse_json(arena, *text, path, &doc, &err), err);
    assert_ok(su_calib_read(arena, doc, profile, &err), err);
}

static void a_profile_is_written_back_byte_for_byte(void **state)
{
    (void)state;
    struct su_arena arena;
    su_arena_init(&arena);
    assert_true(su_n_profiles >= 9);
    for (uint32_t i = 0; i < su_n_profiles; i++) {
        struct su_str text;
        struct su_profile from_file;
        read_file(&arena, su_profiles[i].chip, &text, &from_file);
        struct su_buf out;
        su_buf_init(&out);
        su_calib_write(&out, &from_file);
        assert_int_equal(out.n, text.n);
        assert_memory_equal(out.p, text.p, text.n);
        out.n = 0;
        su_calib_write(&out, &su_profiles[i]); /* what is compiled in, too */
        assert_int_equal(out.n, text.n);
        assert_memory_equal(out.p, text.p, text.n);
        su_buf_release(&out);
        su_arena_reset(&arena);
    }
    su_arena_release(&arena);
}

static void every_profile_belongs_to_a_chip_and_says_where_from(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < su_n_profiles; i++) {
        const struct su_profile *p = &su_profiles[i];
        assert_non_null(su_catalog_accel(su_catalog_embedded(), p->chip));
        assert_ptr_equal(su_profile_find(p->chip), p);
        assert_non_null(strchr(p->source, '@'));
    }
    assert_null(su_profile_find("no_such_chip"));
}

static void check_broken(struct su_arena *arena, const char *good, const char *find,
                         const char *put, const char *message)
{
    struct su_err err = {0};
    struct su_doc *doc = NULL;
    struct su_profile profile;
    const char *at = strstr(good, find);
    assert_non_null(at);
    const char *bad = su_fmt(arena, "%.*s%s%s", (int)(at - good), good, put, at + strlen(find));
    enum su_status st = su_doc_parse_json(arena, su_str_c(bad), "x.json", &doc, &err);
    if (st == SU_OK)
        st = su_calib_read(arena, doc, &profile, &err);
    assert_int_equal(st, SU_ERR_INPUT);
    if (strstr(err.message, message) == NULL)
        fail_msg("message is \"%s\", expected \"%s\"", err.message, message);
}

static void a_damaged_profile_is_refused(void **state)
{
    (void)state;
    struct su_arena arena;
    su_arena_init(&arena);
    struct su_str text;
    struct su_profile profile;
    read_file(&arena, "h800_sxm_80g", &text, &profile);
    check_broken(&arena, text.p, "\"gemm_fp8\"", "\"gemm_fp9\"", "no surface is called");
    check_broken(&arena, text.p, "\"depth\": 3", "\"depth\": 4", "base64");
    check_broken(&arena, text.p, "\"n_edges\": [", "\"n_edges\": [64, ", "n_edges");
    check_broken(&arena, text.p, "\"trees\": [\n        \"", "\"trees\": [\n        \"!", "base64");
    check_broken(&arena, text.p, "\"chip\"", "\"chap\"", "chip");
    check_broken(&arena, text.p, "\"attention_decode\"", "\"gemm_fp8\"", "twice");
    su_arena_release(&arena);
}

static void fitting_the_smallest_chip_again_gives_the_file(void **state)
{
    (void)state;
    const char *dir = SU_SHARED_DATA "/kernels/h800";
    if (!su_file_is_dir(dir)) {
        printf("skipped: no kernel tables at %s\n", dir);
        skip();
    }
    struct su_arena arena;
    su_arena_init(&arena);
    struct su_str text;
    struct su_profile stated;
    struct su_err err = {0};
    struct su_calib_result result;
    read_file(&arena, "h800_sxm_80g", &text, &stated);
    struct su_calib_input in = {
        .catalog = su_catalog_embedded(),
        .chip = "h800_sxm_80g",
        .dirs = &dir,
        .n_dirs = 1,
        .as_of = stated.as_of,
    };
    assert_ok(su_calib_run(&arena, &in, &result, &err), err);
    struct su_buf out;
    su_buf_init(&out);
    su_calib_write(&out, &result.profile);
    assert_int_equal(out.n, text.n);
    assert_memory_equal(out.p, text.p, text.n);
    su_buf_release(&out);
    for (size_t i = 0; i < result.n_errors; i++) {
        assert_true(result.errors[i].n > 0);
        assert_true(result.errors[i].median_abs_pct < 8);
    }
    /* Scoring all rows with the finished profile must look better than the held-out ones do. */
    struct su_calib_result score;
    assert_ok(su_calib_score(&arena, &in, &stated, &score, &err), err);
    assert_true(score.n_errors >= 3);
    for (size_t i = 0; i < score.n_errors; i++)
        assert_true(score.errors[i].median_abs_pct <= result.errors[i].median_abs_pct + 1e-9);
    su_arena_release(&arena);
}

static void stated_errors_keep_what_the_profiles_promise(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < su_n_profiles; i++) {
        for (uint32_t id = 0; id < SU_SURFACE_COUNT; id++) {
            const struct su_surface *s = su_profiles[i].surfaces[id];
            if (s == NULL || s->n_heldout < 100)
                continue;
            assert_true(s->heldout_median_frac < 0.065f);
            assert_true(s->heldout_p90_frac < 0.26f);
            assert_true(s->heldout_inside_frac > 0.68f && s->heldout_inside_frac < 0.92f);
            assert_true(s->trees.n_trees <= 320);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_profile_is_written_back_byte_for_byte),
        cmocka_unit_test(every_profile_belongs_to_a_chip_and_says_where_from),
        cmocka_unit_test(a_damaged_profile_is_refused),
        cmocka_unit_test(fitting_the_smallest_chip_again_gives_the_file),
        cmocka_unit_test(stated_errors_keep_what_the_profiles_promise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
