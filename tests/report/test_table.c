#include <string.h>

#include "base/csv.h"
#include "base/rng.h"
#include "i18n/i18n.h"
#include "report/report.h"
#include "su_test_arena.h"

static const char *text_of(struct su_arena *arena, const struct su_table *table, size_t width)
{
    struct su_buf out;
    su_buf_init(&out);
    su_table_write_text(&out, table, width);
    const char *copy = su_str_dup_c(arena, out.p == NULL ? "" : out.p);
    su_buf_release(&out);
    return copy;
}

static void columns_align_by_display_width_in_both_languages(void **state)
{
    struct su_arena *arena = *state;
    struct su_table t;
    su_table_init(&t, arena);
    su_table_col(&t, "chip", SU_ALIGN_LEFT, false);
    su_table_col(&t, "价格", SU_ALIGN_RIGHT, false);
    su_table_col(&t, "note", SU_ALIGN_LEFT, false);
    su_table_row(&t, (const char *const[]){"h20_sxm_96g", "12.5 万元", "便宜"});
    su_table_row(&t, (const char *const[]){"昇腾 910B", NULL, ""});
    assert_string_equal(text_of(arena, &t, 0), "chip              价格  note\n"
                                               "────────────────────────────\n"
                                               "h20_sxm_96g  12.5 万元  便宜\n"
                                               "昇腾 910B            -\n");
}

static void a_wrapped_cell_leaves_the_other_columns_blank_below(void **state)
{
    struct su_arena *arena = *state;
    struct su_table t;
    su_table_init(&t, arena);
    su_table_col(&t, "id", SU_ALIGN_LEFT, false);
    su_table_col(&t, "reason", SU_ALIGN_LEFT, true);
    su_table_col(&t, "n", SU_ALIGN_RIGHT, false);
    su_table_row(&t, (const char *const[]){"a", "memory does not fit on one card", "8"});
    su_table_row(&t, (const char *const[]){"b", "出口管制，不可新购买", "16"});
    assert_string_equal(text_of(arena, &t, 22), "id  reason           n\n"
                                                "──────────────────────\n"
                                                "a   memory does      8\n"
                                                "    not fit on one\n"
                                                "    card\n"
                                                "b   出口管制，不可  16\n"
                                                "    新购买\n");
}

static void a_narrow_terminal_leaves_twelve_columns_to_each_wrapped_one(void **state)
{
    struct su_arena *arena = *state;
    struct su_table t;
    su_table_init(&t, arena);
    su_table_col(&t, "x", SU_ALIGN_LEFT, true);
    su_table_col(&t, "y", SU_ALIGN_LEFT, true);
    su_table_row(&t, (const char *const[]){"aaaa bbbb cccc dddd", "short"});
    assert_string_equal(text_of(arena, &t, 5), "x             y\n"
                                               "───────────────────\n"
                                               "aaaa bbbb     short\n"
                                               "cccc dddd\n");
}

static void what_one_wrapped_column_does_not_need_goes_to_the_other(void **state)
{
    struct su_arena *arena = *state;
    struct su_table t;
    su_table_init(&t, arena);
    su_table_col(&t, "a", SU_ALIGN_LEFT, true);
    su_table_col(&t, "b", SU_ALIGN_LEFT, true);
    su_table_row(&t, (const char *const[]){"twelve wide.", "twenty-two columns now and more"});
    /* 36 - 2 = 34 to share: 12 needed by the first, 22 left for the second */
    assert_string_equal(text_of(arena, &t, 36), "a             b\n"
                                                "────────────────────────────────────\n"
                                                "twelve wide.  twenty-two columns now\n"
                                                "              and more\n");
}

static void a_table_that_fits_is_not_touched(void **state)
{
    struct su_arena *arena = *state;
    struct su_table t;
    su_table_init(&t, arena);
    su_table_col(&t, "a", SU_ALIGN_LEFT, true);
    su_table_row(&t, (const char *const[]){"exactly twenty wide."});
    assert_string_equal(text_of(arena, &t, 20), text_of(arena, &t, 0));
    /* no column gives way: the table is wider than asked, not broken */
    t.cols[0].wrap = false;
    assert_string_equal(text_of(arena, &t, 10), text_of(arena, &t, 0));
}

static void tables_without_rows_or_columns_are_written(void **state)
{
    struct su_arena *arena = *state;
    struct su_table t;
    su_table_init(&t, arena);
    assert_string_equal(text_of(arena, &t, 80), "");
    su_table_col(&t, "芯片", SU_ALIGN_LEFT, false);
    assert_string_equal(text_of(arena, &t, 80), "芯片\n────\n");
}

