/* Arrays that grow inside an arena: struct { type *items; size_t n, cap; }. */
#ifndef SU_BASE_VEC_H
#define SU_BASE_VEC_H

#include <stddef.h>
#include <string.h>

#include "base/arena.h"

#define SU_VEC(type) \
    struct {         \
        type *items; \
        size_t n;    \
        size_t cap;  \
    }

/* The old array stays in the arena until it is reset: doubling bounds that waste to one array. */
static inline void *su_vec_grown(struct su_arena *arena, void *items, size_t n, size_t *cap,
                                 size_t size)
{
    if (n < *cap)
        return items;
    size_t larger = *cap == 0 ? 8 : *cap * 2;
    void *p = su_arena_array(arena, larger, size);
    if (n > 0)
        memcpy(p, items, n * size);
    *cap = larger;
    return p;
}

/** Appends one zeroed item and gives its address (valid until the next push). */
#define SU_VEC_PUSH(arena, v)                                                                \
    ((v)->items = su_vec_grown((arena), (v)->items, (v)->n, &(v)->cap, sizeof(*(v)->items)), \
     memset(&(v)->items[(v)->n], 0, sizeof(*(v)->items)), &(v)->items[(v)->n++])

#endif
