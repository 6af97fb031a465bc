/* What a chip's profile holds: the surface for an operator, the curve for a collective. */
#include <math.h>
#include <string.h>

#include "perf/surface.h"

const struct su_profile *su_profile_find(const char *chip)
{
    for (uint32_t i = 0; i < su_n_profiles; i++)
        if (strcmp(su_profiles[i].chip, chip) == 0)
            return &su_profiles[i];
    return NULL;
}

const struct su_surface *su_profile_surface(const struct su_profile *profile,
                                            const struct su_op_work *work)
{
    enum su_surface_id id = su_surface_of(work);
    if (id == SU_SURFACE_COUNT)
        return NULL;
    const struct su_surface *const *s = profile->surfaces;
    if (s[id] != NULL)
        return s[id];
    if (id == SU_SURFACE_moe_fp8_block)
        return s[SU_SURFACE_moe_fp8] != NULL ? s[SU_SURFACE_moe_fp8]
                                             : s[SU_SURFACE_grouped_gemm_fp8];
    if (id == SU_SURFACE_moe_nvfp4)
        return s[SU_SURFACE_moe_mxfp4];
    /* A chip measured in FP8 only: the share of the peak it reaches is nearer to its own 16-bit
     * kernels than another chip's correction is. */
    if (id == SU_SURFACE_gemm_bf16)
        return s[SU_SURFACE_gemm_fp8];
    if (id == SU_SURFACE_moe_bf16)
        return s[SU_SURFACE_grouped_gemm_fp8];
    return NULL;
}

const struct su_curve *su_profile_curve(const struct su_profile *profile, enum su_collective op,
                                        uint32_t n_ranks)
{
    for (uint32_t i = 0; i < profile->n_curves; i++)
        if (profile->curves[i].op == op && profile->curves[i].n_ranks == n_ranks)
            return &profile->curves[i];
    return NULL;
}

double su_curve_time_s(const struct su_curve *curve, double bytes)
{
    const float *x = curve->log_bytes;
    const float *y = curve->log_time_s;
    uint32_t last = curve->n_points - 1;
    double at = log(bytes > 1 ? bytes : 1);
    if (at <= x[0])
        return exp(y[0]);
    if (at >= x[last])
        return exp(y[last] + (at - x[last]));
    uint32_t low = 0;
    uint32_t high = last;
    while (high - low > 1) {
        uint32_t mid = (low + high) / 2;
        if (x[mid] <= at)
            low = mid;
        else
            high = mid;
    }
    double part = (at - x[low]) / ((double)x[high] - x[low]);
    return exp(y[low] + part * ((double)y[high] - y[low]));
}
