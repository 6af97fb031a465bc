/* Sizes of an operator after tensor and expert parallelism, its FLOP and its memory traffic.
 * Activations are 16 bit between operators. A weight is read once per kernel; an expert's only when
 * at least one token goes to it: of E experts, T tokens with k choices each leave
 * E * (1 - (1 - k/E)^T) of them active, for a uniform router. */
#include "perf/work.h"

#include <math.h>

#define ACTIVATION_BYTES 2.0

static double query_tokens(const struct su_deployment *d)
{
    return 1.0 + d->drafting.n_drafts;
}

static double tokens(const struct su_deployment *d, const struct su_step *step)
{
    return step->prefill_tokens + step->decode_seqs * query_tokens(d);
}

static double rows_of(const struct su_deployment *d, const struct su_step *step,
                      const struct su_op *op)
{
    /* A prompt chunk emits at most one token; every token of a decoding sequence is sampled. */
    return op->rows == SU_ROWS_TOKENS ? tokens(d, step)
                                      : step->prefill_seqs + step->decode_seqs * query_tokens(d);
}

static enum su_dtype weight_dtype(const struct su_deployment *d, const struct su_op *op)
{
    return op->quantised ? d->weight_dtype : SU_DTYPE_bf16;
}

static double max2(double a, double b)
{
    return a > b ? a : b;
}

static void gemm(const struct su_deployment *d, const struct su_step *step, const struct su_op *op,
                 struct su_op_work *w)
{
    double tp = d->par.tp;
    w->m = rows_of(d, step, op);
    w->n = op->u.gemm.n;
    w->k = op->u.gemm.k;
    if (op->shard == SU_SHARD_N)
        w->n /= tp;
    else if (op->shard == SU_SHARD_K)
        w->k /= tp;
    /* Where kv heads are fewer than cards, each card keeps a whole head: k and v columns repeat. */
    if (op->shard == SU_SHARD_N && op->params_kv > 0 && d->graph->model->n_kv_heads < d->par.tp) {
        double kv_columns = (double)op->params_kv / op->u.gemm.k;
        w->n += kv_columns / d->graph->model->n_kv_heads - kv_columns / tp;
    }
    w->flop = 2 * w->m * w->n * w->k;
    w->bytes = w->n * w->k * su_dtype_weight_bytes(w->weight_dtype) +
               ACTIVATION_BYTES * w->m * (w->n + w->k);
}

static void moe(const struct su_deployment *d, const struct su_step *step, const struct su_op *op,
                struct su_op_work *w)
{
    double group = (double)d->par.tp * d->par.dp;
    double ep = d->par.ep;
    double all_tokens = tokens(d, step) * d->par.dp; /* experts see every rank's tokens */
    double n_experts = op->u.moe.n_experts;
    double top_k = op->u.moe.top_k;
    w->experts = n_experts / ep;
    w->experts_total = n_experts;
    w->top_k = top_k;
    w->tokens = all_tokens;
    w->ep = ep;
    w->experts_active = w->experts * (1 - pow(1 - top_k / n_experts, all_tokens));
    w->m = all_tokens * top_k / ep;
    w->n = op->u.moe.inter / (group / ep);
    w->k = op->u.moe.hidden;
    w->skew = d->expert_skew;
    w->imbalance = su_expert_imbalance(w->skew, n_experts, top_k, ep, all_tokens);
    double matrix = w->n * w->k;
    double m = w->m * w->imbalance; /* the slowest card sets the pace */
    w->flop = 2 * 3 * m * matrix;
    w->bytes = w->experts_active * 3 * matrix * su_dtype_weight_bytes(w->weight_dtype) +
               ACTIVATION_BYTES * m * (2 * w->k + 3 * w->n);
}

/* Prefill or decode part of an attention core. keys: mean keys a query attends to; read: keys read
 * from the cache per sequence. */
static void attention_part(const struct su_deployment *d, const struct su_op *op, bool decode,
                           double batch, double q_len, double kv_len, struct su_op_work *w)
{
    double tp = d->par.tp;
    double kv_bytes = su_dtype_bits(w->kv_dtype) / 8.0;
    w->decode = decode;
    w->batch = batch;
    w->q_len = q_len;
    w->kv_len = kv_len;
    double keys = kv_len - (q_len - 1) / 2; /* causal: the first query of a chunk sees fewer */
    if (op->kind == SU_OP_ATTENTION) {
        double window = op->u.attention.window;
        w->window = window;
        if (window > 0 && window < keys)
            keys = window;
        double read = window > 0 ? fmin(kv_len, window + q_len) : kv_len;
        w->heads = op->u.attention.n_heads / tp;
        w->kv_heads = max2(op->u.attention.n_kv_heads / tp, 1);
        w->head_dim = op->u.attention.head_dim;
        w->flop = 4 * batch * q_len * keys * w->heads * w->head_dim;
        w->bytes = batch * (2 * read * w->kv_heads * w->head_dim * kv_bytes +
                            2 * q_len * w->heads * w->head_dim * ACTIVATION_BYTES);
        return;
    }
    /* MLA: decode works in the latent space (keys and values are one vector per token), prefill
     * expands them to full heads. */
    double latent = op->u.mla.kv_lora_rank + op->u.mla.rope_dim;
    w->heads = op->u.mla.n_heads / tp;
    w->kv_heads = 1;
    w->head_dim = latent;
    double per_key = decode ? latent + op->u.mla.kv_lora_rank
                            : (double)op->u.mla.nope_dim + op->u.mla.rope_dim + op->u.mla.v_dim;
    w->flop = 2 * batch * q_len * keys * w->heads * per_key;
    w->bytes = batch * (kv_len * latent * kv_bytes + q_len * w->heads * per_key * ACTIVATION_BYTES);
}

