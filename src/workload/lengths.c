/* Length distributions as alias tables. A value up to 4095 has a bin of its own; above, bins widen
 * by 1/2048 of their value, which keeps tables small and is far below what any length matters. A
 * lognormal is that of the rounded, truncated variable: its parameters are moved until mean and
 * coefficient of variation of the table are those asked for. Not here: correlation of input and
 * output. docs/theory/workload.md */
#include "workload/lengths.h"

#include <math.h>
#include <string.h>

#include "base/lines.h"
#include "base/str.h"
#include "base/vec.h"
#include "workload/workload.h"

#define FORMS                                                                         \
    "expected const:N, lognormal:mean=M,cv=C, zipf:n=N,s=S, uniform:low=A,high=B or " \
    "file:PATH"
#define WIDE_SHIFT 11
/* Beyond this many standard deviations of the length-weighted density a lognormal is cut: 1e-9 of
 * its mean. */
#define LOGNORMAL_CUT 6.0
/* Below this coefficient of variation a lognormal is one value. */
#define CV_MIN 1e-6
/* Of the logarithm, while the parameters are fitted. */
#define VARIANCE_MIN 1e-9
#define VARIANCE_MAX 40.0
#define N_FITS 30

/* ---- alias table ---- */

static double bin_mean(const uint32_t *first, uint32_t i)
{
    return first[i] + (double)(first[i + 1] - first[i] - 1) / 2;
}

/* Vose's two stacks in one array: small bins from the left, large ones from the right. */
static void pair_bins(double *share, uint32_t *stack, struct su_lengths_slot *slots, uint32_t n)
{
    uint32_t n_small = 0;
    uint32_t large = n;
    for (uint32_t i = 0; i < n; i++) {
        slots[i] = (struct su_lengths_slot){UINT32_MAX, i};
        if (share[i] < 1)
            stack[n_small++] = i;
        else
            stack[--large] = i;
    }
    while (n_small > 0 && large < n) {
        uint32_t s = stack[--n_small];
        uint32_t l = stack[large];
        slots[s].keep = (uint32_t)(share[s] * 0x1p32);
        slots[s].other = l;
        share[l] -= 1 - share[s];
        if (share[l] < 1) {
            large++;
            stack[n_small++] = l;
        }
    }
}

void su_lengths_from_weights(struct su_arena *arena, struct su_arena *scratch,
                             const double *weights, const uint32_t *first, uint32_t n,
                             struct su_lengths *lengths)
{
    *lengths =
        (struct su_lengths){.kind = SU_LENGTHS_TABLE, .n = n, .values = first, .slot_bits = 1};
    while (1u << lengths->slot_bits < n)
        lengths->slot_bits++;
    uint32_t n_slots = 1u << lengths->slot_bits;
    struct su_lengths_slot *slots = SU_NEW_ARRAY(arena, n_slots, struct su_lengths_slot);
    lengths->slots = slots;
    double *share = SU_NEW_ARRAY(scratch, n_slots, double);
    uint32_t *stack = SU_NEW_ARRAY(scratch, n_slots, uint32_t);
    double sum = 0;
    double moment = 0;
    for (uint32_t i = 0; i < n; i++) {
        sum += weights[i];
        moment += weights[i] * bin_mean(first, i);
    }
    for (uint32_t i = 0; i < n; i++)
        share[i] = weights[i] / sum * n_slots;
    lengths->mean = moment / sum;
    pair_bins(share, stack, slots, n_slots);
}

/* Edges of bins for 1 .. high: below 2 * 2^WIDE_SHIFT one value each. */
static uint32_t *bins(struct su_arena *arena, uint32_t high, uint32_t *n)
{
    uint32_t *first = SU_NEW_ARRAY(arena, SU_LENGTHS_SLOTS_MAX + 1, uint32_t);
    *n = 0;
    for (uint32_t v = 1; v <= high; v += v >> WIDE_SHIFT == 0 ? 1 : v >> WIDE_SHIFT)
        first[(*n)++] = v;
    first[*n] = high + 1;
    return first;
}

/* ---- lognormal ---- */

static double normal_cdf(double z)
{
    return 0.5 * erfc(-z / sqrt(2));
}

/* Weights of the bins, what is below the first one in it; gives mean and cv of the table. */
static void lognormal_weights(const uint32_t *first, uint32_t n, double mu, double sigma,
                              double *weights, double *mean, double *cv)
{
    double below = 0;
    double sum = 0;
    double moment = 0;
    double square = 0;
    for (uint32_t i = 0; i < n; i++) {
        double upto = normal_cdf((log(first[i + 1] - 0.5) - mu) / sigma);
        double value = bin_mean(first, i);
        double width = first[i + 1] - first[i];
        weights[i] = upto - below;
        below = upto;
        sum += weights[i];
        moment += weights[i] * value;
        square += weights[i] * (value * value + (width * width - 1) / 12);
    }
    *mean = moment / sum;
    *cv = sqrt(fmax(square / sum - *mean * *mean, 0)) / *mean;
}

