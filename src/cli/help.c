#include "cli/help.h"

#include <string.h>

static const char *flag_text(struct su_arena *arena, const struct su_option *o)
{
    char *flag = su_str_dup_c(arena, o->arg == NULL ? su_fmt(arena, "--%s", o->key)
                                                    : su_fmt(arena, "--%s %s", o->key, o->arg));
    for (char *c = flag; *c != '\0' && *c != ' '; c++) {
        if (*c == '_')
            *c = '-';
    }
    return flag;
}

static void write_options(struct su_buf *out, struct su_arena *arena, const struct su_cmd *cmd,
                          enum su_lang lang, size_t width)
{
    struct su_table table;
    su_table_init(&table, arena);
    su_table_col(&table, su_text(lang, SU_MSG_help_flag), SU_ALIGN_LEFT, false);
    su_table_col(&table, su_text(lang, SU_MSG_help_meaning), SU_ALIGN_LEFT, true);
    for (size_t i = 0; i < SU_OPTION_COUNT; i++) {
        const struct su_option *o = &su_options[i];
        if ((o->commands & cmd->bit) == 0)
            continue;
        const char *meaning = su_text(lang, o->help);
        if (o->alias != NULL)
            meaning = su_fmt(arena, "%s (--%s)", meaning, o->alias);
        if (o->type == SU_OPT_SWITCH)
            meaning = su_fmt(arena, "%s (--no-%s)", meaning, flag_text(arena, o) + 2);
        const char *cells[] = {flag_text(arena, o), meaning};
        su_table_row(&table, cells);
    }
    su_table_write_text(out, &table, width);
}

void su_help_write(struct su_buf *out, struct su_arena *arena, const struct su_cmd *cmd,
                   enum su_lang lang, size_t width)
{
    if (cmd == NULL) {
        su_buf_puts(out, su_text(lang, SU_MSG_help_program));
        su_buf_puts(out, "\n\n");
        struct su_table table;
        su_table_init(&table, arena);
        su_table_col(&table, su_text(lang, SU_MSG_help_command), SU_ALIGN_LEFT, false);
        su_table_col(&table, su_text(lang, SU_MSG_help_meaning), SU_ALIGN_LEFT, true);
        for (size_t i = 0; i < su_n_cmds; i++) {
            const char *cells[] = {su_cmds[i].name, su_text(lang, su_cmds[i].summary)};
            su_table_row(&table, cells);
        }
        su_table_write_text(out, &table, width);
        su_buf_putc(out, '\n');
        su_buf_puts(out, su_text(lang, SU_MSG_help_footer));
        su_buf_putc(out, '\n');
        return;
    }
    su_buf_printf(out, "suanli %s %s --…\n\n", cmd->name, cmd->operands_usage);
    su_report_paragraph(out, su_text(lang, cmd->summary), 0, width);
    su_buf_putc(out, '\n');
    write_options(out, arena, cmd, lang, width);
    su_buf_printf(out, "\n%s\n%s\n", su_text(lang, SU_MSG_help_examples),
                  su_text(lang, cmd->examples));
}
