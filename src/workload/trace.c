/* A trace: one reader's rows, checked, put in time, and joined with the ids of their prefixes.
 * Ids of blocks are chained here, (hash so far, id, length), so that equal runs mean equal
 * prefixes whatever a file's ids are hashes of. */
#include "workload/trace.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "workload/clock.h"
#include "workload/reader.h"

struct su_trace {
    struct su_reader reader;
    struct su_row row;
    bool started;
    su_wide_ps first_ps;
    su_wide_ps last_ps;
    double rate_scale;
    uint64_t n_rows; /* read, skipped ones too */
    uint64_t n_skipped;
    /* The runs of a request stay while the next one is peeked at: two take turns. */
    SU_VEC(struct su_prefix_run) runs[2];
    unsigned turn;
    /* prefix blocks beside the trace */
    struct su_lines *blocks;
    uint32_t block_tokens;
    struct su_row block_row;
    int64_t block_index; /* of the row read ahead, -1: none */
};

/* ---- opening ---- */

static enum su_status recognise(struct su_trace *t, const struct su_workload_spec *spec,
                                struct su_err *err)
{
    struct su_str text;
    SU_TRY(su_lines_ahead(t->reader.lines, 1, &text, err));
    char first = su_str_trim(text).n > 0 ? su_str_trim(text).p[0] : '\0';
    if (first == '{' || first == '[')
        return su_reader_json(&t->reader, spec, err);
    return su_reader_csv(&t->reader, spec, err);
}

static enum su_status open_blocks(struct su_trace *t, const struct su_workload_spec *spec,
                                  struct su_err *err)
{
    struct su_str line = {"", 0};
    bool more = false;
    if (spec->prefix_blocks_path == NULL)
        return SU_OK;
    if (t->reader.block_tokens > 0)
        return SU_FAIL(err, SU_ERR_INPUT, spec->prefix_blocks_path,
                       "the trace has prefix ids of its own");
    if (spec->prefix_block_tokens == 0)
        return SU_FAIL(err, SU_ERR_INPUT, spec->prefix_blocks_path,
                       "the tokens of a block are not given");
    SU_TRY(su_lines_open(t->reader.arena, spec->prefix_blocks_path, &t->blocks, err));
    SU_TRY(su_lines_next(t->blocks, &line, &more, err));
    if (!su_str_eq_c(su_str_trim(line), "request_index,prefix_hash_ids"))
        return SU_FAIL(err, SU_ERR_INPUT, su_lines_where(t->blocks),
                       "another header, expected request_index,prefix_hash_ids");
    t->block_tokens = spec->prefix_block_tokens;
    return SU_OK;
}

enum su_status su_trace_open(struct su_arena *arena, const struct su_workload_spec *spec,
                             struct su_trace **trace, struct su_err *err)
{
    struct su_trace *t = SU_NEW(arena, struct su_trace);
    t->reader.arena = arena;
    t->block_index = -1;
    t->rate_scale = spec->rate_scale == 0 ? 1 : spec->rate_scale;
    SU_TRY(su_lines_open(arena, spec->path, &t->reader.lines, err));
    enum su_status st = recognise(t, spec, err);
    if (st == SU_OK)
        st = open_blocks(t, spec, err);
    if (st != SU_OK) {
        su_trace_close(t);
        return st;
    }
    *trace = t;
    return SU_OK;
}

void su_trace_close(struct su_trace *trace)
{
    if (trace == NULL)
        return;
    su_lines_close(trace->reader.lines);
    su_lines_close(trace->blocks);
}

bool su_trace_has_times(const struct su_trace *trace)
{
    return trace->reader.has_times;
}

void su_trace_own_arrivals(const struct su_trace *trace, struct su_workload_spec *spec)
{
    const struct su_reader *r = &trace->reader;
    if (spec->rate_req_s != 0 || spec->concurrency != 0)
        return;
    spec->rate_req_s = r->own_rate_req_s;
    if (spec->burstiness == 0)
        spec->burstiness = r->own_burstiness;
    spec->concurrency = r->own_concurrency;
}

/* ---- prefix blocks beside the trace ---- */

