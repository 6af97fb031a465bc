/* The result file of vLLM's benchmark_serving (now `vllm bench serve`): one JSON document with an
 * array of prompt lengths and one of answer lengths; failed requests have answers of no tokens.
 * With --save-detailed newer versions add when each request was sent. Without those times the
 * file's own request_rate, burstiness and max_concurrency say how requests arrived. The document
 * is held whole, up to a limit; answers' text is passed over.
 * Source: vllm/benchmarks/serve.py of the vLLM project. */
#include <math.h>
#include <stdlib.h>

#include "base/jscan.h"
#include "base/str.h"
#include "workload/reader.h"

#define DOCUMENT_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define PS_PER_S INT64_C(1000000000000)

struct sent {
    su_wide_ps t_ps;
    int64_t input_tokens;
    int64_t output_tokens;
    size_t index; /* order of equal times */
};

struct vllm_state {
    SU_VEC(int64_t) inputs;
    SU_VEC(int64_t) outputs;
    SU_VEC(su_wide_ps) times;
    struct sent *rows;
    size_t n;
    size_t at;
};

static enum su_status fault(struct su_reader *reader, const struct su_jscan *scan,
                            struct su_err *err)
{
    return SU_FAIL(err, SU_ERR_INPUT, su_lines_where(reader->lines), "not valid JSON: %s",
                   scan->fault);
}

static enum su_status lengths(struct su_reader *reader, struct su_jscan *scan, const char *key,
                              int64_t **items, size_t *n, struct su_err *err)
{
    SU_VEC(int64_t) v = {0};
    struct su_str text;
    if (su_jscan_array(scan)) {
        while (su_jscan_item(scan) && su_jscan_number(scan, &text)) {
            if (!su_text_whole(text, SU_VEC_PUSH(reader->arena, &v)))
                return su_reader_bad(reader, key, text, "whole numbers", err);
        }
    }
    *items = v.items;
    *n = v.n;
    return scan->fault == NULL ? SU_OK : fault(reader, scan, err);
}

static enum su_status times(struct su_reader *reader, struct su_jscan *scan, struct vllm_state *s,
                            struct su_err *err)
{
    struct su_str text;
    s->times.n = 0;
    if (su_jscan_array(scan)) {
        while (su_jscan_item(scan) && su_jscan_number(scan, &text)) {
            if (!su_text_ps(text, PS_PER_S, SU_VEC_PUSH(reader->arena, &s->times)))
                return su_reader_bad(reader, "start_times", text, "seconds, 0 or more", err);
        }
    }
    return scan->fault == NULL ? SU_OK : fault(reader, scan, err);
}

/* A positive number; "inf", null and everything else leave *value alone. */
static void positive(struct su_jscan *scan, double *value)
{
    struct su_str text;
    double got = 0;
    if (su_jscan_peek(scan) != SU_JSCAN_NUMBER)
        su_jscan_skip(scan);
    else if (su_jscan_number(scan, &text) && su_str_to_double(text, &got) && got > 0)
        *value = got;
}

static enum su_status member(struct su_reader *reader, struct su_jscan *scan, struct su_str key,
                             double *concurrency, struct su_err *err)
{
    struct vllm_state *s = reader->state;
    if (su_str_eq_c(key, "input_lens"))
        return lengths(reader, scan, "input_lens", &s->inputs.items, &s->inputs.n, err);
    if (su_str_eq_c(key, "output_lens"))
        return lengths(reader, scan, "output_lens", &s->outputs.items, &s->outputs.n, err);
    if (su_str_eq_c(key, "start_times"))
        return times(reader, scan, s, err);
    if (su_str_eq_c(key, "request_rate"))
        positive(scan, &reader->own_rate_req_s);
    else if (su_str_eq_c(key, "burstiness"))
        positive(scan, &reader->own_burstiness);
    else if (su_str_eq_c(key, "max_concurrency"))
        positive(scan, concurrency);
    else
        su_jscan_skip(scan);
    return scan->fault == NULL ? SU_OK : fault(reader, scan, err);
}

static int by_time(const void *a, const void *b)
{
    const struct sent *x = a;
    const struct sent *y = b;
    if (x->t_ps != y->t_ps)
        return x->t_ps < y->t_ps ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static enum su_status join(struct su_reader *reader, struct su_err *err)
{
    struct vllm_state *s = reader->state;
    s->n = s->inputs.n;
    if (s->n == 0)
        return SU_FAIL(err, SU_ERR_INPUT, su_lines_where(reader->lines),
                       "has no input_lens; vLLM writes them with --save-detailed");
    if (s->outputs.n != s->n || (s->times.n > 0 && s->times.n != s->n))
        return SU_FAIL(err, SU_ERR_INPUT, su_lines_where(reader->lines),
                       "input_lens, output_lens and start_times have %zu, %zu and %zu items, "
                       "expected as many of each, or no start_times",
                       s->inputs.n, s->outputs.n, s->times.n);
    reader->has_times = s->times.n > 0;
    s->rows = SU_NEW_ARRAY(reader->arena, s->n, struct sent);
    for (size_t i = 0; i < s->n; i++)
        s->rows[i] = (struct sent){reader->has_times ? s->times.items[i] : 0, s->inputs.items[i],
                                   s->outputs.items[i], i};
    /* The file is in the order of the prompts, not of their sending. */
    qsort(s->rows, s->n, sizeof(*s->rows), by_time);
    return SU_OK;
}

static enum su_status next(struct su_reader *reader, struct su_row *row, bool *more,
                           struct su_err *err)
{
    struct vllm_state *s = reader->state;
    (void)err;
    *more = s->at < s->n;
    if (!*more)
        return SU_OK;
    const struct sent *sent = &s->rows[s->at++];
    row->t_ps = sent->t_ps;
    row->input_tokens = sent->input_tokens;
    row->output_tokens = sent->output_tokens;
    return SU_OK;
}

enum su_status su_reader_vllm(struct su_reader *reader, struct su_err *err)
{
    struct su_str text;
    struct su_jscan scan;
    struct su_str key;
    double concurrency = 0;
    SU_TRY(su_lines_ahead(reader->lines, DOCUMENT_BYTES_MAX + 1, &text, err));
    if (text.n > DOCUMENT_BYTES_MAX)
        return SU_FAIL(err, SU_ERR_LIMIT, su_lines_where(reader->lines),
                       "a result of more than %zu bytes, the limit here", DOCUMENT_BYTES_MAX);
    reader->state = SU_NEW(reader->arena, struct vllm_state);
    su_jscan_init(&scan, text);
    if (!su_jscan_object(&scan))
        return fault(reader, &scan, err);
    while (su_jscan_member(&scan, &key))
        SU_TRY(member(reader, &scan, key, &concurrency, err));
    if (!su_jscan_end(&scan))
        return fault(reader, &scan, err);
    reader->next = next;
    reader->format = "vllm";
    reader->zero_is_failure = true;
    SU_TRY(join(reader, err));
    /* No rate is vLLM's "inf": everything is sent at once, or as fast as its users are answered. */
    const struct vllm_state *s = reader->state;
    if (reader->own_rate_req_s == 0)
        reader->own_concurrency =
            (uint32_t)(concurrency > 0 ? fmin(concurrency, UINT32_MAX) : (double)s->n);
    return SU_OK;
}
