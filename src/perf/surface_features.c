/* What a correction may depend on. Sizes as log2, ratios that the hardware sees (waves of tiles,
 * share of the cache, rows per expert), and the alignment classes that switch kernels. Of two
 * quantities that always move together in the tables only the one that keeps its meaning outside
 * them is used: prefill has no q_len of its own but blocks of queries and keys per query, so that a
 * chunk with history is not taken for a short prompt. */
#include <math.h>

#include "perf/surface_shape.h"

static float lg(double v)
{
    return (float)log2(surface_max(v, 1e-3));
}

/* Largest power of two, as its exponent up to max, that divides the size rounded up. */
static float alignment(double size, uint32_t max)
{
    uint64_t v = (uint64_t)surface_ceil(surface_max(size, 1));
    uint32_t e = 0;
    while (e < max && v % 2 == 0) {
        v /= 2;
        e++;
    }
    return (float)e;
}

/* Share of the last wave of bm x bn tiles that is filled. */
static float filled(const struct su_device *d, double m, double n, double bm, double bn)
{
    double waves = surface_ceil(m / bm) * surface_ceil(n / bn) / surface_sms(d);
    return (float)(waves / surface_ceil(waves));
}

static uint32_t gemm(const struct su_device *d, const struct su_op_work *w, double base_s, float *x)
{
    double bytes = w->n * w->k * su_dtype_weight_bytes(w->weight_dtype);
    uint32_t n = 0;
    x[n++] = lg(w->m);
    x[n++] = lg(w->n);
    x[n++] = lg(w->k);
    x[n++] = alignment(w->m, 5);
    x[n++] = alignment(w->n, 8);
    x[n++] = alignment(w->k, 8);
    x[n++] = lg(bytes / surface_l2(d));
    x[n++] = lg(w->m * w->n);
    x[n++] = lg(w->m * w->k);
    x[n++] = lg(surface_ceil(w->m / 128) * surface_ceil(w->n / 128) / surface_sms(d));
    x[n++] = filled(d, w->m, w->n, 128, 128);
    x[n++] = filled(d, w->m, w->n, 128, 256);
    x[n++] = filled(d, w->m, w->n, 64, 64);
    x[n++] = lg(base_s * 1e6);
    x[n++] = lg(w->n / w->k);
    x[n++] = filled(d, w->m, w->n, 256, 128);
    return n;
}

static uint32_t grouped(const struct su_device *d, const struct su_op_work *w, double base_s,
                        float *x)
{
    double active = surface_active(w);
    uint32_t n = 0;
    x[n++] = lg(w->m);
    x[n++] = lg(w->n);
    x[n++] = lg(w->k);
    x[n++] = lg(w->experts);
    x[n++] = lg(w->m / active);
    x[n++] = w->decode ? 1.0f : 0.0f;
    x[n++] = lg(active * w->n * w->k);
    x[n++] = alignment(w->n, 8);
    x[n++] = filled(d, w->m, w->n, 128, 128);
    x[n++] = lg(base_s * 1e6);
    return n;
}

#define MOE_FEATURE_SKEW 7

static uint32_t moe(const struct su_device *d, const struct su_op_work *w, double base_s, float *x)
{
    double active = surface_active(w);
    uint32_t n = 0;
    x[n++] = lg(w->tokens);
    x[n++] = lg(w->k);
    x[n++] = lg(w->n);
    x[n++] = lg(w->experts);
    x[n++] = lg(w->experts_total);
    x[n++] = lg(w->top_k);
    x[n++] = lg(w->ep);
    x[n++] = (float)w->skew; /* MOE_FEATURE_SKEW */
    x[n++] = lg(active);
    x[n++] = lg(w->m / active);
    x[n++] = lg(w->m);
    x[n++] = lg(w->m * w->k * w->n);
    x[n++] = lg(active * w->n * w->k / surface_l2(d));
    x[n++] = lg(w->tokens * w->top_k);
    x[n++] = alignment(w->n, 8);
    x[n++] = lg(base_s * 1e6);
    return n;
}

