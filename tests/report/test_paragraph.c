#include "base/buf.h"
#include "report/report.h"
#include "su_test.h"

static void check(const char *text, size_t indent, size_t width, const char *expected)
{
    struct su_buf out;
    su_buf_init(&out);
    su_report_paragraph(&out, text, indent, width);
    assert_string_equal(out.p, expected);
    su_buf_release(&out);
}

static void every_line_is_indented_and_within_the_width(void **state)
{
    (void)state;
    check("one two three", 2, 9, "  one two\n  three\n");
    check("one two three", 2, 0, "  one two three\n");
    check("推理占比上升，训练占比下降。", 2, 14, "  推理占比上\n  升，训练占比\n  下降。\n");
    check("a\n\nb", 2, 20, "  a\n\n  b\n");
}

static void an_indent_wider_than_the_terminal_still_shows_the_text(void **state)
{
    (void)state;
    check("ab", 4, 3, "    a\n    b\n");
}

static void a_heading_is_underlined_by_its_display_width(void **state)
{
    (void)state;
    struct su_buf out;
    su_buf_init(&out);
    su_report_heading(&out, "算力 plan");
    assert_string_equal(out.p, "算力 plan\n─────────\n");
    su_buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line_is_indented_and_within_the_width),
        cmocka_unit_test(an_indent_wider_than_the_terminal_still_shows_the_text),
        cmocka_unit_test(a_heading_is_underlined_by_its_display_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
