/* Private to app: the parts of `sim`. */
#ifndef SU_APP_SIM_H
#define SU_APP_SIM_H

#include "app/deployment.h"
#include "econ/econ.h"
#include "serve/serve.h"

/* ---- the question: sim_request.c ---- */

struct su_sim {
    struct su_setup setup;         /* of a replica that does all, or decodes */
    struct su_setup prefill;       /* of one that only prefills; unused when there is none */
    struct su_serve_config config; /* its pricers are made by each run */
    struct su_workload_spec spec;
    struct su_slo_levels slo;
    struct su_serve_levels levels; /* of a single request: the p99 levels of slo */
    bool scales_trace;             /* a trace with arrival times: its speed is the load */
    bool rate_given;               /* or the scale: a search for it starts there */
    double isl;                    /* mean lengths; 0: of a trace, not known beforehand */
    double osl;
};

SU_MUST_CHECK enum su_status su_sim_read(struct su_arena *arena, const struct su_request *request,
                                         const struct su_view *view, struct su_notes *notes,
                                         struct su_sim *sim, struct su_err *err);
/** Replicas of both kinds. */
uint32_t su_sim_replicas(const struct su_sim *sim);

/* ---- what is written while it runs: sim_files.c ---- */

struct su_sim_files;

/** Opens what the request asks for; NULL members are fine. Close even after a failure. */
SU_MUST_CHECK enum su_status su_sim_files_open(struct su_arena *arena,
                                               const struct su_request *request,
                                               const struct su_sim *sim,
                                               struct su_sim_files **files, struct su_err *err);
void su_sim_files_request(struct su_sim_files *files, const struct su_request_record *record);
void su_sim_files_step(struct su_sim_files *files, const struct su_step_record *step);
bool su_sim_files_failed(const struct su_sim_files *files);
/** Writes what was held back and closes. NULL-safe. */
SU_MUST_CHECK enum su_status su_sim_files_close(struct su_sim_files *files, struct su_err *err);
/** Steps that the timeline left out; length of a row of the time series. */
uint64_t su_sim_files_dropped(const struct su_sim_files *files);
int64_t su_sim_files_tick_ps(const struct su_sim_files *files);
bool su_sim_files_widened(const struct su_sim_files *files);

/* ---- one run: sim_run.c, sim_trend.c ---- */

/* Arrivals, admissions and completions over the run, in bins that double when it grows longer. */
#define SU_SIM_TREND_BINS 4096u
struct su_sim_trend {
    int64_t width_ps;
    int64_t arrived[SU_SIM_TREND_BINS];
    int64_t seated[SU_SIM_TREND_BINS];
    int64_t left[SU_SIM_TREND_BINS];
    int64_t last_arrival_ps;
};
void su_sim_trend_add(struct su_sim_trend *trend, const struct su_request_record *record);

enum su_sim_state {
    SU_SIM_STABLE,
    SU_SIM_UNSTABLE,  /* the queue grows faster than chance explains */
    SU_SIM_UNSETTLED, /* too short to tell, or stopped early */
};
struct su_sim_verdict {
    enum su_sim_state state;
    double offered_req_s; /* 0: all came at once */
    double growth_req_s;  /* of the queue, when unstable */
};

struct su_sim_run {
    struct su_serve_result result;
    struct su_workload_facts facts;
    struct su_sim_trend trend;
    struct su_sim_verdict verdict;
    bool closed_loop;    /* users who ask again when answered */
    uint64_t tokens_max; /* of one request, prompt and answer */
};

/** docs/theory/verdict.md. closed_loop: the queue is bounded by the users. */
struct su_sim_verdict su_sim_verdict_of(const struct su_serve_result *result,
                                        const struct su_sim_trend *trend, bool closed_loop);
const char *su_sim_state_name(enum su_sim_state state);

/** Everything is in arena. files may be NULL. total: requests of a trace counted beforehand, 0 when
 * not known; going_on may be NULL. */
struct su_sim_watcher {
    bool (*going_on)(void *ctx, const struct su_progress *progress);
    void *ctx;
    uint64_t n_total;
};
SU_MUST_CHECK enum su_status su_sim_run(struct su_arena *arena, const struct su_sim *sim,
                                        struct su_sim_files *files,
                                        const struct su_sim_watcher *watcher,
                                        struct su_sim_run *run, struct su_err *err);
