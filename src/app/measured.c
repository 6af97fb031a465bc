/* From a row of a publication to a deployment that can be computed. What the row does not state, or
 * what is not modelled, makes it unmapped with the reason; nothing is guessed per row. */
#include "app/measured.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/csv.h"
#include "memory/memory.h"

extern const char su_measured_models_csv[];

/* Engines at their maximum (offline runs) raise their limits to what memory allows. */
#define OFFLINE_SEQS 2048
#define OFFLINE_UTILIZATION 0.95
#define SERVING_SEQS 1024
#define SERVING_UTILIZATION 0.90
#define STEP_TOKENS 8192

const char *su_measured_use_name(enum su_measured_use use)
{
    static const char *const names[] = {"test", "fit", "context"};
    return names[use];
}

enum column {
    MODEL,
    PRECISION,
    ACCELERATOR,
    COUNT,
    ENGINE,
    PARALLELISM,
    INPUT,
    OUTPUT,
    BATCH,
    METRIC,
    VALUE,
    UNIT,
    NOTES,
    SOURCE,
    USE,
    N_COLUMNS
};
static const char *const column_names[N_COLUMNS] = {
    "model",     "precision",  "accelerator",
    "count",     "engine",     "parallelism",
    "input_len", "output_len", "batch_or_concurrency",
    "metric",    "value",      "unit",
    "notes",     "source",     "use"};

static double number_or_nan(const char *cell)
{
    double v = NAN;
    return su_str_to_double(su_str_c(cell), &v) ? v : NAN;
}

static enum su_status read_row(struct su_arena *arena, const struct su_csv *csv,
                               const struct su_csv_row *r, const size_t *at, struct su_measured *m,
                               struct su_err *err)
{
    const char *const *c = r->cells;
    *m = (struct su_measured){
        .model = c[at[MODEL]],
        .precision = c[at[PRECISION]],
        .accelerator = c[at[ACCELERATOR]],
        .engine = c[at[ENGINE]],
        .parallelism = c[at[PARALLELISM]],
        .metric = c[at[METRIC]],
        .unit = c[at[UNIT]],
        .notes = c[at[NOTES]],
        .source = c[at[SOURCE]],
        .where = su_csv_where(arena, csv, r),
        .value = number_or_nan(c[at[VALUE]]),
        .isl = number_or_nan(c[at[INPUT]]),
        .osl = number_or_nan(c[at[OUTPUT]]),
        .count = number_or_nan(c[at[COUNT]]),
        .concurrency = strcmp(c[at[BATCH]], "max") == 0 ? INFINITY : number_or_nan(c[at[BATCH]]),
    };
    const char *use = c[at[USE]];
    if (strcmp(use, "test") == 0)
        m->use = SU_MEASURED_TEST;
    else if (strcmp(use, "fit") == 0)
        m->use = SU_MEASURED_FIT;
    else if (strcmp(use, "context") == 0)
        m->use = SU_MEASURED_CONTEXT;
    else
        return SU_FAIL(err, SU_ERR_INPUT, m->where, "use is \"%s\", expected test, fit or context",
                       use);
    if (m->use != SU_MEASURED_CONTEXT && !(m->value > 0))
        return SU_FAIL(err, SU_ERR_INPUT, m->where, "value is \"%s\", expected a number above 0",
                       c[at[VALUE]]);
    return SU_OK;
}

static const char *preset_of(const struct su_csv *names, const char *model)
{
    for (size_t i = 0; i < names->n_rows; i++) {
        if (strcasecmp(names->rows[i].cells[0], model) == 0)
            return names->rows[i].cells[1];
    }
    const struct su_model_preset *preset = su_model_find_preset(model);
    return preset == NULL ? NULL : preset->name;
}

#define CARDS_MAX 1024

/* A number of cards after `prefix`; *rest is what follows it. */
static bool read_cards(const char *text, const char *prefix, uint32_t *cards, const char **rest)
{
    size_t n = strlen(prefix);
    if (strncmp(text, prefix, n) != 0 || !isdigit((unsigned char)text[n]))
        return false;
    char *end = NULL;
    long v = strtol(text + n, &end, 10);
    *cards = (uint32_t)v;
    *rest = end;
    return v >= 1 && v <= CARDS_MAX;
}

