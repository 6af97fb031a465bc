#include "serve/seq.h"

#include <string.h>

void su_seqs_init(struct su_seqs *seqs, struct su_arena *arena)
{
    *seqs = (struct su_seqs){.arena = arena, .free_slot = SU_SEQ_NONE};
}

/* A copy of the runs, from the free ones of its size or new; free ones are linked by their ids. */
static void copy_runs(struct su_seqs *seqs, struct su_seq *seq, const struct su_arrival *arrival)
{
    uint32_t class = 0;
    while (UINT32_C(1) << class < arrival->n_runs)
        class ++;
    struct su_prefix_run *runs = seqs->free_runs[class];
    if (runs != NULL)
        memcpy(&seqs->free_runs[class], &runs[0].id, sizeof(runs));
    else
        runs = SU_NEW_ARRAY(seqs->arena, (size_t)1 << class, struct su_prefix_run);
    memcpy(runs, arrival->runs, arrival->n_runs * sizeof(*runs));
    seq->runs_class = class;
    seq->kv.runs = runs;
    seq->kv.n_runs = arrival->n_runs;
}

static void drop_runs(struct su_seqs *seqs, struct su_seq *seq)
{
    struct su_prefix_run *runs = (struct su_prefix_run *)(uintptr_t)seq->kv.runs;
    memcpy(&runs[0].id, &seqs->free_runs[seq->runs_class], sizeof(runs));
    seqs->free_runs[seq->runs_class] = runs;
}

uint32_t su_seqs_add(struct su_seqs *seqs, const struct su_arrival *arrival)
{
    uint32_t s = seqs->free_slot;
    if (s != SU_SEQ_NONE) {
        seqs->free_slot = seqs->items[s].next;
    } else {
        if (seqs->n == seqs->cap) {
            uint32_t larger = seqs->cap == 0 ? 64 : 2 * seqs->cap;
            struct su_seq *items = SU_NEW_ARRAY(seqs->arena, larger, struct su_seq);
            if (seqs->n > 0)
                memcpy(items, seqs->items, seqs->n * sizeof(*items));
            seqs->items = items;
            seqs->cap = larger;
        }
        s = seqs->n++;
    }
    struct su_seq *seq = &seqs->items[s];
    *seq = (struct su_seq){
        .index = arrival->index,
        .session = arrival->session,
        .arrival_ps = arrival->arrival_ps,
        .joined_ps = arrival->arrival_ps,
        .scheduled_ps = -1,
        .input_tokens = arrival->input_tokens,
        .output_tokens = arrival->output_tokens,
        .kv = {.own = SU_KV_NONE},
    };
    if (arrival->n_runs > 0)
        copy_runs(seqs, seq, arrival);
    return s;
}

void su_seqs_drop(struct su_seqs *seqs, uint32_t s)
{
    struct su_seq *seq = &seqs->items[s];
    if (seq->kv.n_runs > 0)
        drop_runs(seqs, seq);
    seq->next = seqs->free_slot;
    seqs->free_slot = s;
}

void su_seq_list_init(struct su_seq_list *list)
{
    *list = (struct su_seq_list){SU_SEQ_NONE, SU_SEQ_NONE, 0};
}

void su_seq_list_append(struct su_seqs *seqs, struct su_seq_list *list, uint32_t s)
{
    seqs->items[s].prev = list->last;
    seqs->items[s].next = SU_SEQ_NONE;
    if (list->last == SU_SEQ_NONE)
        list->first = s;
    else
        seqs->items[list->last].next = s;
    list->last = s;
    list->n++;
}

void su_seq_list_prepend(struct su_seqs *seqs, struct su_seq_list *list, uint32_t s)
{
    seqs->items[s].prev = SU_SEQ_NONE;
    seqs->items[s].next = list->first;
    if (list->first == SU_SEQ_NONE)
        list->last = s;
    else
        seqs->items[list->first].prev = s;
    list->first = s;
    list->n++;
}

void su_seq_list_remove(struct su_seqs *seqs, struct su_seq_list *list, uint32_t s)
{
    const struct su_seq *seq = &seqs->items[s];
    if (seq->prev == SU_SEQ_NONE)
        list->first = seq->next;
    else
        seqs->items[seq->prev].next = seq->next;
    if (seq->next == SU_SEQ_NONE)
        list->last = seq->prev;
    else
        seqs->items[seq->next].prev = seq->prev;
    list->n--;
}
