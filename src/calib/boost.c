/* Histogram boosting. Features are cut into at most 64 bins once; a level of a tree takes the one
 * (feature, edge) that, applied to all leaves at once, explains most of the clipped residuals.
 * Gradients are fixed-point integers, so sums do not depend on their order. */
#include "calib/boost.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEAVES_MAX (1u << SU_TREE_DEPTH_MAX)
/* A histogram cell packs a count (low 24 bits) and a sum of gradients in 2^-14 (above). */
#define COUNT_BITS 24
#define GRADIENT_ONE 16384.0
#define GRADIENT_MAX 8.0

struct boost_params boost_params_default(void)
{
    return (struct boost_params){
        .n_trees = 240,
        .depth = 6,
        .rate = 0.2,
        .lambda = 2,
        .row_share = 0.8,
        .clip = 5,
    };
}

/* All that one fit holds. Arrays over rows cover every row, also those not fitted. */
struct fit {
    const struct boost_rows *rows;
    const struct boost_params *params;
    const uint32_t *fit;
    uint32_t n_fit;
    uint8_t *bins; /* [feature * n + row] */
    uint8_t *leaf; /* of each row in the tree that grows */
    float *pred;
    uint32_t *seen; /* rows that the tree sees */
    uint32_t n_seen;
    int64_t *cell;  /* packed gradient of each row it sees */
    int64_t *hist;  /* [leaf * SU_BINS_MAX + bin] of one feature */
    float *inverse; /* 1 / (count + lambda) */
    double *work;
    uint8_t n_edges[SU_FEATURES_MAX];
    float edge[SU_FEATURES_MAX * SU_BINS_MAX];
};

/* What the tables of su_trees point to while they grow. */
struct grown {
    uint16_t *split;
    int8_t *leaf;
    float *scale;
};

static int compare_float(const void *a, const void *b)
{
    float x = *(const float *)a;
    float y = *(const float *)b;
    return (x > y) - (x < y);
}

