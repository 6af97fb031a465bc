/* A replica in steady state. docs/theory/steady.md derives it; in short: decode-only steps (D
 * sequences, T_d seconds) alternate with mixed steps that also carry a chunk of c prompt tokens
 * (T_m seconds). A request needs n = isl/c mixed steps, so at rate r mixed steps take r*n*T_m of
 * the time and decode-only steps the rest; every step gives each decoding sequence one token:
 *     D * (r*n + (1 - r*n*T_m)/T_d) = r * (osl - 1)
 * Means only: tails use a normal approximation of D and exponential tails of the two queues, for
 * prefill and for a place among the running sequences.
 * Left out: preemption, prefix caching, correlation of lengths, the lockstep of data-parallel ranks
 * (a mixed step of one slows the others). */
#include <math.h>

#include "perf/perf.h"

/* One-sided 99 % point of a normal variable. */
#define Z99 2.326
/* Share of a capacity (prefill, places for sequences) beyond which a queue has no steady state that
 * one could wait for. */
#define FULL_MAX_FRAC 0.99

/* The parts that do not depend on the rate. */
struct model {
    const struct su_deployment *d;
    const struct su_engine_limits *limits;
    const struct su_load *load;
    double ranks;        /* data-parallel ranks */
    double pp;           /* micro-batches in flight, each a step of its own */
    double kv_tokens;    /* mean context of a decoding sequence */
    double seqs_max;     /* decoding at once in one micro-batch of one rank */
    double decode_steps; /* that a request takes part in after its first token */
    double step_tokens;  /* a sequence gets from one of them: more than one with drafts */
    bool closed;         /* a fixed number present: one in prefill is missing among the decodes */
};

static struct model model_of(const struct su_deployment *d, const struct su_engine_limits *limits,
                             const struct su_load *load)
{
    struct model m = {.d = d, .limits = limits, .load = load};
    m.ranks = d->par.dp;
    m.pp = d->par.pp;
    m.kv_tokens = load->isl + load->osl / 2;
    double by_kv = (double)limits->kv_capacity_tokens / m.kv_tokens;
    m.seqs_max = fmin(limits->max_num_seqs, by_kv) / m.pp;
    m.step_tokens = su_drafting_tokens_per_step(d->drafting);
    double tokens = fmax(load->osl - 1, 0);
    m.decode_steps = fmin(tokens, fmax(tokens / m.step_tokens, 1));
    return m;
}

/* A step runs when there is something to decode: D below one is the share of time it runs, not a
 * fraction of a sequence. */
static struct su_step decode_step(const struct model *m, double seqs)
{
    return (struct su_step){.decode_seqs = fmax(seqs, 1), .decode_kv_tokens = m->kv_tokens};
}

/* A step that carries `tokens` prompt tokens beside the decodes. */
static struct su_step mixed_step(const struct model *m, double seqs, double tokens)
{
    struct su_step s = {.decode_seqs = seqs, .decode_kv_tokens = m->kv_tokens};
    s.prefill_tokens = tokens;
    s.prefill_seqs = fmax(tokens / m->load->isl, 1);
    double chunks = m->load->isl / (tokens / s.prefill_seqs);
    /* Chunks of one prompt end at 1/n, 2/n … of it: (n+1)/2n on average. */
    s.prefill_kv_tokens = m->load->isl * (chunks + 1) / (2 * chunks);
    return s;
}

static double mixed_step_s(const struct model *m, double seqs, double tokens)
{
    struct su_step s = mixed_step(m, seqs, tokens);
    return su_step_s(m->d, &s);
}

/* There is memory for one sequence, and the cards are known to reach each other. */
static bool can_run(const struct model *m)
{
    return m->seqs_max * m->pp >= 1 && isfinite(mixed_step_s(m, 0, 1));
}

/* Token room that D decodes leave in a step. */
static double chunk_room(const struct model *m, double seqs)
{
    double decoding = seqs * (1.0 + m->d->drafting.n_drafts);
    return fmax((double)m->limits->max_num_batched_tokens - decoding, 1);
}

