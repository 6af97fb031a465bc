/* data/i18n/messages.tsv → i18n/messages.gen.h and embedded_messages.c. A row is id, English,
 * Chinese, separated by tabs; both texts must have the same {placeholders}, so that a number cannot
 * be shown in one language and lost in the other. */
#include "embed.h"

#include <string.h>

#include "base/file.h"
#include "base/vec.h"

struct message {
    const char *id;
    const char *text[2]; /* English, Chinese */
};

struct messages {
    SU_VEC(struct message) rows;
};

static const char id_letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

/* Line up to its end; false when there is none left. */
static bool next_line(struct su_str *rest, struct su_str *line)
{
    if (rest->n == 0)
        return false;
    const char *end = memchr(rest->p, '\n', rest->n);
    size_t n = end == NULL ? rest->n : (size_t)(end - rest->p);
    *line = (struct su_str){rest->p, n > 0 && rest->p[n - 1] == '\r' ? n - 1 : n};
    size_t used = end == NULL ? n : n + 1;
    *rest = (struct su_str){rest->p + used, rest->n - used};
    return true;
}

/* Splits at tabs; the number of cells found, of which at most max are written. */
static size_t split(struct su_str line, struct su_str *cells, size_t max)
{
    size_t n = 0;
    size_t start = 0;
    for (size_t i = 0; i <= line.n; i++) {
        if (i < line.n && line.p[i] != '\t')
            continue;
        if (n < max)
            cells[n] = (struct su_str){line.p + start, i - start};
        n++;
        start = i + 1;
    }
    return n;
}

/* \n, \t and \\; anything else after a backslash is a slip. */
static bool unescape(struct su_arena *arena, struct su_str cell, const char **text)
{
    char *out = su_arena_alloc(arena, cell.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < cell.n; i++) {
        char c = cell.p[i];
        if (c == '\0')
            return false;
        if (c == '\\') {
            i++;
            char e = i < cell.n ? cell.p[i] : '\0';
            if (e != 'n' && e != 't' && e != '\\')
                return false;
            c = e == 'n' ? '\n' : e == 't' ? '\t' : '\\';
        }
        out[n++] = c;
    }
    *text = out;
    return true;
}

/* The next {name} at or after s, braces included; a brace that opens no name is plain text. */
static struct su_str next_placeholder(const char *s)
{
    for (const char *open = strchr(s, '{'); open != NULL; open = strchr(open + 1, '{')) {
        size_t n = strspn(open + 1, id_letters);
        if (n > 0 && open[1 + n] == '}')
            return (struct su_str){open, n + 2};
    }
    return (struct su_str){NULL, 0};
}

/* The first placeholder of a that b does not have. */
static struct su_str missing_placeholder(const char *a, const char *b)
{
    struct su_str p = next_placeholder(a);
    while (p.p != NULL) {
        struct su_str q = next_placeholder(b);
        while (q.p != NULL && !su_str_eq(p, q))
            q = next_placeholder(q.p + q.n);
        if (q.p == NULL)
            return p;
        p = next_placeholder(p.p + p.n);
    }
    return p;
}

static enum su_status check_placeholders(const char *where, const struct message *m,
                                         struct su_err *err)
{
    static const char *const languages[] = {"English", "Chinese"};
    for (int from = 0; from < 2; from++) {
        struct su_str p = missing_placeholder(m->text[from], m->text[1 - from]);
        if (p.p != NULL)
            return SU_FAIL(err, SU_ERR_INPUT, where, "%s: %.*s is in the %s text only", m->id,
                           (int)p.n, p.p, languages[from]);
    }
    return SU_OK;
}

