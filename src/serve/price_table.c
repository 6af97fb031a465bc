/* Filling the tables of the pricer. A surface is a sum of trees and may fall a little where its
 * argument grows; knots are made not to, so that more work never costs less. */
#include "serve/price_table.h"

#include <assert.h>
#include <math.h>

#include "serve/price.h"

static double part_s(const struct price_model *model, struct su_step step, unsigned parts)
{
    return su_step_parts_s(&model->deployment, &step, parts) * model->scale;
}

static int64_t ps_of(double s)
{
    return llround(s * SU_PS_PER_S);
}

/* ---- rows ---- */

#define GRAPH_ROWS 512u
#define GRAPH_KNOTS 52u /* 0, 1, 2, 4, then by 8 to 256, by 16 to 512 */

/* Spacing of knots above GRAPH_ROWS: each octave takes the next. */
struct band {
    uint32_t first_row;
    uint32_t first_knot;
    uint32_t shift;
};
static const struct band bands[] = {
    {512, 51, 4}, {2048, 51 + 96, 5}, {4096, 51 + 96 + 64, 6}, {16384, 51 + 96 + 64 + 192, 8}};
#define N_BANDS (sizeof(bands) / sizeof(bands[0]))

static uint32_t graph_knot(uint32_t rows)
{
    if (rows <= 2)
        return rows;
    if (rows <= 4)
        return 3;
    return rows <= 256 ? 3 + (rows + 7) / 8 : 35 + (rows - 256 + 15) / 16;
}

static const struct band *band_of(uint64_t rows)
{
    const struct band *b = bands;
    while (b + 1 < bands + N_BANDS && rows >= b[1].first_row)
        b++;
    return b;
}

static uint64_t rows_at(uint32_t knot)
{
    if (knot <= 2)
        return knot;
    if (knot == 3)
        return 4;
    if (knot <= 35)
        return 8 * (uint64_t)(knot - 3);
    if (knot < GRAPH_KNOTS)
        return 256 + 16 * (uint64_t)(knot - 35);
    const struct band *b = &bands[N_BANDS - 1];
    while (b > bands && knot < b->first_knot)
        b--;
    return b->first_row + ((uint64_t)(knot - b->first_knot) << b->shift);
}

void price_rows_init(struct price_rows *rows, struct su_arena *arena, unsigned part,
                     uint64_t rows_max)
{
    const struct band *b = band_of(rows_max);
    uint64_t last = rows_max <= GRAPH_ROWS
                        ? GRAPH_KNOTS
                        : b->first_knot + ((rows_max - b->first_row) >> b->shift) + 1;
    *rows = (struct price_rows){.part = part, .n_knots = (uint32_t)last + 1};
    rows->ps = SU_NEW_ARRAY(arena, rows->n_knots, int64_t);
    rows->pools = SU_NEW_ARRAY(arena, rows->n_knots, struct price_pool);
}

/* The nearest values that do not fall (pool adjacent violators): a running maximum would lie above
 * the model by 1 to 2 %. */
static void pool(int64_t *ps, uint32_t n, struct price_pool *pools)
{
    struct price_pool *top = pools;
    for (uint32_t i = 0; i < n; i++) {
        *top = (struct price_pool){(double)ps[i], 1};
        while (top > pools && top[-1].mean_ps > top->mean_ps) {
            uint32_t both = top[-1].n_knots + top->n_knots;
            top[-1].mean_ps += (top->mean_ps - top[-1].mean_ps) * top->n_knots / both;
            top[-1].n_knots = both;
            top--;
        }
        top++;
    }
    for (const struct price_pool *p = pools; p < top; p++) {
        for (uint32_t i = 0; i < p->n_knots; i++)
            *ps++ = llround(p->mean_ps);
    }
}

