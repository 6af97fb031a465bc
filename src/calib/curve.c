/* Collectives stay curves: log-log interpolation beats alpha + bytes / bandwidth by far. Where
 * several libraries were measured at one size the faster one counts, as an engine picks it. The
 * error is that of each inner point predicted from its two neighbours, so at twice the spacing. */
#include "calib/curve.h"

#include <math.h>
#include <stdlib.h>

#include "stat/stat.h"

#define CURVE_POINTS_MIN 3

const char *calib_collective_name(enum su_collective op)
{
    static const char *const names[] = {"allreduce", "alltoall", "allgather", "reduce_scatter",
                                        "sendrecv"};
    return names[op];
}

void calib_error_of(struct su_arena *arena, const double *values, uint32_t n,
                    struct su_calib_error *error)
{
    double *sizes = SU_NEW_ARRAY(arena, n, double);
    for (uint32_t i = 0; i < n; i++)
        sizes[i] = fabs(values[i]);
    error->n = n;
    error->median_abs_pct = n > 0 ? 100 * su_quantile(arena, sizes, n, 0.5) : 0;
    error->p90_abs_pct = n > 0 ? 100 * su_quantile(arena, sizes, n, 0.9) : 0;
}

static int compare_points(const void *a, const void *b)
{
    const struct calib_point *x = a;
    const struct calib_point *y = b;
    if (x->op != y->op)
        return x->op < y->op ? -1 : 1;
    if (x->n_ranks != y->n_ranks)
        return x->n_ranks < y->n_ranks ? -1 : 1;
    if (x->bytes < y->bytes || x->bytes > y->bytes)
        return x->bytes < y->bytes ? -1 : 1;
    if (x->library != y->library)
        return x->library < y->library ? -1 : 1;
    return (x->latency_s > y->latency_s) - (x->latency_s < y->latency_s);
}

/* Keeps per size the faster of the libraries' medians. */
static size_t fastest(struct calib_point *p, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;
        while (end < n && p[end].op == p[i].op && p[end].n_ranks == p[i].n_ranks &&
               p[end].bytes <= p[i].bytes && p[end].library == p[i].library)
            end++;
        struct calib_point median = p[i + (end - i - 1) / 2];
        i = end;
        struct calib_point *last = kept > 0 ? &p[kept - 1] : NULL;
        if (last != NULL && last->op == median.op && last->n_ranks == median.n_ranks &&
            last->bytes >= median.bytes)
            last->latency_s = fmin(last->latency_s, median.latency_s);
        else
            p[kept++] = median;
    }
    return kept;
}

static const float *one_curve(struct su_arena *arena, const struct calib_point *p, uint32_t n,
                              struct su_curve *curve)
{
    float *measured = SU_NEW_ARRAY(arena, n, float);
    float *x = SU_NEW_ARRAY(arena, n, float);
    float *y = SU_NEW_ARRAY(arena, n, float);
    double fastest_s =
        INFINITY; /* of this size and all larger ones: a smaller one could be padded */
    for (uint32_t i = n; i-- > 0;) {
        fastest_s = fmin(fastest_s, p[i].latency_s);
        x[i] = (float)log(p[i].bytes);
        y[i] = (float)log(fastest_s);
        measured[i] = (float)log(p[i].latency_s);
    }
    *curve = (struct su_curve){(uint8_t)p->op, (uint8_t)p->n_ranks, n, x, y};
    return measured;
}

/* ln(predicted / measured) of the inner points, as measured, from their neighbours on the curve. */
static uint32_t leave_one_out(const struct su_curve *c, const float *measured, double *residuals)
{
    for (uint32_t i = 1; i + 1 < c->n_points; i++) {
        double part = ((double)c->log_bytes[i] - c->log_bytes[i - 1]) /
                      ((double)c->log_bytes[i + 1] - c->log_bytes[i - 1]);
        double y =
            c->log_time_s[i - 1] + part * ((double)c->log_time_s[i + 1] - c->log_time_s[i - 1]);
        residuals[i - 1] = y - measured[i];
    }
    return c->n_points - 2;
}

static void errors_of(struct su_arena *arena, struct su_profile *profile,
                      const float *const *measured, struct su_calib_error *errors, size_t *n)
{
    size_t total = 0;
    for (uint32_t i = 0; i < profile->n_curves; i++)
        total += profile->curves[i].n_points;
    double *all = SU_NEW_ARRAY(arena, total, double);
    double *relative = SU_NEW_ARRAY(arena, total, double);
    uint32_t n_all = 0;
    uint32_t start[SU_COLLECTIVE_COUNT + 1];
    for (uint32_t op = 0; op < SU_COLLECTIVE_COUNT; op++) {
        start[op] = n_all;
        for (uint32_t i = 0; i < profile->n_curves; i++)
            if (profile->curves[i].op == op)
                n_all += leave_one_out(&profile->curves[i], measured[i], all + n_all);
    }
    start[SU_COLLECTIVE_COUNT] = n_all;
    double *sizes = SU_NEW_ARRAY(arena, total, double);
    for (uint32_t i = 0; i < n_all; i++) {
        relative[i] = expm1(all[i]);
        sizes[i] = fabs(all[i]);
    }
    profile->log_curve_error = (float)su_quantile(arena, sizes, n_all, 0.8);
    for (uint32_t op = 0; op < SU_COLLECTIVE_COUNT; op++) {
        uint32_t n_op = start[op + 1] - start[op];
        if (n_op == 0)
            continue;
        struct su_calib_error *e = &errors[(*n)++];
        *e = (struct su_calib_error){.op = calib_collective_name((enum su_collective)op),
                                     .n_fit = n_op};
        calib_error_of(arena, relative + start[op], n_op, e);
        uint32_t inside = 0;
        for (uint32_t i = start[op]; i < start[op + 1]; i++)
            inside += sizes[i] <= profile->log_curve_error;
        e->inside_frac = (double)inside / n_op;
    }
}

void calib_curves(struct su_arena *arena, struct calib_tables *tables, struct su_profile *profile,
                  struct su_calib_error *errors, size_t *n)
{
    struct calib_point *p = tables->points.items;
    size_t n_points = tables->points.n;
    if (n_points == 0)
        return;
    qsort(p, n_points, sizeof(*p), compare_points);
    n_points = fastest(p, n_points);
    struct su_curve *curves = SU_NEW_ARRAY(arena, n_points / CURVE_POINTS_MIN + 1, struct su_curve);
    const float **measured = SU_NEW_ARRAY(arena, n_points / CURVE_POINTS_MIN + 1, const float *);
    uint32_t n_curves = 0;
    for (size_t i = 0; i < n_points;) {
        size_t end = i + 1;
        while (end < n_points && p[end].op == p[i].op && p[end].n_ranks == p[i].n_ranks)
            end++;
        if (end - i >= CURVE_POINTS_MIN) {
            measured[n_curves] = one_curve(arena, p + i, (uint32_t)(end - i), &curves[n_curves]);
            n_curves++;
        }
        i = end;
    }
    profile->curves = curves;
    profile->n_curves = n_curves;
    if (n_curves > 0)
        errors_of(arena, profile, measured, errors, n);
}
