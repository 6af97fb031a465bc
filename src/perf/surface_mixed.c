/* A prefill chunk and decoding sequences in one attention kernel. It has one tile shape for both,
 * chosen for the chunk, and does not split the keys of a decoding sequence over multiprocessors, so
 * decoding costs more than in a kernel of its own. Base: what the two would cost apart, as the same
 * profile prices them. Features are what the hardware shares between them: blocks, keys of the
 * longest sequence against the work per multiprocessor, which part dominates. */
#include "perf/surface_shape.h"

static double part_s(const struct su_profile *profile, const struct su_device *device,
                     const struct su_op_work *work)
{
    enum su_surface_id id = su_surface_of(work);
    const struct su_surface *surface = profile->surfaces[id];
    return surface != NULL ? su_surface_time_s(surface, device, work, 0, NULL)
                           : su_surface_base_s(id, device, work);
}

double su_surface_mixed_base_s(const struct su_profile *profile, const struct su_device *device,
                               const struct su_op_work *prefill, const struct su_op_work *decode,
                               float x[SU_FEATURES_MAX], uint32_t *n)
{
    double prefill_s = part_s(profile, device, prefill);
    double decode_s = part_s(profile, device, decode);
    *n = surface_mixed_features(device, prefill, decode, prefill_s, decode_s, x);
    return prefill_s + decode_s;
}

static bool window_bites(const struct su_op_work *work)
{
    return work->window > 0 && work->window < work->kv_len;
}

double su_surface_mixed_s(const struct su_profile *profile, const struct su_device *device,
                          const struct su_op_work *prefill, const struct su_op_work *decode,
                          int quantile)
{
    const struct su_surface *surface = profile->surfaces[SU_SURFACE_attention_mixed];
    if (surface == NULL || prefill->kind != SU_OP_ATTENTION || decode->kind != SU_OP_ATTENTION ||
        decode->q_len > 1 || window_bites(prefill) || window_bites(decode))
        return 0;
    float x[SU_FEATURES_MAX];
    uint32_t n = 0;
    double base_s = su_surface_mixed_base_s(profile, device, prefill, decode, x, &n);
    return surface_corrected_s(surface, base_s, x, n, quantile, NULL);
}