/* Timing of a replica with D sequences decoding in each micro-batch of each rank. */
struct at_depth {
    double decode_s;   /* T_d */
    double mixed_s;    /* T_m */
    double n_mixed;    /* mixed steps per request and rank, n */
    double drain_s;    /* from the first stage's end to the last one's */
    double rate_req_s; /* that keeps D sequences decoding, all ranks */
    double busy_frac;  /* share of time in mixed steps */
    double full_frac;  /* prompt tokens over those that steps filled to the budget could take */
    double seqs_mixed; /* decoding during a mixed step */
    struct su_step mixed;
};

static void rate_with_chunk(const struct model *m, double seqs, double chunk, struct at_depth *a)
{
    double prompts = fmax(chunk / m->load->isl, 1);
    a->seqs_mixed = m->closed ? fmax(seqs - prompts, 0) : seqs;
    a->mixed = mixed_step(m, a->seqs_mixed, chunk);
    a->mixed_s = su_step_s(m->d, &a->mixed);
    a->drain_s = (m->pp - 1) * a->mixed_s;
    a->n_mixed = m->load->isl / chunk;
    /* The balance above, solved for the rate of one rank. */
    double denominator =
        m->decode_steps - a->seqs_mixed * a->n_mixed + seqs * a->n_mixed * a->mixed_s / a->decode_s;
    a->rate_req_s = denominator > 0 ? seqs / a->decode_s / denominator : INFINITY;
    a->busy_frac = a->rate_req_s * a->n_mixed * a->mixed_s;
}

/* A prompt enters alone as long as that leaves time for decode-only steps. Beyond, every step is
 * mixed and carries the b prompts that keep D decoding: D = b * (osl - 1), up to the budget. */
static struct at_depth at_depth(const struct model *m, double seqs)
{
    struct at_depth a = {0};
    struct su_step d = decode_step(m, seqs);
    a.decode_s = su_step_s(m->d, &d);
    double room = chunk_room(m, seqs);
    double isl = m->load->isl;
    double prompts = seqs / (m->decode_steps + (m->closed ? 1 : 0));
    double chunk = fmin(isl * fmax(prompts, 1), room);
    rate_with_chunk(m, seqs, chunk, &a);
    double full_s = chunk < room ? mixed_step_s(m, a.seqs_mixed, room) : a.mixed_s;
    a.full_frac = a.rate_req_s * isl / room * full_s;
    if (!(a.busy_frac < 1)) {
        if (!(a.full_frac <= 1))
            a.rate_req_s = 1 / (a.n_mixed * a.mixed_s); /* prefill sets the pace */
        a.busy_frac = 1;
    }
    a.rate_req_s *= m->ranks;
    return a;
}

/* From the start of a prompt's first step to the end of its last, on the first stage. */
static double service_s(const struct at_depth *a)
{
    return fmax(a->n_mixed, 1) * a->mixed_s;
}

/* The same on all stages: its chunks follow each other. */
static double first_s(const struct at_depth *a)
{
    return service_s(a) + a->drain_s;
}

/* Waiting for the first token. */
struct wait {
    double mean_s;
    double p99_s;
};

/* The 1 % point beyond an exponential tail that begins with probability p. */
static double tail99_s(double p, double mean_if_any_s)
{
    return p > 0.01 ? mean_if_any_s * log(p / 0.01) : 0;
}

/* For prefill: what is left of the mixed step that one finds running, and the backlog: M/G/1
 * (Pollaczek-Khinchine) with the scatter of prompt lengths. Waiting prompts share steps, so the
 * backlog grows with the share of the budget that is used, not with the share of mixed steps. */
static struct wait wait_for_prefill(const struct model *m, const struct at_depth *a)
{
    double busy = fmin(a->busy_frac, 1);
    double full = fmin(a->full_frac, 0.999);
    double if_any_s = service_s(a) / 2 * (1 + pow(m->load->isl_cv, 2)) / (1 - full);
    return (struct wait){busy * if_any_s, fmax(tail99_s(busy, if_any_s), busy * if_any_s)};
}

