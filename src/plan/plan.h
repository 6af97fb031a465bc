/* Which chips, how many, how deployed, at what cost: excludes what cannot be, sizes the best
 * deployment of every other chip in steady state, verifies it in the simulator, prices it and
 * ranks. docs/theory/plan.md */
#ifndef SU_PLAN_PLAN_H
#define SU_PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/date.h"
#include "base/err.h"
#include "catalog/catalog.h"
#include "econ/econ.h"
#include "memory/memory.h"
#include "model/model.h"
#include "perf/perf.h"
#include "plan/offer.h"
#include "serve/serve.h"

/* Export authorisation that the buyer counts on. */
enum su_authorisation {
    SU_AUTHORISATION_NONE,
    SU_AUTHORISATION_NAC,
    SU_AUTHORISATION_CASE_BY_CASE
};

/* What the simulator sends to the replicas, beside the means of the load. */
struct su_traffic {
    const struct su_sched *sched; /* the engine's rules; NULL: plans are screened, not verified */
    uint32_t n_requests;          /* measured in each run, after those that warm it up */
    double burstiness;            /* shape of gamma-distributed gaps; 0 = Poisson */
    const char *trace;            /* NULL: Poisson arrivals and lognormal lengths */
    uint64_t n_trace;             /* requests in it */
    double trace_req_s;           /* its own mean rate; 0: it has lengths only */
    /* Look for the highest rate that a replica holds instead of the fewest replicas: what a mixed
     * fleet is put together from. */
    bool capacity;
};

/* Everything a search needs, already parsed and checked. Lists are NULL-terminated and may be NULL.
 */
struct su_plan_request {
    const struct su_catalog *catalog;
    const struct su_graph *graph;
    struct su_load load;
    double rate_req_s;  /* mean while the service is in use, whole deployment */
    double peak_factor; /* sized for rate * peak_factor */
    double active_hours_per_day;
    struct su_slo slo;
    const char *region;
    struct su_date date;
    struct su_channels channels;
    enum su_authorisation authorisation;
    const char *const *vendors_only;
    const char *const *vendors_forbidden;
    bool domestic_only;         /* chips of the region's own makers */
    const char *const *markets; /* "datacenter", "workstation", "consumer" */
    const char *const *chips;   /* only these ids */
    const char *const *owned; /* ids of chips that are there already: no rule of purchase counts */
    uint32_t dtypes;          /* bit set of enum su_dtype that may be deployed */
    bool kv_dtype_set;
    enum su_dtype kv_dtype;
    const char *engine_component; /* as software_support.csv names it: "vLLM" */
    double horizon_months;
    enum su_currency currency;
    bool budget_known;
    struct su_money budget; /* limit on the total over the horizon */
    double power_max_kw;    /* 0 = none */
    uint32_t max_num_seqs;  /* 0 = the engine's default for the card */
    uint32_t max_num_batched_tokens;
    double utilization_frac;
    uint32_t block_tokens;
    uint64_t seed; /* of the draws behind p_best, and of the traffic */
    struct su_traffic traffic;
    uint32_t n_threads; /* chips are searched on so many; the result does not depend on it */
    /* Factor on the modelled speed of every operator; links, collectives and the engine's step
     * overhead stay as they are. 0 = 1, as modelled. */
    double efficiency;
};

/* Why a chip is out. In the order they are tested: cheap and certain first. */
enum su_constraint {
    SU_CONSTRAINT_VENDOR,
    SU_CONSTRAINT_MARKET,  /* a CPU, not for sale (cloud only), or of a market not asked for */
    SU_CONSTRAINT_RELEASE, /* not yet released on the date */
    SU_CONSTRAINT_EXPORT,
    SU_CONSTRAINT_SOFTWARE, /* no known engine for its stack */
    SU_CONSTRAINT_FACTS,    /* rate, bandwidth or memory not published */
    SU_CONSTRAINT_DTYPE,    /* none of the allowed formats */
    SU_CONSTRAINT_MEMORY,
    SU_CONSTRAINT_SLO,
    SU_CONSTRAINT_POWER,
    SU_CONSTRAINT_BUDGET,
    SU_CONSTRAINT_PRICE, /* none is known, and a mixed fleet is put together by cost */
};
const char *su_constraint_name(enum su_constraint c);

struct su_exclusion {
    const struct su_accel *accel;
    enum su_constraint constraint;
    bool has_value; /* value against limit, in the unit named */
    double value;
    double limit;
    const char *unit;
    const char *what;        /* which level or fact: "ttft_p99", "mem_bw_gbs", "vLLM" … or NULL */
    struct su_export export; /* for SU_CONSTRAINT_EXPORT */
};