static int compare_double(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Edges of one feature: between all neighbouring values when they are few, else at quantiles. */
static uint32_t cut(float *values, uint32_t n, float *edge)
{
    qsort(values, n, sizeof(*values), compare_float);
    uint32_t n_distinct = 1;
    for (uint32_t i = 1; i < n; i++)
        n_distinct += values[i] > values[i - 1];
    uint32_t n_edges = 0;
    if (n_distinct <= SU_BINS_MAX) {
        for (uint32_t i = 1; i < n; i++)
            if (values[i] > values[i - 1])
                edge[n_edges++] = (values[i] + values[i - 1]) / 2;
        return n_edges;
    }
    for (uint32_t b = 1; b < SU_BINS_MAX; b++) {
        uint32_t at = (uint32_t)((uint64_t)b * n / SU_BINS_MAX);
        while (at > 0 && at < n && values[at] <= values[at - 1])
            at++; /* to the next step up */
        if (at == 0 || at >= n)
            continue;
        float e = (values[at] + values[at - 1]) / 2;
        if (n_edges == 0 || e > edge[n_edges - 1])
            edge[n_edges++] = e;
    }
    return n_edges;
}

static void make_bins(struct fit *f, struct su_arena *scratch)
{
    const struct boost_rows *rows = f->rows;
    f->bins = SU_NEW_ARRAY(scratch, (size_t)rows->n * rows->n_features, uint8_t);
    float *values = SU_NEW_ARRAY(scratch, f->n_fit, float);
    for (uint32_t j = 0; j < rows->n_features; j++) {
        for (uint32_t i = 0; i < f->n_fit; i++)
            values[i] = rows->x[(size_t)f->fit[i] * SU_FEATURES_MAX + j];
        float *edge = f->edge + j * SU_BINS_MAX;
        uint32_t n_edges = cut(values, f->n_fit, edge);
        f->n_edges[j] = (uint8_t)n_edges;
        for (uint32_t i = 0; i < rows->n; i++) {
            float v = rows->x[(size_t)i * SU_FEATURES_MAX + j];
            uint32_t low = 0; /* number of edges below v */
            uint32_t high = n_edges;
            while (low < high) {
                uint32_t mid = (low + high) / 2;
                if (v > edge[mid])
                    low = mid + 1;
                else
                    high = mid;
            }
            f->bins[(size_t)j * rows->n + i] = (uint8_t)low;
        }
    }
}

static double median_of(double *values, uint32_t n)
{
    qsort(values, n, sizeof(*values), compare_double);
    return values[n / 2];
}

/* Uniform in 0..1 of a row and a tree: splitmix64's finaliser. */
static double row_draw(uint32_t row, uint32_t tree)
{
    uint64_t z = ((uint64_t)tree << 32 | row) + 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

static void set_gradients(struct fit *f, uint32_t tree, double clip)
{
    f->n_seen = 0;
    for (uint32_t i = 0; i < f->n_fit; i++) {
        uint32_t row = f->fit[i];
        if (row_draw(row, tree) >= f->params->row_share)
            continue;
        double r = (double)f->rows->y[row] - f->pred[row];
        r = r > clip ? clip : r < -clip ? -clip : r;
        f->cell[row] = (int64_t)lrint(r * GRADIENT_ONE) * (1 << COUNT_BITS) + 1;
        f->seen[f->n_seen++] = row;
    }
}

static int64_t count_of(int64_t cell)
{
    return cell & ((1 << COUNT_BITS) - 1);
}

static double sum_of(int64_t cell)
{
    int64_t sum = (cell - count_of(cell)) / (1 << COUNT_BITS);
    return (double)sum;
}

/* Score of every edge of feature j over all leaves; the best one, -1 when there is none. */
static double best_edge(struct fit *f, uint32_t j, uint32_t n_leaves, uint32_t *edge)
{
    const uint8_t *bins = f->bins + (size_t)j * f->rows->n;
    uint32_t n_edges = f->n_edges[j];
    double score[SU_BINS_MAX] = {0};
    memset(f->hist, 0, sizeof(*f->hist) * n_leaves * SU_BINS_MAX);
    for (uint32_t i = 0; i < f->n_seen; i++) {
        uint32_t row = f->seen[i];
        f->hist[f->leaf[row] * SU_BINS_MAX + bins[row]] += f->cell[row];
    }
    for (uint32_t l = 0; l < n_leaves; l++) {
        const int64_t *h = f->hist + l * SU_BINS_MAX;
        int64_t total = 0;
        for (uint32_t b = 0; b <= n_edges; b++)
            total += h[b];
        int64_t n = count_of(total);
        double g = sum_of(total);
        int64_t left = 0;
        for (uint32_t b = 0; b < n_edges; b++) {
            left += h[b];
            int64_t n_left = count_of(left);
            double g_left = sum_of(left);
            double g_right = g - g_left;
            score[b] += g_left * g_left * (double)f->inverse[n_left] +
                        g_right * g_right * (double)f->inverse[n - n_left];
        }
    }
    double best = -1;
    for (uint32_t b = 0; b < n_edges; b++) {
        if (score[b] > best) {
            best = score[b];
            *edge = b;
        }
    }
    return best;
}

/* Grows the tree's splits; every row's leaf is set. */
static void grow(struct fit *f, uint16_t *split)
{
    uint32_t n = f->rows->n;
    memset(f->leaf, 0, n);
    for (uint32_t level = 0; level < f->params->depth; level++) {
        double best = -1;
        uint32_t feature = 0;
        uint32_t edge = 0;
        for (uint32_t j = 0; j < f->rows->n_features; j++) {
            uint32_t e = 0;
            double score = best_edge(f, j, 1u << level, &e);
            if (score > best) {
                best = score;
                feature = j;
                edge = e;
            }
        }
        split[level] = (uint16_t)(feature * SU_BINS_MAX + edge);
        const uint8_t *bins = f->bins + (size_t)feature * n;
        for (uint32_t i = 0; i < n; i++)
            f->leaf[i] = (uint8_t)(f->leaf[i] | (unsigned)(bins[i] > edge) << level);
    }
}

/* Leaves from the mean residual, rounded to 8 bits of the largest. Adds them to every row. */
static void set_leaves(struct fit *f, int8_t *leaf, float *scale)
{
    uint32_t n_leaves = 1u << f->params->depth;
    int64_t sums[LEAVES_MAX] = {0};
    double value[LEAVES_MAX];
    for (uint32_t i = 0; i < f->n_seen; i++)
        sums[f->leaf[f->seen[i]]] += f->cell[f->seen[i]];
    double largest = 0;
    for (uint32_t l = 0; l < n_leaves; l++) {
        value[l] = f->params->rate * sum_of(sums[l]) / GRADIENT_ONE /
                   ((double)count_of(sums[l]) + f->params->lambda);
        largest = fabs(value[l]) > largest ? fabs(value[l]) : largest;
    }
    *scale = (float)(largest / 127);
    for (uint32_t l = 0; l < n_leaves; l++)
        leaf[l] = largest > 0 ? (int8_t)lrint(value[l] / largest * 127) : 0;
    for (uint32_t i = 0; i < f->rows->n; i++)
        f->pred[i] += *scale * (float)leaf[f->leaf[i]];
}

static double mean_error(const struct fit *f, const uint32_t *choose, uint32_t n_choose)
{
    double sum = 0;
    for (uint32_t i = 0; i < n_choose; i++)
        sum += fabs((double)f->rows->y[choose[i]] - f->pred[choose[i]]);
    return sum / n_choose;
}

static void fit_init(struct fit *f, struct su_arena *scratch)
{
    uint32_t n = f->rows->n;
    f->leaf = SU_NEW_ARRAY(scratch, n, uint8_t);
    f->pred = SU_NEW_ARRAY(scratch, n, float);
    f->seen = SU_NEW_ARRAY(scratch, f->n_fit, uint32_t);
    f->cell = SU_NEW_ARRAY(scratch, n, int64_t);
    f->hist = SU_NEW_ARRAY(scratch, LEAVES_MAX * SU_BINS_MAX, int64_t);
    f->work = SU_NEW_ARRAY(scratch, n, double);
    f->inverse = SU_NEW_ARRAY(scratch, (size_t)f->n_fit + 1, float);
    for (uint32_t i = 0; i <= f->n_fit; i++)
        f->inverse[i] = (float)(1 / (i + f->params->lambda));
    make_bins(f, scratch);
}

/* Width beyond which residuals are clipped: a multiple of the median one. */
static double clip_width(struct fit *f)
{
    for (uint32_t i = 0; i < f->n_fit; i++)
        f->work[i] = fabs((double)f->rows->y[f->fit[i]] - f->pred[f->fit[i]]);
    double clip = f->params->clip * median_of(f->work, f->n_fit);
    return clip < 1e-3 ? 1e-3 : clip > GRADIENT_MAX ? GRADIENT_MAX : clip;
}

/* The trees with the edges they use; splits become indices into that list. */
static void publish(struct su_arena *arena, const struct fit *f, const struct grown *g,
                    uint32_t n_trees, float offset, struct su_trees *out)
{
    uint32_t n_features = f->rows->n_features;
    uint32_t n_splits = n_trees * f->params->depth;
    uint16_t place[SU_EDGES_MAX] = {0};
    for (uint32_t i = 0; i < n_splits; i++)
        place[g->split[i]] = 1;
    uint8_t *n_edges = SU_NEW_ARRAY(arena, n_features, uint8_t);
    float *edge = SU_NEW_ARRAY(arena, SU_EDGES_MAX, float);
    uint16_t n = 0;
    for (uint32_t j = 0; j < n_features * SU_BINS_MAX; j++) {
        if (place[j] == 0)
            continue;
        n_edges[j / SU_BINS_MAX]++;
        edge[n] = f->edge[j];
        place[j] = n++;
    }
    for (uint32_t i = 0; i < n_splits; i++)
        g->split[i] = place[g->split[i]];
    *out = (struct su_trees){
        .n_trees = n_trees,
        .depth = f->params->depth,
        .n_features = n_features,
        .n_edges = n_edges,
        .edge = edge,
        .split = g->split,
        .leaf = g->leaf,
        .scale = g->scale,
        .offset = offset,
    };
}

void boost_fit(struct su_arena *arena, struct su_arena *scratch, const struct boost_rows *rows,
               const uint32_t *fit, uint32_t n_fit, const uint32_t *choose, uint32_t n_choose,
               const struct boost_params *params, struct su_trees *out)
{
    assert(n_fit >= 1 && params->depth >= 1 && params->depth <= SU_TREE_DEPTH_MAX);
    size_t mark = su_arena_mark(scratch);
    struct fit *f = SU_NEW(scratch, struct fit);
    *f = (struct fit){.rows = rows, .params = params, .fit = fit, .n_fit = n_fit};
    fit_init(f, scratch);
    uint32_t depth = params->depth;
    struct grown g = {
        .split = SU_NEW_ARRAY(arena, (size_t)params->n_trees * depth, uint16_t),
        .leaf = SU_NEW_ARRAY(arena, (size_t)params->n_trees << depth, int8_t),
        .scale = SU_NEW_ARRAY(arena, params->n_trees, float),
    };
    for (uint32_t i = 0; i < n_fit; i++)
        f->work[i] = rows->y[fit[i]];
    float offset = (float)median_of(f->work, n_fit);
    for (uint32_t i = 0; i < rows->n; i++)
        f->pred[i] = offset;
    uint32_t n_best = params->n_trees;
    double best = n_choose > 0 ? mean_error(f, choose, n_choose) : 0;
    if (n_choose > 0)
        n_best = 0;
    for (uint32_t t = 0; t < params->n_trees; t++) {
        set_gradients(f, t, clip_width(f));
        grow(f, g.split + (size_t)t * depth);
        set_leaves(f, g.leaf + ((size_t)t << depth), &g.scale[t]);
        double error = n_choose > 0 ? mean_error(f, choose, n_choose) : 0;
        if (n_choose > 0 && error < best) {
            best = error;
            n_best = t + 1;
        }
    }
    publish(arena, f, &g, n_best, offset, out);
    su_arena_rewind(scratch, mark);
}