/** Requests of the stream, by reading it through: for a progress bar. */
SU_MUST_CHECK enum su_status su_sim_count(const struct su_sim *sim, uint64_t *n,
                                          struct su_err *err);

/* ---- service levels ---- */

#define SU_SIM_LEVELS 6u
struct su_sim_level {
    const char *name; /* "ttft_p99" */
    double limit_s;   /* 0 = not asked for */
    double value_s;   /* NAN: nothing finished */
};
void su_sim_levels(const struct su_slo_levels *slo, const struct su_serve_result *result,
                   struct su_sim_level levels[SU_SIM_LEVELS]);
/** Every level asked for is met, nothing was refused, and the run is not unstable. */
bool su_sim_meets(const struct su_sim *sim, const struct su_sim_run *run);

/* ---- the search: sim_find.c ---- */

/* One candidate and what came of it. */
struct su_sim_point {
    double at; /* requests per second, factor on a trace's speed, or replicas */
    bool done; /* false: interrupted before it ended */
    bool met;
    enum su_sim_state state;
    struct su_sim_level levels[SU_SIM_LEVELS];
    double output_tok_s;
    double attainment_frac;
};

enum su_sim_find { SU_SIM_FIND_NOTHING, SU_SIM_FIND_RATE, SU_SIM_FIND_REPLICAS };

struct su_sim_found {
    enum su_sim_find what;
    bool scales_trace;                 /* `at` is a factor on the trace's speed */
    const struct su_sim_point *points; /* by `at` */
    size_t n_points;
    const struct su_sim_point *best; /* NULL: none meets the levels */
    const struct su_sim_point *next; /* the nearest that does not; NULL: none was found */
    bool monotone; /* of the points: all below the best meet, all above do not (or reversed) */
    bool interrupted;
};

/** What --find asks for. */
SU_MUST_CHECK enum su_status su_sim_find_read(const struct su_request *request,
                                              enum su_sim_find *what, struct su_err *err);
SU_MUST_CHECK enum su_status su_sim_find(struct su_arena *arena, const struct su_sim *sim,
                                         enum su_sim_find what, uint32_t n_threads,
                                         const struct su_view *view, struct su_sim_found *found,
                                         struct su_err *err);
/** The question with the candidate in it. */
void su_sim_apply(struct su_sim *sim, enum su_sim_find what, double at);

/* ---- energy and cost: sim_cost.c ---- */

struct su_sim_cost {
    bool energy_known;
    double energy_j;
    double energy_j_per_token; /* output */
    bool known;                /* there is a price */
    struct su_quote quote;
    struct su_cost cost; /* over horizon_months */
    uint32_t n_servers;
    uint32_t n_cards_server;
    double horizon_months;
    const char *region;
    double per_mtok_output;
};
SU_MUST_CHECK enum su_status su_sim_cost_of(struct su_arena *arena,
                                            const struct su_request *request,
                                            const struct su_view *view, struct su_notes *notes,
                                            const struct su_sim *sim, const struct su_sim_run *run,
                                            struct su_sim_cost *cost, struct su_err *err);

/* ---- the answer: sim_doc.c, sim_text.c ---- */

struct su_sim_answer {
    struct su_arena *arena;
    const struct su_view *view;
    const struct su_request *request;
    const struct su_sim *sim;
    const struct su_sim_run *run;     /* NULL: the search was interrupted or found nothing */
    const struct su_sim_cost *cost;   /* NULL with run */
    const struct su_sim_found *found; /* NULL: no search */
    const struct su_sim_files *files; /* NULL: none */
    const char *why;                  /* NULL: feasible */
    struct su_doc *doc;               /* filled by su_sim_put */
};
void su_sim_put(const struct su_sim_answer *answer, struct su_doc *doc);
/** Figures by their JSON keys, for --csv. */
struct su_table *su_sim_table(const struct su_sim_answer *answer);
void su_sim_write(const struct su_sim_answer *answer, struct su_buf *out);

/** What the deployment's step rests on at the run's typical load, and tokens of a decode step of
 * one rank. */
enum su_basis su_sim_basis(const struct su_sim *sim, const struct su_sim_run *run,
                           double *decode_tokens);

#endif
