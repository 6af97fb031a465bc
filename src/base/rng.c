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

uint64_t su_rng_u64(struct su_rng *rng)
{
    if (rng->n_spare == 0) {
        philox4x32_ctr_t ctr = {{(uint32_t)rng->counter, (uint32_t)(rng->counter >> 32),
                                 (uint32_t)rng->index, (uint32_t)(rng->index >> 32)}};
        philox4x32_key_t key = {{rng->key[0], rng->key[1]}};
        philox4x32_ctr_t out = philox4x32(ctr, key);
        rng->counter++;
        rng->spare[1] = (uint64_t)out.v[1] << 32 | out.v[0];
        rng->spare[0] = (uint64_t)out.v[3] << 32 | out.v[2];
        rng->n_spare = 2;
    }
    return rng->spare[--rng->n_spare];
}

double su_rng_uniform(struct su_rng *rng)
{
    return ((double)(su_rng_u64(rng) >> 12) + 0.5) * 0x1p-52;
}
