/* Reader of free-format MPS. Strict: a name that was not declared, a value given twice or a bound
 * that crosses another is an error with its line, never a warning. Negative upper bounds without a
 * lower one are refused, because programs read them in two ways. */
#include "milp/mps.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

#define N_FIELDS_MAX 6
#define OBJECTIVE_ROW (-1)
#define IGNORED_ROW (-2)

enum section { SECTION_NONE, SENSE, ROWS, COLUMNS, RHS, RANGES, BOUNDS, END };

struct name_entry {
    const char *name;
    int index;
};

struct reader {
    struct su_arena *arena;
    const char *file;
    unsigned long line;
    struct su_err *err;
    struct su_mps *mps;
    enum section section;
    struct su_str fields[N_FIELDS_MAX];
    size_t n_fields;
    bool in_integers;
    bool has_objective;
    SU_VEC(struct name_entry) row_names; /* sorted once ROWS is over */
    SU_VEC(char) row_kinds;
    SU_VEC(struct name_entry) cols; /* in file order until sorted */
    SU_VEC(int) starts;
    SU_VEC(int) rows;
    SU_VEC(double) values;
    SU_VEC(double) objective;
    SU_VEC(bool) is_integer;
    int *last_col; /* [n_rows + 1]: column that used the row last, + 1; the last is the objective */
    bool *has_rhs; /* [n_rows + 1] */
    bool *has_lower;
    bool *has_upper;
    double *rhs;
};

static enum su_status fail(const struct reader *r, const char *what, struct su_str found)
{
    char where[600];
    snprintf(where, sizeof(where), "%s:%lu", r->file, r->line);
    return SU_FAIL(r->err, SU_ERR_INPUT, where, "%s, found \"%.*s\"", what,
                   (int)(found.n > 80 ? 80 : found.n), found.p);
}

static int by_name(const void *a, const void *b)
{
    const struct name_entry *x = a;
    const struct name_entry *y = b;
    return strcmp(x->name, y->name);
}

static enum su_status sort_names(const struct reader *r, struct name_entry *items, size_t n)
{
    if (n > 1)
        qsort(items, n, sizeof(items[0]), by_name);
    for (size_t i = 1; i < n; i++) {
        if (strcmp(items[i - 1].name, items[i].name) == 0)
            return fail(r, "expected every name once", su_str_c(items[i].name));
    }
    return SU_OK;
}

static bool find_name(const struct name_entry *items, size_t n, struct su_str name, int *index)
{
    size_t low = 0;
    size_t high = n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = strncmp(items[mid].name, name.p, name.n);
        if (order == 0 && items[mid].name[name.n] != '\0')
            order = 1;
        if (order == 0) {
            *index = items[mid].index;
            return true;
        }
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return false;
}

static void split(struct reader *r, struct su_str line)
{
    r->n_fields = 0;
    size_t i = 0;
    while (i < line.n && r->n_fields < N_FIELDS_MAX) {
        while (i < line.n && (line.p[i] == ' ' || line.p[i] == '\t' || line.p[i] == '\r'))
            i++;
        size_t start = i;
        while (i < line.n && line.p[i] != ' ' && line.p[i] != '\t' && line.p[i] != '\r')
            i++;
        if (i > start)
            r->fields[r->n_fields++] = (struct su_str){line.p + start, i - start};
    }
}

static enum su_status number(const struct reader *r, struct su_str field, double *value)
{
    if (!su_str_to_double(field, value))
        return fail(r, "expected a finite number", field);
    return SU_OK;
}

static enum su_status find_row(const struct reader *r, struct su_str field, int *row)
{
    if (!find_name(r->row_names.items, r->row_names.n, field, row))
        return fail(r, "expected the name of a row", field);
    return SU_OK;
}

/* ---- sections ---- */

static enum su_status read_row(struct reader *r)
{
    struct su_str kind = r->fields[0];
    if (r->n_fields != 2 || kind.n != 1 || strchr("NLGE", kind.p[0]) == NULL)
        return fail(r, "expected N, L, G or E and a name", kind);
    if (r->row_names.n >= SU_MPS_ROWS_MAX)
        return fail(r, "expected fewer rows", r->fields[1]);
    struct name_entry *entry = SU_VEC_PUSH(r->arena, &r->row_names);
    entry->name = su_str_dup(r->arena, r->fields[1]);
    if (kind.p[0] == 'N') {
        entry->index = r->has_objective ? IGNORED_ROW : OBJECTIVE_ROW;
        r->has_objective = true;
        return SU_OK;
    }
    entry->index = (int)r->row_kinds.n;
    *SU_VEC_PUSH(r->arena, &r->row_kinds) = kind.p[0];
    return SU_OK;
}