/* "TP8", "TP16 over 2 nodes" (the server's size says the same), "DP/EP4", "EP16, no MTP" (attention
 * data-parallel, as the source says). */
static bool read_cut(const char *text, struct su_parallel *par)
{
    uint32_t n = 0;
    uint32_t nodes = 0;
    const char *rest = "";
    const char *after = "";
    *par = (struct su_parallel){1, 1, 1, 1};
    if (read_cards(text, "TP", &n, &rest)) {
        par->tp = n;
        return rest[0] == '\0' ||
               (read_cards(rest, " over ", &nodes, &after) && strcmp(after, " nodes") == 0);
    }
    if (!read_cards(text, "DP/EP", &n, &rest) && !read_cards(text, "EP", &n, &rest))
        return false;
    par->dp = par->ep = n;
    return rest[0] == '\0' || strcmp(rest, ", no MTP") == 0;
}

/* Rows of an engine that speculates elsewhere, without a word on whether they do. */
static const char *speculation(const struct su_measured *m)
{
    if (strstr(m->parallelism, "no MTP") != NULL)
        return NULL;
    if (strstr(m->parallelism, "MTP") != NULL)
        return "it guesses tokens ahead, with an acceptance that is not stated";
    bool bare = strncmp(m->parallelism, "EP", 2) == 0;
    return bare ? "whether it guesses tokens ahead is not stated" : NULL;
}

static bool metric_known(const struct su_measured *m)
{
    static const char *const known[] = {"tpot_ms",
                                        "ttft_ms",
                                        "output_tok_s_total",
                                        "decode_tok_s_per_gpu",
                                        "prefill_tok_s_per_gpu",
                                        "decode_tok_s_bs1",
                                        "in_plus_out_tok_s_bs1",
                                        "in_plus_out_tok_s_total"};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(known[i], m->metric) == 0)
            return true;
    }
    return false;
}

/* What the row leaves unsaid, or says that is not modelled. */
static const char *unstated(const struct su_measured *m)
{
    if (strncmp(m->metric, "train", 5) == 0)
        return "training is not modelled yet";
    if (!metric_known(m))
        return "this metric is not predicted";
    if (isnan(m->isl) || isnan(m->osl))
        return "lengths are not stated";
    if (isnan(m->concurrency) && strcmp(m->metric, "prefill_tok_s_per_gpu") != 0)
        return "concurrency is not stated";
    if (speculation(m) != NULL)
        return speculation(m);
    if (strstr(m->notes, "prefix cache hit") != NULL)
        return "prefix caching is not modelled in steady state";
    return NULL;
}

static void set_limits(struct su_measured *m, const struct su_accel *accel)
{
    bool offline = isinf(m->concurrency);
    m->limits.max_num_seqs = offline ? OFFLINE_SEQS : SERVING_SEQS;
    m->limits.max_num_batched_tokens = STEP_TOKENS;
    struct su_memory_request request = {
        .graph = m->deployment.graph,
        .par = m->deployment.par,
        .weight_dtype = m->deployment.weight_dtype,
        .kv_dtype = m->deployment.kv_dtype,
        .card_bytes = su_memory_visible_bytes(su_accel_mem_bytes(accel)),
        .utilization_frac = offline ? OFFLINE_UTILIZATION : SERVING_UTILIZATION,
        .max_batched_tokens = STEP_TOKENS,
        .max_sequences = 256,
        .block_tokens = 16,
    };
    m->limits.kv_capacity_tokens = su_memory_map(&request).kv_capacity_tokens;
}

