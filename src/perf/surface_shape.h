/* Private to perf: quantities that the physical times and the features both use. */
#ifndef SU_PERF_SURFACE_SHAPE_H
#define SU_PERF_SURFACE_SHAPE_H

#include <math.h>

#include "perf/surface.h"

static inline double surface_max(double a, double b)
{
    return a > b ? a : b;
}

static inline double surface_min(double a, double b)
{
    return a < b ? a : b;
}

/* ceil of a size from 0 to 2^62, without the library call that it is on plain x86-64. */
static inline double surface_ceil(double v)
{
    double down = (double)(int64_t)v;
    return down < v ? down + 1 : down;
}

/* Multiprocessors; a chip that does not say counts as one of middling size. */
static inline double surface_sms(const struct su_device *device)
{
    return device->sm_count > 0 ? device->sm_count : 108;
}

static inline double surface_l2(const struct su_device *device)
{
    return device->l2_bytes > 0 ? device->l2_bytes : 48e6;
}

/* Mean keys that a query attends to. */
static inline double surface_keys(const struct su_op_work *work)
{
    double keys = work->decode ? work->kv_len : work->kv_len - (work->q_len - 1) / 2;
    if (work->window > 0)
        keys = surface_min(keys, work->window);
    return surface_max(keys, 1);
}

static inline double surface_kv_bytes(const struct su_op_work *work)
{
    return su_dtype_bits(work->kv_dtype) / 8.0;
}

/* Experts with at least one token; at least one where there is any work. */
static inline double surface_active(const struct su_op_work *work)
{
    return surface_max(surface_min(work->experts_active, work->m), 1e-2);
}

/** su_surface_features where the physical time is known already. */
uint32_t surface_features(enum su_surface_id id, const struct su_device *device,
                          const struct su_op_work *work, double base_s, float *x);

/** What su_surface_mixed_s depends on; the parts' times are known already. */
uint32_t surface_mixed_features(const struct su_device *d, const struct su_op_work *prefill,
                                const struct su_op_work *decode, double prefill_s, double decode_s,
                                float *x);

/** base_s times the correction for x; quantile and outside as in su_surface_time_s. */
double surface_corrected_s(const struct su_surface *surface, double base_s, const float *x,
                           uint32_t n, int quantile, bool *outside);

#endif
