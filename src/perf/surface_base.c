/* Physical time of an operator: what the data sheet and the shape alone say. Launch floor, tiles
 * that are filled up to their size, waves of tiles over the multiprocessors, and the ceilings of
 * compute and bandwidth; nothing fitted. The shares of the peaks below are round typical values:
 * the correction of a surface absorbs what they miss, they matter only where a surface is applied
 * to another chip. Left out: the second-level cache, split-k traffic, clocks. */
#include <math.h>

#include "perf/surface_shape.h"

#define MEMORY_SHARE 0.88
#define TIME_MIN_S 0.2e-6

/* Rows and columns of a matrix tile and the share of the peak it can keep busy. */
struct tile {
    double m;
    double n;
    double share;
};

static const struct tile tiles[] = {
    {256, 128, 0.90}, {128, 256, 0.90}, {128, 128, 0.82}, {64, 256, 0.75}, {128, 64, 0.68},
    {64, 128, 0.68},  {64, 64, 0.50},   {32, 64, 0.30},   {16, 64, 0.17},
};

/* The fastest tile with the fastest split of k into 1, 2, 4 or 8. */
static double gemm_compute_s(double peak, double sms, double m, double n, double k)
{
    double best = INFINITY;
    for (size_t i = 0; i < sizeof(tiles) / sizeof(tiles[0]); i++) {
        const struct tile *t = &tiles[i];
        double blocks = surface_ceil(m / t->m) * surface_ceil(n / t->n);
        double wave_s = 2 * t->m * t->n * sms / (peak * t->share);
        for (int parts = 1; parts <= 8; parts *= 2) {
            double split = parts;
            double s =
                surface_ceil(blocks * split / sms) * wave_s * surface_ceil(k / (64 * split)) * 64;
            best = s < best ? s : best;
            if (blocks * split > sms)
                break;
        }
    }
    return best;
}

double su_surface_peak_flop_per_s(enum su_surface_id id, const struct su_device *device)
{
    switch (id) {
    case SU_SURFACE_gemm_fp8:
    case SU_SURFACE_gemm_fp8_block:
    case SU_SURFACE_gemm_nvfp4:
    case SU_SURFACE_grouped_gemm_fp8:
    case SU_SURFACE_moe_fp8:
    case SU_SURFACE_moe_fp8_block:
    case SU_SURFACE_moe_nvfp4:
        return device->flop_gemm_per_s;
    default:
        return device->flop16_per_s; /* INT4 and MXFP4 weights are widened before they multiply */
    }
}

static double gemm_s(enum su_surface_id id, const struct su_device *d, const struct su_op_work *w)
{
    double bytes = w->n * w->k * su_dtype_weight_bytes(w->weight_dtype) + 2 * w->m * (w->n + w->k);
    double compute_s =
        gemm_compute_s(su_surface_peak_flop_per_s(id, d), surface_sms(d), w->m, w->n, w->k);
    return 2e-6 + surface_max(compute_s, bytes / (d->mem_bytes_per_s * MEMORY_SHARE));
}

/* m rows spread over `active` matrices of n x k: each pads its rows to half a block on average. */
static double grouped_compute_s(double peak, double sms, double m, double active, double n,
                                double k)
{
    static const struct tile blocks[] = {
        {128, 128, 0.80}, {64, 128, 0.65}, {32, 128, 0.42}, {16, 128, 0.24}};
    double best = INFINITY;
    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
        const struct tile *t = &blocks[i];
        double rows = surface_max(active, m / t->m + active / 2);
        double waves = surface_ceil(rows * surface_ceil(n / t->n) / sms);
        double s = waves * 2 * t->m * t->n * k * sms / (peak * t->share);
        best = s < best ? s : best;
    }
    return best;
}

static double grouped_s(enum su_surface_id id, const struct su_device *d,
                        const struct su_op_work *w)
{
    double active = surface_active(w);
    double bytes =
        active * w->n * w->k * su_dtype_weight_bytes(w->weight_dtype) + 2 * w->m * (w->n + w->k);
    double compute_s = grouped_compute_s(su_surface_peak_flop_per_s(id, d), surface_sms(d), w->m,
                                         active, w->n, w->k);
    return 3e-6 + surface_max(compute_s, bytes / (d->mem_bytes_per_s * MEMORY_SHARE));
}

static double moe_s(enum su_surface_id id, const struct su_device *d, const struct su_op_work *w)
{
    double active = surface_active(w);
    double peak = su_surface_peak_flop_per_s(id, d);
    double sms = surface_sms(d);
    double weights = active * 3 * w->n * w->k * su_dtype_weight_bytes(w->weight_dtype);
    double moved = 2 * w->m * (2 * w->k + 3 * w->n);
    double compute_s = grouped_compute_s(peak, sms, w->m, active, 2 * w->n, w->k) +
                       grouped_compute_s(peak, sms, w->m, active, w->k, w->n);
    return 10e-6 + surface_max(compute_s, weights / (d->mem_bytes_per_s * MEMORY_SHARE)) +
           moved / (d->mem_bytes_per_s * MEMORY_SHARE);
}

/* Blocks of 128 queries of one head, spread evenly over the multiprocessors, but never faster than
 * the longest block alone, which sees all keys. flop_per_pair: per query and key. */
