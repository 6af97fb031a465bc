/* Running text and headings around the tables. */
#include "i18n/i18n.h"
#include "report/report.h"
#include "report/wrap.h"

void su_report_paragraph(struct su_buf *out, const char *text, size_t indent, size_t width)
{
    struct su_arena lines_arena;
    su_arena_init(&lines_arena);
    /* An indent as wide as the terminal still leaves one column for the text. */
    size_t limit = width == 0 ? 0 : width > indent ? width - indent : 1;
    struct su_wrap lines;
    su_wrap_text(&lines_arena, text, limit, &lines);
    for (size_t i = 0; i < lines.n; i++) {
        if (lines.items[i].n > 0)
            su_buf_pad(out, ' ', indent);
        su_buf_add(out, lines.items[i].p, lines.items[i].n);
        su_buf_putc(out, '\n');
    }
    su_arena_release(&lines_arena);
}

void su_report_heading(struct su_buf *out, const char *title)
{
    su_buf_puts(out, title);
    su_buf_putc(out, '\n');
    for (size_t i = su_text_width(title); i > 0; i--)
        su_buf_puts(out, "─");
    su_buf_putc(out, '\n');
}
