/* Named random streams over Random123's Philox: a stream is a key, a draw is a counter, so the same
 * bytes come out on any number of threads and a new draw in one place moves no other. */
#ifndef SU_BASE_RNG_H
#define SU_BASE_RNG_H

#include <stdint.h>

struct su_rng {
    uint32_t key[2];
    uint64_t index;
    uint64_t counter;
    uint64_t spare[2]; /* the block being handed out */
    uint32_t n_spare;
};

/** Stream (seed, name, index): e.g. (42, "arrivals", replica). */
void su_rng_init(struct su_rng *rng, uint64_t seed, const char *name, uint64_t index);
uint64_t su_rng_u64(struct su_rng *rng);
/** The first number of a place of its own: block counter of stream (seed, name, index) of rng,
 * whose own position and index do not matter and do not change. */
uint64_t su_rng_u64_at(const struct su_rng *rng, uint64_t index, uint64_t counter);
/** Uniform in (0, 1): never 0 and never 1, so that log() of it is finite. */
double su_rng_uniform(struct su_rng *rng);
double su_rng_uniform_at(const struct su_rng *rng, uint64_t index, uint64_t counter);

#endif
