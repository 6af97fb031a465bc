/* Fitted efficiencies: the physical time of an operator times a fitted correction.
 *
 *     time = base(device, work) * exp(correction(features(device, work)))
 *
 * base is a roofline with launch floor and tile and wave quantisation; correction is a sum of small
 * oblivious decision trees on logarithms of the sizes, fitted by `calib` on measured kernels and
 * evaluated here in well under a microsecond. Outside the measured box the trees stay at the value
 * of its edge, so the physical form extrapolates and only the interval widens.
 * docs/theory/surfaces.md has the forms, the errors on rows not used to fit, and the limits. */
#ifndef SU_PERF_SURFACE_H
#define SU_PERF_SURFACE_H

#include <stdbool.h>
#include <stdint.h>

#include "perf/perf.h"

/* One fitted correction each: an operator kind, split by what changes the kernel. */
#define SU_SURFACE_TABLE(X) \
    X(gemm_bf16)            \
    X(gemm_fp8)             \
    X(gemm_fp8_block)       \
    X(gemm_nvfp4)           \
    X(grouped_gemm_fp8)     \
    X(attention_decode)     \
    X(attention_prefill)    \
    X(attention_mixed)      \
    X(mla_decode)           \
    X(mla_prefill)          \
    X(mla_decode_module)    \
    X(mla_prefill_module)   \
    X(moe_bf16) X(moe_fp8) X(moe_fp8_block) X(moe_int4) X(moe_mxfp4) X(moe_nvfp4) X(elementwise)

enum su_surface_id {
#define SU_X(name) SU_SURFACE_##name,
    SU_SURFACE_TABLE(SU_X)
#undef SU_X
        SU_SURFACE_COUNT
};
const char *su_surface_name(enum su_surface_id id);

#define SU_FEATURES_MAX 16
#define SU_TREE_DEPTH_MAX 6
#define SU_SURFACE_REGIONS 8

#define SU_BINS_MAX 64 /* a feature is cut at up to SU_BINS_MAX - 1 edges */
#define SU_EDGES_MAX (SU_FEATURES_MAX * SU_BINS_MAX)

/* n_trees oblivious trees of one depth. The edges of all features stand in one list, feature by
 * feature, ascending. Level l of tree t asks whether its feature lies above edge[split[t*depth+l]];
 * bit l of the leaf's index is 1 when it does. The correction is offset + sum over trees of
 * scale[t] * leaf[t*2^depth + index]. */
struct su_trees {
    uint32_t n_trees;
    uint32_t depth;
    uint32_t n_features;
    const uint8_t *n_edges; /* of each feature */
    const float *edge;
    const uint16_t *split;
    const int8_t *leaf;
    const float *scale;
    float offset;
};

/* One calibrated operator. Residual quantiles come from rows not used to fit, per region of the
 * base time (region r ends at region_end_s[r]); the box is that of the measured rows. */
struct su_surface {
    enum su_surface_id id;
    struct su_trees trees;
    float box_low[SU_FEATURES_MAX];
    float box_high[SU_FEATURES_MAX];
    uint32_t n_regions;
    float region_end_s[SU_SURFACE_REGIONS];
    float q10[SU_SURFACE_REGIONS]; /* of ln(measured / predicted) */
    float q90[SU_SURFACE_REGIONS];
    uint32_t n_rows;           /* used to fit */
    uint32_t n_heldout;        /* rows the next three are from: not used to fit or to choose */
    float heldout_median_frac; /* of |predicted / measured - 1| */
    float heldout_p90_frac;
    float heldout_inside_frac; /* share of them within q10..q90 */
};

/* A measured curve of a collective: time over bytes, log-log interpolated. */
struct su_curve {
    uint8_t op; /* enum su_collective */
    uint8_t n_ranks;
    uint32_t n_points;
    const float *log_bytes;
    const float *log_time_s;
};
enum su_collective {
    SU_COLLECTIVE_ALLREDUCE,
    SU_COLLECTIVE_ALLTOALL,
    SU_COLLECTIVE_ALLGATHER,
    SU_COLLECTIVE_REDUCE_SCATTER,
    SU_COLLECTIVE_SENDRECV
};

