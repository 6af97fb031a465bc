/* From rows to a profile. Three folds by a fixed hash of the shape: 20 % are only reported on; 16 %
 * choose the number of trees; 64 % fit. Then the trees are fitted again on the 80 %. The 10-90 %
 * range comes from residuals of rows a fit had not seen, so it is about right for new shapes of
 * the same kind and too narrow for kernels the tables do not have. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "calib/boost.h"
#include "calib/curve.h"
#include "calib/table.h"
#include "stat/stat.h"

#define ROWS_MIN 20         /* below this there is nothing to fit or to report on */
#define CROSS_ROWS_MAX 3000 /* up to this many rows residuals come from cross-validation */
#define CROSS_FOLDS 5
#define REGION_ROWS_MIN 60 /* residuals that a 10 % quantile needs */

/* ln; half-width where no residual is at hand. */
#define RANGE_UNKNOWN 0.4f

enum fold { FOLD_FIT, FOLD_CHOOSE, FOLD_REPORT };

/* The rows of one surface as the fitter wants them. */
struct sample {
    enum su_surface_id id;
    const struct su_profile *profile; /* so far: a mixed call is measured against its parts */
    const struct calib_row *rows;
    struct boost_rows data;
    double *base_s;
    enum fold *folds;
    uint32_t *known; /* rows not in the report fold: fit first, then choose */
    uint32_t n_known;
    uint32_t n_fit;
    uint32_t *report;
    uint32_t n_report;
};

static double draw(uint64_t hash, double salt)
{
    return (double)(calib_hash(hash, salt) >> 11) * 0x1p-53;
}

static enum fold fold_of(const struct calib_row *row, const struct su_calib_input *in)
{
    uint64_t hash = in->split == SU_CALIB_SPLIT_SHAPE ? row->shape : row->group;
    if ((uint32_t)(draw(hash, 11) * 5) == in->report_fold % 5)
        return FOLD_REPORT;
    return draw(hash, 12) < 0.2 ? FOLD_CHOOSE : FOLD_FIT;
}

/* Physical time of a row; its features into x, their number into n. */
static double row_base_s(const struct sample *s, const struct su_device *device,
                         const struct calib_row *row, float *x, uint32_t *n)
{
    if (s->id == SU_SURFACE_attention_mixed)
        return su_surface_mixed_base_s(s->profile, device, &row->work, &row->decode, x, n);
    *n = su_surface_features(s->id, device, &row->work, x);
    return su_surface_base_s(s->id, device, &row->work);
}

static double row_time_s(const struct sample *s, const struct su_surface *surface,
                         const struct su_device *device, const struct calib_row *row, int quantile)
{
    if (s->id == SU_SURFACE_attention_mixed)
        return su_surface_mixed_s(s->profile, device, &row->work, &row->decode, quantile);
    return su_surface_time_s(surface, device, &row->work, quantile, NULL);
}

static void sample_init(struct su_arena *arena, struct sample *s, const struct su_device *device,
                        const struct su_calib_input *in, uint32_t n)
{
    float *x = SU_NEW_ARRAY(arena, (size_t)n * SU_FEATURES_MAX, float);
    float *y = SU_NEW_ARRAY(arena, n, float);
    s->base_s = SU_NEW_ARRAY(arena, n, double);
    s->folds = SU_NEW_ARRAY(arena, n, enum fold);
    s->known = SU_NEW_ARRAY(arena, n, uint32_t);
    s->report = SU_NEW_ARRAY(arena, n, uint32_t);
    s->data = (struct boost_rows){.n = n, .x = x, .y = y};
    for (uint32_t i = 0; i < n; i++) {
        s->base_s[i] = row_base_s(s, device, &s->rows[i], x + (size_t)i * SU_FEATURES_MAX,
                                  &s->data.n_features);
        y[i] = (float)log(s->rows[i].latency_s / s->base_s[i]);
        s->folds[i] = fold_of(&s->rows[i], in);
        if (s->folds[i] == FOLD_FIT)
            s->known[s->n_known++] = i;
        else if (s->folds[i] == FOLD_REPORT)
            s->report[s->n_report++] = i;
    }
    s->n_fit = s->n_known;
    for (uint32_t i = 0; i < n; i++)
        if (s->folds[i] == FOLD_CHOOSE)
            s->known[s->n_known++] = i;
}

/* More rows deserve deeper trees. Their number is what the error still gains from, within the size
 * that a profile may have: smooth operators and rarely used formats get fewer. */
