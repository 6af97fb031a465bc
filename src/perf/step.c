/* An engine step: every operator of every layer in sequence, collectives after the operators that
 * need them, and a fixed overhead. Operators do not overlap with each other or with collectives
 * (two-batch overlap is not modelled), so the sum is an upper bound in that respect. */
#include <assert.h>
#include <math.h>

#include "perf/surface.h"
#include "perf/work.h"

/* Errors of one kind of operator go together, those of different kinds do not. */
enum group {
    GROUP_OPS = SU_OP_ELEMENTWISE + 1,
    GROUP_NETWORK = GROUP_OPS,
    GROUP_DRAFT,
    GROUP_OVERHEAD,
    N_GROUPS
};

/* Where the parts of a step go: a running total, and lines when a breakdown is wanted. */
struct tally {
    struct su_step_cost *cost;
    bool explain;
    unsigned parts; /* what is priced, enum su_step_part */
    double group_s[N_GROUPS];
};

static void add_line(struct tally *t, unsigned group, const char *name, uint32_t n_calls,
                     double time_s, double flop, double bytes, enum su_bound bound,
                     enum su_basis basis)
{
    struct su_step_cost *c = t->cost;
    double all_s = time_s * n_calls;
    c->total_s += all_s;
    t->group_s[group] += all_s;
    if (bound == SU_BOUND_COMPUTE)
        c->compute_s += all_s;
    else if (bound == SU_BOUND_NETWORK)
        c->network_s += all_s;
    else if (bound == SU_BOUND_MEMORY)
        c->memory_s += all_s;
    else
        c->overhead_s += all_s;
    if (!t->explain)
        return;
    assert(c->n_lines < SU_COST_LINES_MAX);
    c->lines[c->n_lines++] = (struct su_cost_line){
        .name = name,
        .n_calls = n_calls,
        .time_s = all_s,
        .flop = flop * n_calls,
        .bytes = bytes * n_calls,
        .bound = bound,
        .basis = basis,
    };
}

/* No curve was measured between servers. */
static enum su_basis network_basis(const struct su_deployment *d, uint32_t n_ranks)
{
    return n_ranks > d->device.domain_cards ? SU_BASIS_DATASHEET : d->eff.basis;
}

/* A prefill chunk and decodes are one attention kernel. Where the chip's own profile knows its
 * time, the two parts share it as they would cost alone; elsewhere they add up. */
static double mixed_ratio(const struct su_deployment *d, const struct su_op_work works[2],
                          const struct su_op_time times[2])
{
    if (!d->eff.own || d->drafting.n_drafts > 0) /* no table has several query tokens */
        return 1;
    int quantile = d->eff.level == SU_EFF_LOW ? 1 : d->eff.level == SU_EFF_HIGH ? -1 : 0;
    double together_s =
        su_surface_mixed_s(d->eff.chain[0], &d->device, &works[0], &works[1], quantile);
    return together_s > 0 ? together_s / (times[0].time_s + times[1].time_s) : 1;
}

static unsigned part_of(const struct su_layer_kind *kind, const struct su_op *op)
{
    switch (op->kind) {
    case SU_OP_ATTENTION:
    case SU_OP_MLA:
        return SU_PART_PREFILL | SU_PART_DECODE;
    case SU_OP_MOE:
        return SU_PART_EXPERTS;
    default:
        break;
    }
    return !kind->in_stack && op->rows == SU_ROWS_SEQUENCES ? SU_PART_HEAD : SU_PART_REST;
}

