/* Private to serve: the sequences of a fast replica, kept in slots that are used again, and the two
 * lists they stand in. */
#ifndef SU_SERVE_SEQ_H
#define SU_SERVE_SEQ_H

#include "serve/kv.h"

#define SU_SEQ_NONE UINT32_MAX

struct su_seq {
    uint64_t index;
    uint64_t session;
    int64_t arrival_ps;
    int64_t scheduled_ps;  /* first admission, -1 = none yet */
    int64_t first_ps;      /* first token, 0 = none yet */
    int64_t last_token_ps; /* of one that waits after a preemption */
    int64_t joined_ps;     /* the waiting list */
    int64_t admitted_ps;
    uint64_t order; /* of admission */
    int64_t base;   /* a decoding one holds base + g tokens after step g */
    uint32_t input_tokens;
    uint32_t output_tokens;
    uint32_t given_tokens; /* when it last waited; while it decodes, 1 + those before */
    uint32_t done_tokens;  /* of a prompt in work: computed or found */
    uint32_t hit_tokens;
    uint32_t n_preempted;
    bool decoding; /* takes part in every step */
    bool leaving;  /* its last token is under way */
    bool ready;    /* its prompt was computed elsewhere */
    uint32_t prev; /* running list */
    uint32_t next; /* running or waiting list, or the free slots */
    struct su_kv_seq kv;
    uint32_t runs_class; /* of its copy of the runs */
};

struct su_seqs {
    struct su_seq *items;
    uint32_t n;
    uint32_t cap;
    uint32_t free_slot;
    struct su_prefix_run *free_runs[32]; /* copies that are used again, by power of two */
    struct su_arena *arena;
};

void su_seqs_init(struct su_seqs *seqs, struct su_arena *arena);
/** A zeroed slot with the arrival's figures and a copy of its runs. */
uint32_t su_seqs_add(struct su_seqs *seqs, const struct su_arrival *arrival);
void su_seqs_drop(struct su_seqs *seqs, uint32_t s);

/* A doubly linked list of slots. */
struct su_seq_list {
    uint32_t first;
    uint32_t last;
    uint64_t n;
};
void su_seq_list_init(struct su_seq_list *list);
void su_seq_list_append(struct su_seqs *seqs, struct su_seq_list *list, uint32_t s);
void su_seq_list_prepend(struct su_seqs *seqs, struct su_seq_list *list, uint32_t s);
void su_seq_list_remove(struct su_seqs *seqs, struct su_seq_list *list, uint32_t s);

#endif