static struct boost_params params_for(enum su_surface_id id, uint32_t n)
{
    struct boost_params p = boost_params_default();
    switch (id) {
    case SU_SURFACE_attention_decode:
    case SU_SURFACE_attention_prefill:
        p.n_trees = 300;
        break;
    case SU_SURFACE_mla_decode:
        p.n_trees = 200;
        break;
    case SU_SURFACE_moe_mxfp4:
    case SU_SURFACE_moe_nvfp4:
        p.n_trees = 170;
        break;
    case SU_SURFACE_mla_prefill:
    case SU_SURFACE_mla_decode_module:
    case SU_SURFACE_mla_prefill_module:
        p.n_trees = 120;
        break;
    case SU_SURFACE_attention_mixed:
        p.n_trees = 120;
        break;
    case SU_SURFACE_elementwise:
        p.n_trees = 200;
        p.depth = 5;
        break;
    case SU_SURFACE_gemm_fp8_block:
        p.n_trees = 80;
        break;
    default:
        break;
    }
    if (n < 150)
        p.depth = 3;
    else if (n < 600)
        p.depth = 4;
    else if (n < 1500)
        p.depth = 5;
    return p;
}

static double residual(const struct sample *s, const struct su_trees *trees, uint32_t row)
{
    const float *x = s->data.x + (size_t)row * SU_FEATURES_MAX;
    return (double)s->data.y[row] - su_trees_eval(trees, x);
}

/* Residuals of known rows by fits that had not seen them; their rows into at. */
static uint32_t unseen_residuals(struct su_arena *arena, struct su_arena *scratch,
                                 const struct sample *s, const struct boost_params *params,
                                 const struct su_trees *first, uint32_t *at, double *value)
{
    uint32_t n = 0;
    if (s->n_known > CROSS_ROWS_MAX) {
        for (uint32_t i = s->n_fit; i < s->n_known; i++) {
            at[n] = s->known[i];
            value[n++] = residual(s, first, s->known[i]);
        }
        return n;
    }
    uint32_t *rest = SU_NEW_ARRAY(arena, s->n_known, uint32_t);
    for (uint32_t fold = 0; fold < CROSS_FOLDS; fold++) {
        uint32_t n_rest = 0;
        uint32_t start = n;
        for (uint32_t i = 0; i < s->n_known; i++) {
            uint32_t row = s->known[i];
            if ((uint32_t)(draw(s->rows[row].shape, 13) * CROSS_FOLDS) == fold)
                at[n++] = row;
            else
                rest[n_rest++] = row;
        }
        if (n_rest == 0)
            continue;
        struct su_trees trees;
        boost_fit(arena, scratch, &s->data, rest, n_rest, NULL, 0, params, &trees);
        for (uint32_t i = start; i < n; i++)
            value[i] = residual(s, &trees, at[i]);
    }
    return n;
}

/* Regions of equal numbers of residuals along the base time, and their quantiles. */
static void set_ranges(struct su_arena *arena, const struct sample *s, const uint32_t *at,
                       const double *value, uint32_t n, struct su_surface *out)
{
    uint32_t n_regions = n / REGION_ROWS_MIN;
    n_regions = n_regions < 1 ? 1 : n_regions > SU_SURFACE_REGIONS ? SU_SURFACE_REGIONS : n_regions;
    out->n_regions = n_regions;
    if (n == 0) { /* nothing to learn a range from: a wide one */
        out->region_end_s[0] = 1;
        out->q10[0] = -RANGE_UNKNOWN;
        out->q90[0] = RANGE_UNKNOWN;
        return;
    }
    double *base = SU_NEW_ARRAY(arena, n, double);
    double *inside = SU_NEW_ARRAY(arena, n, double);
    for (uint32_t i = 0; i < n; i++)
        base[i] = s->base_s[at[i]];
    for (uint32_t r = 0; r < n_regions; r++)
        out->region_end_s[r] = (float)su_quantile(arena, base, n, (r + 1.0) / n_regions);
    for (uint32_t r = 0; r < n_regions; r++) {
        uint32_t k = 0;
        for (uint32_t i = 0; i < n; i++) {
            bool above = r == 0 || base[i] > out->region_end_s[r - 1];
            bool below = r + 1 == n_regions || base[i] <= out->region_end_s[r];
            if (above && below)
                inside[k++] = value[i];
        }
        out->q10[r] = k > 0 ? (float)fmin(su_quantile(arena, inside, k, 0.1), 0) : -RANGE_UNKNOWN;
        out->q90[r] = k > 0 ? (float)fmax(su_quantile(arena, inside, k, 0.9), 0) : RANGE_UNKNOWN;
    }
}

