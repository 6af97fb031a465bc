/* Requests as they reach a deployment: traces in their original formats, arrival processes, length
 * distributions, shared prefixes, sessions. Streamed: memory is bounded by what is in flight.
 * docs/theory/workload.md */
#ifndef SU_WORKLOAD_WORKLOAD_H
#define SU_WORKLOAD_WORKLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/* A stretch of a request's tokens that other requests may share. Equal ids say that everything from
 * the first token of the prompt to the end of this run is equal: ids are chained. */
struct su_prefix_run {
    uint64_t id;
    uint32_t n_tokens; /* >= 1 */
};

/* One request. Runs cover it from its first token on without a gap; what follows the last run is
 * shared with nobody. They may reach beyond the prompt: the answer of a turn is part of the next
 * turn's prompt. */
struct su_arrival {
    int64_t arrival_ps; /* never before the one before it */
    uint64_t index;     /* 0, 1, 2 … in the order of the stream */
    uint64_t session;   /* of a conversation; equal to no other when it has one turn */
    uint32_t input_tokens;
    uint32_t output_tokens;
    int32_t priority; /* lower is served first, vLLM's order */
    uint32_t n_runs;
    const struct su_prefix_run *runs; /* the stream's, valid until the next take */
};

/* Largest number of tokens in one request; longer ones in a file are bad input. */
#define SU_REQUEST_TOKENS_MAX 100000000u

/* ---- lengths ---- */

/** Checks a length distribution and gives its mean: "const:1000", "lognormal:mean=1000,cv=0.5",
 * "zipf:n=4096,s=1.1", "uniform:low=10,high=100", "file:lengths.csv" (one integer a row, with or
 * without a header; drawn with replacement). SU_ERR_INPUT lists the forms. */
SU_MUST_CHECK enum su_status su_lengths_check(struct su_arena *arena, const char *text,
                                              const char *where, double *mean, struct su_err *err);

/* ---- what to stream ---- */

struct su_workload_spec {
    /* A trace: the format is recognised by content, gzip too. NULL: generated. */
    const char *path;
    const char *prefix_blocks_path; /* request_index,ids of full blocks; NULL = none */
    uint32_t prefix_block_tokens;   /* of prefix_blocks_path, e.g. 16 */
    double rate_scale;              /* of a trace: 2 halves the gaps; 0 = 1 */
    /* Stop after so many requests; 0 = all of a trace. Generated traffic needs one of the two. */
    uint64_t n_requests;
    double duration_s; /* stop at arrivals after this; 0 = never */

    /* Generated arrivals, also for a trace that has lengths only. Either concurrency is
     * positive, or rate_req_s (or what it ramps to); a vLLM result may bring its own. With sessions
     * the rate is that of new sessions: in the long run turns_mean times as many requests come. */
    double rate_req_s;
    double burstiness;          /* shape of gamma gaps: 1 (and 0) Poisson, INFINITY constant */
    double ramp_to_req_s;       /* with ramp_s: the rate goes there linearly, then stays */
    double ramp_s;              /* 0 = no ramp */
    const double *hour_factors; /* 24 factors on the rate by hour of day, their mean 1; NULL = 1 */
    uint32_t concurrency;       /* closed loop: so many users, each asks again when answered */

    const char *input_dist; /* see su_lengths_check; required when generated */
    const char *output_dist;
    double turns_mean;         /* of a session, geometric, >= 1; 0 = single requests */
    double think_mean_s;       /* between answer and next turn, exponential */
    uint32_t n_system_prompts; /* shared prefixes of system_tokens each; 0 = none */
    uint32_t system_tokens;
    double system_zipf; /* exponent of their popularity, 0 = uniform */
    uint64_t seed;
};

struct su_workload;

/** Opens the stream. Everything lives in arena (a file is read through one fixed buffer);
 * su_workload_close must be called before the arena goes. Errors name file and line. */
SU_MUST_CHECK enum su_status su_workload_open(struct su_arena *arena,
                                              const struct su_workload_spec *spec,
                                              struct su_workload **workload, struct su_err *err);
void su_workload_close(struct su_workload *workload); /* NULL-safe */

/** Time of the next request; INT64_MAX when none is known now: the stream ended, or waits for an
 * answer (closed loop, sessions). Reads ahead at most one request. Errors of a trace appear here,
 * with file and line; after one the stream can only be closed. After su_workload_done the next
 * request may be an earlier one: peek again. */
SU_MUST_CHECK enum su_status su_workload_peek(struct su_workload *workload, int64_t *arrival_ps,
                                              struct su_err *err);
/** Takes the request peeked at; only after a peek that gave a time. */
void su_workload_take(struct su_workload *workload, struct su_arrival *arrival);

/** True when later arrivals depend on answers: then every finished or rejected request must be
 * reported, in order of time. */
bool su_workload_has_feedback(const struct su_workload *workload);
/** A request with this index and session was answered (or refused) at done_ps. */
void su_workload_done(struct su_workload *workload, uint64_t index, uint64_t session,
                      int64_t done_ps);

/* What was read so far. */
struct su_workload_facts {
    const char *format; /* "azure", "mooncake", … or "generated" */
    uint64_t n_taken;
    uint64_t n_skipped;    /* rows without an answer (BurstGPT's failures), counted, not served */
    uint32_t block_tokens; /* of the trace's prefix ids, 0 = none */
    const char *estimate;  /* how lengths were estimated from text; NULL: they are the file's */
};
struct su_workload_facts su_workload_facts(const struct su_workload *workload);

#endif
