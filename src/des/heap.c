#include "des/heap.h"

#include <assert.h>

void su_heap_init(struct su_heap *heap, struct su_arena *arena)
{
    *heap = (struct su_heap){.arena = arena};
}

static bool before(const struct su_event *a, const struct su_event *b)
{
    return a->t_ps != b->t_ps ? a->t_ps < b->t_ps : a->order < b->order;
}

void su_heap_add(struct su_heap *heap, int64_t t_ps, uint64_t what)
{
    if (heap->n == heap->cap) {
        uint64_t larger = heap->cap == 0 ? 64 : 2 * heap->cap;
        struct su_event *items = SU_NEW_ARRAY(heap->arena, larger, struct su_event);
        for (uint64_t i = 0; i < heap->n; i++)
            items[i] = heap->items[i];
        heap->items = items;
        heap->cap = larger;
    }
    struct su_event event = {t_ps, heap->n_added++, what};
    uint64_t i = heap->n++;
    for (; i > 0 && before(&event, &heap->items[(i - 1) / 2]); i = (i - 1) / 2)
        heap->items[i] = heap->items[(i - 1) / 2];
    heap->items[i] = event;
}

const struct su_event *su_heap_peek(const struct su_heap *heap)
{
    return heap->n == 0 ? NULL : &heap->items[0];
}

struct su_event su_heap_take(struct su_heap *heap)
{
    assert(heap->n > 0);
    struct su_event first = heap->items[0];
    struct su_event event = heap->items[--heap->n];
    uint64_t i = 0;
    for (;;) {
        uint64_t child = 2 * i + 1;
        if (child >= heap->n)
            break;
        if (child + 1 < heap->n && before(&heap->items[child + 1], &heap->items[child]))
            child++;
        if (!before(&heap->items[child], &event))
            break;
        heap->items[i] = heap->items[child];
        i = child;
    }
    heap->items[i] = event;
    return first;
}