/* How long a request decodes. */
struct stay {
    double mean_s;
    double sd_s;
    double most_s; /* when every step is mixed */
};

/* A request's own steps, and n*(T_m - T_d) more for every prompt prefilled beside it: those that
 * wait when its own prompt is done, then those that arrive meanwhile. That is a delay cycle of
 * M/G/1. The balance above counts the latter only. waiting: on average as many as one finds on
 * arrival. */
static struct stay stay_of(const struct model *m, const struct at_depth *a, double waiting)
{
    double rate = a->rate_req_s / m->ranks;
    double longer_s = a->n_mixed * fmax(a->mixed_s - a->decode_s, 0);
    double idle = 1 - fmin(rate * longer_s, 0.999);
    double own_s = m->decode_steps * m->pp * a->decode_s + waiting * longer_s;
    double variance =
        pow(longer_s, 2) * waiting * (1 + waiting) + own_s * rate * pow(longer_s, 2) / idle;
    struct stay s = {.most_s = fmax(m->decode_steps * m->pp * a->mixed_s, own_s)};
    s.mean_s = fmin(own_s / idle, s.most_s);
    s.sd_s = sqrt(variance) / idle;
    return s;
}

/* Cornish-Fisher with the skewness of a gamma variable, twice its coefficient of variation. */
static double stay99_s(struct stay s)
{
    double z = Z99 + (Z99 * Z99 - 1) / 3 * fmin(s.sd_s / s.mean_s, 1);
    return fmin(s.mean_s + z * s.sd_s, s.most_s);
}

static double prompts_waiting(const struct model *m, const struct at_depth *a)
{
    return a->rate_req_s / m->ranks * (wait_for_prefill(m, a).mean_s + service_s(a));
}

/* Seconds between two steps of a sequence. In a closed loop the balance is exact. */
static double turn_s(const struct model *m, const struct at_depth *a)
{
    double rate = a->rate_req_s / m->ranks;
    double steps_per_s = rate * a->n_mixed + (1 - a->busy_frac) / a->decode_s;
    double mean_s = m->pp * (steps_per_s > 0 ? 1 / steps_per_s : a->mixed_s);
    if (m->closed)
        return mean_s;
    return fmax(stay_of(m, a, prompts_waiting(m, a)).mean_s / m->decode_steps, mean_s);
}

/* Sequences that decode at once on one rank, open loop: Little's law. */
static double decoding(const struct model *m, const struct at_depth *a)
{
    return a->rate_req_s / m->ranks * m->decode_steps * turn_s(m, a);
}

/* For a place among the running sequences: M/G/c by Sakasegawa's P(wait) = load^(sqrt(2c+2)-1). The
 * time a place is held scatters even when lengths do not. */
static struct wait wait_for_place(const struct model *m, const struct at_depth *a)
{
    if (m->closed || m->decode_steps <= 0 || !(a->rate_req_s > 0))
        return (struct wait){0};
    struct stay stay = stay_of(m, a, prompts_waiting(m, a));
    double cv2 = pow(stay.sd_s / stay.mean_s, 2) + pow(m->load->osl_cv, 2);
    double places = m->seqs_max * m->pp;
    double load = fmin(decoding(m, a) / places, 0.999);
    double p = fmin(pow(load, sqrt(2 * places + 2) - 1), 1);
    double if_any_s = stay.mean_s / (places * (1 - load)) * (1 + cv2) / 2;
    return (struct wait){p * if_any_s, tail99_s(p, if_any_s)};
}

/* At the depth that one request in a hundred sees. Long stays fall together: while they last, the
 * depth is what they add up to. */