__attribute__((noinline)) static void fill_rows(struct price_rows *rows,
                                                const struct price_model *model)
{
    for (uint32_t i = 1; i < rows->n_knots; i++) { /* no rows, no time */
        double n = (double)rows_at(i);
        bool head = rows->part == SU_PART_HEAD;
        struct su_step step = {.prefill_tokens = n, .prefill_seqs = head ? n : 0};
        rows->ps[i] = ps_of(part_s(model, step, rows->part));
    }
    pool(rows->ps, rows->n_knots, rows->pools);
    rows->filled = true;
    rows->none = rows->ps[rows->n_knots - 1] == 0; /* the largest */
}

int64_t price_rows_ps(struct price_rows *rows, const struct price_model *model, uint64_t n,
                      uint32_t den)
{
    if (!rows->filled)
        fill_rows(rows, model);
    if (rows->none)
        return 0;
    uint64_t whole = den == 1 ? n : (n + den - 1) / den;
    if (whole <= GRAPH_ROWS)
        return rows->ps[graph_knot((uint32_t)whole)];
    const struct band *b = band_of(whole);
    uint64_t past = n - (uint64_t)b->first_row * den;
    uint64_t step = (uint64_t)den << b->shift;
    uint64_t n_past = den == 1 ? past >> b->shift : past / step;
    uint64_t into = past - n_past * step;
    uint32_t knot = b->first_knot + (uint32_t)n_past;
    assert(knot + 1 < rows->n_knots);
    int64_t rise = rows->ps[knot + 1] - rows->ps[knot];
    return rows->ps[knot] + (int64_t)((double)rise * (double)into / (double)step);
}

/* ---- decode ---- */

#define SEQ_EXACT 8u /* knots at every number up to this, then at its multiples */

static uint32_t seq_knot(uint32_t seqs)
{
    return seqs <= SEQ_EXACT ? seqs - 1 : SEQ_EXACT - 2 + seqs / SEQ_EXACT;
}

static uint32_t seqs_at(uint32_t knot)
{
    return knot < SEQ_EXACT ? knot + 1 : (knot - (SEQ_EXACT - 2)) * SEQ_EXACT;
}

void price_decode_init(struct price_decode *decode, struct su_arena *arena,
                       const struct price_model *model, uint32_t seqs_max)
{
    *decode = (struct price_decode){
        .seqs_max = seqs_max,
        .n_seq_knots = seq_knot(seqs_max) + 2,
        .longest = su_step_longest(&model->deployment),
    };
    decode->longest.s_per_token *= model->scale;
    size_t n = decode->n_seq_knots;
    decode->knots_s = SU_NEW_ARRAY(arena, n * PRICE_CONTEXT_KNOTS, double);
    decode->n_filled = SU_NEW_ARRAY(arena, n, uint32_t);
    decode->cells = SU_NEW_ARRAY(arena, (size_t)seqs_max * PRICE_CONTEXT_KNOTS, struct price_cell);
}

static void fill_decode(struct price_decode *decode, const struct price_model *model,
                        uint32_t seq_at, uint32_t context_at)
{
    for (uint32_t s = 0; s <= seq_at; s++) {
        double *row = decode->knots_s + (size_t)s * PRICE_CONTEXT_KNOTS;
        for (uint32_t c = decode->n_filled[s]; c <= context_at; c++) {
            double context = fmax((double)price_knot_at(c, PRICE_CONTEXT_BITS), 1);
            struct su_step step = {.decode_seqs = seqs_at(s), .decode_kv_tokens = context};
            row[c] = part_s(model, step, SU_PART_DECODE);
            if (c > 0)
                row[c] = fmax(row[c], row[c - 1]);
            if (s > 0)
                row[c] = fmax(row[c], (row - PRICE_CONTEXT_KNOTS)[c]);
        }
        if (decode->n_filled[s] <= context_at)
            decode->n_filled[s] = context_at + 1;
    }
}

/* At any number of sequences: linear between those of the knots. */
static double decode_s(const struct price_decode *decode, uint32_t n_decode, uint32_t context_at)
{
    uint32_t s = seq_knot(n_decode);
    const double *low = decode->knots_s + (size_t)s * PRICE_CONTEXT_KNOTS + context_at;
    double into = (double)(n_decode - seqs_at(s)) / (seqs_at(s + 1) - seqs_at(s));
    return low[0] + into * (low[PRICE_CONTEXT_KNOTS] - low[0]);
}

