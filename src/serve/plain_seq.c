/* The lists in which the plain machine's sequences stand. */
#include "serve/plain.h"

#include <stddef.h>

void su_plain_remove(struct su_plain_list *list, struct su_plain_seq *seq)
{
    if (seq->prev == NULL)
        list->first = seq->next;
    else
        seq->prev->next = seq->next;
    if (seq->next == NULL)
        list->last = seq->prev;
    else
        seq->next->prev = seq->prev;
    seq->prev = seq->next = NULL;
    list->n--;
}

void su_plain_insert(struct su_plain_list *list, struct su_plain_seq *seq,
                     struct su_plain_seq *next)
{
    seq->next = next;
    seq->prev = next == NULL ? list->last : next->prev;
    if (seq->prev == NULL)
        list->first = seq;
    else
        seq->prev->next = seq;
    if (next == NULL)
        list->last = seq;
    else
        next->prev = seq;
    list->n++;
}

bool su_plain_is_after(const struct su_plain_seq *a, const struct su_plain_seq *b)
{
    if (a->priority != b->priority)
        return a->priority > b->priority;
    if (a->record.arrival_ps != b->record.arrival_ps)
        return a->record.arrival_ps > b->record.arrival_ps;
    return a->record.index > b->record.index;
}

struct su_plain_seq *su_plain_by_priority(const struct su_plain_list *waiting,
                                          const struct su_plain_seq *seq)
{
    struct su_plain_seq *next = waiting->first;
    while (next != NULL && su_plain_is_after(seq, next))
        next = next->next;
    return next;
}
