/* A replica in steady state. docs/theory/steady.md derives it; in short: decode-only steps (D
 * sequences, T_d seconds) alternate with mixed steps that also carry a chunk of c prompt tokens
 * (T_m seconds). A request needs n = isl/c mixed steps, so at rate r mixed steps take r*n*T_m of
 * the time and decode-only steps the rest; every step gives each decoding sequence one token:
 *     D * (r*n + (1 - r*n*T_m)/T_d) = r * (osl - 1)
 * Means only: tails use a normal approximation of D and an exponential tail of the prefill queue.
 * Left out: preemption, prefix caching, correlation of lengths. `sim` is the tool for those. */
#include <math.h>

#include "perf/perf.h"

/* One-sided 99 % point of a normal variable. */
#define Z99 2.326

/* The parts that do not depend on the rate. */
struct model {
    const struct su_deployment *d;
    const struct su_engine_limits *limits;
    const struct su_load *load;
    double ranks;         /* data-parallel ranks in lockstep */
    double kv_tokens;     /* mean context of a decoding sequence */
    double seqs_max;      /* decoding at once on one rank */
    double decode_tokens; /* tokens a request gets from decode steps */
};

static struct model model_of(const struct su_deployment *d, const struct su_engine_limits *limits,
                             const struct su_load *load)
{
    struct model m = {.d = d, .limits = limits, .load = load, .ranks = d->par.dp};
    m.kv_tokens = load->isl + load->osl / 2;
    double by_kv = (double)limits->kv_capacity_tokens / m.kv_tokens;
    m.seqs_max = fmin(limits->max_num_seqs, by_kv);
    m.decode_tokens = fmax(load->osl - 1, 0);
    return m;
}

static struct su_step decode_step(const struct model *m, double seqs)
{
    return (struct su_step){.decode_seqs = seqs, .decode_kv_tokens = m->kv_tokens};
}

/* A step that carries `tokens` prompt tokens beside the decodes. */
static struct su_step mixed_step(const struct model *m, double seqs, double tokens)
{
    struct su_step s = decode_step(m, seqs);
    s.prefill_tokens = tokens;
    s.prefill_seqs = fmax(tokens / m->load->isl, 1);
    double chunks = m->load->isl / (tokens / s.prefill_seqs);
    /* Chunks of one prompt end at 1/n, 2/n … of it: (n+1)/2n on average. */
    s.prefill_kv_tokens = m->load->isl * (chunks + 1) / (2 * chunks);
    return s;
}

/* Token room that D decodes leave in a step. */
static double chunk_room(const struct model *m, double seqs)
{
    return fmax((double)m->limits->max_num_batched_tokens - seqs, 1);
}

/* Timing of a replica with D sequences decoding on each rank. */
struct at_depth {
    double decode_s;   /* T_d */
    double mixed_s;    /* T_m */
    double n_mixed;    /* mixed steps per request and rank */
    double rate_req_s; /* that keeps D sequences decoding, all ranks */
    double busy_frac;  /* share of time in mixed steps */
    struct su_step mixed;
};

static void rate_with_chunk(const struct model *m, double seqs, double chunk, struct at_depth *a)
{
    a->mixed = mixed_step(m, seqs, chunk);
    a->mixed_s = su_step_s(m->d, &a->mixed);
    a->n_mixed = m->load->isl / chunk;
    /* The balance above, solved for the rate of one rank. */
    double denominator = m->decode_tokens - seqs * a->n_mixed * (1 - a->mixed_s / a->decode_s);
    a->rate_req_s = denominator > 0 ? seqs / a->decode_s / denominator : INFINITY;
    a->busy_frac = a->rate_req_s * a->n_mixed * a->mixed_s;
}

/* A prompt enters alone as long as mixed steps leave time for others; beyond that prompts share
 * steps up to the token budget. */
static struct at_depth at_depth(const struct model *m, double seqs)
{
    struct at_depth a = {0};
    struct su_step d = decode_step(m, seqs);
    a.decode_s = su_step_s(m->d, &d);
    double room = chunk_room(m, seqs);
    rate_with_chunk(m, seqs, fmin(m->load->isl, room), &a);
    if (!(a.busy_frac < 1))
        rate_with_chunk(m, seqs, room, &a);
    if (!(a.busy_frac < 1)) {
        /* Every step is mixed: prefill sets the pace. */
        a.rate_req_s = 1 / (a.n_mixed * a.mixed_s);
        a.busy_frac = 1;
    }
    a.rate_req_s *= m->ranks;
    return a;
}

/* Seconds between two tokens of a sequence: the mean over decode-only and mixed steps. */
static double tpot_s(const struct model *m, const struct at_depth *a)
{
    double rate = a->rate_req_s / m->ranks;
    double steps_per_s = rate * a->n_mixed + (1 - a->busy_frac) / a->decode_s;
    return steps_per_s > 0 ? 1 / steps_per_s : a->mixed_s;
}

