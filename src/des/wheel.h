/* Timing wheel over counted steps: adding, removing and "which step is next" are O(1). Items are
 * small numbers that the owner gives; each is in the wheel at most once.
 * Source: Varghese and Lauck, Hashed and hierarchical timing wheels (1987), scheme 4 with a list
 * for what lies beyond one turn. */
#ifndef SU_DES_WHEEL_H
#define SU_DES_WHEEL_H

#include <stdint.h>

#include "base/arena.h"

#define SU_WHEEL_NONE UINT32_MAX
#define SU_WHEEL_SLOTS 4096u /* steps of one turn */

struct su_wheel {
    struct su_arena *arena; /* grows here */
    uint32_t *heads;        /* per slot; one more for the items beyond this turn's reach */
    uint64_t bits[SU_WHEEL_SLOTS / 64];
    struct su_wheel_item *items;
    uint32_t cap;
    uint64_t turn_end; /* steps below it have their slot */
};

void su_wheel_init(struct su_wheel *wheel, struct su_arena *arena);
/** Room for items 0..n-1. */
void su_wheel_reserve(struct su_wheel *wheel, uint32_t n);
/** Puts item at a step not before the last one asked for. */
void su_wheel_add(struct su_wheel *wheel, uint32_t item, uint64_t step);
void su_wheel_remove(struct su_wheel *wheel, uint32_t item);
/** The first step >= from that has an item, UINT64_MAX when none has; from never falls. */
uint64_t su_wheel_next(struct su_wheel *wheel, uint64_t from);
/** Takes all items of a step as a list, in no order: the first, then su_wheel_after. */
uint32_t su_wheel_take(struct su_wheel *wheel, uint64_t step);
uint32_t su_wheel_after(const struct su_wheel *wheel, uint32_t item);

#endif