static enum su_status end_rows(struct reader *r)
{
    if (!r->has_objective)
        return fail(r, "expected an objective: a row of kind N", su_str_c("none"));
    SU_TRY(sort_names(r, r->row_names.items, r->row_names.n));
    size_t n = r->row_kinds.n + 1;
    r->mps->n_rows = r->row_kinds.n;
    r->last_col = SU_NEW_ARRAY(r->arena, n, int);
    r->has_rhs = SU_NEW_ARRAY(r->arena, n, bool);
    r->rhs = SU_NEW_ARRAY(r->arena, n, double);
    return SU_OK;
}

static enum su_status begin_column(struct reader *r, struct su_str name)
{
    size_t n = r->cols.n;
    if (n > 0 && su_str_eq_c(name, r->cols.items[n - 1].name))
        return SU_OK;
    if (n >= SU_MPS_COLS_MAX)
        return fail(r, "expected fewer columns", name);
    struct name_entry *entry = SU_VEC_PUSH(r->arena, &r->cols);
    entry->name = su_str_dup(r->arena, name);
    entry->index = (int)n;
    *SU_VEC_PUSH(r->arena, &r->starts) = (int)r->rows.n;
    *SU_VEC_PUSH(r->arena, &r->objective) = 0;
    *SU_VEC_PUSH(r->arena, &r->is_integer) = r->in_integers;
    return SU_OK;
}

static enum su_status add_entry(struct reader *r, struct su_str row_name, struct su_str field)
{
    int row = 0;
    double value = 0;
    SU_TRY(find_row(r, row_name, &row));
    SU_TRY(number(r, field, &value));
    if (row == IGNORED_ROW)
        return SU_OK;
    int col = (int)r->cols.n;
    int *last = &r->last_col[row == OBJECTIVE_ROW ? r->mps->n_rows : (size_t)row];
    if (*last == col)
        return fail(r, "expected one entry per row and column", row_name);
    *last = col;
    if (row == OBJECTIVE_ROW) {
        r->objective.items[col - 1] = value;
        return SU_OK;
    }
    if (r->rows.n >= SU_MPS_NONZEROS_MAX)
        return fail(r, "expected fewer entries", row_name);
    *SU_VEC_PUSH(r->arena, &r->rows) = row;
    *SU_VEC_PUSH(r->arena, &r->values) = value;
    return SU_OK;
}

static enum su_status read_column(struct reader *r)
{
    if (r->n_fields == 3 && su_str_eq_c(r->fields[1], "'MARKER'")) {
        bool begin = su_str_eq_c(r->fields[2], "'INTORG'");
        if (!begin && !su_str_eq_c(r->fields[2], "'INTEND'"))
            return fail(r, "expected 'INTORG' or 'INTEND'", r->fields[2]);
        r->in_integers = begin;
        return SU_OK;
    }
    if (r->n_fields != 3 && r->n_fields != 5)
        return fail(r, "expected a column and one or two pairs of row and value", r->fields[0]);
    SU_TRY(begin_column(r, r->fields[0]));
    for (size_t i = 1; i < r->n_fields; i += 2)
        SU_TRY(add_entry(r, r->fields[i], r->fields[i + 1]));
    return SU_OK;
}

static enum su_status end_columns(struct reader *r)
{
    struct su_mps *m = r->mps;
    size_t n = r->cols.n;
    *SU_VEC_PUSH(r->arena, &r->starts) = (int)r->rows.n;
    m->n_cols = n;
    m->col_names = SU_NEW_ARRAY(r->arena, n, const char *);
    m->col_lower = SU_NEW_ARRAY(r->arena, n, double);
    m->col_upper = SU_NEW_ARRAY(r->arena, n, double);
    r->has_lower = SU_NEW_ARRAY(r->arena, n, bool);
    r->has_upper = SU_NEW_ARRAY(r->arena, n, bool);
    for (size_t i = 0; i < n; i++) {
        m->col_names[i] = r->cols.items[i].name;
        m->col_upper[i] = INFINITY;
    }
    m->col_starts = r->starts.items;
    m->rows = r->rows.items;
    m->values = r->values.items;
    m->objective = r->objective.items;
    m->is_integer = r->is_integer.items;
    SU_TRY(sort_names(r, r->cols.items, n));
    m->row_lower = SU_NEW_ARRAY(r->arena, m->n_rows, double);
    m->row_upper = SU_NEW_ARRAY(r->arena, m->n_rows, double);
    return SU_OK;
}

