/* The block pool against one that keeps every block by itself: a queue of single blocks, each with
 * the content it may be found by, and a count of holders per run. */
#include "serve/kv.h"

#include <string.h>

#include "base/rng.h"
#include "su_test_arena.h"

#define BLOCK 4u
#define N_BLOCKS 40u
#define N_SEQS 6u
#define N_IDS 12u

/* ---- the naive pool ---- */

enum content { PLAIN, OF_RUN, OF_SEQ };

struct block {
    enum content content;
    uint64_t id;    /* run or sequence */
    uint32_t place; /* within the run, or among its own */
};

struct naive {
    struct block queue[N_BLOCKS]; /* front first */
    uint32_t n_queue;
    uint32_t here[N_IDS + 1];    /* blocks of a run that exist */
    uint32_t holders[N_IDS + 1]; /* sequences */
};

struct naive_seq {
    uint32_t n_shared;
    uint32_t n_private;
    uint32_t n_held; /* leading runs */
};

static void naive_push(struct naive *n, struct block b)
{
    assert_true(n->n_queue < N_BLOCKS);
    n->queue[n->n_queue++] = b;
}

static void naive_take(struct naive *n, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        assert_true(n->n_queue > 0);
        if (n->queue[0].content == OF_RUN) {
            assert_int_equal(n->queue[0].place, n->here[n->queue[0].id] - 1);
            n->here[n->queue[0].id]--;
        }
        memmove(&n->queue[0], &n->queue[1], --n->n_queue * sizeof(n->queue[0]));
    }
}

/* Takes the blocks of a run, or up to max of a sequence's own from the first on, out of the queue.
 */
static uint32_t naive_pull(struct naive *n, enum content content, uint64_t id, uint32_t max)
{
    uint32_t pulled = 0;
    for (uint32_t i = 0; i < n->n_queue;) {
        if (n->queue[i].content == content && n->queue[i].id == id && n->queue[i].place < max) {
            memmove(&n->queue[i], &n->queue[i + 1], (--n->n_queue - i) * sizeof(n->queue[0]));
            pulled++;
        } else {
            i++;
        }
    }
    return pulled;
}

static uint32_t naive_own(const struct naive *n, uint64_t seq)
{
    uint32_t own = 0;
    for (uint32_t i = 0; i < n->n_queue; i++)
        own += n->queue[i].content == OF_SEQ && n->queue[i].id == seq;
    return own;
}

static void naive_forget(struct naive *n, uint64_t seq)
{
    for (uint32_t i = 0; i < n->n_queue; i++) {
        if (n->queue[i].content == OF_SEQ && n->queue[i].id == seq)
            n->queue[i].content = PLAIN;
    }
}

