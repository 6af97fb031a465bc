/* Traces in CSV, known by their columns. Other columns are ignored.
 *  azure    Azure LLM inference 2023 and 2024: TIMESTAMP,ContextTokens,GeneratedTokens
 *  burstgpt v1, v2 and v3 (Session ID); a request of no tokens failed
 *  vidur    [arrived_at,]num_prefill_tokens,num_decode_tokens
 *  suanli   [arrival_s,]input_tokens,output_tokens[,prefix_hash_ids][,priority][,session]
 * docs/theory/workload.md */
#include <string.h>

#include "base/csv.h"
#include "base/str.h"
#include "workload/reader.h"

#define COLUMNS_MAX 256
#define NONE SIZE_MAX
/* Mooncake's blocks, whose ids our column has unless the caller says otherwise. */
#define BLOCK_TOKENS 512
#define PS_PER_S INT64_C(1000000000000)

struct csv_format {
    const char *name;
    const char *time; /* its column may be missing: lengths only */
    const char *input;
    const char *output;
    const char *session; /* NULL: none */
    bool timestamps;     /* of the calendar; else seconds */
    bool zero_is_failure;
};

static const struct csv_format formats[] = {
    {"azure", "TIMESTAMP", "ContextTokens", "GeneratedTokens", NULL, true, false},
    {"burstgpt", "Timestamp", "Request tokens", "Response tokens", "Session ID", false, true},
    {"vidur", "arrived_at", "num_prefill_tokens", "num_decode_tokens", NULL, false, false},
    {"suanli", "arrival_s", "input_tokens", "output_tokens", "session", false, false},
};
#define N_FORMATS (sizeof(formats) / sizeof(formats[0]))

struct csv_state {
    const struct csv_format *format;
    size_t n_columns;
    size_t time;
    size_t input;
    size_t output;
    size_t session;
    size_t priority;
    size_t block_ids;
    struct su_str cells[COLUMNS_MAX];
};

static size_t find(const struct csv_state *s, const char *name)
{
    for (size_t i = 0; name != NULL && i < s->n_columns; i++) {
        if (su_str_eq_c(su_str_trim(s->cells[i]), name))
            return i;
    }
    return NONE;
}

static enum su_status split(struct su_reader *reader, struct csv_state *s, struct su_str line,
                            size_t *n, struct su_err *err)
{
    if (!su_csv_split(line, s->cells, COLUMNS_MAX, n))
        return SU_FAIL(err, SU_ERR_INPUT, su_lines_where(reader->lines),
                       "a quoted cell is not closed, or text follows its quote");
    return SU_OK;
}

static enum su_status whole(struct su_reader *reader, size_t column, const char *what,
                            int64_t *value, struct su_err *err)
{
    const struct csv_state *s = reader->state;
    if (su_text_whole(su_str_trim(s->cells[column]), value))
        return SU_OK;
    return su_reader_bad(reader, what, s->cells[column], "a whole number", err);
}

static enum su_status read_time(struct su_reader *reader, struct su_row *row, struct su_err *err)
{
    const struct csv_state *s = reader->state;
    struct su_str cell = su_str_trim(s->cells[s->time]);
    bool ok = s->format->timestamps ? su_text_timestamp(cell, &row->t_ps)
                                    : su_text_ps(cell, PS_PER_S, &row->t_ps);
    return ok ? SU_OK
              : su_reader_bad(reader, s->format->time, cell,
                              s->format->timestamps ? "YYYY-MM-DD hh:mm:ss.fffffff"
                                                    : "seconds, 0 or more",
                              err);
}

static enum su_status read_extras(struct su_reader *reader, struct su_row *row, struct su_err *err)
{
    const struct csv_state *s = reader->state;
    int64_t id = 0;
    if (s->session != NONE) {
        struct su_str cell = su_str_trim(s->cells[s->session]);
        row->has_session = cell.n > 0;
        row->session = su_text_whole(cell, &id) && id >= 0 ? (uint64_t)id : su_text_hash(cell);
    }
    if (s->priority != NONE && s->cells[s->priority].n > 0)
        SU_TRY(whole(reader, s->priority, "priority", &row->priority, err));
    if (s->block_ids != NONE && !su_text_block_ids(reader->arena, s->cells[s->block_ids], row))
        return su_reader_bad(reader, "prefix_hash_ids", s->cells[s->block_ids],
                             "whole numbers with spaces between", err);
    return SU_OK;
}

static enum su_status next(struct su_reader *reader, struct su_row *row, bool *more,
                           struct su_err *err)
{
    struct csv_state *s = reader->state;
    struct su_str line;
    do {
        SU_TRY(su_lines_next(reader->lines, &line, more, err));
        if (!*more)
            return SU_OK;
    } while (su_str_trim(line).n == 0);
    size_t n = 0;
    SU_TRY(split(reader, s, line, &n, err));
    if (n != s->n_columns)
        return SU_FAIL(err, SU_ERR_INPUT, su_lines_where(reader->lines),
                       "%zu cells, expected %zu as in the header", n, s->n_columns);
    if (reader->has_times)
        SU_TRY(read_time(reader, row, err));
    SU_TRY(whole(reader, s->input, s->format->input, &row->input_tokens, err));
    SU_TRY(whole(reader, s->output, s->format->output, &row->output_tokens, err));
    return read_extras(reader, row, err);
}

enum su_status su_reader_csv(struct su_reader *reader, const struct su_workload_spec *spec,
                             struct su_err *err)
{
    struct csv_state *s = SU_NEW(reader->arena, struct csv_state);
    struct su_str line = {"", 0};
    bool more = false; /* always: an empty file was refused */
    SU_TRY(su_lines_next(reader->lines, &line, &more, err));
    SU_TRY(split(reader, s, line, &s->n_columns, err));
    if (s->n_columns > COLUMNS_MAX)
        return SU_FAIL(err, SU_ERR_LIMIT, su_lines_where(reader->lines),
                       "%zu columns, the limit is %d", s->n_columns, COLUMNS_MAX);
    for (size_t i = 0; i < N_FORMATS && s->format == NULL; i++) {
        s->input = find(s, formats[i].input);
        s->output = find(s, formats[i].output);
        if (s->input != NONE && s->output != NONE)
            s->format = &formats[i];
    }
    if (s->format == NULL)
        return su_reader_bad(reader, "the first line", line,
                             "JSON, or a header with the columns input_tokens,output_tokens, "
                             "ContextTokens,GeneratedTokens, \"Request tokens\",\"Response "
                             "tokens\" or num_prefill_tokens,num_decode_tokens",
                             err);
    s->time = find(s, s->format->time);
    s->session = find(s, s->format->session);
    bool ours = strcmp(s->format->name, "suanli") == 0;
    s->priority = ours ? find(s, "priority") : NONE;
    s->block_ids = ours ? find(s, "prefix_hash_ids") : NONE;
    reader->state = s;
    reader->next = next;
    reader->format = s->format->name;
    reader->has_times = s->time != NONE;
    reader->zero_is_failure = s->format->zero_is_failure;
    if (s->block_ids != NONE)
        reader->block_tokens =
            spec->prefix_block_tokens > 0 ? spec->prefix_block_tokens : BLOCK_TOKENS;
    return SU_OK;
}
