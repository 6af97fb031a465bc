/* Private to app: `plan` for several classes of traffic or with limits on the whole fleet. */
#ifndef SU_APP_MIX_PARTS_H
#define SU_APP_MIX_PARTS_H

#include "app/plan_parts.h"
#include "plan/mix.h"

/** The brief has classes, or a key that only a fleet as a whole can answer. */
bool su_mix_asked(const struct su_request *request);

/* Everything asked, each class with its own whole request. */
struct su_mix_question {
    struct su_mix_request request;
    const struct su_request *asked; /* [n_classes] */
};
SU_MUST_CHECK enum su_status su_mix_read(struct su_arena *arena, const struct su_request *request,
                                         const struct su_view *view, const struct su_facts *facts,
                                         struct su_notes *notes, struct su_mix_question *question,
                                         struct su_err *err);

struct su_mix_words {
    struct su_arena *arena;
    const struct su_view *view;
    const struct su_mix_question *question;
    const struct su_mix_result *result;
    const char *why; /* NULL when there are fleets */
};

/** Words of one part: those of a plan, at its share of its class's peak. */
struct su_plan_words su_mix_part_words(const struct su_mix_words *w,
                                       const struct su_mix_part *part);
const char *su_mix_reason(const struct su_mix_words *w, const struct su_mix_fleet *fleet);
const char *su_mix_exclusion_reason(const struct su_mix_words *w, const struct su_mix_exclusion *x);
const char *su_mix_why(const struct su_mix_words *w);
/** "supply", "budget" … of the limits that leave a chip out, else the constraint of a class. */
const char *su_mix_constraint_name(const struct su_mix_exclusion *x);

void su_mix_put(const struct su_mix_words *w, struct su_doc *doc);
struct su_table *su_mix_table(const struct su_mix_words *w);
void su_mix_write(const struct su_mix_words *w, struct su_buf *out, const struct su_facts *facts,
                  const struct su_notes *notes, const struct su_table *table);

/** Files of the first fleet into dir, named in the answer. */
SU_MUST_CHECK enum su_status su_mix_deploy(const struct su_mix_words *w, const char *dir,
                                           struct su_answer *answer, struct su_err *err);

SU_MUST_CHECK enum su_status su_app_plan_mix(struct su_arena *arena,
                                             const struct su_request *request,
                                             const struct su_view *view, struct su_answer *answer,
                                             struct su_err *err);

#endif