static void set_box(const struct sample *s, struct su_surface *out)
{
    for (uint32_t j = 0; j < s->data.n_features; j++) {
        out->box_low[j] = INFINITY;
        out->box_high[j] = -INFINITY;
        for (uint32_t i = 0; i < s->n_known; i++) {
            float v = s->data.x[(size_t)s->known[i] * SU_FEATURES_MAX + j];
            out->box_low[j] = fminf(out->box_low[j], v);
            out->box_high[j] = fmaxf(out->box_high[j], v);
        }
    }
}

/* Error on the given rows, by the same call that a planner makes. */
static void measure(struct su_arena *arena, const struct sample *s,
                    const struct su_surface *surface, const struct su_device *device,
                    const uint32_t *rows, uint32_t n, struct su_calib_error *error)
{
    double *relative = SU_NEW_ARRAY(arena, n, double);
    uint32_t inside = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct calib_row *row = &s->rows[rows[i]];
        double low = row_time_s(s, surface, device, row, -1);
        double mid = row_time_s(s, surface, device, row, 0);
        double high = row_time_s(s, surface, device, row, 1);
        relative[i] = mid / row->latency_s - 1;
        inside += row->latency_s >= low && row->latency_s <= high;
    }
    *error = (struct su_calib_error){.op = su_surface_name(surface->id), .n_fit = surface->n_rows};
    calib_error_of(arena, relative, n, error);
    error->inside_frac = n > 0 ? (double)inside / n : 0;
}

static void fit_surface(struct su_arena *arena, struct su_arena *scratch, const struct sample *s,
                        const struct su_device *device, struct su_surface *out,
                        struct su_calib_error *error)
{
    struct boost_params params = params_for(s->id, s->n_known);
    struct su_trees first;
    boost_fit(scratch, scratch, &s->data, s->known, s->n_fit, s->known + s->n_fit,
              s->n_known - s->n_fit, &params, &first);
    params.n_trees = first.n_trees;
    *out = (struct su_surface){.id = s->id, .n_rows = s->n_known};
    uint32_t *at = SU_NEW_ARRAY(arena, s->n_known, uint32_t);
    double *value = SU_NEW_ARRAY(arena, s->n_known, double);
    uint32_t n = unseen_residuals(arena, scratch, s, &params, &first, at, value);
    set_ranges(arena, s, at, value, n, out);
    set_box(s, out);
    boost_fit(arena, scratch, &s->data, s->known, s->n_known, NULL, 0, &params, &out->trees);
    measure(arena, s, out, device, s->report, s->n_report, error);
    out->n_heldout = error->n;
    out->heldout_median_frac = (float)(error->median_abs_pct / 100);
    out->heldout_p90_frac = (float)(error->p90_abs_pct / 100);
    out->heldout_inside_frac = (float)error->inside_frac;
}

/* Where the tables of a directory come from: data of others, converted. */
static const struct {
    const char *dir;
    const char *origin;
} origins[] = {
    {"a100_sxm", "ai-dynamo/aiconfigurator@095f58a51c4c"},
    {"h100_sxm", "ai-dynamo/aiconfigurator@095f58a51c4c"},
    {"h200_sxm", "ai-dynamo/aiconfigurator@095f58a51c4c"},
    {"l40s", "ai-dynamo/aiconfigurator@095f58a51c4c"},
    {"b200_sxm", "ai-dynamo/aiconfigurator@095f58a51c4c"},
    {"rtx_pro_6000", "ai-dynamo/aiconfigurator@095f58a51c4c"},
    {"h20", "alibaba/InferSim@f2293dab6d23"},
    {"h800", "alibaba/InferSim@f2293dab6d23"},
    {"rtx4090", "casys-kaist/LLMServingSim@5daddb21a545"},
    {"rtxpro6000", "casys-kaist/LLMServingSim@5daddb21a545"},
    {"h100_dgx", "microsoft/vidur@7d47513363ec"},
    {"a100_dgx", "microsoft/vidur@7d47513363ec"},
};

