#include "plan/lp.h"

#include <math.h>

uint32_t su_lp_add_var(struct su_arena *arena, struct su_lp *lp, struct su_lp_var var)
{
    *SU_VEC_PUSH(arena, &lp->vars) = var;
    return (uint32_t)(lp->vars.n - 1);
}

uint32_t su_lp_add_row(struct su_arena *arena, struct su_lp *lp, const char *name, char sense,
                       double rhs)
{
    *SU_VEC_PUSH(arena, &lp->rows) = (struct su_lp_row){name, sense, rhs};
    return (uint32_t)(lp->rows.n - 1);
}

void su_lp_add(struct su_arena *arena, struct su_lp *lp, uint32_t row, uint32_t var, double value)
{
    if (value != 0)
        *SU_VEC_PUSH(arena, &lp->entries) = (struct su_lp_entry){row, var, value};
}

/* Counting sort by column; stable, so entries of a column stay in the order added. */
static const struct su_lp_entry *by_column(struct su_arena *arena, const struct su_lp *lp,
                                           size_t *starts)
{
    struct su_lp_entry *sorted = SU_NEW_ARRAY(arena, lp->entries.n, struct su_lp_entry);
    size_t *next = SU_NEW_ARRAY(arena, lp->vars.n + 1, size_t);
    for (size_t i = 0; i < lp->entries.n; i++)
        next[lp->entries.items[i].var + 1]++;
    for (size_t i = 0; i < lp->vars.n; i++)
        next[i + 1] += next[i];
    for (size_t i = 0; i <= lp->vars.n; i++)
        starts[i] = next[i];
    for (size_t i = 0; i < lp->entries.n; i++)
        sorted[next[lp->entries.items[i].var]++] = lp->entries.items[i];
    return sorted;
}

static void write_columns(struct su_arena *arena, const struct su_lp *lp, struct su_buf *text)
{
    size_t *starts = SU_NEW_ARRAY(arena, lp->vars.n + 1, size_t);
    const struct su_lp_entry *entries = by_column(arena, lp, starts);
    bool in_integers = false;
    su_buf_puts(text, "COLUMNS\n");
    for (size_t i = 0; i < lp->vars.n; i++) {
        const struct su_lp_var *var = &lp->vars.items[i];
        if (var->is_integer != in_integers)
            su_buf_printf(text, " marker 'MARKER' %s\n", var->is_integer ? "'INTORG'" : "'INTEND'");
        in_integers = var->is_integer;
        /* a column must have an entry to exist: its cost, though 0 */
        su_buf_printf(text, " %s cost %.17g\n", var->name, var->cost);
        for (size_t k = starts[i]; k < starts[i + 1]; k++)
            su_buf_printf(text, " %s %s %.17g\n", var->name, lp->rows.items[entries[k].row].name,
                          entries[k].value);
    }
    if (in_integers)
        su_buf_puts(text, " marker 'MARKER' 'INTEND'\n");
}

void su_lp_write_mps(struct su_arena *arena, const struct su_lp *lp, struct su_buf *text)
{
    su_buf_puts(text, "NAME fleet\nROWS\n N cost\n");
    for (size_t i = 0; i < lp->rows.n; i++)
        su_buf_printf(text, " %c %s\n", lp->rows.items[i].sense, lp->rows.items[i].name);
    write_columns(arena, lp, text);
    su_buf_puts(text, "RHS\n");
    for (size_t i = 0; i < lp->rows.n; i++) {
        if (lp->rows.items[i].rhs != 0)
            su_buf_printf(text, " rhs %s %.17g\n", lp->rows.items[i].name, lp->rows.items[i].rhs);
    }
    su_buf_puts(text, "BOUNDS\n");
    for (size_t i = 0; i < lp->vars.n; i++) {
        const struct su_lp_var *var = &lp->vars.items[i];
        if (var->lower != 0)
            su_buf_printf(text, " LO bound %s %.17g\n", var->name, var->lower);
        if (isfinite(var->upper))
            su_buf_printf(text, " UP bound %s %.17g\n", var->name, var->upper);
        else if (var->is_integer) /* some readers take 0..1 where nothing is said */
            su_buf_printf(text, " PL bound %s\n", var->name);
    }
    su_buf_puts(text, "ENDATA\n");
}
