/* Traces in JSON, one object a line or one array of objects, known by their keys. Other keys are
 * ignored.
 *  bailian  Qwen-Bailian: blocks of 16 tokens; chat_id and parent_chat_id make sessions
 *  mooncake blocks of 512 tokens
 *  llmservingsim, suanli (the columns of our CSV as keys), lengths (prompt_len, output_len)
 *  sharegpt conversations without counts: the first exchange, tokens estimated from characters
 * docs/theory/workload.md */
#include <math.h>
#include <string.h>

#include "base/jscan.h"
#include "base/str.h"
#include "workload/reader.h"

/* What is looked at to recognise a format. */
#define AHEAD_BYTES ((size_t)64 * 1024)
#define N_CHATS (1u << 16)
/* DeepSeek API documentation, "Token & Token Usage": about 0.3 tokens for an English character,
 * 0.6 for a Chinese one. */
#define TOKENS_PER_CHAR 0.3
#define TOKENS_PER_CJK 0.6
#define ESTIMATE "estimated: 0.3 tokens a character, 0.6 for CJK"

struct json_format {
    const char *name;
    const char *input;
    const char *output;
    const char *time; /* NULL: none */
    int64_t unit_ps;  /* of time */
    const char *block_ids;
    uint32_t block_tokens;
    const char *chat; /* must be there */
};

/* The first whose keys are all in the first object. */
static const struct json_format formats[] = {
    {"bailian", "input_length", "output_length", "timestamp", 1000000000000, "hash_ids", 16,
     "chat_id"},
    {"mooncake", "input_length", "output_length", "timestamp", 1000000000, "hash_ids", 512, NULL},
    {"llmservingsim", "input_toks", "output_toks", "arrival_time_ns", 1000, NULL, 0, NULL},
    {"suanli", "input_tokens", "output_tokens", "arrival_s", 1000000000000, "prefix_hash_ids", 512,
     NULL},
    {"lengths", "prompt_len", "output_len", NULL, 0, NULL, 0, NULL},
};
#define N_FORMATS (sizeof(formats) / sizeof(formats[0]))

/* Which session a chat belongs to, for chats of the recent past: a chat whose parent has been
 * pushed out starts a session of its own. */
struct chat {
    uint64_t id;
    uint64_t root;
    bool used;
};

struct json_state {
    const struct json_format *format; /* NULL: ShareGPT */
    bool array;
    struct chat *chats;
};

/* ---- one object ---- */

static enum su_status fault(struct su_reader *reader, const struct su_jscan *scan,
                            struct su_err *err)
{
    return SU_FAIL(err, SU_ERR_INPUT, su_lines_where(reader->lines), "not valid JSON: %s",
                   scan->fault);
}

static enum su_status next_object(struct su_reader *reader, struct su_str *text, bool *more,
                                  struct su_err *err)
{
    const struct json_state *s = reader->state;
    if (s->array)
        return su_lines_json_object(reader->lines, text, more, err);
    do
        SU_TRY(su_lines_next(reader->lines, text, more, err));
    while (*more && su_str_trim(*text).n == 0);
    return SU_OK;
}

static enum su_status number(struct su_reader *reader, struct su_jscan *scan, const char *key,
                             int64_t *value, struct su_err *err)
{
    struct su_str text;
    if (su_jscan_peek(scan) != SU_JSCAN_NUMBER)
        return SU_FAIL(err, SU_ERR_INPUT, su_lines_where(reader->lines),
                       "%s is no number, expected a whole number", key);
    if (!su_jscan_number(scan, &text))
        return fault(reader, scan, err);
    return su_text_whole(text, value) ? SU_OK
                                      : su_reader_bad(reader, key, text, "a whole number", err);
}

static enum su_status time_of(struct su_reader *reader, struct su_jscan *scan,
                              const struct json_format *f, su_wide_ps *t_ps, struct su_err *err)
{
    struct su_str text;
    if (su_jscan_peek(scan) != SU_JSCAN_NUMBER)
        return SU_FAIL(err, SU_ERR_INPUT, su_lines_where(reader->lines),
                       "%s is no number, expected a time of 0 or more", f->time);
    if (!su_jscan_number(scan, &text))
        return fault(reader, scan, err);
    return su_text_ps(text, f->unit_ps, t_ps)
               ? SU_OK
               : su_reader_bad(reader, f->time, text, "a time of 0 or more", err);
}

static enum su_status block_ids(struct su_reader *reader, struct su_jscan *scan, const char *key,
                                struct su_row *row, struct su_err *err)
{
    if (su_jscan_peek(scan) == SU_JSCAN_NULL)
        return su_jscan_skip(scan) ? SU_OK : fault(reader, scan, err);
    row->block_ids.n = 0;
    if (!su_jscan_array(scan))
        return fault(reader, scan, err);
    while (su_jscan_item(scan)) {
        struct su_str text;
        if (!su_jscan_number(scan, &text))
            return fault(reader, scan, err);
        if (!su_text_block_ids(reader->arena, text, row))
            return su_reader_bad(reader, key, text, "whole numbers of 0 or more", err);
    }
    return scan->fault == NULL ? SU_OK : fault(reader, scan, err);
}

