/* Finds the scheduler of an engine version: the newest row that is not later. */
#include "serve/sched_table.h"

#include <string.h>

static const struct su_sched scheds[] = {
#define ROW(engine, version, kind, async, whole) \
    {engine "-" version, engine, version, kind, async, whole},
    SU_SCHED_TABLE(ROW)
#undef ROW
};

#define N_SCHEDS (sizeof(scheds) / sizeof(scheds[0]))
#define N_PARTS 3u /* of a version: 0.19.1 */
#define PART_MAX 1000000u

/* False when text is not one to three numbers with dots between. */
static bool version_of(const char *text, uint32_t parts[N_PARTS])
{
    memset(parts, 0, N_PARTS * sizeof(parts[0]));
    for (uint32_t i = 0; i < N_PARTS; i++) {
        if (*text < '0' || *text > '9')
            return false;
        for (; *text >= '0' && *text <= '9'; text++) {
            if (parts[i] >= PART_MAX)
                return false;
            parts[i] = parts[i] * 10 + (uint32_t)(*text - '0');
        }
        if (*text == '\0')
            return true;
        if (*text++ != '.')
            return false;
    }
    return false;
}

static bool is_later(const uint32_t a[N_PARTS], const uint32_t b[N_PARTS])
{
    for (uint32_t i = 0; i < N_PARTS; i++) {
        if (a[i] != b[i])
            return a[i] > b[i];
    }
    return false;
}

const struct su_sched *su_sched_find(const char *id)
{
    uint32_t wanted[N_PARTS] = {UINT32_MAX, 0, 0}; /* without a version: the newest */
    size_t n_engine = strcspn(id, "-");
    if (id[n_engine] == '-' && !version_of(id + n_engine + 1, wanted))
        return NULL;
    const struct su_sched *found = NULL;
    for (size_t i = 0; i < N_SCHEDS; i++) {
        uint32_t version[N_PARTS];
        if (strlen(scheds[i].engine) == n_engine && memcmp(scheds[i].engine, id, n_engine) == 0 &&
            version_of(scheds[i].version, version) && !is_later(version, wanted))
            found = &scheds[i];
    }
    return found;
}

const struct su_sched *su_sched_at(uint32_t i)
{
    return i < N_SCHEDS ? &scheds[i] : NULL;
}