static enum su_status read_rhs(struct reader *r)
{
    if (r->n_fields < 2 || r->n_fields > 5)
        return fail(r, "expected one or two pairs of row and value", r->fields[0]);
    for (size_t i = r->n_fields % 2; i < r->n_fields; i += 2) {
        int row = 0;
        double value = 0;
        SU_TRY(find_row(r, r->fields[i], &row));
        SU_TRY(number(r, r->fields[i + 1], &value));
        if (row == IGNORED_ROW)
            continue;
        size_t at = row == OBJECTIVE_ROW ? r->mps->n_rows : (size_t)row;
        if (r->has_rhs[at])
            return fail(r, "expected one right side per row", r->fields[i]);
        r->has_rhs[at] = true;
        r->rhs[at] = value;
    }
    return SU_OK;
}

static void end_rhs(struct reader *r)
{
    struct su_mps *m = r->mps;
    for (size_t i = 0; i < m->n_rows; i++) {
        char kind = r->row_kinds.items[i];
        m->row_lower[i] = kind == 'L' ? -INFINITY : r->rhs[i];
        m->row_upper[i] = kind == 'G' ? INFINITY : r->rhs[i];
        r->has_rhs[i] = false; /* from here on: has a range */
    }
    m->offset = 0 - r->rhs[m->n_rows]; /* 0 - 0 is no -0 */
}

/* A range of R makes L and G rows two-sided, |R| wide; an E row reaches from its side by R. */
static enum su_status read_range(struct reader *r)
{
    if (r->n_fields < 2 || r->n_fields > 5)
        return fail(r, "expected one or two pairs of row and value", r->fields[0]);
    for (size_t i = r->n_fields % 2; i < r->n_fields; i += 2) {
        int row = 0;
        double value = 0;
        SU_TRY(find_row(r, r->fields[i], &row));
        SU_TRY(number(r, r->fields[i + 1], &value));
        if (row < 0 || r->has_rhs[row])
            return fail(r, "expected a range once, of a row that is no objective", r->fields[i]);
        r->has_rhs[row] = true;
        char kind = r->row_kinds.items[row];
        if (kind == 'L' || (kind == 'E' && value < 0))
            r->mps->row_lower[row] = r->rhs[row] - fabs(value);
        else
            r->mps->row_upper[row] = r->rhs[row] + fabs(value);
    }
    return SU_OK;
}

static enum su_status set_bound(struct reader *r, char a, char b, int col, double value)
{
    double *lower = &r->mps->col_lower[col];
    double *upper = &r->mps->col_upper[col];
    bool sets_lower = a != 'P' && !(a == 'U' && b == 'P');
    bool sets_upper = !(a == 'L' && b == 'O') && a != 'M';
    if ((sets_lower && r->has_lower[col]) || (sets_upper && r->has_upper[col]))
        return fail(r, "expected each bound once", r->fields[0]);
    r->has_lower[col] |= sets_lower;
    r->has_upper[col] |= sets_upper;
    if (a == 'B')
        r->mps->is_integer[col] = true;
    if (sets_lower)
        *lower = a == 'M' || (a == 'F' && b == 'R') ? -INFINITY : a == 'B' ? 0 : value;
    if (sets_upper)
        *upper = a == 'P' || (a == 'F' && b == 'R') ? INFINITY : a == 'B' ? 1 : value;
    return SU_OK;
}

static enum su_status read_bound(struct reader *r)
{
    static const char *const kinds[] = {"UP", "LO", "FX", "FR", "MI", "PL", "BV"};
    struct su_str kind = r->fields[0];
    size_t k = 0;
    while (k < 7 && !su_str_eq_c(kind, kinds[k]))
        k++;
    if (k == 7)
        return fail(r, "expected UP, LO, FX, FR, MI, PL or BV", kind);
    /* a set name between kind and column may be left out; a value after FR, MI, PL, BV is ignored
     */
    bool has_value = k < 3;
    size_t at = 1;
    int col = 0;
    if (r->n_fields < (has_value ? 3U : 2U) || r->n_fields > 4)
        return fail(r, "expected a column (and a value)", kind);
    if (r->n_fields == 4 || (!has_value && r->n_fields == 3))
        at = 2;
    if (!find_name(r->cols.items, r->cols.n, r->fields[at], &col))
        return fail(r, "expected the name of a column", r->fields[at]);
    double value = 0;
    if (has_value)
        SU_TRY(number(r, r->fields[at + 1], &value));
    return set_bound(r, kind.p[0], kind.p[1], col, value);
}

