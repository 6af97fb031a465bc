/* The command line: parse, call the use case, print. Exit 0 answered, 1 I/O or internal failure,
 * 2 bad input, 3 no feasible answer. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/help.h"
#include "cli/opt.h"
#include "cli/progress.h"

#define WIDTH_DEFAULT 100
#define WIDTH_MIN 60

static size_t terminal_width(void)
{
    struct winsize ws;
    long width = 0;
    if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0)
        width = ws.ws_col;
    const char *columns = getenv("COLUMNS");
    if (width == 0 && columns != NULL)
        width = strtol(columns, NULL, 10);
    if (width <= 0 || width > 1000)
        width = WIDTH_DEFAULT;
    return width < WIDTH_MIN ? WIDTH_MIN : (size_t)width;
}

static const char *locale_name(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < 3; i++) {
        const char *value = getenv(variables[i]);
        if (value != NULL && value[0] != '\0')
            return value;
    }
    return NULL;
}

static enum su_status print(const struct su_buf *out, struct su_err *err)
{
    if (fwrite(out->p == NULL ? "" : out->p, 1, out->n, stdout) != out->n || fflush(stdout) != 0)
        return SU_FAIL(err, SU_ERR_IO, "stdout", "cannot be written");
    return SU_OK;
}

/* Reads the brief named among the operands; flags already set win over it. */
static enum su_status read_brief(struct su_arena *arena, struct su_command_line *line,
                                 struct su_err *err)
{
    struct su_request *r = &line->request;
    if (line->cmd->operands == SU_OPERANDS_NONE && r->n_operands > 0)
        return SU_FAIL(err, SU_ERR_INPUT, line->cmd->name, "takes flags only, found \"%s\"",
                       r->operands[0]);
    if (line->cmd->operands != SU_OPERANDS_BRIEF || r->n_operands == 0)
        return SU_OK;
    if (r->n_operands > 1)
        return SU_FAIL(err, SU_ERR_INPUT, line->cmd->name,
                       "takes one brief, found \"%s\" and \"%s\"", r->operands[0], r->operands[1]);
    const char *path = r->operands[0];
    r->n_operands = 0;
    return su_request_read_brief(arena, r, path, line->cmd->bit, err);
}

static enum su_status answer_request(struct su_arena *arena, const struct su_command_line *line,
                                     struct su_view *view, struct su_buf *out, int *exit_code,
                                     struct su_err *err)
{
    struct su_answer answer = {0};
    su_buf_init(&answer.text);
    struct su_bar bar;
    su_bar_init(&bar);
    view->going_on = su_bar_going_on;
    view->going_on_ctx = &bar;
    view->shows_progress = bar.shown;
    enum su_status st = line->cmd->run(arena, &line->request, view, &answer, err);
    su_bar_end(&bar);
    if (st == SU_OK) {
        if (line->request.json)
            su_doc_write_json(out, answer.doc);
        else if (line->request.csv && answer.table != NULL)
            su_table_write_csv(out, answer.table);
        else
            su_buf_add(out, answer.text.p == NULL ? "" : answer.text.p, answer.text.n);
        if (!answer.feasible) {
            fprintf(stderr, "suanli: %s\n", answer.why);
            *exit_code = 3;
        }
    }
    su_buf_release(&answer.text);
    return st;
}

static enum su_status run(struct su_arena *arena, int argc, const char *const *argv,
                          struct su_buf *out, int *exit_code, struct su_err *err)
{
    struct su_command_line line;
    SU_TRY(su_command_line_parse(arena, argc, argv, &line, err));
    struct su_view view = {.width = terminal_width()};
    SU_TRY(su_request_lang(&line.request, locale_name(), &view.lang, err));
    if (line.version) {
        su_buf_puts(out, "suanli " SUANLI_VERSION "\n");
        return SU_OK;
    }
    if (line.help || line.cmd == NULL) {
        su_help_write(out, arena, line.cmd, view.lang, view.width);
        if (!line.help) {
            fprintf(stderr, "suanli: command: is missing\n");
            *exit_code = 2;
        }
        return SU_OK;
    }
    SU_TRY(read_brief(arena, &line, err));
    if (line.request.json && line.request.csv)
        return SU_FAIL(err, SU_ERR_INPUT, "--csv", "contradicts --json, give one");
    if (line.request.print_brief) {
        struct su_doc *brief = su_request_brief(arena, &line.request);
        if (line.request.json)
            su_doc_write_json(out, brief);
        else
            su_doc_write_yaml(out, brief);
        return SU_OK;
    }
    return answer_request(arena, &line, &view, out, exit_code, err);
}

int main(int argc, char **argv)
{
    struct su_arena arena;
    su_arena_init(&arena);
    struct su_buf out;
    su_buf_init(&out);
    struct su_err err = {0};
    int exit_code = 0;
    enum su_status st = run(&arena, argc, (const char *const *)argv, &out, &exit_code, &err);
    if (st == SU_OK)
        st = print(&out, &err);
    if (st != SU_OK) {
        fprintf(stderr, "suanli: %s: %s\n", err.where, err.message);
        exit_code = st == SU_ERR_INPUT || st == SU_ERR_LIMIT ? 2 : 1;
    }
    su_buf_release(&out);
    su_arena_release(&arena);
    return exit_code;
}
