/* Event heap: what happens next. Events order by (time, order of adding), so runs repeat. */
#ifndef SU_DES_HEAP_H
#define SU_DES_HEAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

struct su_event {
    int64_t t_ps;
    uint64_t order; /* set by the heap */
    uint64_t what;  /* the owner's */
};

struct su_heap {
    struct su_event *items;
    uint64_t n;
    uint64_t cap;
    uint64_t n_added;
    struct su_arena *arena; /* grows here */
};

void su_heap_init(struct su_heap *heap, struct su_arena *arena);
void su_heap_add(struct su_heap *heap, int64_t t_ps, uint64_t what);
/** The next event, NULL when there is none; valid until the heap changes. */
const struct su_event *su_heap_peek(const struct su_heap *heap);
/** Takes it; there must be one. */
struct su_event su_heap_take(struct su_heap *heap);

#endif