/* reduced: an all-reduce of this layer already covers this operator's output too. */
static void add_op(const struct su_deployment *d, const struct su_step *step,
                   const struct su_op *op, uint32_t n_layers, bool reduced, struct tally *t)
{
    struct su_op_work works[2];
    uint32_t n = su_work_of_op(d, step, op, works);
    bool attention = op->kind == SU_OP_ATTENTION || op->kind == SU_OP_MLA;
    double factor = attention               ? d->eff.factor_attention
                    : op->kind == SU_OP_MOE ? d->eff.factor_experts
                                            : d->eff.factor_rest;
    struct su_op_time times[2];
    for (uint32_t i = 0; i < n; i++)
        d->eff.price(&d->eff, &d->device, &works[i], &times[i]);
    if (op->kind == SU_OP_ATTENTION && n == 2)
        factor *= mixed_ratio(d, works, times);
    for (uint32_t i = 0; i < n; i++) {
        const char *name = op->name;
        if (op->kind == SU_OP_ATTENTION)
            name = works[i].decode ? "attention_decode" : "attention_prefill";
        else if (op->kind == SU_OP_MLA)
            name = works[i].decode ? "mla_decode" : "mla_prefill";
        add_line(t, op->kind, name, n_layers, times[i].time_s * factor, works[i].flop,
                 works[i].bytes, times[i].bound, times[i].basis);
    }
    for (uint32_t i = 0; t->explain && i < n; i++) {
        struct su_cost_line *line = &t->cost->lines[t->cost->n_lines - n + i];
        bool narrow = works[i].kind == SU_OP_GEMM || works[i].kind == SU_OP_MOE;
        double peak = narrow && su_dtype_bits(works[i].weight_dtype) < 16
                          ? d->device.flop_gemm_per_s
                          : d->device.flop16_per_s;
        line->has_work = true;
        line->work = works[i];
        line->ideal_s =
            n_layers * fmax(works[i].flop / peak, works[i].bytes / d->device.mem_bytes_per_s);
    }
    double reduce_bytes = reduced ? 0 : su_allreduce_bytes_after(d, step, op);
    uint32_t group = op->kind == SU_OP_MOE ? d->par.tp * d->par.dp : d->par.tp;
    if (reduce_bytes > 0 && group > 1)
        add_line(t, GROUP_NETWORK, "all_reduce", n_layers,
                 su_allreduce_s(&d->device, &d->eff, group, reduce_bytes), 0, reduce_bytes,
                 SU_BOUND_NETWORK, network_basis(d, group));
    double sent = su_dispatch_bytes(d, step, op);
    if (sent > 0)
        add_line(t, GROUP_NETWORK, "all_to_all", 2 * n_layers,
                 su_alltoall_s(&d->device, &d->eff, d->par.tp * d->par.dp, sent), 0, sent,
                 SU_BOUND_NETWORK, network_basis(d, d->par.tp * d->par.dp));
}

static void add_layers(const struct su_deployment *d, const struct su_step *step,
                       const struct su_layer_kind *kind, uint32_t n_layers, struct tally *t)
{
    bool after_experts = false;
    for (uint32_t i = 0; i < kind->n_ops; i++) {
        /* Shared experts are added to the routed ones before one common all-reduce. */
        if (part_of(kind, &kind->ops[i]) & t->parts)
            add_op(d, step, &kind->ops[i], n_layers, after_experts, t);
        after_experts |= kind->ops[i].kind == SU_OP_MOE && d->par.dp == 1;
    }
}

static uint32_t stage_layers(const struct su_deployment *d)
{
    return (d->graph->model->n_layers + d->par.pp - 1) / d->par.pp;
}

static double layer_s(const struct su_deployment *d, const struct su_step *step,
                      const struct su_layer_kind *kind)
{
    struct su_step_cost cost = {0};
    struct tally t = {&cost, false, SU_PARTS_ALL, {0}};
    add_layers(d, step, kind, 1, &t);
    return cost.total_s;
}

#define KINDS_MAX 16

/* How many layers of each kind the fullest stage runs. The graph does not say in which order the
 * kinds stand: the stage gets its share of the slowest, and the slower of embedding and head. */
