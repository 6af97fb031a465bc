/* Arena: memory whose objects all end together. The only place, with buf.c, that calls malloc. */
#ifndef SU_BASE_ARENA_H
#define SU_BASE_ARENA_H

#include <stddef.h>

struct su_arena_block;

/* Zeroed by su_arena_init; grows by blocks that are kept when it is reset, so a second run touches
 * no new page. Not thread-safe: one arena per thread. */
struct su_arena {
    struct su_arena_block *first;
    struct su_arena_block *current;
};

void su_arena_init(struct su_arena *arena);

/** Gives every block back. Safe on a zeroed arena. */
void su_arena_release(struct su_arena *arena);

/** size bytes, zeroed, aligned for any type; lives until reset, rewind or release. size 0 gives a
 * valid pointer. Ends the process when memory is exhausted (limits are checked before). */
void *su_arena_alloc(struct su_arena *arena, size_t size);

/** n objects of size bytes, with overflow check. */
void *su_arena_array(struct su_arena *arena, size_t n, size_t size);

#define SU_NEW(arena, type) ((type *)su_arena_alloc((arena), sizeof(type)))
#define SU_NEW_ARRAY(arena, n, type) ((type *)su_arena_array((arena), (n), sizeof(type)))

/** A position to rewind to: everything allocated after it is gone then. */
size_t su_arena_mark(const struct su_arena *arena);
void su_arena_rewind(struct su_arena *arena, size_t mark);

/** Forgets everything, keeps the blocks. */
void su_arena_reset(struct su_arena *arena);

/** Bytes in use (for limits and tests). */
size_t su_arena_used(const struct su_arena *arena);

#endif
