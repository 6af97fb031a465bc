/* Discrete-event serving simulator: requests in, engine steps by the scheduler's own rules, figures
 * out. docs/theory/serving.md is the contract, rule by rule. */
#ifndef SU_SERVE_SERVE_H
#define SU_SERVE_SERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "serve/price.h"
#include "stat/stat.h"
#include "workload/workload.h"

/* ---- schedulers: one table, a row per engine version where semantics changed ---- */

enum su_sched_kind { SU_SCHED_VLLM_V1, SU_SCHED_SGLANG };

struct su_sched {
    const char *id;      /* "vllm-0.19" */
    const char *engine;  /* "vllm" */
    const char *version; /* first version of this row, "0.19" */
    enum su_sched_kind kind;
    bool async;             /* a step is scheduled while the one before it runs */
    bool whole_prompt_fits; /* a prompt is admitted only when all of it fits, not its first chunk */
};
/** Row of "vllm-0.19", or of an engine's newest row for "vllm"; NULL when there is none. */
const struct su_sched *su_sched_find(const char *id);
const struct su_sched *su_sched_at(uint32_t i); /* NULL past the end */

/* ---- one engine ---- */

/* How a prefill replica hands KV on: one transfer after another. */
struct su_kv_link {
    double bytes_per_token;
    double bytes_per_s;
    double latency_s; /* of each transfer */
};

struct su_serve_engine {
    const struct su_sched *sched;
    uint32_t block_tokens;           /* KV block, >= 1 */
    uint64_t n_blocks;               /* of one rank */
    uint32_t max_num_seqs;           /* of one rank */
    uint32_t max_num_batched_tokens; /* of one rank and step */
    uint32_t long_prefill_tokens;    /* most tokens of one prompt in a step; 0 = no such limit */
    bool prefix_caching;
    bool by_priority;  /* waiting requests by (priority, arrival); else by arrival */
    uint32_t n_drafts; /* speculative tokens a step, 0 = off */
    double acceptance_frac;
    uint32_t n_ranks;        /* data-parallel ranks in lockstep, >= 1 */
    struct su_kv_link sends; /* a prefill replica; bytes_per_s 0 = it sends nothing */
    bool step_by_step;       /* the plain loop over every sequence, for comparison */
};

/* ---- a fleet of replicas ---- */

enum su_router {
    SU_ROUTER_ROUND_ROBIN,
    SU_ROUTER_LEAST_LOADED, /* vLLM's balancer: 4 * waiting + running */
    SU_ROUTER_POWER_OF_TWO,
    SU_ROUTER_PREFIX_AWARE, /* by a hash of the first runs */
    SU_ROUTER_KV_AWARE,     /* most of the prompt in its cache, less its load */
    SU_ROUTER_COUNT
};
const char *su_router_name(enum su_router router); /* "kv-aware" */

struct su_serve_config {
    struct su_serve_engine engine; /* of every replica; of the decode side when split */
    const struct su_pricer *pricer;
    uint32_t n_replicas;
    enum su_router router;
    /* Prefill and decode apart: n_prefill > 0 replicas of prefill_engine compute prompts, then the
     * KV goes over prefill_engine.sends to one of n_replicas that decode. */
    uint32_t n_prefill;
    struct su_serve_engine prefill_engine;
    const struct su_pricer *prefill_pricer;
    uint64_t seed;
};

/* What became of one request. Times from the start of the run; first_ps and done_ps 0 when it was
 * refused. */
struct su_request_record {
    uint64_t index;
    uint32_t replica;
    uint32_t input_tokens;
    uint32_t output_tokens;
    uint32_t hit_tokens; /* of the prompt, found in the prefix cache when first scheduled */
    uint32_t n_preempted;
    bool refused; /* larger than the KV cache or the context */
    int64_t arrival_ps;
    int64_t scheduled_ps; /* the schedule call that gave it a seat first */
    int64_t first_ps;     /* first token */
    int64_t done_ps;      /* last token */
    int64_t sent_ps;      /* the prompt's KV has gone over the link; 0 = it does not */
};

/* One step, or n_steps decode-only ones in a row; t0..t1 covers all. */
struct su_step_record {
    uint32_t replica;
    uint32_t rank;
    int64_t t0_ps;
    int64_t t1_ps;
    uint64_t n_steps;
    uint32_t n_decode;
    uint32_t n_chunks;
    uint32_t prefill_tokens;
    uint32_t n_waiting; /* when it was scheduled */
    uint64_t blocks_used;
};

/* Called as things happen; any may be NULL. Requests come in order of completion per replica. */
struct su_serve_watch {
    void *ctx;
    void (*request)(void *ctx, const struct su_request_record *record);
    void (*step)(void *ctx, const struct su_step_record *record);
    /* Now and then; false stops the run, and the result holds what is known so far. */
    bool (*going_on)(void *ctx, int64_t now_ps, uint64_t n_done);
};

/* Service levels of a single request; 0 = not asked for. Goodput counts requests that meet all. */
struct su_serve_levels {
    double ttft_s;
    double tpot_s;
    double e2e_s;
};

/* A queue this long ends the run: it would only grow. */
#define SU_SERVE_WAITING_MAX 4000000u
/* The last arrival or call that is served: 69 days. Room is left for the longest stretch. */
#define SU_SERVE_END_PS INT64_C(6000000000000000000)
#define SU_SERVE_HIST_BITS 10u /* a quantile is off by at most 0.05 % */

struct su_serve_result {
    /* Of finished requests, in ps. */
    struct su_hist ttft;
    struct su_hist tpot; /* (last - first)/(output - 1), requests of one token left out */
    struct su_hist itl;
    struct su_hist e2e;
    struct su_hist queue; /* arrival to scheduled_ps */
    uint64_t n_arrived;
    uint64_t n_done;
    uint64_t n_refused;
    uint64_t n_good;       /* met the service levels */
    uint64_t input_tokens; /* of finished requests */
    uint64_t output_tokens;
    uint64_t hit_tokens;
    uint64_t n_preempted; /* preemptions, not requests */
    uint64_t n_steps;
    uint64_t n_events;        /* steps and jumps the simulator took */
    uint64_t computed_tokens; /* prefill, recomputed ones too */
    int64_t start_ps;         /* first arrival */
    int64_t end_ps;           /* last token */
    int64_t busy_ps;          /* summed over replicas: steps running */
    /* Sums of durations: divide by (end - start) for means over time, over all replicas. */
    unsigned __int128 running_ps;  /* with a seat */
    unsigned __int128 waiting_ps;  /* arrived or preempted, without one */
    unsigned __int128 kv_token_ps; /* KV tokens attended in a step x its duration */
    uint64_t running_max;
    uint64_t waiting_max;
    uint64_t blocks_max;  /* of one replica */
    uint64_t waiting_end; /* when the last request had arrived: a queue that grows */
    bool interrupted;     /* by going_on */
    bool overloaded; /* stopped because SU_SERVE_WAITING_MAX requests waited, or the clock ended */
    bool stepped;    /* no fast-forward: `stepped_why` names the option that forbids it */
    const char *stepped_why;
};

/** Runs the stream to its end. Memory: what is in flight. Errors come from the stream. */
SU_MUST_CHECK enum su_status su_serve_run(struct su_arena *arena,
                                          const struct su_serve_config *config,
                                          struct su_workload *workload,
                                          const struct su_serve_levels *levels,
                                          const struct su_serve_watch *watch,
                                          struct su_serve_result *result, struct su_err *err);

#endif