static const char *source_text(struct su_arena *arena, const struct su_calib_input *in)
{
    const char *text = "";
    for (size_t d = 0; d < in->n_dirs; d++) {
        const char *slash = strrchr(in->dirs[d], '/');
        const char *name = slash != NULL ? slash + 1 : in->dirs[d];
        const char *origin = "own tables";
        for (size_t i = 0; i < sizeof(origins) / sizeof(origins[0]); i++)
            if (strcmp(origins[i].dir, name) == 0)
                origin = origins[i].origin;
        text = su_fmt(arena, "%s%s%s (%s)", text, d > 0 ? ", " : "", origin, name);
    }
    return text;
}

/* Rows of one surface stand together: [*first, *first + n). */
static uint32_t rows_of(const struct calib_tables *tables, enum su_surface_id id, uint32_t *first)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < tables->rows.n; i++) {
        if (tables->rows.items[i].id != id)
            continue;
        if (n++ == 0)
            *first = i;
    }
    return n;
}

static enum su_status begin(struct su_arena *arena, const struct su_calib_input *in,
                            struct calib_tables *tables, struct su_calib_result *result,
                            struct su_err *err)
{
    *result = (struct su_calib_result){0};
    *tables = (struct calib_tables){0};
    SU_TRY(calib_tables_read(arena, in, tables, err));
    result->errors =
        SU_NEW_ARRAY(arena, SU_SURFACE_COUNT + SU_COLLECTIVE_COUNT, struct su_calib_error);
    result->n_rows = (uint32_t)tables->rows.n;
    return SU_OK;
}

enum su_status su_calib_run(struct su_arena *arena, const struct su_calib_input *in,
                            struct su_calib_result *result, struct su_err *err)
{
    struct calib_tables tables;
    SU_TRY(begin(arena, in, &tables, result, err));
    struct su_profile *profile = &result->profile;
    profile->chip = su_str_dup_c(arena, in->chip);
    profile->as_of = su_str_dup_c(arena, in->as_of);
    profile->source = source_text(arena, in);
    struct su_arena scratch;
    su_arena_init(&scratch);
    enum su_status status = SU_OK;
    for (uint32_t id = 0; id < SU_SURFACE_COUNT && status == SU_OK; id++) {
        uint32_t first = 0;
        uint32_t n = rows_of(&tables, (enum su_surface_id)id, &first);
        if (n == 0)
            continue;
        struct sample s = {
            .id = (enum su_surface_id)id, .profile = profile, .rows = tables.rows.items + first};
        struct su_device device;
        status = calib_device(in, s.id, &device, err);
        if (status != SU_OK)
            break;
        sample_init(arena, &s, &device, in, n);
        if (n < ROWS_MIN || s.n_fit == 0) {
            *SU_VEC_PUSH(arena, &tables.rejects) = (struct su_calib_reject){
                su_fmt(arena, "fewer than %d rows of %s", ROWS_MIN, su_surface_name(s.id)), "", n};
            continue;
        }
        struct su_surface *surface = SU_NEW(arena, struct su_surface);
        profile->surfaces[id] = surface;
        fit_surface(arena, &scratch, &s, &device, surface, &result->errors[result->n_errors++]);
        su_arena_reset(&scratch);
    }
    su_arena_release(&scratch);
    calib_curves(arena, &tables, profile, result->errors, &result->n_errors);
    result->rejects = tables.rejects.items;
    result->n_rejects = tables.rejects.n;
    return status;
}

enum su_status su_calib_score(struct su_arena *arena, const struct su_calib_input *in,
                              const struct su_profile *profile, struct su_calib_result *result,
                              struct su_err *err)
{
    struct calib_tables tables;
    SU_TRY(begin(arena, in, &tables, result, err));
    result->profile = *profile;
    for (uint32_t id = 0; id < SU_SURFACE_COUNT; id++) {
        uint32_t first = 0;
        uint32_t n = rows_of(&tables, (enum su_surface_id)id, &first);
        if (n == 0 || profile->surfaces[id] == NULL)
            continue;
        struct sample s = {
            .id = (enum su_surface_id)id, .profile = profile, .rows = tables.rows.items + first};
        struct su_device device;
        SU_TRY(calib_device(in, s.id, &device, err));
        uint32_t *all = SU_NEW_ARRAY(arena, n, uint32_t);
        for (uint32_t i = 0; i < n; i++)
            all[i] = i;
        measure(arena, &s, profile->surfaces[id], &device, all, n,
                &result->errors[result->n_errors++]);
    }
    result->rejects = tables.rejects.items;
    result->n_rejects = tables.rejects.n;
    return SU_OK;
}