/* data/efficiency/<chip>.json, compiled in. */
struct su_profile {
    const char *chip; /* id in the catalog */
    const char *source;
    const char *as_of;
    const struct su_surface *surfaces[SU_SURFACE_COUNT]; /* NULL: no table for it */
    const struct su_curve *curves;
    uint32_t n_curves;
    float log_curve_error; /* half-width of the 10-90 % range of curves, ln */
};
extern const struct su_profile su_profiles[];
extern const uint32_t su_n_profiles;
/** NULL when the chip has none of its own. */
const struct su_profile *su_profile_find(const char *chip);

/** Which correction an operator's work belongs to; SU_SURFACE_COUNT when there is none. FP8 experts
 * are taken as block-scaled, which is how they are published; FP8 GEMMs as per-tensor, because the
 * block-scaled tables hold a host floor that graph replay does not have. */
enum su_surface_id su_surface_of(const struct su_op_work *work);
/** The profile's surface for the work, or the nearest kernel it has instead (block-scaled and
 * per-tensor FP8 experts, MXFP4 and NVFP4 experts, experts as two grouped GEMMs); NULL when it has
 * none. */
const struct su_surface *su_profile_surface(const struct su_profile *profile,
                                            const struct su_op_work *work);
/** The curve of a collective over n_ranks cards, NULL when it was not measured. */
const struct su_curve *su_profile_curve(const struct su_profile *profile, enum su_collective op,
                                        uint32_t n_ranks);
/** Seconds for `bytes` on a curve: log-log between its points; below the first its time, above the
 * last in proportion to the bytes. Bytes are counted as the tables count them: all-reduce, one
 * rank's buffer; the others as nccl-tests do. */
double su_curve_time_s(const struct su_curve *curve, double bytes);

/** Peak rate of the multiplications of a surface: 16-bit unless its name says otherwise. */
double su_surface_peak_flop_per_s(enum su_surface_id id, const struct su_device *device);

/** Physical time in seconds of the work: launch floor, tile and wave quantisation, compute and
 * bandwidth ceilings. Monotone in every size. Never below 0.2 us. */
double su_surface_base_s(enum su_surface_id id, const struct su_device *device,
                         const struct su_op_work *work);

/** Features of the work, log2 of sizes mostly; the number of them. */
uint32_t su_surface_features(enum su_surface_id id, const struct su_device *device,
                             const struct su_op_work *work, float x[SU_FEATURES_MAX]);

/** True when rows of a skewed router were among those it was fitted on. */
bool su_surface_knows_skew(const struct su_surface *surface);

/** ln of the correction. */
float su_trees_eval(const struct su_trees *trees, const float *x);

/** Calibrated time; experts on a grouped GEMM surface are priced as two of them. quantile -1, 0,
 * +1: the 10 % (fast), middle and 90 % (slow) value. outside: the work lies outside the measured
 * box, the range is widened (may be NULL). */
double su_surface_time_s(const struct su_surface *surface, const struct su_device *device,
                         const struct su_op_work *work, int quantile, bool *outside);

/** Time of a prefill chunk and decoding sequences in one attention kernel, calibrated; 0 when the
 * profile has no table of such calls, or none that holds for these (MLA, a sliding window, drafts).
 * The parts are as su_work_of_op gives them; quantile as above. */
double su_surface_mixed_s(const struct su_profile *profile, const struct su_device *device,
                          const struct su_op_work *prefill, const struct su_op_work *decode,
                          int quantile);
/** Its base: the two parts apart, each by the profile's own surface or physical time. The features
 * and their number into x and n. */
double su_surface_mixed_base_s(const struct su_profile *profile, const struct su_device *device,
                               const struct su_op_work *prefill, const struct su_op_work *decode,
                               float x[SU_FEATURES_MAX], uint32_t *n);

#endif
