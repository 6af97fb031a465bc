/* Step overheads by engine and version. */
#include "serve/overhead.h"

#include <string.h>

const struct su_engine_overhead *su_engine_overhead_find(const char *engine, const char *version)
{
    const struct su_engine_overhead *found = NULL;
    for (size_t i = 0; i < su_n_engine_overheads; i++) {
        const struct su_engine_overhead *o = &su_engine_overheads[i];
        if (strcmp(o->engine, engine) != 0)
            continue;
        found = o;
        if (strcmp(o->version, version) == 0)
            break;
    }
    return found;
}