static uint32_t decode(const struct su_device *d, const struct su_op_work *w, double base_s,
                       float *x)
{
    double keys = surface_keys(w);
    double kv = 2 * w->batch * keys * w->kv_heads * w->head_dim * surface_kv_bytes(w);
    double blocks = w->batch * w->kv_heads;
    uint32_t n = 0;
    x[n++] = lg(w->batch);
    x[n++] = lg(w->kv_heads);
    x[n++] = lg(w->heads / w->kv_heads);
    x[n++] = lg(keys);
    x[n++] = lg(w->head_dim);
    x[n++] = (float)surface_kv_bytes(w);
    x[n++] = w->window > 0 ? lg(w->window) : 0.0f;
    x[n++] = lg(w->kv_len);
    x[n++] = lg(blocks);
    x[n++] = lg(kv / surface_l2(d));
    x[n++] = lg(w->batch * w->heads);
    x[n++] = (float)(blocks / surface_sms(d) / surface_ceil(blocks / surface_sms(d)));
    x[n++] = lg(blocks * keys);
    x[n++] = lg(base_s * 1e6);
    return n;
}

static uint32_t prefill(const struct su_device *d, const struct su_op_work *w, double base_s,
                        float *x)
{
    double keys = surface_keys(w);
    double blocks = w->batch * w->heads * surface_ceil(w->q_len / 128) / surface_sms(d);
    double kv = 2 * w->batch * w->kv_len * w->kv_heads * w->head_dim * surface_kv_bytes(w);
    uint32_t n = 0;
    x[n++] = lg(w->batch);
    x[n++] = lg(w->kv_heads);
    x[n++] = lg(w->heads / w->kv_heads);
    x[n++] = lg(keys);
    x[n++] = lg(w->head_dim);
    x[n++] = (float)surface_kv_bytes(w);
    x[n++] = w->window > 0 ? lg(w->window) : 0.0f;
    x[n++] = lg(w->batch * w->q_len);
    x[n++] = lg(w->batch * w->heads);
    x[n++] = lg(w->kv_len / w->q_len);
    x[n++] = lg(blocks);
    x[n++] = (float)(blocks / surface_ceil(blocks));
    x[n++] = lg(kv / surface_l2(d));
    x[n++] = lg(w->batch * w->q_len * w->heads * keys * w->head_dim);
    x[n++] = lg(w->batch * w->q_len * w->heads);
    x[n++] = lg(base_s * 1e6);
    return n;
}

static uint32_t mla(const struct su_device *d, const struct su_op_work *w, double base_s, float *x)
{
    double keys = surface_keys(w);
    double tiles_q = surface_ceil(w->q_len / 128);
    double blocks = w->batch * w->heads * tiles_q / surface_sms(d);
    uint32_t n = 0;
    x[n++] = lg(w->batch);
    x[n++] = lg(w->heads);
    x[n++] = lg(keys);
    x[n++] = lg(w->batch * w->q_len);
    x[n++] = (float)surface_kv_bytes(w);
    x[n++] = (float)su_dtype_bits(w->weight_dtype);
    x[n++] = lg(w->kv_len / w->q_len);
    x[n++] = lg(w->batch * w->kv_len);
    x[n++] = lg(w->batch * w->heads);
    x[n++] = lg(w->batch * w->q_len * w->heads * keys);
    x[n++] = lg(w->batch * w->q_len * w->heads);
    x[n++] = (float)(blocks / surface_ceil(blocks));
    x[n++] = lg(w->batch * keys * 576 * surface_kv_bytes(w) / surface_l2(d));
    x[n++] = lg(base_s * 1e6);
    return n;
}

