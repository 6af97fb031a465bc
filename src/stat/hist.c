/* Log-linear histogram. A value below 2^b is its own bucket; above, its top b+1 bits name the
 * bucket, so a bucket is at most 2^-b of its lower edge wide and its middle at most 2^-(b+1) off.
 * The sum is kept in 128 bits next to the buckets: means carry no bucket error. */
#include "stat/stat.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static uint32_t shift_of(const struct su_hist *h, uint64_t value)
{
    uint32_t top = 63u - (uint32_t)__builtin_clzll(value | 1u);
    return top > h->sub_bits ? top - h->sub_bits : 0;
}

/* Values of 2^b..2^(b+1)-1 have shift 0 and continue the exact range. */
static size_t bucket_at(const struct su_hist *h, uint64_t value, uint32_t shift)
{
    return ((size_t)shift << h->sub_bits) + (size_t)(value >> shift);
}

static size_t bucket_of(const struct su_hist *h, uint64_t value)
{
    return bucket_at(h, value, shift_of(h, value));
}

static uint64_t bucket_middle(const struct su_hist *h, size_t bucket)
{
    size_t n_sub = (size_t)1 << h->sub_bits;
    if (bucket < 2 * n_sub)
        return bucket;
    uint32_t shift = (uint32_t)(bucket >> h->sub_bits) - 1;
    uint64_t low = (uint64_t)(bucket - ((size_t)shift << h->sub_bits)) << shift;
    return low + (((uint64_t)1 << shift) >> 1);
}

void su_hist_init(struct su_hist *hist, struct su_arena *arena, uint32_t sub_bits)
{
    assert(sub_bits >= 1 && sub_bits <= SU_HIST_BITS_MAX);
    *hist = (struct su_hist){.sub_bits = sub_bits};
    hist->n_buckets = (size_t)(65 - sub_bits) << sub_bits;
    hist->counts = SU_NEW_ARRAY(arena, hist->n_buckets, uint64_t);
    hist->min = UINT64_MAX;
}

void su_hist_reset(struct su_hist *hist)
{
    memset(hist->counts, 0, hist->n_buckets * sizeof(hist->counts[0]));
    hist->n = 0;
    hist->min = UINT64_MAX;
    hist->max = 0;
    hist->sum = 0;
}

void su_hist_add(struct su_hist *hist, uint64_t value, uint64_t weight)
{
    if (weight == 0)
        return;
    hist->counts[bucket_of(hist, value)] += weight;
    hist->n += weight;
    hist->sum += (unsigned __int128)value * weight;
    if (value < hist->min)
        hist->min = value;
    if (value > hist->max)
        hist->max = value;
}

void su_hist_add_line(struct su_hist *hist, uint64_t first, uint64_t delta, uint64_t n,
                      uint64_t weight)
{
    if (n == 1) { /* half of all calls */
        su_hist_add(hist, first, weight);
        return;
    }
    if (n == 0 || weight == 0)
        return;
    uint64_t value = first;
    for (uint64_t left = n; left > 0;) {
        uint32_t shift = shift_of(hist, value);
        uint64_t bucket_last = value | (((uint64_t)1 << shift) - 1);
        uint64_t step = delta == 0 ? left : (bucket_last - value) / delta + 1;
        if (step > left)
            step = left;
        hist->counts[bucket_at(hist, value, shift)] += step * weight;
        left -= step;
        value += left > 0 ? step * delta : (step - 1) * delta; /* ends at the last one */
    }
    hist->n += n * weight;
    hist->sum +=
        ((unsigned __int128)first * n + (unsigned __int128)delta * n * (n - 1) / 2) * weight;
    if (first < hist->min)
        hist->min = first;
    if (value > hist->max)
        hist->max = value;
}

void su_hist_merge(struct su_hist *into, const struct su_hist *from)
{
    assert(into->sub_bits == from->sub_bits);
    for (size_t i = 0; i < from->n_buckets; i++)
        into->counts[i] += from->counts[i];
    into->n += from->n;
    into->sum += from->sum;
    if (from->min < into->min)
        into->min = from->min;
    if (from->max > into->max)
        into->max = from->max;
}

uint64_t su_hist_quantile(const struct su_hist *hist, double q)
{
    if (hist->n == 0)
        return 0;
    /* 0.07 * 100 is a hair above 7: take that hair off, or the rank would be 8. */
    double product = q * (double)hist->n;
    double rank_real = ceil(product - product * 0x1p-50);
    if (!(rank_real > 1))
        return hist->min;
    if (rank_real >= (double)hist->n)
        return hist->max;
    uint64_t rank = (uint64_t)rank_real;
    uint64_t seen = 0;
    size_t bucket = bucket_of(hist, hist->min);
    while (bucket + 1 < hist->n_buckets && seen + hist->counts[bucket] < rank)
        seen += hist->counts[bucket++];
    uint64_t value = bucket_middle(hist, bucket);
    if (value < hist->min)
        return hist->min;
    return value > hist->max ? hist->max : value;
}

double su_hist_mean(const struct su_hist *hist)
{
    return hist->n == 0 ? 0 : (double)hist->sum / (double)hist->n;
}