static void fill_stage(const struct su_deployment *d, const struct su_step *step, uint32_t *n)
{
    const struct su_graph *g = d->graph;
    double time_s[KINDS_MAX];
    uint32_t end = g->n_kinds;
    assert(g->n_kinds <= KINDS_MAX);
    for (uint32_t k = 0; k < g->n_kinds; k++) {
        n[k] = 0;
        time_s[k] = layer_s(d, step, &g->kinds[k]);
        if (!g->kinds[k].in_stack && (end == g->n_kinds || time_s[k] > time_s[end]))
            end = k;
    }
    if (end < g->n_kinds)
        n[end] = g->kinds[end].n_layers;
    for (uint32_t left = stage_layers(d); left > 0;) {
        uint32_t slowest = g->n_kinds;
        for (uint32_t k = 0; k < g->n_kinds; k++) {
            if (g->kinds[k].in_stack && n[k] < g->kinds[k].n_layers &&
                (slowest == g->n_kinds || time_s[k] > time_s[slowest]))
                slowest = k;
        }
        if (slowest == g->n_kinds)
            return;
        uint32_t room = g->kinds[slowest].n_layers;
        n[slowest] = room < left ? room : left;
        left -= n[slowest];
    }
}

static void add_stage(const struct su_deployment *d, const struct su_step *step, struct tally *t)
{
    const struct su_graph *g = d->graph;
    uint32_t n[KINDS_MAX] = {0};
    if (d->par.pp > 1)
        fill_stage(d, step, n);
    for (uint32_t k = 0; k < g->n_kinds; k++) {
        uint32_t n_layers = d->par.pp > 1 ? n[k] : g->kinds[k].n_layers;
        if (n_layers > 0)
            add_layers(d, step, &g->kinds[k], n_layers, t);
    }
}

/* Each guess costs one layer more, by the mean of a plain decode step's. */
static void add_drafts(const struct su_deployment *d, const struct su_step *step, struct tally *t)
{
    struct su_deployment plain = *d;
    plain.drafting = (struct su_drafting){0};
    struct su_step decode = {.decode_seqs = step->decode_seqs,
                             .decode_kv_tokens = step->decode_kv_tokens};
    struct su_step_cost cost = {0};
    struct tally one = {&cost, false, SU_PARTS_ALL, {0}};
    add_stage(&plain, &decode, &one);
    add_line(t, GROUP_DRAFT, "draft", d->drafting.n_drafts, cost.total_s / stage_layers(d), 0, 0,
             SU_BOUND_MEMORY, SU_BASIS_DATASHEET);
}

static void run(const struct su_deployment *d, const struct su_step *step, struct tally *t)
{
    add_stage(d, step, t);
    if (d->par.pp > 1 && (t->parts & SU_PART_REST)) {
        double bytes = su_stage_bytes(d, step);
        bool over_nic = d->par.tp * d->par.dp * d->par.pp > d->device.domain_cards;
        add_line(t, GROUP_NETWORK, "send_recv", 1,
                 su_sendrecv_s(&d->device, &d->eff, over_nic, bytes), 0, bytes, SU_BOUND_NETWORK,
                 SU_BASIS_DATASHEET);
    }
    if (d->drafting.n_drafts > 0 && step->decode_seqs > 0 && (t->parts & SU_PART_DECODE))
        add_drafts(d, step, t);
    if (t->parts & SU_PART_OVERHEAD)
        add_line(t, GROUP_OVERHEAD, "step_overhead", 1, d->eff.overhead_s, 0, 0, SU_BOUND_LATENCY,
                 d->eff.basis);
}

static void run_into(const struct su_deployment *d, const struct su_step *step, struct tally *t)
{
    struct su_step_cost *c = t->cost;
    c->total_s = c->compute_s = c->memory_s = c->network_s = c->overhead_s = 0;
    c->n_lines = 0;
    run(d, step, t);
}

/* The low or high value of a calibrated step: the groups' deviations from the middle, and what
 * borrowing a profile adds, combined as independent errors. The defaults of eff.c are not
 * measurements: there all move together, which is the single run. */