void price_fill_cell(struct price_decode *decode, const struct price_model *model,
                     uint32_t n_decode, uint32_t knot, struct price_cell *cell)
{
    const uint32_t last = PRICE_CONTEXT_KNOTS - 1;
    uint32_t from = knot < last ? knot : last - 1;
    fill_decode(decode, model, seq_knot(n_decode) + 1, from + 1);
    int64_t low_ps = ps_of(decode_s(decode, n_decode, from));
    int64_t high_ps = ps_of(decode_s(decode, n_decode, from + 1));
    uint64_t width =
        price_knot_at(from + 1, PRICE_CONTEXT_BITS) - price_knot_at(from, PRICE_CONTEXT_BITS);
    /* Rounded down: the line ends at or below where the next one begins. */
    cell->slope_ps = (high_ps - low_ps) / (int64_t)(width * n_decode);
    cell->at_ps = knot < last ? low_ps : high_ps;
    if (cell->at_ps < 1)
        cell->at_ps = 1;
}

/* ---- prefill ---- */

void price_prefill_init(struct price_prefill *prefill, struct su_arena *arena,
                        uint64_t chunk_tokens_max)
{
    uint32_t n = price_knot(chunk_tokens_max, PRICE_CHUNK_BITS) + 2;
    prefill->n_chunk_knots = n;
    prefill->knots_ps = SU_NEW_ARRAY(arena, (size_t)n * PRICE_CONTEXT_KNOTS, int64_t);
    prefill->pools = SU_NEW_ARRAY(arena, n, struct price_pool);
}

__attribute__((noinline)) static void fill_column(struct price_prefill *prefill,
                                                  const struct price_model *model,
                                                  uint32_t before_at, int64_t *ps)
{
    for (uint32_t i = 0; i < prefill->n_chunk_knots; i++) {
        double q = fmax((double)price_knot_at(i, PRICE_CHUNK_BITS), 1);
        double before = (double)price_knot_at(before_at, PRICE_CONTEXT_BITS);
        struct su_step step = {
            .prefill_tokens = q, .prefill_seqs = 1, .prefill_kv_tokens = q + before};
        ps[i] = ps_of(part_s(model, step, SU_PART_PREFILL)) + 1; /* never 0: filled */
    }
    pool(ps, prefill->n_chunk_knots, prefill->pools);
}

/* Chunks of every size after as many tokens as the knot says. */
static inline const int64_t *prefill_column(struct price_prefill *prefill,
                                            const struct price_model *model, uint32_t before_at)
{
    int64_t *ps = prefill->knots_ps + (size_t)before_at * prefill->n_chunk_knots;
    if (ps[0] == 0)
        fill_column(prefill, model, before_at, ps);
    return ps;
}

/* Cell of x, and how far into it; the last one goes on. */
static inline uint32_t cell_of(uint64_t x, unsigned bits, uint32_t n_knots, double *into)
{
    unsigned e = price_knot_shift(x, bits);
    uint32_t at = (uint32_t)(((uint64_t)e << bits) + (x >> e));
    uint64_t low = x >> e << e;
    uint64_t width = UINT64_C(1) << e;
    if (at > n_knots - 2) {
        at = n_knots - 2;
        low = price_knot_at(at, bits);
        width = price_knot_at(at + 1, bits) - low;
    }
    *into = (double)(x - low) / (double)width;
    return at;
}

double price_prefill_ps(struct price_prefill *prefill, const struct price_model *model,
                        uint64_t chunk_tokens, uint64_t tokens_before)
{
    double u = 0;
    double v = 0;
    uint32_t q = cell_of(chunk_tokens, PRICE_CHUNK_BITS, prefill->n_chunk_knots, &u);
    uint32_t b = cell_of(tokens_before, PRICE_CONTEXT_BITS, PRICE_CONTEXT_KNOTS, &v);
    const int64_t *less = prefill_column(prefill, model, b) + q;
    if (v == 0)
        return (double)less[0] + u * (double)(less[1] - less[0]);
    const int64_t *more = prefill_column(prefill, model, b + 1) + q;
    double low = (double)less[0] + v * (double)(more[0] - less[0]);
    double high = (double)less[1] + v * (double)(more[1] - less[1]);
    return low + u * (high - low);
}