static void fill(const struct model *m, double seqs, const struct at_depth *a, double rate_req_s,
                 struct su_steady *out)
{
    const struct su_load *load = m->load;
    double rho = fmin(a->busy_frac, 0.999);
    double service_s = a->n_mixed * a->mixed_s;
    /* M/G/1 with the scatter of prompt lengths (Pollaczek-Khinchine), exponential beyond the mean.
     */
    double wait_s = rho / (2 * (1 - rho)) * service_s * (1 + load->isl_cv * load->isl_cv);
    double first_s = fmax(service_s, a->mixed_s);
    double step_wait_s = (1 - rho) * a->decode_s / 2;
    double tail_s = rho > 0.01 ? wait_s / rho * log(rho / 0.01) : 0;
    double long_prompt = load->isl_cv > 0 ? 1 + Z99 * load->isl_cv : 1;
    double deep = fmin(seqs + Z99 * sqrt(seqs), m->seqs_max);
    struct at_depth tail = at_depth(m, fmax(deep, seqs));
    tail.rate_req_s = a->rate_req_s;
    tail.busy_frac = fmin(a->rate_req_s / m->ranks * tail.n_mixed * tail.mixed_s, 1);
    out->rate_req_s = rate_req_s;
    out->ttft_s = step_wait_s + wait_s + first_s;
    out->ttft_p99_s = step_wait_s * 2 + fmax(tail_s, wait_s) + first_s * long_prompt;
    out->tpot_s = tpot_s(m, a);
    out->tpot_p99_s = fmax(tpot_s(m, &tail), out->tpot_s);
    out->output_tok_s = rate_req_s * load->osl;
    out->decode_seqs = seqs * m->ranks;
    out->utilization_frac = a->busy_frac;
    out->kv_used_frac = seqs * m->kv_tokens / (double)m->limits->kv_capacity_tokens;
    out->step = decode_step(m, seqs);
    out->mixed_step = a->mixed;
}

/* Share of the time in mixed steps beyond which a queue of prompts has no steady state. */
#define BUSY_MAX_FRAC 0.99

static bool stable_at(const struct model *m, double seqs, double unused)
{
    (void)unused;
    return at_depth(m, seqs).busy_frac <= BUSY_MAX_FRAC;
}

static bool rate_below(const struct model *m, double seqs, double rate_req_s)
{
    return at_depth(m, seqs).rate_req_s <= rate_req_s;
}

