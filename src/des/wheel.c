#include "des/wheel.h"

struct su_wheel_item {
    uint64_t step;
    uint32_t prev;
    uint32_t next;
};

/* The list behind the slots: items of later turns. */
#define BEYOND SU_WHEEL_SLOTS

void su_wheel_init(struct su_wheel *wheel, struct su_arena *arena)
{
    *wheel = (struct su_wheel){.arena = arena, .turn_end = SU_WHEEL_SLOTS};
    wheel->heads = SU_NEW_ARRAY(arena, SU_WHEEL_SLOTS + 1, uint32_t);
    for (uint32_t i = 0; i <= SU_WHEEL_SLOTS; i++)
        wheel->heads[i] = SU_WHEEL_NONE;
}

void su_wheel_reserve(struct su_wheel *wheel, uint32_t n)
{
    if (n <= wheel->cap)
        return;
    uint32_t larger = wheel->cap == 0 ? 64 : wheel->cap;
    while (larger < n)
        larger *= 2;
    struct su_wheel_item *items = SU_NEW_ARRAY(wheel->arena, larger, struct su_wheel_item);
    for (uint32_t i = 0; i < wheel->cap; i++)
        items[i] = wheel->items[i];
    wheel->items = items;
    wheel->cap = larger;
}

static uint32_t list_of(const struct su_wheel *wheel, uint64_t step)
{
    return step < wheel->turn_end ? (uint32_t)(step % SU_WHEEL_SLOTS) : BEYOND;
}

void su_wheel_add(struct su_wheel *wheel, uint32_t item, uint64_t step)
{
    uint32_t list = list_of(wheel, step);
    uint32_t head = wheel->heads[list];
    wheel->items[item] = (struct su_wheel_item){step, SU_WHEEL_NONE, head};
    if (head != SU_WHEEL_NONE)
        wheel->items[head].prev = item;
    wheel->heads[list] = item;
    if (list != BEYOND)
        wheel->bits[list / 64] |= UINT64_C(1) << list % 64;
}

void su_wheel_remove(struct su_wheel *wheel, uint32_t item)
{
    const struct su_wheel_item *it = &wheel->items[item];
    uint32_t list = list_of(wheel, it->step);
    if (it->next != SU_WHEEL_NONE)
        wheel->items[it->next].prev = it->prev;
    if (it->prev != SU_WHEEL_NONE)
        wheel->items[it->prev].next = it->next;
    else
        wheel->heads[list] = it->next;
    if (list != BEYOND && wheel->heads[list] == SU_WHEEL_NONE)
        wheel->bits[list / 64] &= ~(UINT64_C(1) << list % 64);
}

/* Gives the next turn's steps their slots. */
static void turn(struct su_wheel *wheel, uint64_t step)
{
    wheel->turn_end = (step / SU_WHEEL_SLOTS + 1) * SU_WHEEL_SLOTS;
    uint32_t item = wheel->heads[BEYOND];
    wheel->heads[BEYOND] = SU_WHEEL_NONE;
    while (item != SU_WHEEL_NONE) {
        uint32_t next = wheel->items[item].next;
        su_wheel_add(wheel, item, wheel->items[item].step);
        item = next;
    }
}

static uint64_t earliest_beyond(const struct su_wheel *wheel)
{
    uint64_t first = UINT64_MAX;
    for (uint32_t i = wheel->heads[BEYOND]; i != SU_WHEEL_NONE; i = wheel->items[i].next) {
        if (wheel->items[i].step < first)
            first = wheel->items[i].step;
    }
    return first;
}

uint64_t su_wheel_next(struct su_wheel *wheel, uint64_t from)
{
    if (from >= wheel->turn_end)
        turn(wheel, from);
    uint64_t start = from % SU_WHEEL_SLOTS;
    uint64_t word = wheel->bits[start / 64] & (~UINT64_C(0) << start % 64);
    for (uint64_t w = start / 64;; word = wheel->bits[w]) {
        if (word != 0) {
            uint64_t slot = w * 64 + (uint64_t)__builtin_ctzll(word);
            return wheel->turn_end - SU_WHEEL_SLOTS + slot;
        }
        if (++w == SU_WHEEL_SLOTS / 64)
            return earliest_beyond(wheel);
    }
}

uint32_t su_wheel_take(struct su_wheel *wheel, uint64_t step)
{
    if (step >= wheel->turn_end)
        turn(wheel, step);
    uint32_t list = list_of(wheel, step);
    uint32_t head = wheel->heads[list];
    wheel->heads[list] = SU_WHEEL_NONE;
    wheel->bits[list / 64] &= ~(UINT64_C(1) << list % 64);
    return head;
}

uint32_t su_wheel_after(const struct su_wheel *wheel, uint32_t item)
{
    return wheel->items[item].next;
}