/* A range that a figure lies in with the stated efficiencies' 10 % and 90 % values. */
struct su_range {
    double low;
    double high; /* INFINITY when the low efficiency cannot serve the load at all */
};

/* A replica has 2^i cards, i below this: up to 128 in one server. */
#define SU_PLAN_CARDS_LOG2 8

/* What the simulator measured at the peak. */
struct su_verified {
    bool known;
    double ttft_s;
    double ttft_p99_s;
    double tpot_s;
    double tpot_p99_s;
    double output_tok_s; /* of the whole fleet */
    double rate_req_s;   /* one replica's, that was simulated */
    uint32_t n_requests; /* measured */
    uint32_t n_failed;   /* replicas, the most that were seen to fail; 0: none */
    uint32_t n_runs;     /* that the number of replicas took */
};

struct su_plan {
    const struct su_accel *accel;
    const struct su_server
        *server; /* NULL: an unnamed server with n_cards_server cards is assumed */
    uint32_t n_cards_server;
    uint32_t n_servers;
    uint32_t n_replicas;
    uint32_t n_cards; /* in use: n_replicas * tp * dp */
    struct su_parallel par;
    enum su_dtype weight_dtype;
    enum su_dtype kv_dtype;
    bool weight_only;
    bool fp16_for_bf16;
    struct su_engine_limits limits;
    struct su_memory memory;
    struct su_steady steady; /* one replica at its share of the peak */
    double rate_max_req_s;   /* one replica within the service levels: the steady state's, between
                                the rates that the simulator found to hold and to fail */
    struct su_verified verified;
    struct su_steady screened; /* before verification, at screened_replicas */
    uint32_t screened_replicas;
    /* The same of the best cut with 2^i cards, whatever format; 0: none serves. */
    double rate_by_cards[SU_PLAN_CARDS_LOG2];
    /* The cut that serves most per server when servers are full of it. */
    struct su_parallel full_par;
    enum su_dtype full_dtype;
    struct su_step_cost decode_cost;
    struct su_step_cost prefill_cost;
    struct su_offers offers; /* the same servers by every channel asked for that has them */
    uint32_t offer;          /* the cheapest of them: quote and cost are its */
    struct su_quote quote;
    struct su_power power;
    struct su_cost cost;  /* total known only when quote.known */
    double cost_per_mtok; /* currency units per million output tokens; 0 when unpriced */
    struct su_range ttft_s;
    struct su_range tpot_s;
    struct su_range output_tok_s_max; /* of the whole fleet at its limit */
    struct su_range cost_per_mtok_range;
    /* Unpriced chips: price of a server (rented: its rent a month) at which it would lead. */
    struct su_money price_to_win;
    bool price_to_win_known;
    enum su_support_level engine_support;
    enum su_basis basis; /* of its speeds: the worst of what takes time */
    double p_best;       /* probability of being the cheapest priced plan; 0 when unpriced */
    bool tie;            /* its cost interval overlaps the leader's */
};

struct su_plan_result {
    struct su_plan *plans; /* priced ones by cost, then unpriced by servers */
    size_t n_plans;
    size_t n_priced;
    struct su_exclusion *excluded; /* by constraint, then id */
    size_t n_excluded;
    struct su_cost_basis cost_basis;
    double mtok_output; /* million output tokens over the horizon */
    double peak_rate_req_s;
    uint64_t n_runs; /* simulations */
    /* Deployments whose prefill and decode were priced, and those that a bound ruled out. */
    uint64_t n_searched;
    uint64_t n_bounded;
    /* When nothing is feasible: the exclusion that is nearest to being none. */
    const struct su_exclusion *nearest;
};

/** Searches. An infeasible brief is SU_OK with n_plans == 0. Deterministic. */
SU_MUST_CHECK enum su_status su_plan_search(struct su_arena *arena,
                                            const struct su_plan_request *request,
                                            struct su_plan_result *result, struct su_err *err);

/* What a plan promises at the peak: simulated where it was verified, else the steady state's. */
struct su_plan_figures {
    double ttft_s;
    double ttft_p99_s;
    double tpot_s;
    double tpot_p99_s;
    double output_tok_s; /* of the whole fleet */
};
struct su_plan_figures su_plan_figures(const struct su_plan *plan);

/** vLLM's defaults for an API server on a card of this memory, where the request leaves them open:
 * 1024 sequences and 8192 tokens from 70 GiB up, else 256 and 2048. */
void su_plan_engine_defaults(uint64_t card_bytes, uint32_t *max_num_seqs,
                             uint32_t *max_num_batched_tokens);

#endif