static enum su_status read_blocks(struct su_trace *t, struct su_err *err)
{
    struct su_str line;
    bool more = false;
    int64_t before = t->block_index;
    t->block_row.block_ids.n = 0;
    SU_TRY(su_lines_next(t->blocks, &line, &more, err));
    if (!more) {
        t->block_index = INT64_MAX;
        return SU_OK;
    }
    const char *comma = memchr(line.p, ',', line.n);
    struct su_str index = {line.p, comma == NULL ? 0 : (size_t)(comma - line.p)};
    struct su_str ids = {comma == NULL ? line.p : comma + 1,
                         comma == NULL ? 0 : line.n - index.n - 1};
    if (comma == NULL || !su_text_whole(index, &t->block_index) || t->block_index < 0 ||
        !su_text_block_ids(t->reader.arena, ids, &t->block_row))
        return SU_FAIL(err, SU_ERR_INPUT, su_lines_where(t->blocks),
                       "expected an index, a comma, and whole numbers with spaces between");
    if (t->block_index <= before)
        return SU_FAIL(err, SU_ERR_INPUT, su_lines_where(t->blocks),
                       "request_index %" PRId64 " comes after %" PRId64 ", expected a larger one",
                       t->block_index, before);
    return SU_OK;
}

/* ---- one row ---- */

static enum su_status add_runs(struct su_trace *t, const struct su_row *row, uint32_t block_tokens,
                               struct su_lines *where, bool full, struct su_err *err)
{
    int64_t left = t->row.input_tokens;
    uint64_t chain = 0;
    for (size_t i = 0; i < row->block_ids.n; i++) {
        int64_t n = left < block_tokens ? left : block_tokens;
        if (n == 0 || (full && n < block_tokens))
            return SU_FAIL(err, SU_ERR_INPUT, su_lines_where(where),
                           "%zu prefix ids of %u tokens, but the prompt has %" PRId64 " tokens",
                           row->block_ids.n, block_tokens, t->row.input_tokens);
        /* splitmix64's finaliser (S. Vigna, public domain) over what is so far. */
        chain = (chain + (uint64_t)n) * 0x9e3779b97f4a7c15u + row->block_ids.items[i];
        chain = (chain ^ chain >> 30) * 0xbf58476d1ce4e5b9u;
        chain = (chain ^ chain >> 27) * 0x94d049bb133111ebu;
        chain ^= chain >> 31;
        *SU_VEC_PUSH(t->reader.arena, &t->runs[t->turn]) =
            (struct su_prefix_run){chain, (uint32_t)n};
        left -= n;
    }
    return SU_OK;
}

static enum su_status join_runs(struct su_trace *t, struct su_err *err)
{
    t->turn ^= 1;
    t->runs[t->turn].n = 0;
    if (t->reader.block_tokens > 0)
        return add_runs(t, &t->row, t->reader.block_tokens, t->reader.lines, false, err);
    if (t->blocks == NULL)
        return SU_OK;
    int64_t index = (int64_t)t->n_rows - 1;
    while (t->block_index < index)
        SU_TRY(read_blocks(t, err));
    if (t->block_index > index)
        return SU_OK;
    return add_runs(t, &t->block_row, t->block_tokens, t->blocks, true, err);
}

static enum su_status check_tokens(struct su_trace *t, const char *what, int64_t n,
                                   struct su_err *err)
{
    if (n >= 1 && n <= SU_REQUEST_TOKENS_MAX)
        return SU_OK;
    return SU_FAIL(err, SU_ERR_INPUT, su_lines_where(t->reader.lines),
                   "%s of %" PRId64 " tokens, expected 1..%u", what, n, SU_REQUEST_TOKENS_MAX);
}

/* Seconds with nine digits, for messages. */
static double seconds(su_wide_ps t_ps)
{
    return (double)t_ps / SU_PS_PER_S;
}