uint32_t surface_mixed_features(const struct su_device *d, const struct su_op_work *prefill,
                                const struct su_op_work *decode, double prefill_s, double decode_s,
                                float *x)
{
    double queries = prefill->batch * prefill->q_len;
    double keys = surface_keys(decode);
    double group = decode->heads / decode->kv_heads;
    double rows = decode->batch * decode->kv_heads;
    double kv = 2 * rows * keys * decode->head_dim * surface_kv_bytes(decode);
    /* Keys that blocks of 128 rows (queries times group) go through, per multiprocessor. */
    double blocks = surface_ceil(queries * group / 128) * prefill->kv_heads;
    double per_sm = (blocks * surface_keys(prefill) + rows * keys) / surface_sms(d);
    uint32_t n = 0;
    x[n++] = lg(queries);
    x[n++] = lg(prefill->kv_len);
    x[n++] = lg(decode->batch);
    x[n++] = lg(keys);
    x[n++] = lg(group);
    x[n++] = lg(decode->kv_heads);
    x[n++] = lg(prefill_s * 1e6);
    x[n++] = lg(decode_s * 1e6);
    x[n++] = lg(decode_s / prefill_s);
    x[n++] = lg(rows);
    x[n++] = lg(surface_max(keys, prefill->kv_len) / per_sm);
    x[n++] = lg(keys / per_sm);
    x[n++] = lg(kv / surface_l2(d));
    x[n++] = lg((blocks + rows) / surface_sms(d));
    x[n++] = lg((prefill_s + decode_s) * 1e6);
    x[n++] = lg(rows * keys);
    return n;
}

static uint32_t elementwise(const struct su_device *d, const struct su_op_work *w, float *x)
{
    double m = surface_max(w->m, 1);
    x[0] = lg(m);
    x[1] = lg(w->bytes / m);
    x[2] = lg(w->bytes / surface_l2(d));
    x[3] = w->n > 0 ? (float)(w->bytes / (2 * m * w->n)) : 2.0f; /* values moved per value */
    return 4;
}

bool su_surface_knows_skew(const struct su_surface *surface)
{
    switch (surface->id) {
    case SU_SURFACE_moe_bf16:
    case SU_SURFACE_moe_fp8:
    case SU_SURFACE_moe_fp8_block:
    case SU_SURFACE_moe_int4:
    case SU_SURFACE_moe_mxfp4:
    case SU_SURFACE_moe_nvfp4:
        return surface->box_high[MOE_FEATURE_SKEW] > 0;
    default:
        return false;
    }
}

uint32_t surface_features(enum su_surface_id id, const struct su_device *device,
                          const struct su_op_work *work, double base_s, float *x)
{
    switch (id) {
    case SU_SURFACE_gemm_bf16:
    case SU_SURFACE_gemm_fp8:
    case SU_SURFACE_gemm_fp8_block:
    case SU_SURFACE_gemm_nvfp4:
        return gemm(device, work, base_s, x);
    case SU_SURFACE_grouped_gemm_fp8:
        return grouped(device, work, base_s, x);
    case SU_SURFACE_attention_decode:
        return decode(device, work, base_s, x);
    case SU_SURFACE_attention_prefill:
        return prefill(device, work, base_s, x);
    case SU_SURFACE_attention_mixed:
        return surface_mixed_features(device, work, work, base_s, base_s, x);
    case SU_SURFACE_mla_decode:
    case SU_SURFACE_mla_prefill:
    case SU_SURFACE_mla_decode_module:
    case SU_SURFACE_mla_prefill_module:
        return mla(device, work, base_s, x);
    case SU_SURFACE_moe_bf16:
    case SU_SURFACE_moe_fp8:
    case SU_SURFACE_moe_fp8_block:
    case SU_SURFACE_moe_int4:
    case SU_SURFACE_moe_mxfp4:
    case SU_SURFACE_moe_nvfp4:
        return moe(device, work, base_s, x);
    case SU_SURFACE_elementwise:
    case SU_SURFACE_COUNT:
        break;
    }
    return elementwise(device, work, x);
}

uint32_t su_surface_features(enum su_surface_id id, const struct su_device *device,
                             const struct su_op_work *work, float x[SU_FEATURES_MAX])
{
    return surface_features(id, device, work, su_surface_base_s(id, device, work), x);
}
