/* Prices of steps as sums of tables. A decode-only step is the largest of a few functions, each
 * linear in the sum of contexts and in the longest one with integer coefficients: so a run of such
 * steps is an arithmetic progression until the line or the cell changes. docs/theory/serving.md */
#include "serve/price_perf.h"

#include <assert.h>
#include <math.h>

#include "serve/price_table.h"

/* The smooth maximum (a^3 + b^3)^(1/3) as the largest of tangent planes u a + v b. */
#define PLANES 9u
#define PLANE_SHIFT 16u
#define POWER 3.0

#define SEQS_MAX (1u << 16)
#define TOKENS_MAX (1u << 20)

struct perf_pricer {
    struct price_model model;
    uint32_t max_num_seqs;
    uint32_t query_tokens; /* of a decoding sequence */
    int64_t decode_overhead_ps;
    int64_t mixed_overhead_ps;
    struct price_rows rest;
    struct price_rows experts;
    struct price_rows head;
    struct price_decode decode;
    struct price_prefill prefill;
    struct price_mixed mixed;
    int64_t prefill_floor_ps;
    int64_t plane_work[PLANES];       /* u, in 1/2^PLANE_SHIFT */
    int64_t plane_longest_ps[PLANES]; /* v times the time per token of the longest */
    int64_t *fixed_ps;                /* [n_decode]: all but attention, 0: not filled */
};

/* ---- decoding sequences ---- */

/* What does not change while the same sequences decode within a cell. */
struct line {
    const struct price_cell *cell;
    uint32_t n_planes;
    uint64_t tokens_past; /* the cell's first context */
    uint64_t context;
    struct price_contexts range;
};

static inline struct line line_of(struct perf_pricer *p, uint32_t n_decode, uint64_t tokens)
{
    struct line line = {.context = tokens / n_decode};
    line.cell = price_decode_cell(&p->decode, &p->model, n_decode, line.context, &line.range);
    line.tokens_past = tokens - n_decode * line.range.first;
    line.n_planes = n_decode >= p->decode.longest.seqs_min ? PLANES : 1;
    return line;
}

/* The first plane, which asks for no longest one. */
static inline int64_t mean_ps(const struct line *line)
{
    return line->cell->at_ps + line->cell->slope_ps * (int64_t)line->tokens_past;
}

static inline int64_t plane_slope(const struct perf_pricer *p, const struct line *line,
                                  uint32_t plane)
{
    return p->plane_work[plane] * line->cell->slope_ps >> PLANE_SHIFT;
}

static inline int64_t plane_ps(const struct perf_pricer *p, const struct line *line, uint32_t plane,
                               uint64_t longest)
{
    return (p->plane_work[plane] * line->cell->at_ps >> PLANE_SHIFT) +
           plane_slope(p, line, plane) * (int64_t)line->tokens_past +
           p->plane_longest_ps[plane] * (int64_t)longest;
}

__attribute__((noinline)) static int64_t planes_ps(const struct perf_pricer *p, struct line line,
                                                   uint64_t longest)
{
    int64_t most = mean_ps(&line);
    for (uint32_t k = 1; k < PLANES; k++) {
        int64_t ps = plane_ps(p, &line, k, longest);
        most = ps > most ? ps : most;
    }
    return most;
}

static inline int64_t decode_ps(const struct perf_pricer *p, const struct line *line,
                                uint64_t longest)
{
    return line->n_planes > 1 ? planes_ps(p, *line, longest) : mean_ps(line);
}

/* All but attention and what differs between steps with prompts and without. */
static int64_t tokens_ps(struct perf_pricer *p, uint64_t tokens, uint64_t sampled)
{
    return price_rows_ps(&p->rest, &p->model, tokens, 1) +
           price_rows_ps(&p->experts, &p->model, tokens, 1) +
           price_rows_ps(&p->head, &p->model, sampled, 1);
}

static inline int64_t decode_fixed_ps(struct perf_pricer *p, uint32_t n_decode)
{
    if (p->fixed_ps[n_decode] == 0) {
        uint64_t tokens = (uint64_t)n_decode * p->query_tokens;
        p->fixed_ps[n_decode] = p->decode_overhead_ps + tokens_ps(p, tokens, tokens);
    }
    return p->fixed_ps[n_decode];
}

/* The plane that is the largest now, and for how many steps at most run->n_steps it stays so. */
__attribute__((noinline)) static void run_of_planes(const struct perf_pricer *p, struct line line,
                                                    uint32_t n_decode, uint64_t longest_tokens,
                                                    struct su_price_run *run)
{
    int64_t ps[PLANES];
    int64_t delta[PLANES];
    uint32_t most = 0;
    for (uint32_t k = 0; k < PLANES; k++) {
        ps[k] = plane_ps(p, &line, k, longest_tokens);
        delta[k] = plane_slope(p, &line, k) * n_decode + p->plane_longest_ps[k];
        if (ps[k] > ps[most] || (ps[k] == ps[most] && delta[k] > delta[most]))
            most = k;
    }
    uint64_t n = run->n_steps;
    for (uint32_t k = 0; k < PLANES; k++) {
        int64_t faster = delta[k] - delta[most];
        int64_t behind = ps[most] - ps[k];
        if (faster > 0 && faster * (int64_t)(n - 1) > behind)
            n = (uint64_t)(behind / faster) + 1;
    }
    *run = (struct su_price_run){ps[most], delta[most], n};
}