static enum su_status place(struct su_trace *t, int64_t *arrival_ps, struct su_err *err)
{
    if (!t->started)
        t->first_ps = t->last_ps = t->row.t_ps;
    t->started = true;
    if (t->row.t_ps < t->last_ps)
        return SU_FAIL(err, SU_ERR_INPUT, su_lines_where(t->reader.lines),
                       "arrives %.9f s after the first request, the one before it %.9f s: expected "
                       "rows in order of time",
                       seconds(t->row.t_ps - t->first_ps), seconds(t->last_ps - t->first_ps));
    t->last_ps = t->row.t_ps;
    su_wide_ps since = t->row.t_ps - t->first_ps;
    double scaled_ps = (double)since / t->rate_scale;
    if (scaled_ps >= (double)SU_WORKLOAD_PS_MAX)
        return SU_FAIL(err, SU_ERR_LIMIT, su_lines_where(t->reader.lines),
                       "arrives %.0f s after the first request, %.0f s can be reached; a rate "
                       "scale above 1 makes a trace shorter",
                       scaled_ps / SU_PS_PER_S, (double)SU_WORKLOAD_PS_MAX / SU_PS_PER_S);
    *arrival_ps = t->rate_scale == 1 ? (int64_t)since : (int64_t)(scaled_ps + 0.5);
    return SU_OK;
}

static enum su_status next_served(struct su_trace *t, bool *more, struct su_err *err)
{
    for (;;) {
        size_t cap = t->row.block_ids.cap;
        uint64_t *items = t->row.block_ids.items;
        t->row = (struct su_row){.block_ids = {items, 0, cap}};
        SU_TRY(t->reader.next(&t->reader, &t->row, more, err));
        if (!*more)
            return SU_OK;
        t->n_rows++;
        if (!t->reader.zero_is_failure || (t->row.input_tokens != 0 && t->row.output_tokens != 0))
            return SU_OK;
        t->n_skipped++;
    }
}

/* At the end of the trace: prefix ids of requests that are not there are a mix-up of files. */
static enum su_status check_blocks_end(struct su_trace *t, struct su_err *err)
{
    if (t->blocks == NULL)
        return SU_OK;
    while (t->block_index < (int64_t)t->n_rows)
        SU_TRY(read_blocks(t, err));
    if (t->block_index == INT64_MAX)
        return SU_OK;
    return SU_FAIL(err, SU_ERR_INPUT, su_lines_where(t->blocks),
                   "request_index %" PRId64 ", but the trace has %" PRIu64 " requests",
                   t->block_index, t->n_rows);
}

enum su_status su_trace_next(struct su_trace *trace, struct su_arrival *arrival, bool *more,
                             struct su_err *err)
{
    SU_TRY(next_served(trace, more, err));
    const struct su_row *row = &trace->row;
    if (!*more) {
        if (trace->n_rows == trace->n_skipped)
            return SU_FAIL(err, SU_ERR_INPUT, su_lines_where(trace->reader.lines),
                           "no requests were found, %" PRIu64 " were skipped as failed",
                           trace->n_skipped);
        return check_blocks_end(trace, err);
    }
    *arrival = (struct su_arrival){0};
    SU_TRY(check_tokens(trace, "a prompt", row->input_tokens, err));
    SU_TRY(check_tokens(trace, "an answer", row->output_tokens, err));
    if (row->priority < INT32_MIN || row->priority > INT32_MAX)
        return SU_FAIL(err, SU_ERR_INPUT, su_lines_where(trace->reader.lines),
                       "a priority of %" PRId64 ", expected 32 bits", row->priority);
    if (trace->reader.has_times)
        SU_TRY(place(trace, &arrival->arrival_ps, err));
    SU_TRY(join_runs(trace, err));
    /* The top bit keeps requests without a session apart from sessions that a file numbers. */
    arrival->session = row->has_session ? row->session : UINT64_C(1) << 63 | (trace->n_rows - 1);
    arrival->input_tokens = (uint32_t)row->input_tokens;
    arrival->output_tokens = (uint32_t)row->output_tokens;
    arrival->priority = (int32_t)row->priority;
    arrival->n_runs = (uint32_t)trace->runs[trace->turn].n;
    arrival->runs = trace->runs[trace->turn].items;
    return SU_OK;
}

struct su_workload_facts su_trace_facts(const struct su_trace *trace)
{
    return (struct su_workload_facts){.format = trace->reader.format,
                                      .n_skipped = trace->n_skipped,
                                      .block_tokens = trace->reader.block_tokens > 0
                                                          ? trace->reader.block_tokens
                                                          : trace->block_tokens,
                                      .estimate = trace->reader.estimate};
}
