#include "milp/cbc.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

/* CBC's own tolerances are 1e-7 (rows, scaled) and 1e-6 (integers); unscaled rows may be further
 * off by their size. */
#define ROW_TOLERANCE 1e-5
#define INTEGER_TOLERANCE 1e-5

static void set_real(Cbc_Model *model, const char *name, double value)
{
    char text[32];
    snprintf(text, sizeof(text), "%.17g", value);
    Cbc_setParameter(model, name, text);
}

Cbc_Model *su_cbc_load(struct su_arena *arena, const struct su_mps *m, struct su_cbc_effort effort,
                       double sign)
{
    Cbc_Model *model = Cbc_newModel();
    double *cost = SU_NEW_ARRAY(arena, m->n_cols, double);
    for (size_t i = 0; i < m->n_cols; i++)
        cost[i] = sign * m->objective[i];
    Cbc_loadProblem(model, (int)m->n_cols, (int)m->n_rows, m->col_starts, m->rows, m->values,
                    m->col_lower, m->col_upper, cost, m->row_lower, m->row_upper);
    for (size_t i = 0; i < m->n_cols; i++) {
        if (m->is_integer[i])
            Cbc_setInteger(model, (int)i);
    }
    Cbc_setParameter(model, "log", "0");
    Cbc_setParameter(model, "threads", "0");
    set_real(model, "ratioGap", effort.gap_frac);
    if (effort.is_part) {
        /* rounds up what covers most rows for its cost: hardly ever fails where work is covered */
        Cbc_setParameter(model, "DivingVectorlength", "on");
        Cbc_setParameter(model, "preprocess", "off");
        Cbc_setParameter(model, "RINS", "off");
        Cbc_setParameter(model, "combineSolutions", "off");
        Cbc_setParameter(model, "feasibilityPump", "off");
    }
    if (effort.n_nodes_max > 0)
        set_real(model, "maxNodes", effort.n_nodes_max);
    if (effort.seconds > 0) {
        Cbc_setParameter(model, "timeMode", "elapsed");
        set_real(model, "seconds", effort.seconds);
    }
    return model;
}

bool su_cbc_has_integers(const struct su_mps *m)
{
    for (size_t i = 0; i < m->n_cols; i++) {
        if (m->is_integer[i])
            return true;
    }
    return false;
}

bool su_cbc_check(struct su_arena *arena, const struct su_mps *m, double *x)
{
    double *activity = SU_NEW_ARRAY(arena, m->n_rows, double);
    double *size = SU_NEW_ARRAY(arena, m->n_rows, double);
    for (size_t i = 0; i < m->n_cols; i++) {
        if (m->is_integer[i]) {
            double nearest = round(x[i]);
            if (!(fabs(x[i] - nearest) <= INTEGER_TOLERANCE))
                return false;
            x[i] = nearest == 0 ? 0 : nearest; /* no -0 */
        }
        double slack = ROW_TOLERANCE * (1 + fabs(x[i]));
        if (!(x[i] >= m->col_lower[i] - slack && x[i] <= m->col_upper[i] + slack))
            return false;
        for (int k = m->col_starts[i]; k < m->col_starts[i + 1]; k++) {
            activity[m->rows[k]] += m->values[k] * x[i];
            size[m->rows[k]] += fabs(m->values[k] * x[i]);
        }
    }
    for (size_t i = 0; i < m->n_rows; i++) {
        double slack = ROW_TOLERANCE * (1 + size[i]);
        if (!(activity[i] >= m->row_lower[i] - slack && activity[i] <= m->row_upper[i] + slack))
            return false;
    }
    return true;
}

double su_cbc_now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}
