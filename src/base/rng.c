#include "base/rng.h"

/* The package's headers use conversions that our warning level rejects; they are not ours to fix.
 */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#include <Random123/philox.h>
#pragma GCC diagnostic pop

/* FNV-1a: only to turn a stream's name into key bits; Philox does the mixing. */
static uint64_t name_hash(const char *name)
{
    uint64_t h = 1469598103934665603u;
    for (; *name != '\0'; name++)
        h = (h ^ (unsigned char)*name) * 1099511628211u;
    return h;
}

void su_rng_init(struct su_rng *rng, uint64_t seed, const char *name, uint64_t index)
{
    philox2x64_key_t key = {{seed}};
    philox2x64_ctr_t ctr = {{name_hash(name), 0}};
    philox2x64_ctr_t mixed = philox2x64(ctr, key);
    *rng = (struct su_rng){.index = index};
    rng->key[0] = (uint32_t)mixed.v[0];
    rng->key[1] = (uint32_t)(mixed.v[0] >> 32);
}

static philox4x32_ctr_t block(const struct su_rng *rng, uint64_t index, uint64_t counter)
{
    philox4x32_ctr_t ctr = {
        {(uint32_t)counter, (uint32_t)(counter >> 32), (uint32_t)index, (uint32_t)(index >> 32)}};
    philox4x32_key_t key = {{rng->key[0], rng->key[1]}};
    return philox4x32(ctr, key);
}

uint64_t su_rng_u64(struct su_rng *rng)
{
    if (rng->n_spare == 0) {
        philox4x32_ctr_t out = block(rng, rng->index, rng->counter);
        rng->counter++;
        rng->spare[1] = (uint64_t)out.v[1] << 32 | out.v[0];
        rng->spare[0] = (uint64_t)out.v[3] << 32 | out.v[2];
        rng->n_spare = 2;
    }
    return rng->spare[--rng->n_spare];
}

uint64_t su_rng_u64_at(const struct su_rng *rng, uint64_t index, uint64_t counter)
{
    philox4x32_ctr_t out = block(rng, index, counter);
    return (uint64_t)out.v[1] << 32 | out.v[0];
}

static double to_uniform(uint64_t word)
{
    return ((double)(word >> 12) + 0.5) * 0x1p-52;
}

double su_rng_uniform(struct su_rng *rng)
{
    return to_uniform(su_rng_u64(rng));
}

double su_rng_uniform_at(const struct su_rng *rng, uint64_t index, uint64_t counter)
{
    return to_uniform(su_rng_u64_at(rng, index, counter));
}
