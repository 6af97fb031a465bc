/* Hash map from uint64_t to uint32_t: open addressing, linear probing, deletion by shifting back,
 * so that it never degrades. Not thread-safe. */
#ifndef SU_BASE_MAP64_H
#define SU_BASE_MAP64_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

struct su_map64 {
    struct su_map64_slot *slots;
    uint64_t mask; /* slots - 1 */
    uint64_t n;
    struct su_arena *arena; /* grows here; old tables stay in it until it is reset */
};

/** Empty, with room for about n_expected keys before it grows. */
void su_map64_init(struct su_map64 *map, struct su_arena *arena, uint64_t n_expected);
/** The value of key, false when it has none. Any key is allowed, 0 too. */
bool su_map64_get(const struct su_map64 *map, uint64_t key, uint32_t *value);
/** Sets or replaces. */
void su_map64_put(struct su_map64 *map, uint64_t key, uint32_t value);
/** Removes key if it is there. */
void su_map64_remove(struct su_map64 *map, uint64_t key);

#endif
