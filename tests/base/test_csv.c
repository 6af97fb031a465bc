#include <string.h>

#include "base/csv.h"
#include "base/rng.h"
#include "su_test_arena.h"

static struct su_csv parse(struct su_arena *arena, const char *text)
{
    struct su_csv csv;
    struct su_err err = {0};
    assert_ok(su_csv_parse(arena, su_str_c(text), "t.csv", &csv, &err), err);
    return csv;
}

static void fails_at(struct su_arena *arena, struct su_str text, const char *where,
                     const char *message)
{
    struct su_csv csv;
    struct su_err err = {0};
    assert_int_equal(su_csv_parse(arena, text, "t.csv", &csv, &err), SU_ERR_INPUT);
    assert_string_equal(err.where, where);
    assert_non_null(strstr(err.message, message));
}

static void quotes_hold_commas_newlines_and_doubled_quotes(void **state)
{
    struct su_csv csv = parse(*state, "id,note\na,\"1,5\"\nb,\"say \"\"hi\"\"\nthere\"\nc,\"\"\n");
    assert_int_equal(csv.n_cols, 2);
    assert_int_equal(csv.n_rows, 3);
    assert_string_equal(csv.rows[0].cells[1], "1,5");
    assert_string_equal(csv.rows[1].cells[1], "say \"hi\"\nthere");
    assert_string_equal(csv.rows[2].cells[1], "");
    /* the newline inside row 2 counts */
    assert_int_equal(csv.rows[2].line, 5);
}

static void crlf_bom_and_a_missing_last_newline_change_nothing(void **state)
{
    struct su_csv csv = parse(*state, "\xef\xbb\xbfid,价格\r\na,\"1\"\r\nb,2");
    assert_string_equal(csv.cols[0], "id");
    assert_string_equal(csv.cols[1], "价格");
    assert_int_equal(csv.n_rows, 2);
    assert_string_equal(csv.rows[0].cells[1], "1");
    assert_string_equal(csv.rows[1].cells[1], "2");
}

static void blank_lines_are_skipped_and_empty_last_cells_kept(void **state)
{
    struct su_csv csv = parse(*state, "a,b\n\n1,\n\r\n,2\n");
    assert_int_equal(csv.n_rows, 2);
    assert_string_equal(csv.rows[0].cells[1], "");
    assert_string_equal(csv.rows[1].cells[0], "");
    assert_int_equal(csv.rows[0].line, 3);
}

static void a_row_of_another_length_is_named_by_its_line(void **state)
{
    fails_at(*state, su_str_c("a,b\n1,2\n\n1,2,3\n"), "t.csv:4", "3 cells, expected 2");
    fails_at(*state, su_str_c("a,b\n\"x\ny\",2\n1\n"), "t.csv:4", "1 cells, expected 2");
}

static void broken_quotes_are_refused_where_the_cell_began(void **state)
{
    fails_at(*state, su_str_c("a,b\n1,\"open\n2,3\n"), "t.csv:2", "not closed");
    fails_at(*state, su_str_c("a,b\n1,\""), "t.csv:2", "not closed");
    fails_at(*state, su_str_c("a,b\n\"x\"y,2\n"), "t.csv:2", "closing quote");
}

static void nothing_and_nul_bytes_are_refused(void **state)
{
    fails_at(*state, su_str_c(""), "t.csv:1", "empty");
    fails_at(*state, su_str_c("\xef\xbb\xbf"), "t.csv:1", "empty");
    fails_at(*state, (struct su_str){"a,b\n1,\0", 8}, "t.csv:2", "NUL");
}

static void columns_are_found_by_name(void **state)
{
    struct su_arena *arena = *state;
    struct su_csv csv = parse(arena, "id,low,high\n1,2,3\n");
    size_t index = 99;
    struct su_err err = {0};
    assert_ok(su_csv_col(&csv, "high", &index, &err), err);
    assert_int_equal(index, 2);
    assert_int_equal(su_csv_col(&csv, "mid", &index, &err), SU_ERR_INPUT);
    assert_non_null(strstr(err.message, "\"mid\""));
    assert_string_equal(su_csv_where(arena, &csv, &csv.rows[0]), "t.csv:2");
}