static enum su_status map(struct su_arena *arena, const struct su_catalog *catalog,
                          const struct su_csv *names, struct su_measured *m, struct su_err *err)
{
    m->unmapped = unstated(m);
    if (m->unmapped != NULL)
        return SU_OK;
    const char *preset = preset_of(names, m->model);
    const struct su_accel *accel = su_catalog_accel(catalog, m->accelerator);
    struct su_deployment *d = &m->deployment;
    if (preset == NULL)
        m->unmapped = "the model is not embedded";
    else if (accel == NULL)
        m->unmapped = "the chip is not in the catalog";
    else if (!read_cut(m->parallelism, &d->par))
        m->unmapped = "the layout is not stated, or in words that are not known";
    else if (!su_dtype_parse(su_str_c(su_str_lower(arena, m->precision)), &d->weight_dtype))
        m->unmapped = "the number format is not known";
    if (m->unmapped != NULL)
        return SU_OK;
    struct su_model *model = SU_NEW(arena, struct su_model);
    SU_TRY(su_model_load(arena, preset, model, err));
    d->graph = su_graph_build(arena, model);
    /* NVIDIA's FP8 checkpoints for TensorRT-LLM carry kv_cache_quant_algo FP8; elsewhere "auto". */
    bool fp8_cache =
        strstr(m->engine, "TensorRT-LLM") != NULL || strstr(m->engine, "TRT-LLM") != NULL;
    d->kv_dtype = fp8_cache && d->weight_dtype == SU_DTYPE_fp8 ? SU_DTYPE_fp8 : SU_DTYPE_bf16;
    d->eff = su_eff_of(catalog, accel, SU_EFF_MID);
    m->class = model->attention == SU_ATTENTION_MLA ? "mla"
               : model->n_experts > 0               ? "moe"
                                                    : "dense";
    if (su_device_init(&d->device, accel, su_catalog_server_for(catalog, accel->id),
                       d->weight_dtype, NULL) != SU_OK)
        m->unmapped = "the chip publishes no rate";
    else if (su_parallel_check(model, d->par, NULL) != SU_OK)
        m->unmapped = "the model cannot be cut so";
    else if (d->par.tp * d->par.dp > d->device.domain_cards && d->device.nic_bytes_per_s <= 0)
        m->unmapped = "the network between its servers is not known";
    if (m->unmapped == NULL)
        set_limits(m, accel);
    if (m->unmapped == NULL && (double)m->limits.kv_capacity_tokens < m->isl + m->osl)
        m->unmapped = "our memory map says it does not fit";
    return SU_OK;
}

enum su_status su_measured_read(struct su_arena *arena, const struct su_catalog *catalog,
                                struct su_str text, const char *name, struct su_measured **rows,
                                size_t *n_rows, struct su_err *err)
{
    struct su_csv csv;
    struct su_csv names;
    size_t at[N_COLUMNS];
    SU_TRY(su_csv_parse(arena, text, name, &csv, err));
    SU_TRY(su_csv_parse(arena, su_str_c(su_measured_models_csv), "models.csv", &names, err));
    for (size_t i = 0; i < N_COLUMNS; i++)
        SU_TRY(su_csv_col(&csv, column_names[i], &at[i], err));
    *rows = SU_NEW_ARRAY(arena, csv.n_rows, struct su_measured);
    *n_rows = csv.n_rows;
    for (size_t i = 0; i < csv.n_rows; i++) {
        SU_TRY(read_row(arena, &csv, &csv.rows[i], at, &(*rows)[i], err));
        SU_TRY(map(arena, catalog, &names, &(*rows)[i], err));
    }
    return SU_OK;
}

/* What the row ran. Requests of equal length whose prompts all fit in one step start and end
 * together; otherwise a closed loop spreads out. "max" is as many as memory and limits hold. */
static struct su_steady steady(const struct su_measured *m, const struct su_deployment *d)
{
    struct su_load load = {m->isl, 0, m->osl, 0};
    if (m->concurrency / d->par.dp * m->isl <= m->limits.max_num_batched_tokens)
        return su_steady_in_waves(d, &m->limits, &load, m->concurrency);
    double by_kv = (double)m->limits.kv_capacity_tokens / (m->isl + m->osl / 2);
    double most = fmin(m->limits.max_num_seqs, by_kv) * d->par.dp;
    double n = isinf(m->concurrency) ? fmax(2 * most, 1) : m->concurrency;
    return su_steady_at_concurrency(d, &m->limits, &load, n);
}

