/* What a step of an engine takes beside the kernels that are priced: data/engines/overheads.csv,
 * compiled in. docs/theory/serving.md#price */
#ifndef SU_SERVE_OVERHEAD_H
#define SU_SERVE_OVERHEAD_H

#include <stddef.h>
#include <stdint.h>

struct su_engine_overhead {
    const char *engine;
    const char *version;
    double decode_s;     /* of a step without prompts */
    double mixed_s;      /* of a step with one or more */
    uint32_t n_requests; /* fitted on */
    const char *source;
    const char *as_of;
};
extern const struct su_engine_overhead su_engine_overheads[];
extern const size_t su_n_engine_overheads;

/** The row of an engine's version, else the engine's last; NULL when it has none. */
const struct su_engine_overhead *su_engine_overhead_find(const char *engine, const char *version);

#endif
