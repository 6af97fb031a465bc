/* Own parser instead of getopt_long: flags come from the option table that briefs share, unknown
 * ones get a "did you mean", and "--max-num-seqs" equals "--max_num_seqs" as in vLLM. */
#include "cli/opt.h"

#include <string.h>

#include "base/vec.h"

struct parser {
    struct su_arena *arena;
    int argc;
    const char *const *argv;
    int at;
    struct su_command_line *line;
    SU_VEC(const char *) operands;
    struct su_err *err;
};

static enum su_status unknown_command(struct parser *p, const char *word)
{
    const char *names[16];
    for (size_t i = 0; i < su_n_cmds; i++)
        names[i] = su_cmds[i].name;
    const char *near = su_str_nearest(word, names, su_n_cmds);
    return SU_FAIL(p->err, SU_ERR_INPUT, word, "is not a command%s%s%s, see suanli --help",
                   near == NULL ? "" : ", did you mean \"", near == NULL ? "" : near,
                   near == NULL ? "" : "\"?");
}

static const char *as_flag(struct su_arena *arena, const char *key)
{
    char *flag = su_str_dup_c(arena, su_fmt(arena, "--%s", key));
    for (char *c = flag; *c != '\0'; c++) {
        if (*c == '_')
            *c = '-';
    }
    return flag;
}

static enum su_status unknown_flag(struct parser *p, const char *flag)
{
    const char *names[SU_OPTION_COUNT * 2 + 2];
    size_t n = 0;
    for (size_t i = 0; i < SU_OPTION_COUNT; i++) {
        if (p->line->cmd == NULL || (su_options[i].commands & p->line->cmd->bit) != 0) {
            names[n++] = as_flag(p->arena, su_options[i].key) + 2;
            if (su_options[i].alias != NULL)
                names[n++] = su_options[i].alias;
        }
    }
    names[n++] = "help";
    /* Without the dashes, which would make any two flags look alike. */
    const char *near = su_str_nearest(flag + 2, names, n);
    return SU_FAIL(
        p->err, SU_ERR_INPUT, flag, "is not a flag%s%s%s%s%s", p->line->cmd == NULL ? "" : " of ",
        p->line->cmd == NULL ? "" : p->line->cmd->name, near == NULL ? "" : ", did you mean \"--",
        near == NULL ? "" : near, near == NULL ? "" : "\"?");
}

/* --flag value, --flag=value, or --flag alone where it takes none. */
static enum su_status read_flag(struct parser *p, const char *word)
{
    const char *eq = strchr(word, '=');
    size_t n = eq == NULL ? strlen(word) : (size_t)(eq - word);
    const char *flag = su_str_dup(p->arena, (struct su_str){word, n});
    const struct su_option *o = su_option_find(flag + 2);
    bool off = false;
    if (o == NULL && strncmp(flag, "--no", 4) == 0 && (flag[4] == '-' || flag[4] == '_')) {
        o = su_option_find(flag + 5);
        off = o != NULL && o->type == SU_OPT_SWITCH;
        if (!off)
            o = NULL;
    }
    if (o == NULL || (p->line->cmd != NULL && (o->commands & p->line->cmd->bit) == 0))
        return unknown_flag(p, flag);
    if (su_request_has(&p->line->request, (enum su_option_id)(o - su_options)))
        return SU_FAIL(p->err, SU_ERR_INPUT, flag, "is given twice");
    const char *value = eq == NULL ? NULL : eq + 1;
    if (o->type == SU_OPT_FLAG || o->type == SU_OPT_SWITCH) {
        if (value != NULL)
            return SU_FAIL(p->err, SU_ERR_INPUT, flag, "takes no value, found \"%s\"", value);
        value = o->type == SU_OPT_FLAG ? "" : off ? "false" : "true";
    } else if (value == NULL) {
        if (p->at + 1 >= p->argc)
            return SU_FAIL(p->err, SU_ERR_INPUT, flag, "needs a value: %s", o->arg);
        value = p->argv[++p->at];
    }
    return su_request_set(p->arena, &p->line->request, o, value, flag, p->err);
}

static enum su_status read_word(struct parser *p)
{
    const char *word = p->argv[p->at];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        p->line->help = true;
        return SU_OK;
    }
    if (strcmp(word, "--version") == 0) {
        p->line->version = true;
        return SU_OK;
    }
    if (strncmp(word, "--", 2) == 0 && word[2] != '\0')
        return read_flag(p, word);
    if (word[0] == '-' && word[1] != '\0')
        return SU_FAIL(p->err, SU_ERR_INPUT, word, "is not a flag, flags start with --");
    if (p->line->cmd != NULL) {
        *SU_VEC_PUSH(p->arena, &p->operands) = word;
        return SU_OK;
    }
    for (size_t i = 0; i < su_n_cmds; i++) {
        if (strcmp(su_cmds[i].name, word) == 0) {
            p->line->cmd = &su_cmds[i];
            return SU_OK;
        }
    }
    return unknown_command(p, word);
}

/* A flag before the command was read when the command was not known yet. */
static enum su_status check_flags(struct parser *p)
{
    for (size_t i = 0; i < SU_OPTION_COUNT && p->line->cmd != NULL; i++) {
        if (su_request_has(&p->line->request, (enum su_option_id)i) &&
            (su_options[i].commands & p->line->cmd->bit) == 0)
            return unknown_flag(p, as_flag(p->arena, su_options[i].key));
    }
    return SU_OK;
}

enum su_status su_command_line_parse(struct su_arena *arena, int argc, const char *const *argv,
                                     struct su_command_line *line, struct su_err *err)
{
    *line = (struct su_command_line){0};
    struct parser p = {.arena = arena, .argc = argc, .argv = argv, .line = line, .err = err};
    for (p.at = 1; p.at < argc; p.at++)
        SU_TRY(read_word(&p));
    SU_TRY(check_flags(&p));
    line->request.n_operands = p.operands.n;
    *SU_VEC_PUSH(arena, &p.operands) = NULL;
    line->request.operands = p.operands.items;
    return SU_OK;
}
