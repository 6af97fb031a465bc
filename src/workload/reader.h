/* What the formats share: a reader gives raw rows, trace.c checks and joins them. */
#ifndef SU_WORKLOAD_READER_H
#define SU_WORKLOAD_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/lines.h"
#include "base/vec.h"
#include "workload/workload.h"

/* Signed 128 bits: seconds since 1970 in picoseconds do not fit 64. */
typedef __int128 su_wide_ps;

/* A row as the file has it, not yet checked. Whole numbers beyond int64 are bad input. */
struct su_row {
    su_wide_ps t_ps;
    int64_t input_tokens;
    int64_t output_tokens;
    int64_t priority;
    uint64_t session;
    bool has_session;
    SU_VEC(uint64_t) block_ids;
};

struct su_reader;
typedef enum su_status su_reader_next(struct su_reader *reader, struct su_row *row, bool *more,
                                      struct su_err *err);

struct su_reader {
    struct su_arena *arena;
    struct su_lines *lines;
    su_reader_next *next;
    void *state; /* the format's own */
    const char *format;
    const char *estimate;  /* how lengths were estimated; NULL: they are the file's */
    bool has_times;        /* else rows are lengths only */
    bool zero_is_failure;  /* a request of no tokens was not answered: skipped */
    uint32_t block_tokens; /* of block_ids, 0 = none */
    double own_rate_req_s; /* arrivals of a file without times, when it names them; 0 = not */
    double own_burstiness;
    uint32_t own_concurrency;
};

/* Each sees the start of the file and fills reader; trace.c asks CSV unless a bracket is first. */
SU_MUST_CHECK enum su_status su_reader_csv(struct su_reader *reader,
                                           const struct su_workload_spec *spec, struct su_err *err);
SU_MUST_CHECK enum su_status
su_reader_json(struct su_reader *reader, const struct su_workload_spec *spec, struct su_err *err);
/* A result of vLLM's benchmark_serving, all of it in text. */
SU_MUST_CHECK enum su_status su_reader_vllm(struct su_reader *reader, struct su_err *err);

/* ---- numbers as text ---- */

/** A decimal number times unit_ps, exact where its digits end within a picosecond, else rounded.
 * False when text is no plain or exponent number, negative, or beyond about 10^25 ps. */
bool su_text_ps(struct su_str text, int64_t unit_ps, su_wide_ps *t_ps);
/** "YYYY-MM-DD hh:mm:ss[.f…][Z|+hh:mm]", T for the space too; since 1970. */
bool su_text_timestamp(struct su_str text, su_wide_ps *t_ps);
/** A whole number, also written "12.0" as pandas does; false beyond int64. */
bool su_text_whole(struct su_str text, int64_t *value);
/** 64 bits of a text: FNV-1a. Names of sessions. */
uint64_t su_text_hash(struct su_str text);
/** Block ids between spaces, appended to row. */
bool su_text_block_ids(struct su_arena *arena, struct su_str text, struct su_row *row);

/** SU_ERR_INPUT at the line read last: 'what is "text", expected allowed'. */
enum su_status su_reader_bad(struct su_reader *reader, const char *what, struct su_str text,
                             const char *allowed, struct su_err *err);

#endif