static void rows_keep_their_cells_when_the_caller_reuses_its_array(void **state)
{
    struct su_arena *arena = *state;
    struct su_table t;
    su_table_init(&t, arena);
    su_table_col(&t, "n", SU_ALIGN_LEFT, false);
    for (int i = 0; i < 100; i++) {
        const char *cells[1] = {su_fmt(arena, "row %d", i)};
        su_table_row(&t, cells);
        cells[0] = "overwritten";
    }
    const char *text = text_of(arena, &t, 0);
    assert_non_null(strstr(text, "row 0\n"));
    assert_non_null(strstr(text, "row 99\n"));
    assert_null(strstr(text, "overwritten"));
}

/* Random tables: no line ends in a space; when every column may wrap to 12, no line is wider than
 * the terminal; every right-aligned cell ends at the same column. */
static void random_tables_keep_to_the_width(void **state)
{
    struct su_arena *arena = *state;
    static const char *const words[] = {
        "算力", "price", "of ", " the", "卡，", "H20 ", "很长的词", "\n", "incomprehensibilities",
        "é"};
    struct su_rng rng;
    su_rng_init(&rng, 1, "table", 0);
    for (int round = 0; round < 500; round++) {
        su_arena_reset(arena);
        size_t n_cols = 1 + su_rng_u64(&rng) % 4;
        struct su_table t;
        su_table_init(&t, arena);
        for (size_t c = 0; c < n_cols; c++)
            su_table_col(&t, "title 标题", su_rng_u64(&rng) % 2 ? SU_ALIGN_LEFT : SU_ALIGN_RIGHT,
                         true);
        for (int r = 0; r < 5; r++) {
            const char *cells[4] = {"", "", "", ""};
            for (size_t c = 0; c < n_cols; c++) {
                for (uint64_t k = su_rng_u64(&rng) % 8; k > 0; k--)
                    cells[c] = su_fmt(arena, "%s%s", cells[c], words[su_rng_u64(&rng) % 10]);
            }
            su_table_row(&t, cells);
        }
        size_t width = n_cols * 14 + su_rng_u64(&rng) % 60;
        const char *text = text_of(arena, &t, width);
        while (*text != '\0') {
            const char *end = strchr(text, '\n');
            assert_non_null(end);
            assert_true(end == text || end[-1] != ' ');
            assert_true(su_text_width(su_str_dup(
                            arena, (struct su_str){text, (size_t)(end - text)})) <= width);
            text = end + 1;
        }
    }
}

static void csv_has_a_bom_crlf_and_quotes_and_reads_back(void **state)
{
    struct su_arena *arena = *state;
    struct su_table t;
    su_table_init(&t, arena);
    su_table_col(&t, "芯片", SU_ALIGN_LEFT, false);
    su_table_col(&t, "price, CNY", SU_ALIGN_RIGHT, true);
    su_table_row(&t, (const char *const[]){"H20 \"96G\"", "1,200,000"});
    su_table_row(&t, (const char *const[]){"两\n行", NULL});
    struct su_buf out;
    su_buf_init(&out);
    su_table_write_csv(&out, &t);
    assert_string_equal(out.p, "\xef\xbb\xbf芯片,\"price, CNY\"\r\n"
                               "\"H20 \"\"96G\"\"\",\"1,200,000\"\r\n"
                               "\"两\n行\",\r\n");
    struct su_csv csv;
    struct su_err err = {0};
    assert_ok(su_csv_parse(arena, (struct su_str){out.p, out.n}, "t", &csv, &err), err);
    assert_string_equal(csv.cols[0], "芯片");
    assert_string_equal(csv.rows[1].cells[0], "两\n行");
    assert_string_equal(csv.rows[1].cells[1], "");
    su_buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(columns_align_by_display_width_in_both_languages),
        ARENA_TEST(a_wrapped_cell_leaves_the_other_columns_blank_below),
        ARENA_TEST(a_narrow_terminal_leaves_twelve_columns_to_each_wrapped_one),
        ARENA_TEST(what_one_wrapped_column_does_not_need_goes_to_the_other),
        ARENA_TEST(a_table_that_fits_is_not_touched),
        ARENA_TEST(tables_without_rows_or_columns_are_written),
        ARENA_TEST(rows_keep_their_cells_when_the_caller_reuses_its_array),
        ARENA_TEST(random_tables_keep_to_the_width),
        ARENA_TEST(csv_has_a_bom_crlf_and_quotes_and_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
