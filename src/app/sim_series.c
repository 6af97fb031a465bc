#include "app/sim_series.h"

#include <string.h>

#include "base/vec.h"

static void add(struct su_sim_tick *to, const struct su_sim_tick *what, double factor)
{
    to->prompt_tokens += what->prompt_tokens * factor;
    to->gen_tokens += what->gen_tokens * factor;
    to->running_ps += what->running_ps * factor;
    to->waiting_ps += what->waiting_ps * factor;
    to->kv_block_ps += what->kv_block_ps * factor;
}

static void widen(struct su_sim_series *s)
{
    size_t half = (s->n + 1) / 2;
    for (size_t i = 0; i < half; i++) {
        struct su_sim_tick sum = s->ticks[2 * i];
        if (2 * i + 1 < s->n)
            add(&sum, &s->ticks[2 * i + 1], 1);
        s->ticks[i] = sum;
    }
    memset(s->ticks + half, 0, (s->n - half) * sizeof(*s->ticks));
    s->n = half;
    s->tick_ps *= 2;
    s->widened = true;
}

/* The row that holds t_ps. */
static struct su_sim_tick *tick_at(struct su_sim_series *s, int64_t t_ps)
{
    while (t_ps / s->tick_ps >= SU_SIM_TICKS_MAX)
        widen(s);
    size_t i = (size_t)(t_ps / s->tick_ps);
    while (i >= s->cap)
        s->ticks = su_vec_grown(s->arena, s->ticks, s->cap, &s->cap, sizeof(*s->ticks));
    if (i >= s->n)
        s->n = i + 1;
    return &s->ticks[i];
}

/* Spreads what evenly over t0..t1. */
static void spread(struct su_sim_series *s, int64_t t0_ps, int64_t t1_ps,
                   const struct su_sim_tick *what)
{
    if (t1_ps <= t0_ps) {
        add(tick_at(s, t0_ps), what, 1);
        return;
    }
    (void)tick_at(s, t1_ps - 1); /* settles the width before rows are walked */
    for (int64_t t = t0_ps; t < t1_ps;) {
        int64_t end = (t / s->tick_ps + 1) * s->tick_ps;
        if (end > t1_ps)
            end = t1_ps;
        add(tick_at(s, t), what, (double)(end - t) / (double)(t1_ps - t0_ps));
        t = end;
    }
}

void su_sim_series_request(struct su_sim_series *s, const struct su_request_record *r)
{
    if (r->refused)
        return;
    struct su_sim_tick first = {.gen_tokens = 1};
    add(tick_at(s, r->first_ps), &first, 1);
    if (s->from_requests) {
        struct su_sim_tick rest = {.gen_tokens = r->output_tokens - 1.0};
        spread(s, r->first_ps, r->done_ps, &rest);
    }
}

void su_sim_series_step(struct su_sim_series *s, const struct su_step_record *step)
{
    double lasts_ps = (double)(step->t1_ps - step->t0_ps);
    struct su_sim_tick what = {
        .prompt_tokens = step->prefill_tokens,
        .gen_tokens = s->from_requests ? 0 : (double)step->n_decode * (double)step->n_steps,
        .running_ps = ((double)step->n_decode + step->n_chunks) * lasts_ps,
        .waiting_ps = (double)step->n_waiting * lasts_ps,
        .kv_block_ps = (double)step->blocks_used * lasts_ps,
    };
    spread(s, step->t0_ps, step->t1_ps, &what);
}

void su_sim_series_write(const struct su_sim_series *s, struct su_writer *w)
{
    su_writer_printf(w, "t_s,prompt_tok_s,gen_tok_s,running,waiting,kv_frac\r\n");
    double tick_ps = (double)s->tick_ps;
    double tick_s = tick_ps / SU_PS_PER_S;
    for (size_t i = 0; i < s->n; i++) {
        const struct su_sim_tick *t = &s->ticks[i];
        su_writer_fixed(w, (int64_t)i * s->tick_ps, 12);
        su_writer_printf(w, ",%.9g,%.9g,%.9g,%.9g,%.9g\r\n", t->prompt_tokens / tick_s,
                         t->gen_tokens / tick_s, t->running_ps / tick_ps, t->waiting_ps / tick_ps,
                         t->kv_block_ps / tick_ps / s->n_blocks);
    }
}