static uint32_t attention(const struct su_deployment *d, const struct su_step *step,
                          const struct su_op *op, struct su_op_work works[2])
{
    uint32_t n = 0;
    struct su_op_work base = works[0];
    if (step->prefill_tokens > 0 && step->prefill_seqs > 0) {
        works[n] = base;
        attention_part(d, op, false, step->prefill_seqs, step->prefill_tokens / step->prefill_seqs,
                       step->prefill_kv_tokens, &works[n]);
        n++;
    }
    if (step->decode_seqs > 0) {
        works[n] = base;
        attention_part(d, op, true, step->decode_seqs, query_tokens(d), step->decode_kv_tokens,
                       &works[n]);
        n++;
    }
    return n;
}

double su_drafting_tokens_per_step(struct su_drafting drafting)
{
    double sum = 1;
    double all_accepted = 1;
    for (uint32_t i = 0; i < drafting.n_drafts; i++) {
        all_accepted *= drafting.acceptance_frac;
        sum += all_accepted;
    }
    return sum;
}

/* Expected largest of 2^i independent standard normal values. */
static const double normal_max[] = {0,      0.5642, 1.0294, 1.4236, 1.7660,
                                    2.0697, 2.3438, 2.5945, 2.8268, 3.0439};

static double normal_max_of(double n)
{
    const size_t last = sizeof(normal_max) / sizeof(normal_max[0]) - 1;
    double at = fmin(log2(fmax(n, 1)), (double)last);
    size_t low = (size_t)fmin(floor(at), (double)last - 1);
    return normal_max[low] + (at - (double)low) * (normal_max[low + 1] - normal_max[low]);
}

/* Integral of x^p over 1..high. */
static double power_integral(double p, double high)
{
    return fabs(p + 1) < 1e-9 ? log(high) : (pow(high, p + 1) - 1) / (p + 1);
}

double su_expert_imbalance(double skew, double n_experts, double top_k, double ep, double n_tokens)
{
    if (!(skew > 0) || ep <= 1)
        return 1;
    /* As the tables draw loads: 1..0.8 of the tokens; a range of 100 where tokens are few. */
    double high = n_tokens * top_k > n_experts ? fmax(0.8 * n_tokens, 2) : 200;
    double weight = power_integral(-skew, high);
    double mean = power_integral(1 - skew, high) / weight;
    double variance = fmax(power_integral(2 - skew, high) / weight - mean * mean, 0);
    double per_card = n_experts / ep;
    /* Loads are shares of one sum: the more a card holds of it, the less it can deviate. */
    double left = (n_experts - per_card) / fmax(n_experts - 1, 1);
    double sd = sqrt(variance) / mean * sqrt(left / per_card);
    /* No card gets more than all, and no expert more than every token once. */
    double most = fmin(ep, fmax(n_experts / top_k, 1));
    /* A card's sum of a few heavy-tailed loads is about lognormal. */
    double s = sqrt(log1p(sd * sd));
    return fmin(fmax(exp(normal_max_of(ep) * s - s * s / 2), 1), most);
}

uint32_t su_work_of_op(const struct su_deployment *deployment, const struct su_step *step,
                       const struct su_op *op, struct su_op_work works[2])
{
    struct su_op_work *w = &works[0];
    *w = (struct su_op_work){
        .kind = op->kind,
        .weight_dtype = weight_dtype(deployment, op),
        .kv_dtype = deployment->kv_dtype,
    };
    double rows = rows_of(deployment, step, op);
    switch (op->kind) {
    case SU_OP_GEMM:
        gemm(deployment, step, op, w);
        break;
    case SU_OP_MOE:
        moe(deployment, step, op, w);
        break;
    case SU_OP_ATTENTION:
    case SU_OP_MLA:
        return attention(deployment, step, op, works);
    case SU_OP_EMBEDDING:
        w->m = rows;
        w->bytes = 2 * ACTIVATION_BYTES * rows * op->u.elementwise.width;
        break;
    case SU_OP_ELEMENTWISE: {
        double width = op->u.elementwise.width;
        if (op->shard == SU_SHARD_N)
            width /= deployment->par.tp;
        w->m = rows;
        w->n = width;
        w->flop = 4 * rows * width; /* a few operations per value; never the limit */
        w->bytes =
            ACTIVATION_BYTES * rows * width * (op->u.elementwise.reads + op->u.elementwise.writes);
        break;
    }
    }
    return 1;
}

double su_allreduce_bytes_after(const struct su_deployment *deployment, const struct su_step *step,
                                const struct su_op *op)
{
    double hidden = deployment->graph->model->hidden_size;
    bool row_parallel = op->kind == SU_OP_GEMM && op->shard == SU_SHARD_K;
    bool experts = op->kind == SU_OP_MOE && deployment->par.dp == 1;
    return row_parallel || experts ? ACTIVATION_BYTES * tokens(deployment, step) * hidden : 0;
}

double su_dispatch_bytes(const struct su_deployment *deployment, const struct su_step *step,
                         const struct su_op *op)
{
    if (op->kind != SU_OP_MOE || deployment->par.dp == 1)
        return 0;
    double copies = fmin(op->u.moe.top_k, deployment->par.ep);
    return ACTIVATION_BYTES * tokens(deployment, step) * copies * op->u.moe.hidden /
           deployment->par.tp;
}

double su_stage_bytes(const struct su_deployment *deployment, const struct su_step *step)
{
    return ACTIVATION_BYTES * tokens(deployment, step) * deployment->graph->model->hidden_size;
}