static void perf_run(void *ctx, uint32_t n_decode, uint64_t decode_tokens, uint64_t longest_tokens,
                     struct su_price_run *run)
{
    struct perf_pricer *p = ctx;
    struct line line = line_of(p, n_decode, decode_tokens);
    /* Each step adds one to the mean context: the cell ends where that reaches the next knot. */
    run->n_steps = line.range.end == UINT64_MAX ? UINT32_MAX : line.range.end - line.context;
    if (line.n_planes > 1) {
        run_of_planes(p, line, n_decode, longest_tokens, run);
    } else {
        run->first_ps = mean_ps(&line);
        run->delta_ps = line.cell->slope_ps * n_decode;
    }
    run->first_ps += decode_fixed_ps(p, n_decode);
}

/* ---- steps with prompts ---- */

/* llround of what is not negative, without the call. */
static inline int64_t whole_ps(double ps)
{
    int64_t below = (int64_t)ps;
    return below + (ps - (double)below >= 0.5);
}

/* Chunks of one step are one kernel: its floor counts once. */
static int64_t prefill_ps(struct perf_pricer *p, const struct su_batch *batch, uint64_t *tokens,
                          uint64_t *before)
{
    double floor_ps = (double)p->prefill_floor_ps;
    double sum_ps = floor_ps;
    uint64_t weighted = 0;
    *tokens = 0;
    for (uint32_t i = 0; i < batch->n_chunks; i++) {
        const struct su_chunk *c = &batch->chunks[i];
        assert(c->kv_tokens >= c->n_tokens && c->n_tokens >= 1);
        uint64_t earlier = c->kv_tokens - c->n_tokens;
        double ps = price_prefill_ps(&p->prefill, &p->model, c->n_tokens, earlier);
        sum_ps += ps > floor_ps ? ps - floor_ps : 0;
        *tokens += c->n_tokens;
        weighted += c->n_tokens * earlier;
    }
    *before = weighted / *tokens;
    return whole_ps(sum_ps);
}

/* Attention of one rank's step; new prompt tokens into *chunk_tokens. */
static int64_t attention_ps(struct perf_pricer *p, const struct su_batch *batch,
                            uint64_t *chunk_tokens)
{
    int64_t ps = 0;
    uint64_t before = 0;
    *chunk_tokens = 0;
    if (batch->n_chunks > 0)
        ps = prefill_ps(p, batch, chunk_tokens, &before);
    if (batch->n_decode == 0)
        return ps;
    struct line line = line_of(p, batch->n_decode, batch->decode_tokens);
    ps += decode_ps(p, &line, batch->longest_tokens);
    if (batch->n_chunks > 0 && p->mixed.slots != NULL)
        ps = whole_ps((double)ps * price_mixed_ratio(&p->mixed, &p->model, *chunk_tokens, before,
                                                     batch->n_decode, line.context));
    return ps;
}

static int64_t perf_step(void *ctx, const struct su_batch *batch)
{
    struct perf_pricer *p = ctx;
    uint64_t chunk_tokens = 0;
    int64_t ps = attention_ps(p, batch, &chunk_tokens);
    if (batch->n_chunks == 0)
        return decode_fixed_ps(p, batch->n_decode) + ps;
    /* Engines sample every sequence of a step, also those whose prompt goes on. */
    uint64_t tokens = (uint64_t)batch->n_decode * p->query_tokens;
    return p->mixed_overhead_ps + ps +
           tokens_ps(p, tokens + chunk_tokens, tokens + batch->n_chunks);
}

/* Ranks meet at the experts of every layer: the slowest sets the pace of attention and GEMMs, and
 * experts see the tokens of all. A rank without work runs one token. */
static int64_t perf_lockstep(void *ctx, const struct su_batch *batches, uint32_t n_ranks)
{
    struct perf_pricer *p = ctx;
    int64_t most_ps = 0;
    uint64_t all_tokens = 0;
    bool chunks = false;
    for (uint32_t i = 0; i < n_ranks; i++) {
        const struct su_batch *batch = &batches[i];
        uint64_t chunk_tokens = 0;
        uint64_t decode_tokens = (uint64_t)batch->n_decode * p->query_tokens;
        int64_t ps = attention_ps(p, batch, &chunk_tokens);
        uint64_t tokens = decode_tokens + chunk_tokens;
        uint64_t sampled = decode_tokens + batch->n_chunks;
        if (tokens == 0)
            tokens = sampled = 1;
        ps += price_rows_ps(&p->rest, &p->model, tokens, 1) +
              price_rows_ps(&p->head, &p->model, sampled, 1);
        most_ps = ps > most_ps ? ps : most_ps;
        all_tokens += tokens;
        chunks = chunks || batch->n_chunks > 0;
    }
    return (chunks ? p->mixed_overhead_ps : p->decode_overhead_ps) + most_ps +
           price_rows_ps(&p->experts, &p->model, all_tokens, n_ranks);
}

