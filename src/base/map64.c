#include "base/map64.h"

#include <string.h>

struct su_map64_slot {
    uint64_t key;
    uint32_t value;
    uint32_t used;
};

#define SLOTS_MIN 16u

/* The finaliser of MurmurHash3 (A. Appleby, public domain): ids often count up. */
static uint64_t mix(uint64_t x)
{
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdu;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53u;
    return x ^ x >> 33;
}

static void set_size(struct su_map64 *map, uint64_t n_slots)
{
    map->slots = SU_NEW_ARRAY(map->arena, n_slots, struct su_map64_slot);
    map->mask = n_slots - 1;
}

void su_map64_init(struct su_map64 *map, struct su_arena *arena, uint64_t n_expected)
{
    uint64_t n_slots = SLOTS_MIN;
    while (n_slots / 2 < n_expected)
        n_slots *= 2;
    *map = (struct su_map64){.arena = arena};
    set_size(map, n_slots);
}

/* Where key is, or the free slot where it belongs. */
static uint64_t find(const struct su_map64 *map, uint64_t key)
{
    uint64_t i = mix(key) & map->mask;
    while (map->slots[i].used && map->slots[i].key != key)
        i = (i + 1) & map->mask;
    return i;
}

bool su_map64_get(const struct su_map64 *map, uint64_t key, uint32_t *value)
{
    const struct su_map64_slot *slot = &map->slots[find(map, key)];
    if (!slot->used)
        return false;
    *value = slot->value;
    return true;
}

static void grow(struct su_map64 *map)
{
    struct su_map64_slot *old = map->slots;
    uint64_t n_old = map->mask + 1;
    set_size(map, n_old * 2);
    for (uint64_t i = 0; i < n_old; i++) {
        if (old[i].used)
            map->slots[find(map, old[i].key)] = old[i];
    }
}

void su_map64_put(struct su_map64 *map, uint64_t key, uint32_t value)
{
    if (2 * (map->n + 1) > map->mask)
        grow(map);
    struct su_map64_slot *slot = &map->slots[find(map, key)];
    map->n += !slot->used;
    *slot = (struct su_map64_slot){key, value, 1};
}

void su_map64_remove(struct su_map64 *map, uint64_t key)
{
    uint64_t hole = find(map, key);
    if (!map->slots[hole].used)
        return;
    map->n--;
    for (uint64_t i = (hole + 1) & map->mask; map->slots[i].used; i = (i + 1) & map->mask) {
        /* An entry may move back to the hole unless its home lies after it. */
        uint64_t home = mix(map->slots[i].key) & map->mask;
        if (((i - home) & map->mask) >= ((i - hole) & map->mask)) {
            map->slots[hole] = map->slots[i];
            hole = i;
        }
    }
    memset(&map->slots[hole], 0, sizeof(map->slots[hole]));
}