static enum su_status read_row(struct su_arena *arena, const char *where, struct su_str line,
                               struct messages *messages, struct su_err *err)
{
    struct su_str cells[3];
    size_t n = split(line, cells, 3);
    if (n != 3)
        return SU_FAIL(err, SU_ERR_INPUT, where, "%zu cells, expected id, en, zh with tabs between",
                       n);
    struct message m = {.id = su_str_dup(arena, cells[0])};
    if (cells[0].n == 0 || strspn(m.id, id_letters) != cells[0].n)
        return SU_FAIL(err, SU_ERR_INPUT, where, "id is \"%s\", expected a-z, 0-9 and '_'", m.id);
    for (size_t i = 0; i < messages->rows.n; i++) {
        if (strcmp(messages->rows.items[i].id, m.id) == 0)
            return SU_FAIL(err, SU_ERR_INPUT, where, "id \"%s\" stands twice", m.id);
    }
    for (int i = 0; i < 2; i++) {
        const char *language = i == 0 ? "English" : "Chinese";
        if (su_str_trim(cells[i + 1]).n == 0)
            return SU_FAIL(err, SU_ERR_INPUT, where, "%s: the %s text is empty", m.id, language);
        if (!unescape(arena, cells[i + 1], &m.text[i]))
            return SU_FAIL(err, SU_ERR_INPUT, where,
                           "%s: a backslash in the %s text, expected \\n, \\t or \\\\", m.id,
                           language);
    }
    SU_TRY(check_placeholders(where, &m, err));
    *SU_VEC_PUSH(arena, &messages->rows) = m;
    return SU_OK;
}

static enum su_status read_messages(struct su_arena *arena, struct su_str text, const char *name,
                                    struct messages *messages, struct su_err *err)
{
    bool header = false;
    struct su_str line;
    for (int number = 1; next_line(&text, &line); number++) {
        if (su_str_trim(line).n == 0 || line.p[0] == '#')
            continue;
        const char *where = su_fmt(arena, "%s:%d", name, number);
        if (header)
            SU_TRY(read_row(arena, where, line, messages, err));
        else if (!su_str_eq_c(line, "id\ten\tzh"))
            return SU_FAIL(err, SU_ERR_INPUT, where, "expected the header id, en, zh");
        header = true;
    }
    if (messages->rows.n == 0)
        return SU_FAIL(err, SU_ERR_INPUT, name, "has no messages");
    return SU_OK;
}

static void put_header(struct su_buf *out, const struct messages *messages)
{
    su_buf_puts(out, "/* Made by tools/embed from data/i18n/messages.tsv. Do not edit. */\n"
                     "#ifndef SU_I18N_MESSAGES_GEN_H\n"
                     "#define SU_I18N_MESSAGES_GEN_H\n\n"
                     "enum su_msg {\n");
    for (size_t i = 0; i < messages->rows.n; i++)
        su_buf_printf(out, "    SU_MSG_%s,\n", messages->rows.items[i].id);
    su_buf_puts(out, "    SU_MSG_COUNT\n"
                     "};\n\n"
                     "/* English, Chinese. */\n"
                     "extern const char *const su_messages[SU_MSG_COUNT][2];\n\n"
                     "#endif\n");
}

static void put_table(struct su_buf *out, const struct messages *messages)
{
    su_buf_puts(out, "/* Made by tools/embed from data/i18n/messages.tsv. Do not edit. */\n"
                     "#include \"i18n/messages.gen.h\"\n\n"
                     "const char *const su_messages[SU_MSG_COUNT][2] = {\n");
    for (size_t i = 0; i < messages->rows.n; i++) {
        const struct message *m = &messages->rows.items[i];
        su_buf_printf(out, "    [SU_MSG_%s] = {", m->id);
        embed_string(out, m->text[0]);
        su_buf_puts(out, ",\n        ");
        embed_string(out, m->text[1]);
        su_buf_puts(out, "},\n");
    }
    su_buf_puts(out, "};\n");
}

enum su_status embed_messages(struct su_arena *arena, const char *data_dir, const char *out_dir,
                              struct su_err *err)
{
    const char *path = su_fmt(arena, "%s/i18n/messages.tsv", data_dir);
    struct su_str text;
    struct messages messages = {0};
    SU_TRY(su_file_read(arena, path, SU_FILE_BYTES_MAX, &text, err));
    SU_TRY(read_messages(arena, text, path, &messages, err));
    struct su_buf header;
    struct su_buf table;
    su_buf_init(&header);
    su_buf_init(&table);
    put_header(&header, &messages);
    put_table(&table, &messages);
    enum su_status st = embed_write(arena, out_dir, "i18n/messages.gen.h", &header, err);
    if (st == SU_OK)
        st = embed_write(arena, out_dir, "embedded_messages.c", &table, err);
    su_buf_release(&header);
    su_buf_release(&table);
    return st;
}