static double at_level_s(const struct su_deployment *d, const struct su_step *step)
{
    struct su_step_cost cost;
    struct tally end = {&cost, false, SU_PARTS_ALL, {0}};
    run_into(d, step, &end);
    struct su_deployment middle = *d;
    middle.eff = su_eff_at(&d->eff, SU_EFF_MID);
    struct tally mid = {&cost, false, SU_PARTS_ALL, {0}};
    run_into(&middle, step, &mid);
    double sign = d->eff.level == SU_EFF_LOW ? 1 : -1;
    double borrowed = cost.total_s * (exp(sign * d->eff.transfer_log_spread) - 1);
    double composed = cost.total_s * (exp(sign * d->eff.composition_log_spread) - 1);
    double square = borrowed * borrowed + composed * composed;
    for (unsigned g = 0; g < N_GROUPS; g++)
        square += (end.group_s[g] - mid.group_s[g]) * (end.group_s[g] - mid.group_s[g]);
    /* A fast end below a fifth of the middle would only say that nothing is known. */
    return fmax(cost.total_s + sign * sqrt(square), 0.2 * cost.total_s);
}

double su_step_s(const struct su_deployment *deployment, const struct su_step *step)
{
    if (deployment->eff.n_chain > 0 && deployment->eff.level != SU_EFF_MID)
        return at_level_s(deployment, step);
    struct su_step_cost cost;
    struct tally t = {&cost, false, SU_PARTS_ALL, {0}};
    run_into(deployment, step, &t);
    return cost.total_s;
}

double su_step_parts_s(const struct su_deployment *deployment, const struct su_step *step,
                       unsigned parts)
{
    struct su_step_cost cost;
    struct tally t = {&cost, false, parts, {0}};
    run_into(deployment, step, &t);
    return cost.total_s;
}

/* FlashAttention 2 splits a sequence's keys only while sequences times key heads are below 0.8 of
 * two blocks per multiprocessor (num_splits_heuristic). Beyond that one block reads them all, at
 * this multiple of the time that an even share of the bandwidth would take: fitted on batches of
 * two lengths on two chips, docs/theory/serving.md#price. */
#define LONGEST_BLOCKS_PER_SM 1.6
#define LONGEST_SHARE_TIME 0.875

struct su_longest su_step_longest(const struct su_deployment *deployment)
{
    const struct su_deployment *d = deployment;
    const struct su_graph *g = d->graph;
    double sms = d->device.sm_count;
    struct su_longest longest = {0, INFINITY};
    if (sms <= 0 || d->device.splits_keys)
        return longest;
    for (uint32_t k = 0; k < g->n_kinds; k++) {
        for (uint32_t i = 0; i < g->kinds[k].n_ops; i++) {
            const struct su_op *op = &g->kinds[k].ops[i];
            if (op->kind != SU_OP_ATTENTION || op->u.attention.window > 0)
                continue;
            double bytes = 2.0 * op->u.attention.head_dim * su_dtype_bits(d->kv_dtype) / 8;
            double kv_heads = fmax((double)op->u.attention.n_kv_heads / d->par.tp, 1);
            longest.s_per_token += (double)g->kinds[k].n_layers / d->par.pp *
                                   d->eff.factor_attention * LONGEST_SHARE_TIME * bytes /
                                   (d->device.mem_bytes_per_s / sms);
            longest.seqs_min = LONGEST_BLOCKS_PER_SM * sms / kv_heads;
        }
    }
    return longest;
}

/* The basis that at least four fifths of the time have, or a better one: a norm that nobody
 * measured does not make a calibrated step a data-sheet one. */
static enum su_basis main_basis(const struct su_step_cost *cost)
{
    for (int b = SU_BASIS_MEASURED; b < SU_BASIS_DATASHEET; b++) {
        double share_s = 0;
        for (uint32_t i = 0; i < cost->n_lines; i++) {
            if ((int)cost->lines[i].basis <= b)
                share_s += cost->lines[i].time_s;
        }
        if (share_s >= 0.8 * cost->total_s)
            return (enum su_basis)b;
    }
    return SU_BASIS_DATASHEET;
}

void su_step_explain(const struct su_deployment *deployment, const struct su_step *step,
                     struct su_step_cost *cost)
{
    struct tally t = {cost, true, SU_PARTS_ALL, {0}};
    run_into(deployment, step, &t);
    cost->basis = main_basis(cost);
}