double su_measured_predict(const struct su_measured *row, struct su_engine_constants constants,
                           enum su_eff_level level)
{
    struct su_deployment d = row->deployment;
    d.eff = su_eff_at(&d.eff, level);
    if (constants.n_rows > 0) {
        double overhead_s = constants.per_layer_s * d.graph->model->n_layers;
        *(constants.kind == 'a'   ? &d.eff.factor_attention
          : constants.kind == 'e' ? &d.eff.factor_experts
                                  : &d.eff.factor_rest) = constants.factor;
        d.eff.overhead_s = overhead_s;
        d.eff.composition_log_spread = SU_COMPOSITION_FITTED_LOG_SPREAD;
        for (size_t i = 0; i < 3; i++)
            d.eff.overhead_levels_s[i] = overhead_s;
    }
    struct su_load load = {row->isl, 0, row->osl, 0};
    if (strcmp(row->metric, "prefill_tok_s_per_gpu") == 0)
        return su_prefill_tok_s_per_gpu(&d, &row->limits, &load);
    if (strcmp(row->metric, "decode_tok_s_per_gpu") == 0)
        return su_decode_tok_s_per_gpu(&d, &load, row->concurrency); /* stated per card */
    struct su_steady s = steady(row, &d);
    double per_request = row->osl;
    if (strcmp(row->metric, "ttft_ms") == 0)
        return s.ttft_s * 1e3;
    if (strcmp(row->metric, "tpot_ms") == 0)
        return s.tpot_s * 1e3;
    if (strncmp(row->metric, "in_plus_out", 11) == 0 ||
        strcmp(row->metric, "decode_tok_s_bs1") == 0)
        per_request += row->isl; /* these rows count prompt and answer */
    return s.rate_req_s * per_request;
}

bool su_measured_same_group(const struct su_measured *a, const struct su_measured *b)
{
    return a->unmapped == NULL && b->unmapped == NULL && strcmp(a->engine, b->engine) == 0 &&
           strcmp(a->class, b->class) == 0 && strcmp(a->parallelism, b->parallelism) == 0;
}

/* The constants are those of the decode step: time to the first token holds an eager prefill, which
 * is another matter. */
static bool fits_on(const struct su_measured *r, const struct su_measured *row, const char *except)
{
    return r->use == SU_MEASURED_FIT && strcmp(r->metric, "ttft_ms") != 0 &&
           su_measured_same_group(r, row) && (except == NULL || strcmp(r->model, except) != 0);
}

/* Sum of |ln(predicted / measured)| over the fit rows of a group. */
static double misfit(const struct su_measured *rows, size_t n_rows, const struct su_measured *row,
                     const char *except, struct su_engine_constants c)
{
    double sum = 0;
    for (size_t i = 0; i < n_rows; i++) {
        const struct su_measured *r = &rows[i];
        if (fits_on(r, row, except))
            sum += fabs(log(su_measured_predict(r, c, SU_EFF_MID) / r->value));
    }
    return sum;
}

/* A coarse search refined around its best point: two parameters, a few rows, no derivatives. */
#define SEARCH_POINTS 9
#define SEARCH_ROUNDS 4
#define PER_LAYER_MAX_S 600e-6
#define FACTOR_SPAN_LOG 1.4

