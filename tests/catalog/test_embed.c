/* The generator itself, taken in as source since it is a program: what it refuses in the table of
 * messages, how it escapes, and that the same data give the same files. */
#define main embed_main
#include "../../tools/embed.c"
#undef main
#include "../../tools/embed_catalog.c"
#include "../../tools/embed_messages.c"
#include "../../tools/embed_models.c"

#include "catalog/temp_dir.h"

/* Profiles, measured rows and engine overheads have tests of their own: calib.profile,
 * app.validate, serve.price_perf. */
#define NOT_HERE(name)                                                                     \
    enum su_status name(struct su_arena *arena, const char *data_dir, const char *out_dir, \
                        struct su_err *err)                                                \
    {                                                                                      \
        (void)arena;                                                                       \
        (void)data_dir;                                                                    \
        (void)out_dir;                                                                     \
        (void)err;                                                                         \
        return SU_OK;                                                                      \
    }
NOT_HERE(embed_measured)
NOT_HERE(embed_efficiency)
NOT_HERE(embed_engines)

static void check_refused(const char *rows, const char *line, const char *message)
{
    struct temp_dir t;
    struct su_err err = {0};
    temp_dir_init(&t);
    temp_dir_write(&t, "i18n/messages.tsv", rows);
    assert_int_equal(embed_messages(&t.arena, t.path, t.path, &err), SU_ERR_INPUT);
    if (strstr(err.where, line) == NULL || strstr(err.message, message) == NULL)
        fail_msg("%s: %s; expected %s: %s", err.where, err.message, line, message);
    assert_false(su_file_exists(su_fmt(&t.arena, "%s/embedded_messages.c", t.path)));
    temp_dir_release(&t);
}

static void a_bad_table_of_messages_is_refused_by_line(void **state)
{
    (void)state;
    check_refused("id\ten\tzh\nfits\tfits\t放得下\nfits\tfits\t放得下\n", "messages.tsv:3",
                  "\"fits\" stands twice");
    check_refused("# x\n\nid\ten\tzh\nFits\tfits\t放得下\n", "messages.tsv:4", "id is \"Fits\"");
    check_refused("id\ten\tzh\nfits\tfits\n", "messages.tsv:2", "2 cells");
    check_refused("id\ten\tzh\nfits\tfits\tx\ty\n", "messages.tsv:2", "4 cells");
    check_refused("id\ten\tzh\nfits\tfits\t\n", "messages.tsv:2", "the Chinese text is empty");
    check_refused("id\ten\tzh\nfits\t \t放得下\n", "messages.tsv:2", "the English text is empty");
    check_refused("id\ten\tzh\nfits\ta\\q\tb\n", "messages.tsv:2", "a backslash");
    check_refused("id\ten\tzh\nfits\ta\tb\\\n", "messages.tsv:2", "a backslash");
    check_refused("id\ten\tzh\nfits\t{n} of {m}\t{n}\n", "messages.tsv:2",
                  "{m} is in the English text only");
    check_refused("id\ten\tzh\nfits\t{n}\t{n} {cards}\n", "messages.tsv:2",
                  "{cards} is in the Chinese text only");
    check_refused("fits\tfits\t放得下\n", "messages.tsv:1", "expected the header");
    check_refused("# nothing\n", "messages.tsv", "has no messages");
}

static void messages_become_an_enum_in_the_order_of_the_file(void **state)
{
    (void)state;
    struct temp_dir t;
    struct su_err err = {0};
    struct su_str header;
    struct su_str table;
    temp_dir_init(&t);
    /* The placeholders may stand in another order; a lone brace is text. CRLF as Excel writes it.
     */
    temp_dir_write(&t, "i18n/messages.tsv",
                   "# comment\r\nid\ten\tzh\r\nz_last\t{a} {b}\\n\t{b}{a}\r\n"
                   "a2\tset {x\t集合 {}\r\n");
    assert_ok(embed_messages(&t.arena, t.path, t.path, &err), err);
    const char *paths[] = {su_fmt(&t.arena, "%s/i18n/messages.gen.h", t.path),
                           su_fmt(&t.arena, "%s/embedded_messages.c", t.path)};
    assert_ok(su_file_read(&t.arena, paths[0], 1 << 20, &header, &err), err);
    assert_ok(su_file_read(&t.arena, paths[1], 1 << 20, &table, &err), err);
    assert_non_null(strstr(header.p, "    SU_MSG_z_last,\n    SU_MSG_a2,\n    SU_MSG_COUNT\n"));
    assert_non_null(strstr(table.p, "[SU_MSG_z_last] = {\"{a} {b}\\012\",\n        \"{b}{a}\"},"));
    assert_non_null(strstr(table.p, "\"\\351\\233\\206\\345\\220\\210 {}\"")); /* 集合 {} */
    (void)remove(paths[0]);
    (void)remove(paths[1]);
    temp_dir_release(&t);
}