static double prefill_compute_s(const struct su_device *d, const struct su_op_work *w,
                                double flop_per_pair)
{
    double tiles_q = surface_ceil(w->q_len / 128);
    double longest = w->kv_len;
    double keys = surface_max(w->kv_len - (tiles_q - 1) * 64, 64);
    if (w->window > 0) {
        keys = surface_min(keys, w->window + 128);
        longest = surface_min(longest, w->window + 128);
    }
    double sms = surface_sms(d);
    double keys_per_sm = surface_max(w->batch * w->heads * tiles_q * keys / sms, longest);
    return 128 * keys_per_sm * flop_per_pair * sms / (d->flop16_per_s * 0.75);
}

static double attention_s(const struct su_device *d, const struct su_op_work *w)
{
    double keys = w->window > 0 ? surface_min(w->kv_len, w->window + w->q_len) : w->kv_len;
    double bytes =
        w->batch * (2 * keys * w->kv_heads * w->head_dim * surface_kv_bytes(w) +
                    4 * w->q_len * w->heads * w->head_dim); /* queries in, results out, 16 bit */
    double compute_s;
    if (w->decode) {
        double group = surface_max(w->heads / w->kv_heads, 16); /* rows of the smallest MMA */
        compute_s = 4 * w->batch * w->kv_heads * group * w->head_dim * surface_keys(w) /
                    (d->flop16_per_s * 0.5);
    } else {
        compute_s = prefill_compute_s(d, w, 4 * w->head_dim);
    }
    return 4e-6 + surface_max(compute_s, bytes / (d->mem_bytes_per_s * MEMORY_SHARE));
}

/* Sizes of the latent attention of DeepSeek V2/V3 and its relatives: 512 latent + 64 rotary, heads
 * of 128 (+64 rotary) for keys and 128 for values. */
#define LATENT 512.0
#define ROPE 64.0
#define HEAD_QK 192.0
#define HEAD_V 128.0

static double mla_core_s(const struct su_device *d, const struct su_op_work *w)
{
    double read = w->batch * w->kv_len * (LATENT + ROPE) * surface_kv_bytes(w);
    double compute_s;
    double io;
    if (w->decode) {
        double heads = surface_max(w->heads, 16);
        compute_s =
            2 * w->batch * heads * w->kv_len * (2 * LATENT + ROPE) / (d->flop16_per_s * 0.65);
        io = 2 * w->batch * w->heads * (2 * LATENT + ROPE);
    } else {
        compute_s = prefill_compute_s(d, w, 2 * (HEAD_QK + HEAD_V));
        io = 2 * w->batch * w->heads * (w->q_len + w->kv_len) * (HEAD_QK + HEAD_V);
    }
    return 4e-6 + surface_max(compute_s, (read + io) / (d->mem_bytes_per_s * MEMORY_SHARE));
}

/* The whole block: query, key and value projections down and up, core, output; DeepSeek V3 sizes
 * (hidden 7168, query latent 1536). */
static double mla_module_s(const struct su_device *d, const struct su_op_work *w)
{
    double hidden = 7168;
    double query = 1536;
    double m = w->batch * w->q_len;
    double weights = hidden * (query + LATENT + ROPE) +
                     w->heads * (query * HEAD_QK + LATENT * 2 * HEAD_V + HEAD_V * hidden);
    bool narrow = su_dtype_bits(w->weight_dtype) < 16;
    double peak = narrow ? d->flop_gemm_per_s : d->flop16_per_s;
    double compute_s = 2 * surface_ceil(m / 64) * 64 * weights / (peak * 0.7);
    double memory_s = (weights * su_dtype_weight_bytes(w->weight_dtype) + m * 2 * 3 * hidden) /
                      (d->mem_bytes_per_s * MEMORY_SHARE);
    return 20e-6 + surface_max(compute_s, memory_s) + mla_core_s(d, w);
}

double su_surface_base_s(enum su_surface_id id, const struct su_device *device,
                         const struct su_op_work *work)
{
    double s = 0;
    switch (id) {
    case SU_SURFACE_gemm_bf16:
    case SU_SURFACE_gemm_fp8:
    case SU_SURFACE_gemm_fp8_block:
    case SU_SURFACE_gemm_nvfp4:
        s = gemm_s(id, device, work);
        break;
    case SU_SURFACE_grouped_gemm_fp8:
        s = grouped_s(id, device, work);
        break;
    case SU_SURFACE_attention_decode:
    case SU_SURFACE_attention_prefill:
    case SU_SURFACE_attention_mixed: /* one part of it */
        s = attention_s(device, work);
        break;
    case SU_SURFACE_mla_decode:
    case SU_SURFACE_mla_prefill:
        s = mla_core_s(device, work);
        break;
    case SU_SURFACE_mla_decode_module:
    case SU_SURFACE_mla_prefill_module:
        s = mla_module_s(device, work);
        break;
    case SU_SURFACE_moe_bf16:
    case SU_SURFACE_moe_fp8:
    case SU_SURFACE_moe_fp8_block:
    case SU_SURFACE_moe_int4:
    case SU_SURFACE_moe_mxfp4:
    case SU_SURFACE_moe_nvfp4:
        s = moe_s(id, device, work);
        break;
    case SU_SURFACE_elementwise:
    case SU_SURFACE_COUNT:
        s = 1.2e-6 + work->bytes / (device->mem_bytes_per_s * MEMORY_SHARE);
        break;
    }
    return surface_max(s, TIME_MIN_S);
}