/* ---- sessions of chats ---- */

static struct chat *chat_place(const struct json_state *s, uint64_t id)
{
    uint64_t h = id * 0x9e3779b97f4a7c15u;
    return &s->chats[h >> 48 & (N_CHATS - 1)];
}

static void join_session(const struct json_state *s, int64_t chat, int64_t parent,
                         struct su_row *row)
{
    uint64_t root = (uint64_t)chat;
    if (parent >= 0) {
        const struct chat *p = chat_place(s, (uint64_t)parent);
        root = p->used && p->id == (uint64_t)parent ? p->root : (uint64_t)parent;
    }
    *chat_place(s, (uint64_t)chat) = (struct chat){(uint64_t)chat, root, true};
    row->session = root;
    row->has_session = true;
}

/* ---- rows of a format ---- */

/* What a row must have, as bits of seen. */
enum { SEEN_INPUT = 1, SEEN_OUTPUT = 2, SEEN_TIME = 4, SEEN_CHAT = 8 };

struct chat_ids {
    int64_t chat;
    int64_t parent;
};

static bool is(struct su_str key, const char *name)
{
    return name != NULL && su_str_eq_c(key, name);
}

static enum su_status member(struct su_reader *reader, struct su_jscan *scan, struct su_str key,
                             struct su_row *row, struct chat_ids *chat, unsigned *seen,
                             struct su_err *err)
{
    const struct json_state *s = reader->state;
    const struct json_format *f = s->format;
    if (is(key, f->input)) {
        *seen |= SEEN_INPUT;
        return number(reader, scan, f->input, &row->input_tokens, err);
    }
    if (is(key, f->output)) {
        *seen |= SEEN_OUTPUT;
        return number(reader, scan, f->output, &row->output_tokens, err);
    }
    if (reader->has_times && is(key, f->time)) {
        *seen |= SEEN_TIME;
        return time_of(reader, scan, f, &row->t_ps, err);
    }
    if (is(key, f->chat)) {
        *seen |= SEEN_CHAT;
        return number(reader, scan, f->chat, &chat->chat, err);
    }
    if (f->chat != NULL && is(key, "parent_chat_id") && su_jscan_peek(scan) != SU_JSCAN_NULL)
        return number(reader, scan, "parent_chat_id", &chat->parent, err);
    if (is(key, f->block_ids))
        return block_ids(reader, scan, f->block_ids, row, err);
    if (is(key, "priority") && f->chat == NULL)
        return number(reader, scan, "priority", &row->priority, err);
    return su_jscan_skip(scan) ? SU_OK : fault(reader, scan, err);
}

static enum su_status next_row(struct su_reader *reader, struct su_row *row, bool *more,
                               struct su_err *err)
{
    const struct json_state *s = reader->state;
    const struct json_format *f = s->format;
    struct su_str text;
    SU_TRY(next_object(reader, &text, more, err));
    if (!*more)
        return SU_OK;
    struct su_jscan scan;
    struct su_str key;
    struct chat_ids chat = {0, -1};
    unsigned seen = 0;
    su_jscan_init(&scan, text);
    if (!su_jscan_object(&scan))
        return fault(reader, &scan, err);
    while (su_jscan_member(&scan, &key))
        SU_TRY(member(reader, &scan, key, row, &chat, &seen, err));
    if (!su_jscan_end(&scan))
        return fault(reader, &scan, err);
    const char *missing = (seen & SEEN_INPUT) == 0                       ? f->input
                          : (seen & SEEN_OUTPUT) == 0                    ? f->output
                          : reader->has_times && (seen & SEEN_TIME) == 0 ? f->time
                          : f->chat != NULL && (seen & SEEN_CHAT) == 0   ? f->chat
                                                                         : NULL;
    if (missing != NULL)
        return SU_FAIL(err, SU_ERR_INPUT, su_lines_where(reader->lines),
                       "has no \"%s\", as the first object does", missing);
    if (f->chat != NULL)
        join_session(s, chat.chat, chat.parent, row);
    return SU_OK;
}

/* ---- ShareGPT ---- */

/* CJK scripts: kana, Hangul, ideographs with their extensions, full-width forms. */
static bool is_cjk(unsigned c)
{
    return (c >= 0x3000 && c <= 0x30ff) || (c >= 0x3400 && c <= 0x9fff) ||
           (c >= 0xac00 && c <= 0xd7af) || (c >= 0xf900 && c <= 0xfaff) ||
           (c >= 0xff00 && c <= 0xffef) || (c >= 0x20000 && c <= 0x3ffff);
}

static int64_t estimate_tokens(struct su_str raw)
{
    int64_t n_cjk = 0;
    int64_t n_other = 0;
    while (raw.n > 0)
        *(is_cjk(su_jscan_next_char(&raw)) ? &n_cjk : &n_other) += 1;
    return (int64_t)ceil(TOKENS_PER_CHAR * (double)n_other + TOKENS_PER_CJK * (double)n_cjk);
}