static enum su_status check_bounds(const struct reader *r)
{
    const struct su_mps *m = r->mps;
    for (size_t i = 0; i < m->n_cols; i++) {
        if (r->has_upper[i] && !r->has_lower[i] && m->col_upper[i] < 0)
            return fail(r, "expected a lower bound beside a negative upper one",
                        su_str_c(m->col_names[i]));
        if (m->col_lower[i] > m->col_upper[i])
            return fail(r, "expected lower <= upper bound", su_str_c(m->col_names[i]));
    }
    return SU_OK;
}

/* ---- lines ---- */

static enum su_status read_sense(struct reader *r)
{
    struct su_str word = r->fields[0];
    if (su_str_eq_c(word, "MAX") || su_str_eq_c(word, "MAXIMIZE"))
        r->mps->maximise = true;
    else if (!su_str_eq_c(word, "MIN") && !su_str_eq_c(word, "MINIMIZE"))
        return fail(r, "expected MIN or MAX", word);
    return SU_OK;
}

static enum su_status enter(struct reader *r, enum section next)
{
    /* Sections come in one order; those that may be missing are closed on the way. */
    if (next <= r->section || (next > ROWS && r->section < ROWS) ||
        (next > COLUMNS && r->section < COLUMNS))
        return fail(r, "expected ROWS, COLUMNS, RHS, RANGES, BOUNDS, ENDATA in this order",
                    r->fields[0]);
    if (r->section < COLUMNS && next >= COLUMNS)
        SU_TRY(end_rows(r));
    if (r->section < RHS && next >= RHS)
        SU_TRY(end_columns(r));
    if (r->section < RANGES && next >= RANGES)
        end_rhs(r);
    r->section = next;
    return next == END ? check_bounds(r) : SU_OK;
}

static enum su_status read_header(struct reader *r)
{
    static const char *const names[] = {"OBJSENSE", "ROWS",   "COLUMNS", "RHS",
                                        "RANGES",   "BOUNDS", "ENDATA"};
    if (su_str_eq_c(r->fields[0], "NAME"))
        return SU_OK;
    for (size_t i = 0; i < 7; i++) {
        if (su_str_eq_c(r->fields[0], names[i])) {
            SU_TRY(enter(r, (enum section)(i + 1)));
            if (i == 0 && r->n_fields == 2) { /* "OBJSENSE MAX" in one line */
                r->fields[0] = r->fields[1];
                return read_sense(r);
            }
            return SU_OK;
        }
    }
    return fail(r, "expected a section", r->fields[0]);
}

static enum su_status read_line(struct reader *r, struct su_str line)
{
    split(r, line);
    if (r->n_fields == 0 || line.p[0] == '*')
        return SU_OK;
    if (line.p[0] != ' ' && line.p[0] != '\t')
        return read_header(r);
    switch (r->section) {
    case SENSE:
        return read_sense(r);
    case ROWS:
        return read_row(r);
    case COLUMNS:
        return read_column(r);
    case RHS:
        return read_rhs(r);
    case RANGES:
        return read_range(r);
    case BOUNDS:
        return read_bound(r);
    case SECTION_NONE:
    case END:
        break;
    }
    return fail(r, "expected a section", r->fields[0]);
}

enum su_status su_mps_read(struct su_arena *arena, struct su_str text, const char *name,
                           struct su_mps *mps, struct su_err *err)
{
    *mps = (struct su_mps){0};
    struct reader r = {.arena = arena, .file = name, .err = err, .mps = mps};
    if (memchr(text.p, '\0', text.n) != NULL)
        return fail(&r, "expected text", su_str_c("a zero byte"));
    size_t at = 0;
    while (at < text.n && r.section != END) {
        const char *end = memchr(text.p + at, '\n', text.n - at);
        size_t n = end == NULL ? text.n - at : (size_t)(end - text.p) - at;
        r.line++;
        SU_TRY(read_line(&r, (struct su_str){text.p + at, n}));
        at += n + 1;
    }
    if (r.section != END)
        return fail(&r, "expected ENDATA", su_str_c("the end of the file"));
    return SU_OK;
}
