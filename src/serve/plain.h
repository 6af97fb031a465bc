/* Private to serve: the plain machine. It touches every sequence in every step and keeps explicit
 * lists; the rules of each engine family are in their own files. docs/theory/serving.md */
#ifndef SU_SERVE_PLAIN_H
#define SU_SERVE_PLAIN_H

#include "base/rng.h"
#include "serve/replica.h"

/* ---- sequences (plain_seq.c) ---- */

/* A request while it is here. What is under way counts as computed and given. */
struct su_plain_seq {
    struct su_plain_seq *prev; /* in the list where it stands */
    struct su_plain_seq *next;
    struct su_request_record record;
    uint64_t session;
    uint32_t rank;
    int32_t priority;
    uint32_t output_tokens; /* to be given here: 1 where the rest is given elsewhere */
    uint32_t prompt_tokens; /* to be computed before it decodes; after a preemption with answer */
    uint32_t stored_tokens;
    uint32_t given_tokens;
    uint32_t now_tokens;   /* computed in the call's step; 0 = it takes no part */
    uint32_t now_given;    /* tokens that this step gives */
    uint32_t found_blocks; /* of its prompt, when SGLang last sorted */
    bool ready;            /* its KV came over a link: no prompt to compute */
    bool seated;           /* had a seat before */
    int64_t joined_ps;     /* when it came, or lost its seat */
    int64_t admitted_ps;
    int64_t last_ps; /* of its last token */
    struct su_kv_seq kv;
    struct su_prefix_run *runs; /* its copy, with room for runs_cap */
    uint32_t runs_cap;
    struct su_rng acceptance;
};

struct su_plain_list {
    struct su_plain_seq *first;
    struct su_plain_seq *last;
    uint64_t n;
};

void su_plain_remove(struct su_plain_list *list, struct su_plain_seq *seq);
/** Puts seq before next, at the end when next is NULL. */
void su_plain_insert(struct su_plain_list *list, struct su_plain_seq *seq,
                     struct su_plain_seq *next);

static inline bool su_plain_in_prompt(const struct su_plain_seq *seq)
{
    return seq->stored_tokens < seq->prompt_tokens;
}
/* Its last token is under way. */
static inline bool su_plain_is_ending(const struct su_plain_seq *seq)
{
    return seq->given_tokens == seq->output_tokens;
}
static inline uint32_t su_plain_blocks_held(const struct su_plain_seq *seq)
{
    return seq->kv.n_shared + seq->kv.n_private;
}

/* ---- the machine (plain.c) ---- */

/* One data-parallel rank. */
struct su_plain_rank {
    struct su_kv kv;
    uint64_t n_arriving; /* given to it, and its call not yet made */
    struct su_plain_list waiting;
    struct su_plain_list running; /* with a seat, in the order of admission */
    bool preempted;               /* somebody, in this call */
    /* SGLang */
    double new_token_ratio;
    bool is_full; /* seats or blocks were missing, and nobody left since */
    /* the step of this call */
    struct su_chunk *chunks;
    uint32_t chunks_cap;
    struct su_batch batch;
    uint32_t prefill_tokens;
};

#define SU_PLAIN_DEPTH 2u            /* steps under way at most */
#define SU_PLAIN_NEW_TOKEN_RATIO 0.7 /* SGLang: where it starts */

struct su_replica {
    struct su_arena *arena;
    struct su_serve_engine engine;
    const struct su_pricer *pricer;
    struct su_metrics *metrics;
    uint32_t index;
    uint64_t seed;
    struct su_plain_rank *ranks;
    struct su_batch *batches;      /* of the ranks, for the pricer */
    struct su_plain_list arriving; /* at its time, not yet seen by a call */
    struct su_plain_list sending;  /* without a seat, until their KV has gone */
    int64_t link_free_ps;
    struct su_plain_list unused;
    uint32_t depth;
    uint32_t n_under_way;
    int64_t ends_ps[SU_PLAIN_DEPTH]; /* of the steps under way, oldest first */
    bool found_nothing;              /* the last call */
    int64_t now_ps;                  /* of the last call */
};

/* Tokens that seq wants in its next step when nothing limits it; with drafts when it decodes. */
uint32_t su_plain_wanted(const struct su_replica *replica, const struct su_plain_seq *seq);
/* KV tokens after a step over n_tokens when it held stored_tokens: never more than the last token
 * but one of the answer, also where drafts reach beyond it. */
uint64_t su_plain_held_after(const struct su_plain_seq *seq, uint32_t stored_tokens,
                             uint32_t n_tokens);
/* Blocks it lacks to hold its tokens after a step over n_tokens. */
uint64_t su_plain_blocks_missing(const struct su_plain_rank *rank, const struct su_plain_seq *seq,
                                 uint32_t n_tokens);
/* A waiting sequence gets a seat and what was found for it. */
void su_plain_admit(struct su_replica *replica, struct su_plain_rank *rank,
                    struct su_plain_seq *seq, const struct su_kv_match *match);
/* It takes part in the step with n_tokens, whose blocks it has. */
void su_plain_run(struct su_replica *replica, struct su_plain_rank *rank, struct su_plain_seq *seq,
                  uint32_t n_tokens);
/* A running sequence loses seat and blocks; before `next` of the waiting list unless its last token
 * is under way. */
void su_plain_preempt(struct su_replica *replica, struct su_plain_rank *rank,
                      struct su_plain_seq *seq, struct su_plain_seq *next);
/* Where seq belongs among the waiting by (priority, arrival); NULL at the end. */
struct su_plain_seq *su_plain_by_priority(const struct su_plain_list *waiting,
                                          const struct su_plain_seq *seq);
/* True when a is served after b. */
bool su_plain_is_after(const struct su_plain_seq *a, const struct su_plain_seq *b);

/* ---- engine families: fill rank->batch for the call at replica->now_ps ---- */

void su_plain_call_vllm(struct su_replica *replica, struct su_plain_rank *rank);
void su_plain_call_sglang(struct su_replica *replica, struct su_plain_rank *rank);

#endif
