/* Evaluating a fitted surface: bins of the features once, then one byte and a few bits per tree. */
#include "perf/surface_shape.h"

#include <math.h>

/* Outside the measured box the range grows with the distance, in octaves of the farthest feature:
 * half as wide again per octave plus 5 %, at most four times. */
#define WIDEN_PER_OCTAVE 0.5
#define WIDEN_MAX 4.0
#define WIDEN_FLOOR 0.05

const char *su_surface_name(enum su_surface_id id)
{
    static const char *const names[] = {
#define SU_X(name) #name,
        SU_SURFACE_TABLE(SU_X)
#undef SU_X
    };
    return id < SU_SURFACE_COUNT ? names[id] : "none";
}

static enum su_surface_id moe_surface(enum su_dtype dtype)
{
    switch (dtype) {
    case SU_DTYPE_fp8:
    case SU_DTYPE_int8:
        return SU_SURFACE_moe_fp8_block;
    case SU_DTYPE_int4:
        return SU_SURFACE_moe_int4;
    case SU_DTYPE_fp4:
        return SU_SURFACE_moe_nvfp4;
    default:
        return SU_SURFACE_moe_bf16;
    }
}

static enum su_surface_id gemm_surface(enum su_dtype dtype)
{
    switch (dtype) {
    case SU_DTYPE_fp8:
    case SU_DTYPE_int8:
        return SU_SURFACE_gemm_fp8;
    case SU_DTYPE_fp4:
        return SU_SURFACE_gemm_nvfp4;
    case SU_DTYPE_int4: /* weight-only GEMMs were not measured */
        return SU_SURFACE_COUNT;
    default:
        return SU_SURFACE_gemm_bf16;
    }
}

enum su_surface_id su_surface_of(const struct su_op_work *work)
{
    switch (work->kind) {
    case SU_OP_GEMM:
        return work->experts > 0 ? SU_SURFACE_grouped_gemm_fp8 : gemm_surface(work->weight_dtype);
    case SU_OP_ATTENTION:
        return work->decode ? SU_SURFACE_attention_decode : SU_SURFACE_attention_prefill;
    case SU_OP_MLA:
        if (work->module)
            return work->decode ? SU_SURFACE_mla_decode_module : SU_SURFACE_mla_prefill_module;
        return work->decode ? SU_SURFACE_mla_decode : SU_SURFACE_mla_prefill;
    case SU_OP_MOE:
        return moe_surface(work->weight_dtype);
    case SU_OP_EMBEDDING:
    case SU_OP_ELEMENTWISE:
        return SU_SURFACE_elementwise;
    }
    return SU_SURFACE_COUNT;
}

/* Sum of the leaves. Inlined with a constant depth, the loop over the levels unrolls; two sums keep
 * the additions from waiting for each other. */
static inline float sum_leaves(const struct su_trees *trees, const uint8_t *above, uint32_t depth)
{
    const uint16_t *split = trees->split;
    const int8_t *leaf = trees->leaf;
    float sum[2] = {0, 0};
    for (uint32_t t = 0; t < trees->n_trees; t++) {
        uint32_t index = 0;
        for (uint32_t l = 0; l < depth; l++)
            index |= (uint32_t)above[split[l]] << l;
        sum[t & 1] += trees->scale[t] * (float)leaf[index];
        split += depth;
        leaf += (size_t)1 << depth;
    }
    return sum[0] + sum[1];
}

static float sum_trees(const struct su_trees *trees, const uint8_t *above)
{
    switch (trees->depth) {
    case 3:
        return sum_leaves(trees, above, 3);
    case 4:
        return sum_leaves(trees, above, 4);
    case 5:
        return sum_leaves(trees, above, 5);
    case 6:
        return sum_leaves(trees, above, 6);
    default:
        return sum_leaves(trees, above, trees->depth);
    }
}

float su_trees_eval(const struct su_trees *trees, const float *x)
{
    uint8_t above[SU_EDGES_MAX]; /* the answer to every question a level can ask */
    const float *edge = trees->edge;
    uint8_t *to = above;
    for (uint32_t f = 0; f < trees->n_features; f++) {
        float v = x[f];
        uint32_t n = trees->n_edges[f];
        for (uint32_t i = 0; i < n; i++)
            to[i] = v > edge[i];
        edge += n;
        to += n;
    }
    return trees->offset + sum_trees(trees, above);
}

/* Octaves (or units) that the farthest feature lies outside the box, 0 inside. */
static double distance(const struct su_surface *surface, const float *x, uint32_t n)
{
    double far = 0;
    for (uint32_t i = 0; i < n; i++) {
        double below = (double)surface->box_low[i] - x[i];
        double above = (double)x[i] - surface->box_high[i];
        double d = below > above ? below : above;
        far = d > far ? d : far;
    }
    return far > 1e-3 ? far : 0;
}

double surface_corrected_s(const struct su_surface *surface, double base_s, const float *x,
                           uint32_t n, int quantile, bool *outside)
{
    double ln = su_trees_eval(&surface->trees, x);
    double far = distance(surface, x, n);
    if (outside != NULL)
        *outside = *outside || far > 0;
    if (quantile != 0) {
        uint32_t region = 0;
        while (region + 1 < surface->n_regions && base_s > surface->region_end_s[region])
            region++;
        double q = quantile < 0 ? surface->q10[region] : surface->q90[region];
        if (far > 0) {
            double wider = 1 + WIDEN_PER_OCTAVE * far;
            q *= wider < WIDEN_MAX ? wider : WIDEN_MAX;
            q += quantile < 0 ? -WIDEN_FLOOR : WIDEN_FLOOR;
        }
        ln += q;
    }
    return base_s * exp(ln);
}

static double one_time_s(const struct su_surface *surface, const struct su_device *device,
                         const struct su_op_work *work, int quantile, bool *outside)
{
    float x[SU_FEATURES_MAX];
    double base_s = su_surface_base_s(surface->id, device, work);
    uint32_t n = surface_features(surface->id, device, work, base_s, x);
    return surface_corrected_s(surface, base_s, x, n, quantile, outside);
}

/* Rows per expert up to which engines use the masked grouped GEMM of decoding. */
#define MASKED_ROWS_MAX 512.0
/* Small kernels around them, each at about the launch floor inside a captured graph. */
#define ROUTING_KERNELS 5
#define ROUTING_KERNEL_S 3e-6
#define ROUTING_MEMORY_SHARE 0.65

double su_surface_time_s(const struct su_surface *surface, const struct su_device *device,
                         const struct su_op_work *work, int quantile, bool *outside)
{
    if (outside != NULL)
        *outside = false;
    if (surface->id != SU_SURFACE_grouped_gemm_fp8 || work->kind != SU_OP_MOE)
        return one_time_s(surface, device, work, quantile, outside);
    struct su_op_work up = *work;
    up.kind = SU_OP_GEMM;
    up.n = 2 * work->n; /* gate and up in one */
    up.decode = work->m < MASKED_ROWS_MAX * work->experts;
    struct su_op_work down = up;
    down.n = work->k;
    down.k = work->n;
    /* Around the two GEMMs, and in no grouped table: choosing and sorting experts, gathering rows,
     * the activation, and adding the experts' answers up. */
    double moved_bytes = 2 * 3 * work->m * work->n + 2 * 3 * work->m * work->k;
    double around_s = ROUTING_KERNELS * ROUTING_KERNEL_S +
                      moved_bytes / (device->mem_bytes_per_s * ROUTING_MEMORY_SHARE);
    return one_time_s(surface, device, &up, quantile, outside) + around_s +
           one_time_s(surface, device, &down, quantile, outside);
}
