/* An engine step: every operator of every layer in sequence, collectives after the operators that
 * need them, and a fixed overhead. Operators do not overlap with each other or with collectives
 * (two-batch overlap is not modelled), so the sum is an upper bound in that respect. */
#include <assert.h>
#include <math.h>

#include "perf/work.h"

/* Errors of one kind of operator go together, those of different kinds do not. */
enum group {
    GROUP_OPS = SU_OP_ELEMENTWISE + 1,
    GROUP_NETWORK = GROUP_OPS,
    GROUP_OVERHEAD,
    N_GROUPS
};

/* Where the parts of a step go: a running total, and lines when a breakdown is wanted. */
struct tally {
    struct su_step_cost *cost;
    bool explain;
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
    for (uint32_t i = 0; i < n; i++) {
        struct su_op_time time;
        d->eff.price(&d->eff, &d->device, &works[i], &time);
        const char *name = op->name;
        if (op->kind == SU_OP_ATTENTION)
            name = works[i].decode ? "attention_decode" : "attention_prefill";
        else if (op->kind == SU_OP_MLA)
            name = works[i].decode ? "mla_decode" : "mla_prefill";
        add_line(t, op->kind, name, n_layers, time.time_s * factor, works[i].flop, works[i].bytes,
                 time.bound, time.basis);
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
                 SU_BOUND_NETWORK, d->eff.basis);
    double sent = su_dispatch_bytes(d, step, op);
    if (sent > 0)
        add_line(t, GROUP_NETWORK, "all_to_all", 2 * n_layers,
                 su_alltoall_s(&d->device, &d->eff, d->par.tp * d->par.dp, sent), 0, sent,
                 SU_BOUND_NETWORK, d->eff.basis);
}

static void run(const struct su_deployment *d, const struct su_step *step, struct tally *t)
{
    for (uint32_t k = 0; k < d->graph->n_kinds; k++) {
        const struct su_layer_kind *kind = &d->graph->kinds[k];
        bool after_experts = false;
        for (uint32_t i = 0; i < kind->n_ops; i++) {
            /* Shared experts are added to the routed ones before one common all-reduce. */
            add_op(d, step, &kind->ops[i], kind->n_layers, after_experts, t);
            after_experts |= kind->ops[i].kind == SU_OP_MOE && d->par.dp == 1;
        }
    }
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
    struct tally end = {&cost, false, {0}};
    run_into(d, step, &end);
    struct su_deployment middle = *d;
    middle.eff = su_eff_at(&d->eff, SU_EFF_MID);
    struct tally mid = {&cost, false, {0}};
    run_into(&middle, step, &mid);
    double sign = d->eff.level == SU_EFF_LOW ? 1 : -1;
    double borrowed = cost.total_s * (exp(sign * d->eff.transfer_log_spread) - 1);
    double square = borrowed * borrowed;
    for (unsigned g = 0; g < N_GROUPS; g++)
        square += (end.group_s[g] - mid.group_s[g]) * (end.group_s[g] - mid.group_s[g]);
    /* A fast end below a fifth of the middle would only say that nothing is known. */
    return fmax(cost.total_s + sign * sqrt(square), 0.2 * cost.total_s);
}

double su_step_s(const struct su_deployment *deployment, const struct su_step *step)
{
    if (deployment->eff.profile != NULL && deployment->eff.level != SU_EFF_MID)
        return at_level_s(deployment, step);
    struct su_step_cost cost;
    struct tally t = {&cost, false, {0}};
    run_into(deployment, step, &t);
    return cost.total_s;
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
    struct tally t = {cost, true, {0}};
    run_into(deployment, step, &t);
    cost->basis = main_basis(cost);
}