static void strings_and_numbers_are_escaped_for_c(void **state)
{
    (void)state;
    struct su_buf out;
    su_buf_init(&out);
    embed_string(&out, "a\"\\b\n?\?=\xe4\xb8\xad"
                       "1");
    assert_string_equal(out.p, "\"a\\\"\\\\b\\012\\077\\077=\\344\\270\\2551\"");
    out.n = 0;
    embed_string(&out, NULL);
    assert_string_equal(out.p, "NULL");
    static const struct {
        double v;
        const char *text;
    } cases[] = {{400, "400"},           {0.1, "0.1"}, {-INFINITY, "-INFINITY"},
                 {INFINITY, "INFINITY"}, {NAN, "NAN"}, {1.0 / 3, "0.33333333333333331"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        out.n = 0;
        embed_number(&out, cases[i].v);
        assert_string_equal(out.p, cases[i].text);
    }
    su_buf_release(&out);
}

static void a_config_is_minified_outside_of_strings(void **state)
{
    (void)state;
    struct su_arena arena;
    su_arena_init(&arena);
    assert_string_equal(
        minified(&arena, su_str_c("{ \"a b\" : [ 1,\n\t2 ],\r\n \"c\\\" d\" : 3 }\n")),
        "{\"a b\":[1,2],\"c\\\" d\":3}");
    su_arena_release(&arena);
}

/* Two runs give the same bytes, and the second touches no file: the program is not rebuilt. */
static void the_same_data_give_the_same_files(void **state)
{
    (void)state;
    static const char *const names[] = {"embedded_catalog.c", "embedded_models.c",
                                        "i18n/messages.gen.h", "embedded_messages.c"};
    struct temp_dir t;
    struct su_str text[4];
    ino_t inode[4];
    struct su_err err;
    temp_dir_init(&t);
    temp_dir_write(&t, "i18n/messages.gen.h", "stale");
    for (int run = 0; run < 2; run++) {
        char data[] = SU_SOURCE_DIR "/data";
        char program[] = "embed";
        char *argv[] = {program, data, su_str_dup_c(&t.arena, t.path), NULL};
        assert_int_equal(embed_main(3, argv), 0);
        for (size_t i = 0; i < 4; i++) {
            const char *path = su_fmt(&t.arena, "%s/%s", t.path, names[i]);
            struct stat st;
            struct su_str now;
            assert_int_equal(stat(path, &st), 0);
            assert_ok(su_file_read(&t.arena, path, SU_FILE_BYTES_MAX, &now, &err), err);
            assert_null(strstr(now.p, SU_SOURCE_DIR)); /* no path of this machine */
            if (run == 1) {
                assert_true(su_str_eq(now, text[i]));
                assert_true(st.st_ino == inode[i]);
            }
            text[i] = now;
            inode[i] = st.st_ino;
        }
    }
    for (size_t i = 0; i < 4; i++)
        (void)remove(su_fmt(&t.arena, "%s/%s", t.path, names[i]));
    temp_dir_release(&t);
}

static void a_model_without_a_row_in_the_index_is_refused(void **state)
{
    (void)state;
    struct temp_dir t;
    struct su_err err = {0};
    temp_dir_init(&t);
    temp_dir_write(&t, "models/INDEX.csv", "preset,hf_id,kind,source\nm,o/M,verbatim,a page\n");
    assert_int_equal(embed_models(&t.arena, t.path, t.path, &err), SU_ERR_INPUT);
    assert_non_null(strstr(err.where, "models/m/config.json"));
    temp_dir_write(&t, "models/INDEX.csv", "preset,hf_id,kind,source\nm,o/M,guessed,a page\n");
    assert_int_equal(embed_models(&t.arena, t.path, t.path, &err), SU_ERR_INPUT);
    assert_non_null(strstr(err.message, "expected verbatim or assembled"));
    temp_dir_release(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_table_of_messages_is_refused_by_line),
        cmocka_unit_test(messages_become_an_enum_in_the_order_of_the_file),
        cmocka_unit_test(strings_and_numbers_are_escaped_for_c),
        cmocka_unit_test(a_config_is_minified_outside_of_strings),
        cmocka_unit_test(the_same_data_give_the_same_files),
        cmocka_unit_test(a_model_without_a_row_in_the_index_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