/* Deepest D in 0..hi for which holds() does; it must hold below any D for which it holds. */
static double deepest(const struct model *m, double hi, double target,
                      bool (*holds)(const struct model *, double, double))
{
    if (holds(m, hi, target))
        return hi;
    double lo = 0;
    double top = hi;
    while (hi - lo > 1e-4 * hi && hi > 1e-9 * top) {
        double mid = (lo + hi) / 2;
        if (holds(m, mid, target))
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

/* Requests that end with their first token never decode: the replica is a prefill server. */
static void prefill_only(const struct model *m, double rate_req_s, struct su_steady *out)
{
    struct at_depth a = {.decode_s = m->d->eff.overhead_s};
    double room = chunk_room(m, 0);
    double chunk = fmin(m->load->isl, room);
    a.mixed = mixed_step(m, 0, chunk);
    a.mixed_s = su_step_s(m->d, &a.mixed);
    a.n_mixed = m->load->isl / chunk;
    double most = BUSY_MAX_FRAC * m->ranks / (a.n_mixed * a.mixed_s);
    out->saturated = rate_req_s >= most;
    a.rate_req_s = fmin(rate_req_s, most);
    a.busy_frac = a.rate_req_s / m->ranks * a.n_mixed * a.mixed_s;
    fill(m, 0, &a, a.rate_req_s, out);
    out->tpot_s = out->tpot_p99_s = 0;
}

struct su_steady su_steady_at_rate(const struct su_deployment *deployment,
                                   const struct su_engine_limits *limits,
                                   const struct su_load *load, double rate_req_s)
{
    struct su_steady out = {0};
    struct model m = model_of(deployment, limits, load);
    if (m.seqs_max < 1) {
        out.saturated = true;
        return out;
    }
    if (m.decode_tokens <= 0) {
        prefill_only(&m, rate_req_s, &out);
        return out;
    }
    double seqs_stable = deepest(&m, m.seqs_max, 0, stable_at);
    double most = at_depth(&m, seqs_stable).rate_req_s;
    out.saturated = rate_req_s >= most;
    double served = fmin(rate_req_s, most);
    double seqs = out.saturated ? seqs_stable : deepest(&m, seqs_stable, served, rate_below);
    struct at_depth a = at_depth(&m, seqs);
    a.rate_req_s = served;
    a.busy_frac = fmin(served / m.ranks * a.n_mixed * a.mixed_s, 1);
    fill(&m, seqs, &a, served, &out);
    return out;
}

/* Requests present when D sequences decode: those, and the ones in prefill. */
static bool present_below(const struct model *m, double seqs, double concurrency)
{
    struct at_depth a = at_depth(m, seqs);
    double in_prefill = a.rate_req_s * fmax(a.n_mixed * a.mixed_s, a.mixed_s);
    return seqs * m->ranks + in_prefill <= concurrency;
}

struct su_steady su_steady_at_concurrency(const struct su_deployment *deployment,
                                          const struct su_engine_limits *limits,
                                          const struct su_load *load, double concurrency)
{
    struct su_steady out = {0};
    struct model m = model_of(deployment, limits, load);
    if (m.seqs_max < 1) {
        out.saturated = true;
        return out;
    }
    if (m.decode_tokens <= 0) {
        /* A closed loop keeps a prefill server always busy. */
        prefill_only(&m, INFINITY, &out);
        out.ttft_s = fmax(out.ttft_s, concurrency / out.rate_req_s);
        return out;
    }
    double seqs = deepest(&m, m.seqs_max, concurrency, present_below);
    struct at_depth a = at_depth(&m, seqs);
    fill(&m, seqs, &a, a.rate_req_s, &out);
    out.saturated = seqs >= m.seqs_max;
    /* Little's law closes the loop: what is present and not decoding waits for its first token. */
    if (a.rate_req_s > 0)
        out.ttft_s = fmax((concurrency - seqs * m.ranks) / a.rate_req_s, a.mixed_s);
    /* At worst a prompt waits for those of all other requests. */
    double all_s = fmax(concurrency / m.ranks, 1) * fmax(a.n_mixed * a.mixed_s, a.mixed_s);
    out.ttft_p99_s = fmax(fmin(out.ttft_p99_s, all_s), out.ttft_s);
    return out;
}

bool su_slo_met(const struct su_slo *slo, const struct su_steady *steady)
{
    return !steady->saturated && (slo->ttft_p99_s <= 0 || steady->ttft_p99_s <= slo->ttft_p99_s) &&
           (slo->ttft_mean_s <= 0 || steady->ttft_s <= slo->ttft_mean_s) &&
           (slo->tpot_p99_s <= 0 || steady->tpot_p99_s <= slo->tpot_p99_s) &&
           (slo->tpot_mean_s <= 0 || steady->tpot_s <= slo->tpot_mean_s);
}

/* Whether the levels hold at the rate that keeps D sequences decoding. */
static bool meets(const struct model *m, double seqs, const struct su_slo *slo)
{
    struct at_depth a = at_depth(m, seqs);
    if (a.busy_frac > BUSY_MAX_FRAC)
        return false;
    struct su_steady s = {0};
    fill(m, seqs, &a, a.rate_req_s, &s);
    return su_slo_met(slo, &s);
}

double su_steady_max_rate(const struct su_deployment *deployment,
                          const struct su_engine_limits *limits, const struct su_load *load,
                          const struct su_slo *slo)
{
    struct model m = model_of(deployment, limits, load);
    if (m.seqs_max < 1)
        return 0;
    if (m.decode_tokens <= 0) {
        struct su_steady s = {0};
        prefill_only(&m, INFINITY, &s);
        double hi = s.rate_req_s;
        double lo = 0;
        for (int i = 0; i < 20; i++) {
            double mid = (lo + hi) / 2;
            prefill_only(&m, mid, &s);
            *(su_slo_met(slo, &s) ? &lo : &hi) = mid;
        }
        return lo;
    }
    if (meets(&m, m.seqs_max, slo))
        return at_depth(&m, m.seqs_max).rate_req_s;
    double lo = 0;
    double hi = m.seqs_max;
    while (hi - lo > 1e-3 * hi && hi > 1e-6) {
        double mid = (lo + hi) / 2;
        *(meets(&m, mid, slo) ? &lo : &hi) = mid;
    }
    return lo > 0 ? at_depth(&m, lo).rate_req_s : 0;
}

double su_prefill_tok_s_per_gpu(const struct su_deployment *deployment,
                                const struct su_engine_limits *limits, const struct su_load *load)
{
    struct model m = model_of(deployment, limits, load);
    double budget = limits->max_num_batched_tokens;
    struct su_step step = mixed_step(&m, 0, budget);
    return budget / su_step_s(deployment, &step) / deployment->par.tp;
}

double su_decode_tok_s_per_gpu(const struct su_deployment *deployment, const struct su_load *load,
                               double decode_seqs)
{
    struct su_step step = {.decode_seqs = decode_seqs,
                           .decode_kv_tokens = load->isl + load->osl / 2};
    return decode_seqs / su_step_s(deployment, &step) / deployment->par.tp;
}