/* ---- mixed ---- */

#define MIXED_SLOTS (1u << 16)
#define MIXED_KNOTS_MAX 63u /* six bits of a key for each axis */

/* Knots an octave, as powers of two: chunk, tokens before it, decodes, their context. */
static const unsigned mixed_bits[4] = {1, 0, 1, 0};

void price_mixed_init(struct price_mixed *mixed, struct su_arena *arena,
                      const struct price_model *model)
{
    struct su_step step = {.prefill_tokens = 256,
                           .prefill_seqs = 1,
                           .prefill_kv_tokens = 256,
                           .decode_seqs = 32,
                           .decode_kv_tokens = 1024};
    const unsigned both = SU_PART_PREFILL | SU_PART_DECODE;
    struct su_step prefill = step;
    prefill.decode_seqs = 0;
    struct su_step decode = step;
    decode.prefill_seqs = decode.prefill_tokens = 0;
    double apart = part_s(model, prefill, both) + part_s(model, decode, both);
    bool known = fabs(part_s(model, step, both) / apart - 1) > 1e-9;
    mixed->slots = known ? SU_NEW_ARRAY(arena, MIXED_SLOTS, struct price_mixed_slot) : NULL;
}

static double mixed_knot(struct price_mixed *mixed, const struct price_model *model,
                         const uint32_t at[4])
{
    uint32_t key = 1 + (at[0] | at[1] << 6 | at[2] << 12 | at[3] << 18);
    struct price_mixed_slot *slot = &mixed->slots[(key * 2654435761u >> 8) & (MIXED_SLOTS - 1)];
    if (slot->key == key)
        return (double)slot->ratio;
    double x[4];
    for (int i = 0; i < 4; i++)
        x[i] = fmax((double)price_knot_at(at[i], mixed_bits[i]), 1);
    struct su_step both = {.prefill_tokens = x[0],
                           .prefill_seqs = 1,
                           .prefill_kv_tokens = x[0] + x[1],
                           .decode_seqs = x[2],
                           .decode_kv_tokens = x[3]};
    if (at[1] == 0)
        both.prefill_kv_tokens = x[0];
    struct su_step prefill = both;
    prefill.decode_seqs = 0;
    struct su_step decode = both;
    decode.prefill_seqs = decode.prefill_tokens = 0;
    const unsigned parts = SU_PART_PREFILL | SU_PART_DECODE;
    slot->key = key;
    slot->ratio = (float)(part_s(model, both, parts) /
                          (part_s(model, prefill, parts) + part_s(model, decode, parts)));
    return (double)slot->ratio;
}

double price_mixed_ratio(struct price_mixed *mixed, const struct price_model *model,
                         uint64_t chunk_tokens, uint64_t tokens_before, uint32_t n_decode,
                         uint64_t context)
{
    const uint64_t x[4] = {chunk_tokens, tokens_before, n_decode, context};
    uint32_t at[4];
    double into[4];
    for (int i = 0; i < 4; i++) {
        at[i] = cell_of(x[i], mixed_bits[i], MIXED_KNOTS_MAX, &into[i]);
        if (into[i] > 1)
            into[i] = 1;
    }
    double sum = 0;
    for (unsigned corner = 0; corner < 16; corner++) {
        double weight = 1;
        uint32_t c[4];
        for (unsigned i = 0; i < 4; i++) {
            unsigned up = corner >> i & 1;
            weight *= up ? into[i] : 1 - into[i];
            c[i] = at[i] + up;
        }
        if (weight > 0)
            sum += weight * mixed_knot(mixed, model, c);
    }
    return sum;
}