/* One turn: {"from": …, "value": …} or {"role": …, "content": …}. */
static int64_t turn_tokens(struct su_jscan *scan)
{
    struct su_str key;
    struct su_str raw;
    int64_t n = 0;
    if (!su_jscan_object(scan))
        return 0;
    while (su_jscan_member(scan, &key)) {
        bool said =
            (is(key, "value") || is(key, "content")) && su_jscan_peek(scan) == SU_JSCAN_STRING;
        if (said && su_jscan_string(scan, &raw))
            n = estimate_tokens(raw);
        else if (!said)
            su_jscan_skip(scan);
    }
    return n;
}

/* The first two turns, as vLLM's benchmark takes them. */
static enum su_status next_conversation(struct su_reader *reader, struct su_row *row, bool *more,
                                        struct su_err *err)
{
    struct su_str text;
    SU_TRY(next_object(reader, &text, more, err));
    if (!*more)
        return SU_OK;
    struct su_jscan scan;
    struct su_str key;
    bool seen = false;
    su_jscan_init(&scan, text);
    if (!su_jscan_object(&scan))
        return fault(reader, &scan, err);
    while (su_jscan_member(&scan, &key)) {
        if (!is(key, "conversations") && !is(key, "conversation")) {
            su_jscan_skip(&scan);
            continue;
        }
        seen = true;
        if (su_jscan_array(&scan)) {
            for (int turn = 0; su_jscan_item(&scan); turn++) {
                int64_t n = turn_tokens(&scan);
                if (turn < 2)
                    *(turn == 0 ? &row->input_tokens : &row->output_tokens) = n;
            }
        }
    }
    if (!su_jscan_end(&scan))
        return fault(reader, &scan, err);
    if (!seen)
        return SU_FAIL(err, SU_ERR_INPUT, su_lines_where(reader->lines),
                       "has no \"conversations\", as the first object does");
    return SU_OK;
}

/* ---- which format ---- */

#define KEYS_MAX 64

struct keys {
    struct su_str names[KEYS_MAX];
    size_t n;
};

static bool has(const struct keys *keys, const char *name)
{
    for (size_t i = 0; name != NULL && i < keys->n; i++) {
        if (su_str_eq_c(keys->names[i], name))
            return true;
    }
    return name == NULL;
}

/* Keys of the first object as far as the text goes; a fault is left to the reading of rows. */
static void first_keys(struct su_str text, struct keys *keys)
{
    struct su_jscan scan;
    struct su_str key;
    su_jscan_init(&scan, text);
    if (su_jscan_peek(&scan) == SU_JSCAN_ARRAY && (!su_jscan_array(&scan) || !su_jscan_item(&scan)))
        return;
    if (!su_jscan_object(&scan))
        return;
    while (keys->n < KEYS_MAX && su_jscan_member(&scan, &key)) {
        keys->names[keys->n++] = key;
        if (!su_jscan_skip(&scan))
            return;
    }
}

static enum su_status unknown(struct su_reader *reader, const struct keys *keys, struct su_err *err)
{
    struct su_str first = {"", 0};
    if (keys->n > 0)
        first = keys->names[0];
    return su_reader_bad(reader, "the first key", first,
                         "the keys input_length,output_length, input_toks,output_toks, "
                         "input_tokens,output_tokens, prompt_len,output_len, conversations or "
                         "input_lens,output_lens",
                         err);
}

enum su_status su_reader_json(struct su_reader *reader, const struct su_workload_spec *spec,
                              struct su_err *err)
{
    struct json_state *s = SU_NEW(reader->arena, struct json_state);
    struct keys *keys = SU_NEW(reader->arena, struct keys);
    struct su_str text;
    SU_TRY(su_lines_ahead(reader->lines, AHEAD_BYTES, &text, err));
    first_keys(text, keys);
    s->array = su_str_trim(text).p[0] == '[';
    if (!s->array && (has(keys, "input_lens") || has(keys, "total_input_tokens")))
        return su_reader_vllm(reader, err);
    reader->state = s;
    if (has(keys, "conversations") || has(keys, "conversation")) {
        reader->next = next_conversation;
        reader->format = "sharegpt";
        reader->estimate = ESTIMATE;
        reader->zero_is_failure = true;
        return SU_OK;
    }
    for (size_t i = 0; i < N_FORMATS && s->format == NULL; i++) {
        if (has(keys, formats[i].input) && has(keys, formats[i].output) &&
            has(keys, formats[i].chat))
            s->format = &formats[i];
    }
    if (s->format == NULL)
        return unknown(reader, keys, err);
    reader->next = next_row;
    reader->format = s->format->name;
    reader->has_times = s->format->time != NULL && has(keys, s->format->time);
    if (s->format->block_ids != NULL && has(keys, s->format->block_ids))
        reader->block_tokens = s->format->block_tokens;
    bool ours = s->format->chat == NULL && s->format->block_tokens > 0 &&
                strcmp(s->format->name, "suanli") == 0;
    if (ours && reader->block_tokens > 0 && spec->prefix_block_tokens > 0)
        reader->block_tokens = spec->prefix_block_tokens;
    if (s->format->chat != NULL)
        s->chats = SU_NEW_ARRAY(reader->arena, N_CHATS, struct chat);
    return SU_OK;
}