static double turn99_s(const struct model *m, double seqs, const struct at_depth *a)
{
    double rate = a->rate_req_s / m->ranks;
    double waiting = m->closed ? 0 : prompts_waiting(m, a);
    double mean_seqs = m->closed ? seqs * m->pp : decoding(m, a);
    double deep = mean_seqs + Z99 * sqrt(mean_seqs);
    double p99_s = 0;
    for (int i = 0; i < 2; i++) {
        struct at_depth tail = at_depth(m, fmax(fmin(deep / m->pp, m->seqs_max), seqs));
        tail.rate_req_s = a->rate_req_s;
        tail.busy_frac = fmin(rate * tail.n_mixed * tail.mixed_s, 1);
        if (m->closed)
            return turn_s(m, &tail);
        struct stay stay = stay_of(m, &tail, waiting);
        p99_s = fmax(p99_s, stay99_s(stay) / m->decode_steps);
        deep = fmax(rate * m->decode_steps * p99_s, deep);
    }
    return p99_s;
}

/* seqs: the depth that steps are timed at. */
static void fill(const struct model *m, double seqs, const struct at_depth *a,
                 struct su_steady *out)
{
    const struct su_load *load = m->load;
    struct wait prefill = wait_for_prefill(m, a);
    struct wait place = wait_for_place(m, a);
    double step_s = (1 - a->busy_frac) * a->decode_s;
    double long_prompt = load->isl_cv > 0 ? 1 + Z99 * load->isl_cv : 1;
    out->rate_req_s = a->rate_req_s;
    out->ttft_s = step_s / 2 + prefill.mean_s + place.mean_s + first_s(a);
    out->ttft_p99_s = step_s + prefill.p99_s + place.p99_s + first_s(a) * long_prompt;
    out->output_tok_s = a->rate_req_s * load->osl;
    out->utilization_frac = a->busy_frac;
    out->mixed_step = a->mixed;
    if (m->decode_steps <= 0)
        return;
    out->tpot_s = turn_s(m, a) / m->step_tokens;
    out->tpot_p99_s = fmax(turn99_s(m, seqs, a) / m->step_tokens, out->tpot_s);
    double n = m->closed ? seqs * m->pp : fmin(decoding(m, a), m->seqs_max * m->pp);
    out->decode_seqs = n * m->ranks;
    out->kv_used_frac = n * m->kv_tokens / (double)m->limits->kv_capacity_tokens;
    out->step = decode_step(m, seqs);
}

/* Neither prefill nor the places are so full that their queues have no end. */
static bool stable(const struct model *m, const struct at_depth *a)
{
    return a->full_frac <= FULL_MAX_FRAC && decoding(m, a) <= FULL_MAX_FRAC * m->seqs_max * m->pp;
}

static bool stable_at(const struct model *m, double seqs, double unused)
{
    (void)unused;
    struct at_depth a = at_depth(m, seqs);
    return stable(m, &a);
}

/* Prefill keeps up with a fixed number of requests, and there are that many: those whose prompts
 * are on their way through later stages neither decode nor hold up the first. */