/* ---- construction ---- */

/* Tangents at ratios b/a between which the largest error is the same, 0.42 %, always below; the
 * first plane is a alone, the last b alone. */
static void fill_planes(struct perf_pricer *p)
{
    static const double ratios[PLANES - 2] = {0.351, 0.562, 0.768, 1.0, 1.303, 1.78, 2.85};
    double per_token_ps = p->decode.longest.s_per_token * SU_PS_PER_S;
    p->plane_work[0] = 1 << PLANE_SHIFT;
    for (uint32_t k = 1; k + 1 < PLANES; k++) {
        double t = ratios[k - 1];
        double norm = pow(1 + pow(t, POWER), (POWER - 1) / POWER);
        p->plane_work[k] = llround(1 / norm * (1 << PLANE_SHIFT));
        p->plane_longest_ps[k] = llround(pow(t, POWER - 1) / norm * per_token_ps);
    }
    p->plane_longest_ps[PLANES - 1] = llround(per_token_ps);
}

static double level_scale(const struct su_deployment *d, const struct su_deployment *middle,
                          const struct su_price_limits *limits)
{
    if (d->eff.level == SU_EFF_MID)
        return 1;
    double seqs = fmax(limits->max_num_seqs / 2.0, 1);
    struct su_step decode = {.decode_seqs = seqs, .decode_kv_tokens = 1024};
    struct su_step mixed = decode;
    mixed.prefill_tokens = mixed.prefill_kv_tokens = limits->max_num_batched_tokens / 2.0;
    mixed.prefill_seqs = 1;
    return sqrt(su_step_s(d, &decode) / su_step_s(middle, &decode) *
                (su_step_s(d, &mixed) / su_step_s(middle, &mixed)));
}

static enum su_status check(const struct su_price_limits *limits, struct su_err *err)
{
    if (limits->max_num_seqs == 0 || limits->max_num_batched_tokens == 0)
        return SU_FAIL(err, SU_ERR_INPUT, "limits",
                       "max_num_seqs %u and max_num_batched_tokens %u, expected 1 or more",
                       limits->max_num_seqs, limits->max_num_batched_tokens);
    if (limits->max_num_seqs > SEQS_MAX || limits->max_num_batched_tokens > TOKENS_MAX)
        return SU_FAIL(err, SU_ERR_LIMIT, "limits",
                       "max_num_seqs %u and max_num_batched_tokens %u, at most %u and %u",
                       limits->max_num_seqs, limits->max_num_batched_tokens, SEQS_MAX, TOKENS_MAX);
    return SU_OK;
}

enum su_status su_pricer_perf(struct su_arena *arena, const struct su_deployment *deployment,
                              const struct su_price_limits *limits, struct su_pricer *pricer,
                              struct su_err *err)
{
    SU_TRY(check(limits, err));
    struct perf_pricer *p = SU_NEW(arena, struct perf_pricer);
    p->model.deployment = *deployment;
    p->model.deployment.eff = su_eff_at(&deployment->eff, SU_EFF_MID);
    p->model.deployment.eff.memo = NULL; /* its owner's; every size is asked for once here */
    p->model.scale = level_scale(deployment, &p->model.deployment, limits);
    struct su_step one = {.prefill_tokens = 1, .prefill_seqs = 1, .prefill_kv_tokens = 1};
    if (!isfinite(su_step_s(&p->model.deployment, &one)) || !isfinite(p->model.scale))
        return SU_FAIL(err, SU_ERR_INPUT, "deployment",
                       "a step has no finite time: a link or network it needs is not known");
    p->max_num_seqs = limits->max_num_seqs;
    p->query_tokens = 1 + deployment->drafting.n_drafts;
    p->decode_overhead_ps = llround(limits->decode_overhead_s * SU_PS_PER_S);
    p->mixed_overhead_ps = llround(limits->mixed_overhead_s * SU_PS_PER_S);
    uint64_t decode_rows = (uint64_t)limits->max_num_seqs * p->query_tokens;
    uint64_t rows_max = decode_rows + limits->max_num_batched_tokens;
    price_rows_init(&p->rest, arena, SU_PART_REST, rows_max);
    price_rows_init(&p->experts, arena, SU_PART_EXPERTS, rows_max);
    price_rows_init(&p->head, arena, SU_PART_HEAD, decode_rows + limits->max_num_seqs);
    price_decode_init(&p->decode, arena, &p->model, limits->max_num_seqs);
    price_prefill_init(&p->prefill, arena, limits->max_num_batched_tokens);
    price_mixed_init(&p->mixed, arena, &p->model);
    p->prefill_floor_ps = llround(price_prefill_ps(&p->prefill, &p->model, 1, 0));
    p->fixed_ps = SU_NEW_ARRAY(arena, (size_t)limits->max_num_seqs + 1, int64_t);
    fill_planes(p);
    bool shares = deployment->par.dp > 1 && deployment->graph->model->n_experts > 0;
    *pricer = (struct su_pricer){p, perf_run, perf_step, shares ? perf_lockstep : NULL};
    return SU_OK;
}
