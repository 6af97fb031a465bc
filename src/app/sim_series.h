/* Private to app: figures of a run by time, in rows of equal length that double when there would be
 * too many. */
#ifndef SU_APP_SIM_SERIES_H
#define SU_APP_SIM_SERIES_H

#include "base/writer.h"
#include "serve/serve.h"

#define SU_SIM_TICKS_MAX 1000000u

/* Sums over one row: tokens, and values times the time they held, in ps. */
struct su_sim_tick {
    double prompt_tokens;
    double gen_tokens;
    double running_ps;
    double waiting_ps;
    double kv_block_ps;
};

struct su_sim_series {
    struct su_arena *arena;
    int64_t tick_ps;
    bool widened;
    bool from_requests; /* tokens of answers spread over their time, not step by step */
    double n_blocks;    /* of all replicas */
    struct su_sim_tick *ticks;
    size_t n;
    size_t cap;
};

void su_sim_series_request(struct su_sim_series *series, const struct su_request_record *record);
void su_sim_series_step(struct su_sim_series *series, const struct su_step_record *step);
/** A CSV row per tick. */
void su_sim_series_write(const struct su_sim_series *series, struct su_writer *writer);

#endif