/* Best constants of one kind into c; its misfit. */
static double search(const struct su_measured *rows, size_t n_rows, const struct su_measured *row,
                     const char *except, struct su_engine_constants *c)
{
    double layer_at = PER_LAYER_MAX_S / 2;
    double layer_span = PER_LAYER_MAX_S / 2;
    double log_at = 0;
    double log_span = FACTOR_SPAN_LOG;
    double least = INFINITY;
    for (int round = 0; round < SEARCH_ROUNDS; round++) {
        double layer_centre = layer_at;
        double log_centre = log_at;
        for (int i = 0; i < SEARCH_POINTS * SEARCH_POINTS; i++) {
            int column = i % SEARCH_POINTS;
            int row_at = i / SEARCH_POINTS;
            double u = (double)column / (SEARCH_POINTS - 1) * 2 - 1;
            double v = (double)row_at / (SEARCH_POINTS - 1) * 2 - 1;
            struct su_engine_constants trial = *c;
            trial.per_layer_s = fmax(layer_centre + u * layer_span, 0);
            trial.factor = exp(log_centre + v * log_span);
            double m = misfit(rows, n_rows, row, except, trial);
            if (m < least) {
                least = m;
                layer_at = trial.per_layer_s;
                log_at = log(trial.factor);
            }
        }
        layer_span /= SEARCH_POINTS / 2.0;
        log_span /= SEARCH_POINTS / 2.0;
    }
    c->per_layer_s = layer_at;
    c->factor = exp(log_at);
    return least;
}

/* "TP8" and "TP16 over 2 nodes" are cuts of one kind, "TP8" and "DP/EP8" are not. */
static bool same_kind_of_cut(const struct su_measured *a, const struct su_measured *b)
{
    return (a->deployment.par.tp > 1) == (b->deployment.par.tp > 1) &&
           (a->deployment.par.dp > 1) == (b->deployment.par.dp > 1) &&
           (a->deployment.par.ep > 1) == (b->deployment.par.ep > 1);
}

static double cut_distance(const struct su_measured *a, const struct su_measured *b)
{
    double cards_a = (double)a->deployment.par.tp * a->deployment.par.dp;
    double cards_b = (double)b->deployment.par.tp * b->deployment.par.dp;
    return fabs(log(cards_a / cards_b));
}

/* A fit row of row's engine and class whose cut is the nearest of its kind; NULL when there is
 * none. */
static const struct su_measured *nearest_cut(const struct su_measured *rows, size_t n_rows,
                                             const struct su_measured *row, const char *except)
{
    const struct su_measured *best = NULL;
    for (size_t i = 0; i < n_rows; i++) {
        const struct su_measured *r = &rows[i];
        if (r->unmapped == NULL && strcmp(r->engine, row->engine) == 0 &&
            strcmp(r->class, row->class) == 0 && same_kind_of_cut(r, row) &&
            fits_on(r, r, except) &&
            (best == NULL || cut_distance(r, row) < cut_distance(best, row)))
            best = r;
    }
    return best;
}

struct su_engine_constants su_engine_constants_fit(const struct su_measured *rows, size_t n_rows,
                                                   const struct su_measured *row,
                                                   const char *except)
{
    struct su_engine_constants best = {.factor = 1};
    uint32_t n = 0;
    for (size_t i = 0; i < n_rows; i++)
        n += fits_on(&rows[i], row, except);
    if (n == 0 && strcmp(row->class, "moe") == 0) {
        /* Same attention kernels, same host: what dense models of this engine and cut showed is
         * nearer than nothing, except where it is about the GEMMs. */
        struct su_measured dense = *row;
        dense.class = "dense";
        best = su_engine_constants_fit(rows, n_rows, &dense, except);
        if (best.kind == 'r')
            best.factor = 1;
        if (best.n_rows > 0)
            return best;
    }
    if (n == 0) {
        /* What goes with engine and class is nearer than the defaults. */
        const struct su_measured *near = nearest_cut(rows, n_rows, row, except);
        return near == NULL ? best : su_engine_constants_fit(rows, n_rows, near, except);
    }
    static const char kinds[] = "are";
    double least = INFINITY;
    for (size_t k = 0; k < sizeof(kinds) - 1; k++) {
        if (kinds[k] == 'e' && strcmp(row->class, "dense") == 0)
            continue;
        struct su_engine_constants c = {.n_rows = n, .kind = kinds[k]};
        double m = search(rows, n_rows, row, except, &c);
        if (m < least) {
            least = m;
            best = c;
        }
    }
    return best;
}
