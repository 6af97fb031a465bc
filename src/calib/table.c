/* Kernel tables to operators. One reader per table; each knows the units and the traps of its
 * source, and says why it leaves a row out. Not read: attention_decode_skew (its times are three
 * times those of the plain table), deepep, gdn, dsa (no operator of ours). */
#include "calib/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/file.h"

/* Larger than the largest table known, 4 MB. */
#define TABLE_BYTES_MAX ((size_t)64 * 1024 * 1024)
/* A speed this far above the data sheet is a mistake in units or columns. */
#define ABOVE_PEAK_MAX 1.15

struct reader {
    struct su_arena *arena;
    const struct su_csv *csv;
    const struct su_csv_row *row;
    struct su_err *err;
    enum su_status status; /* of the first bad cell */
};

uint64_t calib_hash(uint64_t seed, double v)
{
    uint64_t z = (uint64_t)(int64_t)llrint(v * 1024) + (seed ^ 0x9e3779b97f4a7c15u) * 31;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* "" when the table has no such column. */
static const char *text(const struct reader *r, const char *col)
{
    for (size_t i = 0; i < r->csv->n_cols; i++)
        if (strcmp(r->csv->cols[i], col) == 0)
            return r->row->cells[i];
    return "";
}

static double number_in(struct reader *r, const char *col, double min)
{
    double v = 0;
    const char *cell = text(r, col);
    if (su_str_to_double(su_str_c(cell), &v) && v >= min && v <= 1e12)
        return v;
    if (r->status == SU_OK)
        r->status = SU_FAIL(r->err, SU_ERR_INPUT, su_csv_where(r->arena, r->csv, r->row),
                            "%s is \"%s\", expected a number of at least %g", col, cell, min);
    return 1;
}

static double size(struct reader *r, const char *col)
{
    return number_in(r, col, 1);
}

static enum su_dtype dtype(struct reader *r, const char *col)
{
    enum su_dtype d = SU_DTYPE_bf16;
    const char *cell = text(r, col);
    if (strcmp(cell, "fp8_block") == 0)
        return SU_DTYPE_fp8;
    if (strcmp(cell, "nvfp4") == 0)
        return SU_DTYPE_fp4;
    if (!su_dtype_parse(su_str_c(cell), &d) && r->status == SU_OK)
        r->status = SU_FAIL(r->err, SU_ERR_INPUT, su_csv_where(r->arena, r->csv, r->row),
                            "%s is \"%s\", expected a number format", col, cell);
    return d;
}

static void shape(struct calib_row *row, const double *dims, uint32_t n, uint32_t first_of_model,
                  uint32_t n_of_model)
{
    row->shape = 1;
    row->group = 2;
    for (uint32_t i = 0; i < n; i++)
        row->shape = calib_hash(row->shape, dims[i]);
    for (uint32_t i = 0; i < n_of_model; i++)
        row->group = calib_hash(row->group, dims[first_of_model + i]);
}

/* Each reader returns NULL or why the row is left out. */

static const char *read_gemm(struct reader *r, struct calib_row *row)
{
    struct su_op_work *w = &row->work;
    const char *name = text(r, "dtype");
    w->kind = SU_OP_GEMM;
    w->weight_dtype = dtype(r, "dtype");
    w->m = size(r, "m");
    w->n = size(r, "n");
    w->k = size(r, "k");
    row->id = su_surface_of(w);
    if (strcmp(name, "fp8_block") == 0) {
        row->id = SU_SURFACE_gemm_fp8_block;
        if (w->k <= 128)
            return "block-scaled GEMM of a single block along k";
    }
    shape(row, (double[]){w->m, w->n, w->k}, 3, 1, 2);
    return row->id == SU_SURFACE_COUNT ? "no surface for this number format" : NULL;
}

static const char *read_grouped(struct reader *r, struct calib_row *row)
{
    struct su_op_work *w = &row->work;
    bool real_m = text(r, "m_total_from_mfu")[0] != '\0';
    w->kind = SU_OP_GEMM;
    w->weight_dtype = dtype(r, "dtype");
    w->decode = strcmp(text(r, "phase"), "decode") == 0;
    w->m = size(r, real_m ? "m_total_from_mfu" : "m_total");
    w->n = size(r, "n");
    w->k = size(r, "k");
    w->experts = size(r, "local_experts");
    w->experts_active = w->experts; /* the benchmark gives each expert its share */
    row->id = SU_SURFACE_grouped_gemm_fp8;
    double nominal = size(r, "m_total");
    shape(row, (double[]){nominal, w->n, w->k, w->experts}, 4, 1, 2);
    if (w->m < nominal * 0.6 || w->m > nominal * 1.4)
        return "rows from the MFU are not 0.7..1.3 of the nominal ones";
    return NULL;
}

static const char *read_attention(struct reader *r, struct calib_row *row, bool decode)
{
    struct su_op_work *w = &row->work;
    w->kind = SU_OP_ATTENTION;
    w->decode = decode;
    w->weight_dtype = SU_DTYPE_bf16;
    w->kv_dtype = dtype(r, "kv_dtype");
    w->batch = size(r, "batch");
    w->heads = size(r, "q_heads");
    w->kv_heads = size(r, "kv_heads");
    w->head_dim = size(r, "head_dim");
    w->kv_len = size(r, "kv_len");
    w->q_len = decode ? 1 : size(r, "q_len");
    w->window = text(r, "window")[0] != '\0' ? number_in(r, "window", 0) : 0;
    row->id = su_surface_of(w);
    shape(row, (double[]){w->heads, w->kv_heads, w->head_dim, w->batch, w->q_len, w->kv_len}, 6, 0,
          3);
    if (w->kv_heads > w->heads)
        return "more key heads than query heads";
    return w->q_len > w->kv_len ? "more queries than keys" : NULL;
}

static const char *read_decode(struct reader *r, struct calib_row *row)
{
    return read_attention(r, row, true);
}

static const char *read_prefill(struct reader *r, struct calib_row *row)
{
    return read_attention(r, row, false);
}

/* One call with a chunk of one prompt, keys counted to its end, and decodes of one length. */
static const char *read_mixed(struct reader *r, struct calib_row *row)
{
    struct su_op_work *w = &row->work;
    struct su_op_work *d = &row->decode;
    w->kind = SU_OP_ATTENTION;
    w->weight_dtype = SU_DTYPE_bf16;
    w->kv_dtype = dtype(r, "kv_dtype");
    w->heads = size(r, "q_heads");
    w->kv_heads = size(r, "kv_heads");
    w->head_dim = size(r, "head_dim");
    *d = *w;
    w->batch = 1;
    w->q_len = size(r, "prefill_q_len");
    w->kv_len = size(r, "prefill_kv_len");
    d->decode = true;
    d->batch = size(r, "decode_batch");
    d->q_len = 1;
    d->kv_len = size(r, "decode_kv_len");
    row->id = SU_SURFACE_attention_mixed;
    shape(row,
          (double[]){w->heads, w->kv_heads, w->head_dim, w->q_len, w->kv_len, d->batch, d->kv_len},
          7, 0, 3);
    if (w->kv_heads > w->heads)
        return "more key heads than query heads";
    return w->q_len > w->kv_len ? "more queries than keys" : NULL;
}

static const char *read_mla(struct reader *r, struct calib_row *row, bool decode, bool module)
{
    struct su_op_work *w = &row->work;
    w->kind = SU_OP_MLA;
    w->decode = decode;
    w->module = module;
    w->weight_dtype = module ? dtype(r, "gemm_dtype") : SU_DTYPE_bf16;
    w->kv_dtype = dtype(r, "kv_dtype");
    w->batch = size(r, "batch");
    w->heads = size(r, "q_heads");
    w->kv_heads = 1;
    w->head_dim = 576;
    w->kv_len = size(r, "kv_len");
    w->q_len = decode ? 1 : size(r, "q_len");
    row->id = su_surface_of(w);
    shape(row, (double[]){w->heads, w->batch, w->q_len, w->kv_len}, 4, 0, 1);
    if (dtype(r, "dtype") == SU_DTYPE_fp8)
        return "attention itself computed in FP8";
    if (!module && w->kv_dtype == SU_DTYPE_fp8 && strcmp(text(r, "kernel"), "flash_attention") == 0)
        return "FP8 cache in the MLA core by FA3: the harness converts the whole cache";
    return NULL;
}

static const char *read_mla_decode(struct reader *r, struct calib_row *row)
{
    return read_mla(r, row, true, false);
}

static const char *read_mla_prefill(struct reader *r, struct calib_row *row)
{
    return read_mla(r, row, false, false);
}

static const char *read_mla_decode_module(struct reader *r, struct calib_row *row)
{
    return read_mla(r, row, true, true);
}

static const char *read_mla_prefill_module(struct reader *r, struct calib_row *row)
{
    return read_mla(r, row, false, true);
}

static const struct {
    const char *name;
    enum su_surface_id id;
    enum su_dtype dtype;
} moe_formats[] = {
    {"bfloat16", SU_SURFACE_moe_bf16, SU_DTYPE_bf16},
    {"fp8", SU_SURFACE_moe_fp8, SU_DTYPE_fp8},
    {"fp8_block", SU_SURFACE_moe_fp8_block, SU_DTYPE_fp8},
    {"int4_wo", SU_SURFACE_moe_int4, SU_DTYPE_int4},
    {"w4a16_mxfp4", SU_SURFACE_moe_mxfp4, SU_DTYPE_fp4},
    {"nvfp4", SU_SURFACE_moe_nvfp4, SU_DTYPE_fp4},
};

static const char *read_moe(struct reader *r, struct calib_row *row)
{
    struct su_op_work *w = &row->work;
    row->id = SU_SURFACE_COUNT;
    for (size_t i = 0; i < sizeof(moe_formats) / sizeof(moe_formats[0]); i++) {
        if (strcmp(text(r, "dtype"), moe_formats[i].name) == 0) {
            row->id = moe_formats[i].id;
            w->weight_dtype = moe_formats[i].dtype;
        }
    }
    w->kind = SU_OP_MOE;
    w->tokens = size(r, "tokens");
    w->k = size(r, "hidden");
    w->ep = size(r, "ep");
    w->top_k = size(r, "topk");
    w->experts_total = size(r, "experts");
    w->experts = w->experts_total / w->ep;
    double inter = size(r, "inter");
    w->n = inter / size(r, "tp");
    w->m = w->tokens * w->top_k / w->ep;
    w->experts_active = w->experts * (1 - pow(1 - w->top_k / w->experts_total, w->tokens));
    const char *distribution = text(r, "distribution");
    if (strncmp(distribution, "power_law_", 10) == 0)
        (void)su_str_to_double(su_str_c(distribution + 10), &w->skew);
    if (text(r, "activated_experts")[0] != '\0')
        w->experts_active = size(r, "activated_experts");
    shape(row, (double[]){w->k, inter, w->experts_total, w->top_k, w->tokens, w->n, w->ep}, 7, 0,
          4);
    if (w->top_k > w->experts_total)
        return "more experts per token than experts";
    return row->id == SU_SURFACE_COUNT ? "no surface for this number format" : NULL;
}

/* Widths per token of the models that the element-wise tables were measured with: their config.json
 * gives inter_size and (heads + kv_heads) * head_dim. */
static const struct {
    const char *model;
    double inter;
    double qk_width;
} elementwise_models[] = {
    {"Llama-3.1-8B", 14336, 5120},
    {"Qwen3-32B", 25600, 9216},
    {"Qwen3-30B-A3B-Instruct-2507", 6144, 4608},
};

static const char *read_elementwise(struct reader *r, struct calib_row *row)
{
    struct su_op_work *w = &row->work;
    const char *op = text(r, "op");
    double tp = size(r, "tp");
    double moved = 2; /* values read and written per value of the width */
    w->kind = SU_OP_ELEMENTWISE;
    w->weight_dtype = SU_DTYPE_bf16;
    w->m = size(r, "tokens");
    w->n = size(r, "hidden");
    row->id = SU_SURFACE_elementwise;
    size_t model = 0;
    size_t n_models = sizeof(elementwise_models) / sizeof(elementwise_models[0]);
    while (model < n_models && strcmp(elementwise_models[model].model, text(r, "model")) != 0)
        model++;
    if (model == n_models)
        return "widths of this model are not known";
    if (strcmp(op, "layernorm") == 0 || strcmp(op, "final_layernorm") == 0) {
        moved = 4; /* adds the residual and writes it back */
    } else if (strcmp(op, "act_fn") == 0) {
        w->n = elementwise_models[model].inter / tp;
        moved = 3;
    } else if (strcmp(op, "rotary_emb") == 0 || strcmp(op, "qk_norm") == 0) {
        w->n = elementwise_models[model].qk_width / tp;
    } else if (strcmp(op, "embedding") == 0) {
        w->kind = SU_OP_EMBEDDING;
    } else {
        return "no operator of the graph";
    }
    w->bytes = 2 * w->m * w->n * moved;
    double op_id = w->kind == SU_OP_EMBEDDING ? 1 : 0;
    if (w->kind == SU_OP_EMBEDDING)
        w->n = 0;
    shape(row, (double[]){w->bytes / w->m, op_id, moved, w->m}, 4, 0, 3);
    return NULL;
}

struct table_spec {
    const char *file;
    const char *(*read)(struct reader *r, struct calib_row *row);
    bool pooled; /* taken from all dirs */
};

static const struct table_spec specs[] = {
    {"gemm.csv", read_gemm, true},
    {"grouped_gemm.csv", read_grouped, false},
    {"attention_decode.csv", read_decode, true},
    {"attention_decode_swa.csv", read_decode, false},
    {"attention_prefill.csv", read_prefill, true},
    {"attention_prefill_swa.csv", read_prefill, false},
    {"attention_mixed.csv", read_mixed, false},
    {"mla_decode.csv", read_mla_decode, false},
    {"mla_prefill.csv", read_mla_prefill, false},
    {"mla_decode_module.csv", read_mla_decode_module, false},
    {"mla_prefill_module.csv", read_mla_prefill_module, false},
    {"moe.csv", read_moe, false},
    {"elementwise.csv", read_elementwise, false},
};

static void reject(struct su_arena *arena, struct calib_tables *tables, const char *reason,
                   const char *where)
{
    for (size_t i = 0; i < tables->rejects.n; i++) {
        if (strcmp(tables->rejects.items[i].reason, reason) == 0) {
            tables->rejects.items[i].n++;
            return;
        }
    }
    *SU_VEC_PUSH(arena, &tables->rejects) =
        (struct su_calib_reject){reason, su_str_dup_c(arena, where), 1};
}

static double work_flop(const struct su_op_work *w)
{
    switch (w->kind) {
    case SU_OP_GEMM:
        return 2 * w->m * w->n * w->k;
    case SU_OP_MOE:
        return 6 * w->m * w->n * w->k;
    case SU_OP_ATTENTION: {
        double keys = w->decode ? w->kv_len : w->kv_len - (w->q_len - 1) / 2;
        if (w->window > 0)
            return 0; /* fewer keys than the lengths say */
        return 4 * w->batch * w->q_len * w->heads * w->head_dim * keys;
    }
    case SU_OP_MLA:
        return w->decode ? 2 * w->batch * w->heads * w->kv_len * 1088
                         : 2 * w->batch * w->heads * w->q_len * 320 * (w->kv_len - w->q_len / 2);
    default:
        return 0;
    }
}

double calib_flop(const struct calib_row *row)
{
    double flop = work_flop(&row->work);
    return row->id == SU_SURFACE_attention_mixed ? flop + work_flop(&row->decode) : flop;
}

enum su_status calib_device(const struct su_calib_input *in, enum su_surface_id id,
                            struct su_device *device, struct su_err *err)
{
    static const enum su_dtype dtypes[SU_SURFACE_COUNT] = {
        [SU_SURFACE_gemm_fp8] = SU_DTYPE_fp8,   [SU_SURFACE_gemm_fp8_block] = SU_DTYPE_fp8,
        [SU_SURFACE_gemm_nvfp4] = SU_DTYPE_fp4, [SU_SURFACE_grouped_gemm_fp8] = SU_DTYPE_fp8,
        [SU_SURFACE_moe_fp8] = SU_DTYPE_fp8,    [SU_SURFACE_moe_fp8_block] = SU_DTYPE_fp8,
        [SU_SURFACE_moe_int4] = SU_DTYPE_int4,  [SU_SURFACE_moe_mxfp4] = SU_DTYPE_fp4,
        [SU_SURFACE_moe_nvfp4] = SU_DTYPE_fp4,
    };
    const struct su_accel *accel = NULL;
    SU_TRY(su_catalog_find_accel(in->catalog, in->chip, &accel, err));
    enum su_dtype dtype_of = dtypes[id] == SU_DTYPE_fp32 ? SU_DTYPE_bf16 : dtypes[id];
    return su_device_init(device, accel, NULL, dtype_of, err);
}

/* A harness that calls one kernel again and again finds a small KV cache in the second-level cache;
 * in an engine the weights of a layer have passed through it since. */
#define COLD_CACHES 4.0

static bool may_be_cached(const struct calib_row *row, const struct su_device *device)
{
    const struct su_op_work *w = &row->work;
    double bytes =
        2 * w->batch * w->kv_len * w->kv_heads * w->head_dim * su_dtype_bits(w->kv_dtype) / 8;
    return row->id == SU_SURFACE_attention_decode && bytes < COLD_CACHES * device->l2_bytes;
}

/* Number formats and what belongs to the model: GEMM matrices, head counts. */
static uint64_t kind_of(const struct calib_row *row)
{
    uint64_t key = calib_hash(row->group, (double)row->work.weight_dtype);
    key = calib_hash(key, (double)row->work.kv_dtype);
    return calib_hash(key, row->work.window > 0 ? 1 : 0) + (uint64_t)row->id;
}

/* A later folder's table goes before: rows of an earlier one fill in what that does not hold. */
static const char *beside(const struct calib_row *row, const struct su_device *device,
                          const struct calib_tables *tables, size_t first, size_t end)
{
    if (first == end)
        return NULL;
    uint64_t kind = kind_of(row);
    for (size_t i = first; i < end; i++) {
        if (kind_of(&tables->rows.items[i]) == kind)
            return "another table has this matrix or these heads";
    }
    return may_be_cached(row, device) ? "a small cache, of which another table has cold readings"
                                      : NULL;
}

static enum su_status read_rows(struct su_arena *arena, const struct su_calib_input *in,
                                const struct table_spec *spec, const struct su_csv *csv,
                                size_t first, struct calib_tables *tables, struct su_err *err)
{
    const size_t end = tables->rows.n;
    struct su_device devices[SU_SURFACE_COUNT];
    for (uint32_t id = 0; id < SU_SURFACE_COUNT; id++)
        SU_TRY(calib_device(in, (enum su_surface_id)id, &devices[id], err));
    for (size_t i = 0; i < csv->n_rows; i++) {
        struct reader r = {arena, csv, &csv->rows[i], err, SU_OK};
        struct calib_row row = {0};
        const char *reason = spec->read(&r, &row);
        row.latency_s = number_in(&r, "latency_us", 0) * 1e-6;
        if (r.status != SU_OK)
            return r.status;
        if (reason == NULL && row.latency_s <= 0)
            reason = "time is zero";
        if (reason == NULL &&
            calib_flop(&row) / row.latency_s >
                ABOVE_PEAK_MAX * su_surface_peak_flop_per_s(row.id, &devices[row.id]))
            reason = "faster than 1.15 times the peak";
        if (reason == NULL)
            reason = beside(&row, &devices[row.id], tables, first, end);
        if (reason != NULL) {
            reject(arena, tables, reason, su_csv_where(arena, csv, &csv->rows[i]));
            continue;
        }
        row.key = calib_hash(row.shape, (double)row.work.weight_dtype);
        row.key = calib_hash(row.key, (double)row.work.kv_dtype);
        row.key = calib_hash(row.key, row.work.window);
        row.key = calib_hash(row.key, row.work.skew);
        row.key = calib_hash(row.key, row.work.decode ? 1 : 0);
        *SU_VEC_PUSH(arena, &tables->rows) = row;
    }
    return SU_OK;
}

static enum su_status read_points(struct su_arena *arena, const char *file,
                                  const struct su_csv *csv, struct calib_tables *tables,
                                  struct su_err *err)
{
    size_t known = tables->points.n; /* of earlier dirs */
    for (size_t i = 0; i < csv->n_rows; i++) {
        struct reader r = {arena, csv, &csv->rows[i], err, SU_OK};
        const char *op = text(&r, "op");
        struct calib_point p = {
            .op = strcmp(file, "allreduce.csv") == 0  ? SU_COLLECTIVE_ALLREDUCE
                  : strcmp(file, "alltoall.csv") == 0 ? SU_COLLECTIVE_ALLTOALL
                  : strcmp(file, "sendrecv.csv") == 0 ? SU_COLLECTIVE_SENDRECV
                  : strcmp(op, "reduce_scatter") == 0 ? SU_COLLECTIVE_REDUCE_SCATTER
                                                      : SU_COLLECTIVE_ALLGATHER,
            .n_ranks = (uint32_t)number_in(&r, "n_gpus", 2),
            .bytes = size(&r, "bytes"),
            .latency_s = number_in(&r, "latency_us", 1e-3) * 1e-6,
            .library = 7,
        };
        double per_node = text(&r, "gpus_per_node")[0] != '\0' ? size(&r, "gpus_per_node") : 0;
        if (r.status != SU_OK)
            return r.status;
        const char *mode = text(&r, "mode");
        for (const char *c = text(&r, "library"); *c != '\0'; c++)
            p.library = p.library * 31 + (unsigned char)*c;
        bool taken = false;
        for (size_t j = 0; j < known; j++)
            taken |=
                tables->points.items[j].op == p.op && tables->points.items[j].n_ranks == p.n_ranks;
        const char *reason = NULL;
        if (taken)
            continue;
        if (strcmp(mode, "eager") == 0)
            reason = "collective launched eagerly: engines replay it in a graph";
        else if (per_node > 0 && per_node < p.n_ranks)
            reason = "collective over several servers";
        else if (p.n_ranks > 255)
            reason = "more ranks than a curve can name";
        if (reason != NULL)
            reject(arena, tables, reason, su_csv_where(arena, csv, &csv->rows[i]));
        else
            *SU_VEC_PUSH(arena, &tables->points) = p;
    }
    return SU_OK;
}

static int compare_rows(const void *a, const void *b)
{
    const struct calib_row *x = a;
    const struct calib_row *y = b;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->latency_s > y->latency_s) - (x->latency_s < y->latency_s);
}