static bool closed_stable_at(const struct model *m, double seqs, double present)
{
    struct at_depth a = at_depth(m, seqs);
    if (m->pp > 1 && seqs * m->pp + a.rate_req_s / m->ranks * a.drain_s > present)
        return false;
    return a.full_frac <= 1;
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

/* Prompt tokens per step at which a prefill server serves exactly this rate (one rank): one prompt
 * alone where that is enough, else as many as arrive during a step. */
static double prefill_chunk(const struct model *m, double rate_req_s, double room)
{
    double lo = fmin(m->load->isl, room);
    double hi = room;
    if (rate_req_s * m->load->isl / lo * mixed_step_s(m, 0, lo) <= 1)
        return lo;
    while (hi - lo > 1e-6 * hi) {
        double mid = (lo + hi) / 2;
        *(rate_req_s * m->load->isl / mid * mixed_step_s(m, 0, mid) > 1 ? &lo : &hi) = mid;
    }
    return hi;
}

static struct at_depth prefill_at(const struct model *m, double chunk)
{
    struct at_depth a = {.decode_s = m->d->eff.overhead_s};
    a.mixed = mixed_step(m, 0, chunk);
    a.mixed_s = su_step_s(m->d, &a.mixed);
    a.drain_s = (m->pp - 1) * a.mixed_s;
    a.n_mixed = m->load->isl / chunk;
    return a;
}

/* Requests that end with their first token never decode: the replica is a prefill server. */
static void prefill_only(const struct model *m, double rate_req_s, struct su_steady *out)
{
    double room = chunk_room(m, 0);
    double full_rate = room / m->load->isl / mixed_step_s(m, 0, room); /* one rank */
    double rate = fmin(rate_req_s / m->ranks, FULL_MAX_FRAC * full_rate);
    struct at_depth a = prefill_at(m, prefill_chunk(m, rate, room));
    a.rate_req_s = rate * m->ranks;
    a.busy_frac = fmin(rate * a.n_mixed * a.mixed_s, 1);
    a.full_frac = rate / full_rate;
    out->saturated = rate_req_s / m->ranks >= FULL_MAX_FRAC * full_rate;
    fill(m, 0, &a, out);
}

static void prefill_only_closed(const struct model *m, double concurrency, struct su_steady *out)
{
    double present = concurrency / m->ranks;
    double room = chunk_room(m, 0);
    struct at_depth a = prefill_at(m, fmin(m->load->isl * fmax(present / m->pp, 1), room));
    /* A lone prompt leaves the first stage idle while it passes the others. */
    a.busy_frac = fmin(present * (service_s(&a) / first_s(&a)), 1);
    a.full_frac = a.busy_frac;
    a.rate_req_s = a.busy_frac * m->ranks / (a.n_mixed * a.mixed_s);
    fill(m, 0, &a, out);
    out->saturated = present > fmax(room / m->load->isl, 1) * m->pp;
    out->ttft_s = out->ttft_p99_s = concurrency / out->rate_req_s;
}

struct su_steady su_steady_at_rate(const struct su_deployment *deployment,
                                   const struct su_engine_limits *limits,
                                   const struct su_load *load, double rate_req_s)
{
    struct su_steady out = {0};
    struct model m = model_of(deployment, limits, load);
    if (!can_run(&m)) {
        out.saturated = true;
        return out;
    }
    if (m.decode_steps <= 0) {
        prefill_only(&m, rate_req_s, &out);
        return out;
    }
    double seqs_stable = deepest(&m, FULL_MAX_FRAC * m.seqs_max, 0, stable_at);
    double most = at_depth(&m, seqs_stable).rate_req_s;
    out.saturated = rate_req_s >= most;
    double served = fmin(rate_req_s, most);
    double seqs = out.saturated ? seqs_stable : deepest(&m, seqs_stable, served, rate_below);
    struct at_depth a = at_depth(&m, seqs);
    a.full_frac *= a.rate_req_s > 0 ? served / a.rate_req_s : 1;
    a.rate_req_s = served;
    a.busy_frac = fmin(served / m.ranks * a.n_mixed * a.mixed_s, 1);
    fill(&m, seqs, &a, &out);
    return out;
}

struct su_steady su_steady_at_concurrency(const struct su_deployment *deployment,
                                          const struct su_engine_limits *limits,
                                          const struct su_load *load, double concurrency)
{
    struct su_steady out = {0};
    struct model m = model_of(deployment, limits, load);
    m.closed = true;
    if (!can_run(&m)) {
        out.saturated = true;
        return out;
    }
    if (m.decode_steps <= 0) {
        prefill_only_closed(&m, concurrency, &out);
        return out;
    }
    double present = concurrency / m.ranks;
    double placed = fmax(present, 1);
    /* Where prefill sets the pace, the rest of those present wait for it. */
    double seqs = deepest(&m, fmin(placed / m.pp, m.seqs_max), placed, closed_stable_at);
    struct at_depth a = at_depth(&m, seqs);
    double decoding_seqs = m.pp * (a.seqs_mixed * a.busy_frac + seqs * (1 - a.busy_frac));
    double per_step_s = decoding_seqs / (a.rate_req_s / m.ranks * m.decode_steps);
    double used = fmin(present, 1); /* fewer requests than ranks leave some of them idle */
    a.rate_req_s *= used;
    a.busy_frac *= used;
    fill(&m, seqs, &a, &out);
    out.tpot_s = per_step_s / m.step_tokens;
    out.tpot_p99_s = fmax(out.tpot_p99_s, out.tpot_s);
    out.decode_seqs = decoding_seqs * used * m.ranks;
    out.saturated = present > m.seqs_max * m.pp;
    /* Little's law closes the loop: what is present and not decoding waits for its first token. */
    out.ttft_s = fmax(concurrency / a.rate_req_s - m.decode_steps * per_step_s, first_s(&a));
    /* At worst a prompt waits for those of all other requests. */
    double all_s = fmax(present * a.n_mixed * a.mixed_s + a.drain_s, first_s(&a));
    out.ttft_p99_s = fmax(fmin(out.ttft_p99_s, all_s), out.ttft_s);
    return out;
}

struct su_steady su_steady_in_waves(const struct su_deployment *deployment,
                                    const struct su_engine_limits *limits,
                                    const struct su_load *load, double concurrency)
{
    struct su_steady out = {0};
    struct model m = model_of(deployment, limits, load);
    if (!can_run(&m)) {
        out.saturated = true;
        return out;
    }
    double seqs = fmin(concurrency / m.ranks, m.seqs_max * m.pp);
    double per_step = fmin(seqs * load->isl, limits->max_num_batched_tokens);
    double n_steps = seqs * load->isl / per_step;
    out.mixed_step = mixed_step(&m, 0, per_step);
    out.step = decode_step(&m, seqs / m.pp);
    double prefill_step_s = su_step_s(deployment, &out.mixed_step);
    double drain_s = (m.pp - 1) * prefill_step_s;
    double wave_s = n_steps * prefill_step_s + drain_s;
    double round_s = m.pp * su_step_s(deployment, &out.step);
    out.tpot_s = round_s / m.step_tokens;
    out.tpot_p99_s = out.tpot_s + (n_steps - 1) * prefill_step_s / fmax(load->osl - 1, 1);
    /* The first prompts of a wave are done after one step, the last after all. */
    out.ttft_s = (n_steps + 1) / 2 * prefill_step_s + drain_s;
    out.ttft_p99_s = wave_s;
    out.saturated = concurrency / m.ranks > m.seqs_max * m.pp;
    double all_s = wave_s + m.decode_steps * round_s;
    out.rate_req_s = seqs * m.ranks / all_s;
    out.output_tok_s = out.rate_req_s * load->osl;
    out.decode_seqs = seqs * m.ranks;
    out.utilization_frac = wave_s / all_s;
    out.kv_used_frac = seqs * m.kv_tokens / (double)limits->kv_capacity_tokens;
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
    if (!stable(m, &a))
        return false;
    struct su_steady s = {0};
    fill(m, seqs, &a, &s);
    return su_slo_met(slo, &s);
}

double su_steady_max_rate(const struct su_deployment *deployment,
                          const struct su_engine_limits *limits, const struct su_load *load,
                          const struct su_slo *slo)
{
    struct model m = model_of(deployment, limits, load);
    if (!can_run(&m))
        return 0;
    if (m.decode_steps <= 0) {
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
    double lo = 0;
    double hi = FULL_MAX_FRAC * m.seqs_max;
    if (meets(&m, hi, slo))
        return at_depth(&m, hi).rate_req_s;
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
    return budget / su_step_s(deployment, &step) / (deployment->par.tp * deployment->par.pp);
}

double su_decode_tok_s_per_gpu(const struct su_deployment *deployment, const struct su_load *load,
                               double decode_seqs)
{
    double pp = deployment->par.pp;
    struct su_step step = {.decode_seqs = pp > 1 ? fmax(decode_seqs / pp, 1) : decode_seqs,
                           .decode_kv_tokens = load->isl + load->osl / 2};
    double tokens = decode_seqs * su_drafting_tokens_per_step(deployment->drafting);
    return tokens / (pp * su_step_s(deployment, &step)) / (deployment->par.tp * pp);
}
