/* `validate`: which rows are scored, and how a file of the user's own is read. */
#include <math.h>
#include <string.h>

#include "app/app_fixture.h"
#include "app/measured.h"

static const char header[] =
    "model,precision,accelerator,count,engine,parallelism,input_len,output_len,"
    "batch_or_concurrency,metric,value,unit,notes,source,as_of,confidence,use\n";

static struct su_measured *read_rows(struct su_arena *arena, const char *rows, size_t *n)
{
    struct su_measured *out = NULL;
    struct su_err err = {0};
    struct su_str text = su_str_c(su_fmt(arena, "%s%s", header, rows));
    assert_ok(su_measured_read(arena, su_catalog_embedded(), text, "t.csv", &out, n, &err), err);
    return out;
}

static const char *unmapped_of(struct su_arena *arena, const char *row)
{
    size_t n = 0;
    struct su_measured *m = read_rows(arena, row, &n);
    assert_int_equal(n, 1);
    return m[0].unmapped == NULL ? "" : m[0].unmapped;
}

static void a_row_is_mapped_or_says_why_not(void **state)
{
    struct su_arena *a = *state;
    static const struct {
        const char *row;
        const char *why;
    } rows[] = {
        {"Qwen3-8B,FP8,h20_sxm_96g,1,x,TP1,,100,4,tpot_ms,9,ms,,s,2026,high,test\n", "lengths"},
        {"Qwen3-8B,FP8,h20_sxm_96g,1,x,TP1,9,9,some,tpot_ms,9,ms,,s,2026,high,test\n",
         "concurrency"},
        {"Qwen3-8B,FP8,h20_sxm_96g,1,x,TP1,9,9,4,train_mfu,9,ms,,s,2026,high,test\n", "training"},
        {"Nobody-8B,FP8,h20_sxm_96g,1,x,TP1,9,9,4,tpot_ms,9,ms,,s,2026,high,test\n", "model"},
        {"Qwen3-8B,FP8,no_chip,1,x,TP1,9,9,4,tpot_ms,9,ms,,s,2026,high,test\n", "chip"},
        {"Qwen3-8B,FP9,h20_sxm_96g,1,x,TP1,9,9,4,tpot_ms,9,ms,,s,2026,high,test\n", "format"},
        {"Qwen3-8B,FP8,h20_sxm_96g,1,x,mixed,9,9,4,tpot_ms,9,ms,,s,2026,high,test\n", "layout"},
    };
    assert_string_equal(
        unmapped_of(a, "Qwen3-8B,FP8,h20_sxm_96g,1,x,TP1,9,9,4,tpot_ms,9,ms,,s,2026,high,test\n"),
        "");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strstr(unmapped_of(a, rows[i].row), rows[i].why) == NULL)
            fail_msg("%s: %s", rows[i].row, unmapped_of(a, rows[i].row));
    }
}

static void a_bad_row_names_its_line(void **state)
{
    struct su_arena *a = *state;
    struct su_measured *out = NULL;
    size_t n = 0;
    struct su_err err = {0};
    const char *bad[] = {"m,FP8,c,1,x,TP1,9,9,4,tpot_ms,9,ms,,s,2026,high,maybe\n",
                         "m,FP8,c,1,x,TP1,9,9,4,tpot_ms,-1,ms,,s,2026,high,test\n"};
    for (size_t i = 0; i < 2; i++) {
        struct su_str text = su_str_c(su_fmt(a, "%s%s", header, bad[i]));
        assert_int_equal(su_measured_read(a, su_catalog_embedded(), text, "t.csv", &out, &n, &err),
                         SU_ERR_INPUT);
        assert_string_equal(err.where, "t.csv:2");
    }
}

/* Rows made from the model's own predictions with known constants give these constants back. */
static void constants_are_found_again(void **state)
{
    struct su_arena *a = *state;
    size_t n = 0;
    const char *rows = "";
    static const int concurrency[] = {1, 2, 8, 16};
    for (size_t i = 0; i < 4; i++)
        rows = su_fmt(a,
                      "%sQwen3-8B,FP8,h20_sxm_96g,1,x,TP1,512,512,%d,tpot_ms,1,ms,,s,2026,high,"
                      "fit\n",
                      rows, concurrency[i]);
    struct su_measured *m = read_rows(a, rows, &n);
    struct su_engine_constants truth = {
        .per_layer_s = 60e-6, .factor = 1.3, .kind = 'r', .n_rows = 1};
    for (size_t i = 0; i < n; i++)
        m[i].value = su_measured_predict(&m[i], truth, SU_EFF_MID);
    struct su_engine_constants found = su_engine_constants_fit(m, n, &m[0], NULL);
    assert_int_equal(found.n_rows, 4);
    for (size_t i = 0; i < n; i++)
        assert_near(su_measured_predict(&m[i], found, SU_EFF_MID), m[i].value, 0.03);
    /* Without this model's rows there is nothing to fit on. */
    assert_int_equal(su_engine_constants_fit(m, n, &m[0], "Qwen3-8B").n_rows, 0);
}

static void test_rows_never_enter_the_constants(void **state)
{
    struct su_arena *a = *state;
    size_t n = 0;
    struct su_measured *m = read_rows(
        a, "Qwen3-8B,FP8,h20_sxm_96g,1,x,TP1,512,512,1,tpot_ms,99,ms,,s,2026,high,test\n", &n);
    assert_int_equal(su_engine_constants_fit(m, n, &m[0], NULL).n_rows, 0);
}

static void every_test_row_is_scored_or_missed(void **state)
{
    struct su_arena *a = *state;
    struct su_request r = {0};
    struct su_view view = {.lang = SU_LANG_EN, .width = 100};
    struct su_answer answer = {0};
    struct su_err err = {0};
    assert_ok(su_app_validate(a, &r, &view, &answer, &err), err);
    su_buf_release(&answer.text);
    const struct su_doc *rows = su_doc_get(answer.doc, "rows");
    int64_t n_test = 0;
    for (size_t i = 0; i < rows->u.arr.n; i++) {
        const struct su_doc *row = rows->u.arr.items[i];
        bool predicted = su_doc_get(row, "predicted") != NULL;
        const char *use = su_doc_get(row, "use")->u.str.p;
        n_test += strcmp(use, "test") == 0;
        if (strcmp(use, "context") == 0)
            assert_false(predicted);
        else
            assert_true(predicted != (su_doc_get(row, "unmapped") != NULL));
    }
    const struct su_doc *all = su_doc_get(answer.doc, "summary")->u.arr.items[0];
    assert_int_equal(n_test,
                     su_doc_get(all, "n")->u.integer + su_doc_get(all, "missed")->u.integer);
    assert_int_equal(n_test, 184);
    /* The bound written down: predictions that get worse than this fail the build. */
    assert_true(su_doc_get(all, "median_abs_pct")->u.real < 14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(a_row_is_mapped_or_says_why_not),
        ARENA_TEST(a_bad_row_names_its_line),
        ARENA_TEST(constants_are_found_again),
        ARENA_TEST(test_rows_never_enter_the_constants),
        ARENA_TEST(every_test_row_is_scored_or_missed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