static void only_cells_that_need_quotes_get_them(void **state)
{
    (void)state;
    static const char *const cells[][2] = {{"plain", "plain"},
                                           {"万元", "万元"},
                                           {"a,b", "\"a,b\""},
                                           {"a\"b", "\"a\"\"b\""},
                                           {"a\nb", "\"a\nb\""},
                                           {"a\rb", "\"a\rb\""},
                                           {"", ""}};
    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
        struct su_buf out;
        su_buf_init(&out);
        su_csv_write_cell(&out, cells[i][0]);
        su_buf_putc(&out, '|');
        out.p[out.n - 1] = '\0';
        assert_string_equal(out.p, cells[i][1]);
        su_buf_release(&out);
    }
}

/* Two columns at least: a row of one empty cell is a blank line, which a reader skips. */
static void whatever_is_written_reads_back(void **state)
{
    struct su_arena *arena = *state;
    static const char *const pieces[] = {"a", ",", "\"", "\n", "\r", "\r\n", " ", "价", "\"\"", ""};
    struct su_rng rng;
    su_rng_init(&rng, 1, "csv", 0);
    for (int round = 0; round < 500; round++) {
        su_arena_reset(arena);
        size_t n_cols = 2 + su_rng_u64(&rng) % 4;
        size_t n_rows = 1 + su_rng_u64(&rng) % 5;
        const char **cells = SU_NEW_ARRAY(arena, n_cols * n_rows, const char *);
        struct su_buf out;
        su_buf_init(&out);
        for (size_t i = 0; i < n_cols * n_rows; i++) {
            const char *cell = "";
            for (size_t k = su_rng_u64(&rng) % 6; k > 0; k--)
                cell = su_fmt(arena, "%s%s", cell, pieces[su_rng_u64(&rng) % 10]);
            cells[i] = cell;
            su_csv_write_cell(&out, cell);
            su_buf_puts(&out, (i + 1) % n_cols > 0 ? "," : round % 2 == 0 ? "\n" : "\r\n");
        }
        struct su_csv csv = parse(arena, out.p);
        assert_int_equal(csv.n_cols, n_cols);
        assert_int_equal(csv.n_rows, n_rows - 1);
        for (size_t i = 0; i < n_cols * n_rows; i++) {
            const char *got = i < n_cols ? csv.cols[i] : csv.rows[i / n_cols - 1].cells[i % n_cols];
            assert_string_equal(got, cells[i]);
        }
        su_buf_release(&out);
    }
}

/* The table's reader is the oracle of the one that splits a line in place. */
static void a_line_splits_as_the_table_does(void **state)
{
    struct su_arena *arena = *state;
    static const char *const rows[] = {"a,b,c", "a,,", "\"x, y\",b", ",\"\",", "1", " a ,b"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct su_csv csv;
        struct su_err err = {0};
        struct su_str cells[4];
        size_t n = 0;
        assert_ok(su_csv_parse(arena, su_str_c(rows[i]), "in", &csv, &err), err);
        assert_true(su_csv_split(su_str_c(rows[i]), cells, 4, &n));
        assert_int_equal(n, csv.n_cols);
        for (size_t c = 0; c < n; c++)
            assert_true(su_str_eq_c(cells[c], csv.cols[c]));
    }
    struct su_str cells[2];
    size_t n = 0;
    assert_true(su_csv_split(su_str_c("a,\"b\"\"c\",d"), cells, 2, &n));
    assert_int_equal(n, 3);
    assert_true(su_str_eq_c(cells[1], "b\"\"c"));
    static const char *const broken[] = {"\"a", "a,\"", "\"a\"b", "\"a\"\""};
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
        assert_false(su_csv_split(su_str_c(broken[i]), cells, 2, &n));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(quotes_hold_commas_newlines_and_doubled_quotes),
        ARENA_TEST(crlf_bom_and_a_missing_last_newline_change_nothing),
        ARENA_TEST(blank_lines_are_skipped_and_empty_last_cells_kept),
        ARENA_TEST(a_row_of_another_length_is_named_by_its_line),
        ARENA_TEST(broken_quotes_are_refused_where_the_cell_began),
        ARENA_TEST(nothing_and_nul_bytes_are_refused),
        ARENA_TEST(columns_are_found_by_name),
        cmocka_unit_test(only_cells_that_need_quotes_get_them),
        ARENA_TEST(whatever_is_written_reads_back),
        ARENA_TEST(a_line_splits_as_the_table_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