static void merge_repeats(struct calib_tables *tables)
{
    struct calib_row *rows = tables->rows.items;
    size_t n = tables->rows.n;
    if (n == 0)
        return;
    qsort(rows, n, sizeof(*rows), compare_rows);
    size_t kept = 0;
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;
        while (end < n && rows[end].id == rows[i].id && rows[end].key == rows[i].key)
            end++;
        rows[kept++] = rows[i + (end - i - 1) / 2];
        i = end;
    }
    tables->rows.n = kept;
}

static enum su_status parse(struct su_arena *arena, const char *dir, const char *file, bool *found,
                            struct su_csv *csv, struct su_err *err)
{
    const char *path = su_fmt(arena, "%s/%s", dir, file);
    *found = su_file_exists(path);
    if (!*found)
        return SU_OK;
    struct su_str body;
    SU_TRY(su_file_read(arena, path, TABLE_BYTES_MAX, &body, err));
    return su_csv_parse(arena, body, path, csv, err);
}

enum su_status calib_tables_read(struct su_arena *arena, const struct su_calib_input *in,
                                 struct calib_tables *tables, struct su_err *err)
{
    static const char *const collectives[] = {"allreduce.csv", "alltoall.csv",
                                              "allgather_reducescatter.csv", "sendrecv.csv"};
    bool any = false;
    for (size_t s = 0; s < sizeof(specs) / sizeof(specs[0]); s++) {
        const size_t first = tables->rows.n;
        bool found = false;
        for (size_t i = 0; i < in->n_dirs && !(found && !specs[s].pooled); i++) {
            size_t d = specs[s].pooled ? in->n_dirs - 1 - i : i;
            bool here = false;
            struct su_csv csv;
            SU_TRY(parse(arena, in->dirs[d], specs[s].file, &here, &csv, err));
            if (here)
                SU_TRY(read_rows(arena, in, &specs[s], &csv, first, tables, err));
            found |= here;
        }
        any |= found;
    }
    for (size_t c = 0; c < sizeof(collectives) / sizeof(collectives[0]); c++) {
        for (size_t d = 0; d < in->n_dirs; d++) {
            bool found = false;
            struct su_csv csv;
            SU_TRY(parse(arena, in->dirs[d], collectives[c], &found, &csv, err));
            if (found)
                SU_TRY(read_points(arena, collectives[c], &csv, tables, err));
            any |= found;
        }
    }
    if (!any)
        return SU_FAIL(err, SU_ERR_INPUT, in->n_dirs > 0 ? in->dirs[0] : "tables",
                       "holds no kernel table (gemm.csv, attention_decode.csv, moe.csv …)");
    merge_repeats(tables);
    return SU_OK;
}
