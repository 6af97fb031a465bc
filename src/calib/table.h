/* Private to calib: rows of kernel tables as operators with a time. */
#ifndef SU_CALIB_TABLE_H
#define SU_CALIB_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"
#include "calib/calib.h"

struct calib_row {
    struct su_op_work work;
    struct su_op_work decode; /* attention_mixed: the other part, work is the prefill chunk */
    enum su_surface_id id;
    double latency_s;
    uint64_t shape; /* hash of the sizes, whatever the number formats, skew and window */
    uint64_t group; /* hash of what belongs to the model, not to the load */
    uint64_t key;   /* hash of everything that is given; equal keys are repeated measurements */
};

struct calib_point {
    enum su_collective op;
    uint32_t n_ranks;
    double bytes;
    double latency_s;
    uint32_t library; /* hash of library and mode: the same bytes by another way */
};

struct calib_tables {
    SU_VEC(struct calib_row) rows;
    SU_VEC(struct calib_point) points;
    SU_VEC(struct su_calib_reject) rejects;
};

/** Reads the tables of all dirs. GEMM and attention tables complete each other: the last dir's goes
 * before for the matrices and heads it holds. Of another kind the first dir that has it counts.
 * Rows come sorted by surface and key with repeats merged to their median. */
SU_MUST_CHECK enum su_status calib_tables_read(struct su_arena *arena,
                                               const struct su_calib_input *in,
                                               struct calib_tables *tables, struct su_err *err);

/** The device as a surface's rows see it: peaks of the format it computes in. */
SU_MUST_CHECK enum su_status calib_device(const struct su_calib_input *in, enum su_surface_id id,
                                          struct su_device *device, struct su_err *err);

/** A well mixed hash of seed and v. */
uint64_t calib_hash(uint64_t seed, double v);

/** FLOP of the work as its table defines them, for the check against the peak; 0 = not checked. */
double calib_flop(const struct calib_row *row);

#endif