/* Whole blocks of run r. */
static uint32_t run_blocks(const struct su_kv_seq *seq, uint32_t r)
{
    uint32_t start = 0;
    for (uint32_t i = 0; i < r; i++)
        start += seq->runs[i].n_tokens;
    return (start + seq->runs[r].n_tokens) / BLOCK - start / BLOCK;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Finds and holds; the number found. */
static uint32_t naive_hold(struct naive *n, struct naive_seq *ns, const struct su_kv_seq *seq,
                           uint64_t name, uint32_t n_tokens)
{
    uint32_t max = (n_tokens - 1) / BLOCK;
    uint32_t found = 0;
    uint32_t own = naive_own(n, name);
    bool whole = true;
    for (uint32_t r = 0; r < seq->n_runs && found < max && whole; r++) {
        uint32_t size = run_blocks(seq, r);
        uint64_t id = seq->runs[r].id;
        if (size > 0 && n->here[id] == 0) {
            whole = false;
            break;
        }
        if (size > 0) {
            if (n->holders[id]++ == 0)
                naive_pull(n, OF_RUN, id, UINT32_MAX);
            whole = n->here[id] >= size;
            found += least(least(n->here[id], size), max - found);
        }
        ns->n_held = r + 1;
    }
    ns->n_shared = found;
    whole = whole && ns->n_held == seq->n_runs;
    if (whole && own > 0 && found < max) {
        uint32_t pulled = naive_pull(n, OF_SEQ, name, least(own, max - found));
        ns->n_private = pulled;
        found += pulled;
    }
    naive_forget(n, name);
    return found;
}

static void naive_publish(struct naive *n, struct naive_seq *ns, const struct su_kv_seq *seq,
                          uint32_t n_tokens)
{
    uint32_t start = 0;
    for (uint32_t r = 0; r < seq->n_runs; r++) {
        uint32_t size = run_blocks(seq, r);
        uint32_t stored = n_tokens / BLOCK;
        if (start >= stored)
            return;
        uint64_t id = seq->runs[r].id;
        if (size > 0 && r >= ns->n_held) {
            if (n->holders[id]++ == 0)
                naive_pull(n, OF_RUN, id, UINT32_MAX);
            ns->n_held = r + 1;
        }
        while (size > 0 && n->here[id] < least(size, stored - start)) {
            n->here[id]++;
            ns->n_shared++;
            ns->n_private--;
        }
        start += size;
    }
}

static void naive_release(struct naive *n, struct naive_seq *ns, const struct su_kv_seq *seq,
                          uint64_t name, uint32_t n_tokens, bool keep)
{
    naive_publish(n, ns, seq, n_tokens);
    uint32_t runs_end = 0;
    for (uint32_t r = 0; r < seq->n_runs; r++)
        runs_end += run_blocks(seq, r);
    uint32_t own = keep && n_tokens / BLOCK > runs_end ? n_tokens / BLOCK - runs_end : 0;
    for (uint32_t i = own; i < ns->n_private; i++)
        naive_push(n, (struct block){PLAIN, 0, 0});
    for (uint32_t i = own; i-- > 0;)
        naive_push(n, (struct block){OF_SEQ, name, i});
    for (uint32_t r = ns->n_held; r-- > 0;) {
        uint64_t id = seq->runs[r].id;
        if (run_blocks(seq, r) == 0 || --n->holders[id] > 0)
            continue;
        for (uint32_t i = n->here[id]; i-- > 0;)
            naive_push(n, (struct block){OF_RUN, id, i});
    }
    *ns = (struct naive_seq){0};
}

/* ---- the comparison ---- */

struct actor {
    struct su_kv_seq seq;
    struct su_prefix_run runs[3];
    struct naive_seq naive;
    bool active;
    uint32_t prompt_tokens;
    uint32_t n_tokens; /* stored */
};

static uint32_t below(struct su_rng *rng, uint32_t n)
{
    return (uint32_t)(su_rng_u64(rng) % n);
}

/* Chained ids: the run after run x is one of two that only follow x. */
static void draw_runs(struct su_rng *rng, struct actor *a)
{
    static const uint32_t lengths[N_IDS + 1] = {0, 9, 3, 16, 8, 5, 12, 7, 4, 21, 6, 10, 2};
    uint32_t n = below(rng, 4);
    uint32_t id = 1 + below(rng, 2);
    for (uint32_t r = 0; r < n; r++) {
        a->runs[r] = (struct su_prefix_run){id, lengths[id]};
        id = 2 * id + below(rng, 2) + (r == 0 ? 1 : 0);
        if (id > N_IDS) {
            n = r + 1;
            break;
        }
    }
    a->seq = (struct su_kv_seq){.runs = a->runs, .n_runs = n, .own = SU_KV_NONE};
    uint32_t tokens = 0;
    for (uint32_t r = 0; r < n; r++)
        tokens += a->runs[r].n_tokens;
    a->prompt_tokens = (tokens > 5 ? tokens - below(rng, 5) : 1) + below(rng, 12) + 1;
}

static void check(const struct su_kv *kv, const struct naive *n)
{
    assert_true(su_kv_is_sound(kv));
    assert_int_equal(kv->n_free, n->n_queue);
}

static void start(struct su_kv *kv, struct naive *n, struct actor *a, uint64_t name)
{
    struct su_kv_match match = su_kv_find(kv, &a->seq, a->prompt_tokens);
    uint32_t need = (a->prompt_tokens + BLOCK - 1) / BLOCK - match.n_blocks;
    if (need + match.n_queued > kv->n_free)
        return;
    su_kv_hold(kv, &a->seq, &match);
    assert_int_equal(match.n_blocks, naive_hold(n, &a->naive, &a->seq, name, a->prompt_tokens));
    check(kv, n);
    su_kv_take(kv, &a->seq, need);
    naive_take(n, need);
    a->naive.n_private += need;
    su_kv_publish(kv, &a->seq, a->prompt_tokens);
    naive_publish(n, &a->naive, &a->seq, a->prompt_tokens);
    a->n_tokens = a->prompt_tokens;
    a->active = true;
}

static void stop(struct su_rng *rng, struct su_kv *kv, struct naive *n, struct actor *a,
                 uint64_t name)
{
    bool keep = below(rng, 3) == 0;
    naive_release(n, &a->naive, &a->seq, name, a->n_tokens, keep);
    su_kv_release(kv, &a->seq, a->n_tokens, keep);
    a->active = false;
    if (keep) {
        a->prompt_tokens = a->n_tokens + 1; /* it comes back with what it gave */
        return;
    }
    naive_forget(n, name);
    draw_runs(rng, a);
}

static void random_life(struct su_arena *arena, uint64_t seed)
{
    struct su_kv kv;
    su_kv_init(&kv, arena, N_BLOCKS, BLOCK, true);
    struct naive n = {.n_queue = N_BLOCKS};
    struct actor actors[N_SEQS];
    memset(actors, 0, sizeof(actors));
    struct su_rng rng;
    su_rng_init(&rng, seed, "kv", 0);
    for (uint32_t i = 0; i < N_SEQS; i++)
        draw_runs(&rng, &actors[i]);
    for (uint32_t op = 0; op < 300; op++) {
        uint32_t i = below(&rng, N_SEQS);
        struct actor *a = &actors[i];
        if (!a->active) {
            start(&kv, &n, a, i);
        } else if (below(&rng, 3) > 0 && kv.n_free > 0) { /* one more token */
            if (a->n_tokens++ % BLOCK == 0) {
                su_kv_take(&kv, &a->seq, 1);
                naive_take(&n, 1);
                a->naive.n_private++;
            }
        } else {
            stop(&rng, &kv, &n, a, i);
        }
        check(&kv, &n);
    }
    for (uint32_t i = 0; i < N_SEQS; i++) {
        if (actors[i].active)
            su_kv_release(&kv, &actors[i].seq, actors[i].n_tokens, false);
    }
    assert_int_equal(kv.n_free, N_BLOCKS);
    assert_true(su_kv_is_sound(&kv));
}

static void runs_with_a_length_behave_as_single_blocks(void **state)
{
    struct su_arena *arena = *state;
    for (uint64_t seed = 0; seed < 400; seed++) {
        su_arena_reset(arena);
        random_life(arena, seed);
    }
}

static void a_second_request_finds_whole_blocks_of_the_first(void **state)
{
    struct su_arena *arena = *state;
    struct su_kv kv;
    su_kv_init(&kv, arena, 10, 16, true);
    struct su_prefix_run runs[] = {{7, 40}};
    struct su_kv_seq a = {.runs = runs, .n_runs = 1, .own = SU_KV_NONE};
    su_kv_take(&kv, &a, 4); /* 50 tokens */
    su_kv_publish(&kv, &a, 50);
    assert_int_equal(a.n_shared, 2); /* 40 tokens are two whole blocks and a half */
    struct su_kv_seq b = {.runs = runs, .n_runs = 1, .own = SU_KV_NONE};
    assert_int_equal(su_kv_find(&kv, &b, 50).n_blocks, 2);
    assert_int_equal(su_kv_find(&kv, &b, 50).n_queued, 0);
    /* The last token of a prompt is always computed: 32 tokens find one block. */
    assert_int_equal(su_kv_find(&kv, &b, 32).n_blocks, 1);
    su_kv_release(&kv, &a, 50, false);
    assert_int_equal(su_kv_find(&kv, &b, 50).n_queued, 2);
    /* Six were never used, two are the first request's private ones, then the run's: last first. */
    struct su_kv_seq c = {.own = SU_KV_NONE};
    su_kv_take(&kv, &c, 9);
    assert_int_equal(su_kv_find(&kv, &b, 50).n_blocks, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(a_second_request_finds_whole_blocks_of_the_first),
        ARENA_TEST(runs_with_a_length_behave_as_single_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