/* What is read from the text of a distribution. */
struct parse {
    struct su_arena *arena;
    struct su_arena *scratch;
    const char *where;
    struct su_err *err;
};

static enum su_status lognormal(struct parse *p, double mean, double cv, struct su_lengths *lengths)
{
    if (!(mean >= 1 && mean <= SU_REQUEST_TOKENS_MAX && cv >= 0 && cv <= 100))
        return SU_FAIL(p->err, SU_ERR_INPUT, p->where,
                       "mean=%g,cv=%g, expected mean 1..%u and cv 0..100", mean, cv,
                       SU_REQUEST_TOKENS_MAX);
    double variance = log1p(cv * cv);
    double mu = log(mean) - variance / 2;
    double top = exp(mu + (LOGNORMAL_CUT + sqrt(variance)) * sqrt(variance)) + 1;
    uint32_t n = 0;
    uint32_t *first = bins(p->arena, (uint32_t)fmin(top, SU_REQUEST_TOKENS_MAX), &n);
    double *weights = SU_NEW_ARRAY(p->scratch, n, double);
    /* Rounding and truncation move the moments by a little: move the parameters back. */
    for (int i = 0; i < N_FITS; i++) {
        double got_mean = 0;
        double got_cv = 0;
        lognormal_weights(first, n, mu, sqrt(variance), weights, &got_mean, &got_cv);
        double off = log(mean / got_mean);
        double ratio = log1p(cv * cv) / log1p(got_cv * got_cv);
        if ((fabs(off) < 1e-5 && fabs(ratio - 1) < 1e-4) || !isfinite(ratio))
            break;
        double next = fmin(fmax(variance * ratio, VARIANCE_MIN), VARIANCE_MAX);
        mu += off + (variance - next) / 2;
        variance = next;
    }
    su_lengths_from_weights(p->arena, p->scratch, weights, first, n, lengths);
    return SU_OK;
}

/* ---- zipf ---- */

/* Sum of k^-s over first .. next - 1; the integral over half a value more on both sides is within
 * s(s+1)/24 of the squared relative width of a bin. */
static double zipf_weight(uint32_t first, uint32_t next, double s)
{
    if (next - first == 1)
        return pow(first, -s);
    double a = first - 0.5;
    double b = next - 0.5;
    return fabs(s - 1) < 1e-9 ? log(b / a) : (pow(b, 1 - s) - pow(a, 1 - s)) / (1 - s);
}

static void zipf(struct su_arena *arena, struct su_arena *scratch, uint32_t top, double s,
                 struct su_lengths *lengths)
{
    uint32_t n = 0;
    uint32_t *first = bins(arena, top, &n);
    double *weights = SU_NEW_ARRAY(scratch, n, double);
    for (uint32_t i = 0; i < n; i++)
        weights[i] = zipf_weight(first[i], first[i + 1], s);
    su_lengths_from_weights(arena, scratch, weights, first, n, lengths);
}

void su_lengths_zipf_ranks(struct su_arena *arena, struct su_arena *scratch, uint32_t n, double s,
                           struct su_lengths *lengths)
{
    zipf(arena, scratch, n, s, lengths);
}

/* ---- a file of lengths ---- */

static enum su_status read_rows(struct parse *p, struct su_lines *lines, struct su_lengths *lengths)
{
    SU_VEC(uint32_t) rows = {0};
    struct su_str line;
    bool more = true;
    double sum = 0;
    for (;;) {
        SU_TRY(su_lines_next(lines, &line, &more, p->err));
        if (!more)
            break;
        long long value = 0;
        line = su_str_trim(line);
        if (line.n == 0 || (!su_str_to_int(line, &value) && su_lines_number(lines) == 1))
            continue; /* blank, or the header */
        if (value < 1 || value > SU_REQUEST_TOKENS_MAX)
            return SU_FAIL(p->err, SU_ERR_INPUT, su_lines_where(lines),
                           "\"%.*s\", expected a whole number 1..%u",
                           (int)(line.n > 40 ? 40 : line.n), line.p, SU_REQUEST_TOKENS_MAX);
        if (rows.n == SU_LENGTHS_ROWS_MAX)
            return SU_FAIL(p->err, SU_ERR_LIMIT, su_lines_where(lines),
                           "more than %u lengths, the limit here", SU_LENGTHS_ROWS_MAX);
        *SU_VEC_PUSH(p->arena, &rows) = (uint32_t)value;
        sum += (double)value;
    }
    if (rows.n == 0)
        return SU_FAIL(p->err, SU_ERR_INPUT, su_lines_where(lines),
                       "no lengths, expected one whole number a row");
    *lengths = (struct su_lengths){.kind = SU_LENGTHS_ROWS,
                                   .n = (uint32_t)rows.n,
                                   .values = rows.items,
                                   .mean = sum / (double)rows.n};
    return SU_OK;
}

