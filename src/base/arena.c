#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Small enough that a short command stays within a few pages, doubled up to the cap as it grows. */
#define BLOCK_BYTES_MIN ((size_t)32 * 1024)
#define BLOCK_BYTES_MAX ((size_t)4 * 1024 * 1024)

struct su_arena_block {
    struct su_arena_block *prev;
    struct su_arena_block *next;
    size_t base; /* position of this block's first byte in the arena */
    size_t used;
    size_t cap;
    alignas(max_align_t) unsigned char bytes[];
};

static void out_of_memory(void)
{
    fputs("suanli: out of memory\n", stderr);
    abort();
}

void su_arena_init(struct su_arena *arena)
{
    arena->first = NULL;
    arena->current = NULL;
}

void su_arena_release(struct su_arena *arena)
{
    struct su_arena_block *b = arena->first;
    while (b != NULL) {
        struct su_arena_block *next = b->next;
        free(b);
        b = next;
    }
    su_arena_init(arena);
}

static struct su_arena_block *block_after(struct su_arena *arena, size_t size)
{
    struct su_arena_block *cur = arena->current;
    size_t base = cur == NULL ? 0 : cur->base + cur->used;
    struct su_arena_block *next = cur == NULL ? arena->first : cur->next;
    if (next == NULL || next->cap < size) {
        size_t cap = cur == NULL ? BLOCK_BYTES_MIN : cur->cap * 2;
        if (cap > BLOCK_BYTES_MAX)
            cap = BLOCK_BYTES_MAX;
        if (cap < size)
            cap = size;
        struct su_arena_block *made = malloc(sizeof(*made) + cap);
        if (made == NULL)
            out_of_memory();
        made->cap = cap;
        made->prev = cur;
        made->next = next;
        if (next != NULL)
            next->prev = made;
        if (cur != NULL)
            cur->next = made;
        else
            arena->first = made;
        next = made;
    }
    next->base = base;
    next->used = 0;
    arena->current = next;
    return next;
}

void *su_arena_alloc(struct su_arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    if (size > SIZE_MAX / 2)
        out_of_memory();
    size = (size + align - 1) / align * align;
    struct su_arena_block *b = arena->current;
    if (b == NULL || b->cap - b->used < size)
        b = block_after(arena, size);
    void *p = b->bytes + b->used;
    b->used += size;
    memset(p, 0, size);
    return p;
}

void *su_arena_array(struct su_arena *arena, size_t n, size_t size)
{
    if (size != 0 && n > SIZE_MAX / 2 / size)
        out_of_memory();
    return su_arena_alloc(arena, n * size);
}

size_t su_arena_mark(const struct su_arena *arena)
{
    return su_arena_used(arena);
}

size_t su_arena_used(const struct su_arena *arena)
{
    return arena->current == NULL ? 0 : arena->current->base + arena->current->used;
}

void su_arena_rewind(struct su_arena *arena, size_t mark)
{
    assert(mark <= su_arena_used(arena));
    struct su_arena_block *b = arena->current;
    while (b != NULL && b->base > mark)
        b = b->prev;
    /* A mark taken before the first allocation lies in no block: start over at the first one. */
    if (b == NULL)
        b = arena->first;
    if (b != NULL)
        b->used = mark - b->base;
    arena->current = b;
}

void su_arena_reset(struct su_arena *arena)
{
    if (arena->first != NULL) {
        arena->first->base = 0;
        arena->first->used = 0;
    }
    arena->current = arena->first;
}