static enum su_status from_file(struct parse *p, struct su_str path, struct su_lengths *lengths)
{
    struct su_lines *lines = NULL;
    SU_TRY(su_lines_open(p->scratch, su_str_dup(p->scratch, path), &lines, p->err));
    enum su_status st = read_rows(p, lines, lengths);
    su_lines_close(lines);
    return st;
}

/* ---- the text ---- */

static enum su_status bad(struct parse *p, const char *text)
{
    return SU_FAIL(p->err, SU_ERR_INPUT, p->where, "\"%s\", " FORMS, text);
}

static enum su_status whole(struct parse *p, const char *what, double value)
{
    if (value >= 1 && value <= SU_REQUEST_TOKENS_MAX && value == floor(value))
        return SU_OK;
    return SU_FAIL(p->err, SU_ERR_INPUT, p->where, "%s is %g, expected a whole number 1..%u", what,
                   value, SU_REQUEST_TOKENS_MAX);
}

/* "a=1,b=2" with exactly these two names, in any order. */
static bool two_params(struct su_str text, const char *a, const char *b, double *va, double *vb)
{
    bool has_a = false;
    bool has_b = false;
    while (text.n > 0) {
        const char *comma = memchr(text.p, ',', text.n);
        struct su_str item = {text.p, comma == NULL ? text.n : (size_t)(comma - text.p)};
        size_t used = item.n + (comma != NULL);
        text = (struct su_str){text.p + used, text.n - used};
        const char *eq = memchr(item.p, '=', item.n);
        if (eq == NULL)
            return false;
        struct su_str name = su_str_trim((struct su_str){item.p, (size_t)(eq - item.p)});
        struct su_str value = {eq + 1, (size_t)(item.p + item.n - eq - 1)};
        bool is_a = su_str_eq_c(name, a);
        if ((!is_a && !su_str_eq_c(name, b)) || (is_a ? has_a : has_b) ||
            !su_str_to_double(su_str_trim(value), is_a ? va : vb))
            return false;
        *(is_a ? &has_a : &has_b) = true;
    }
    return has_a && has_b;
}

static enum su_status range(struct parse *p, double low, double high, struct su_lengths *lengths)
{
    SU_TRY(whole(p, "low", low));
    SU_TRY(whole(p, "high", high));
    if (low > high)
        return SU_FAIL(p->err, SU_ERR_INPUT, p->where, "low=%g is above high=%g", low, high);
    *lengths = (struct su_lengths){
        .low = (uint32_t)low, .n = (uint32_t)(high - low) + 1, .mean = (low + high) / 2};
    return SU_OK;
}

static enum su_status init(struct parse *p, const char *text, struct su_lengths *lengths)
{
    const char *colon = text == NULL ? NULL : strchr(text, ':');
    if (colon == NULL)
        return bad(p, text == NULL ? "" : text);
    struct su_str kind = {text, (size_t)(colon - text)};
    struct su_str rest = su_str_c(colon + 1);
    double a = 0;
    double b = 0;
    if (su_str_eq_c(kind, "const") && su_str_to_double(rest, &a)) {
        SU_TRY(whole(p, "const", a));
        return range(p, a, a, lengths);
    }
    if (su_str_eq_c(kind, "uniform") && two_params(rest, "low", "high", &a, &b))
        return range(p, a, b, lengths);
    if (su_str_eq_c(kind, "lognormal") && two_params(rest, "mean", "cv", &a, &b))
        return b < CV_MIN && a >= 1 && b >= 0 ? range(p, round(a), round(a), lengths)
                                              : lognormal(p, a, b, lengths);
    if (su_str_eq_c(kind, "zipf") && two_params(rest, "n", "s", &a, &b)) {
        SU_TRY(whole(p, "n", a));
        if (!(b >= 0 && b <= 20))
            return SU_FAIL(p->err, SU_ERR_INPUT, p->where, "s is %g, expected 0..20", b);
        zipf(p->arena, p->scratch, (uint32_t)a, b, lengths);
        return SU_OK;
    }
    if (su_str_eq_c(kind, "file") && rest.n > 0)
        return from_file(p, rest, lengths);
    return bad(p, text);
}

enum su_status su_lengths_init(struct su_arena *arena, const char *text, const char *where,
                               struct su_lengths *lengths, struct su_err *err)
{
    struct su_arena scratch;
    su_arena_init(&scratch);
    struct parse p = {arena, &scratch, where, err};
    enum su_status st = init(&p, text, lengths);
    su_arena_release(&scratch);
    return st;
}

enum su_status su_lengths_check(struct su_arena *arena, const char *text, const char *where,
                                double *mean, struct su_err *err)
{
    struct su_lengths lengths = {0};
    SU_TRY(su_lengths_init(arena, text, where, &lengths, err));
    *mean = lengths.mean;
    return SU_OK;
}
