/* Private to app: what every verb starts from, and short names for texts. */
#ifndef SU_APP_FACTS_H
#define SU_APP_FACTS_H

#include "app/app.h"
#include "base/vec.h"
#include "catalog/catalog.h"
#include "model/model.h"
#include "perf/perf.h"

struct su_facts {
    const struct su_catalog *catalog; /* embedded, or with the user's --catalog over it */
    struct su_date date;              /* --as-of, else the newest date in the catalog */
    bool date_is_default;
    int32_t age_days; /* of that date, today; 0 when the date was given */
};

SU_MUST_CHECK enum su_status su_facts_init(struct su_arena *arena, const struct su_request *request,
                                           struct su_facts *facts, struct su_err *err);

/* Chips that the operands and --where name. */
struct su_chip_list {
    SU_VEC(const struct su_accel *) v;
};
SU_MUST_CHECK enum su_status su_chips_choose(struct su_arena *arena,
                                             const struct su_request *request,
                                             const struct su_catalog *catalog,
                                             struct su_chip_list *list, struct su_err *err);

/** "2026-11-09", and how old that is when it was not asked for. */
const char *su_facts_date_text(struct su_arena *arena, const struct su_view *view,
                               const struct su_facts *facts);

/** One word of a list, or the default; SU_ERR_INPUT when it is not one of the known formats. */
SU_MUST_CHECK enum su_status su_dtype_of(const char *word, const char *where, enum su_dtype *dtype,
                                         struct su_err *err);

/** Engine of a request as software_support.csv names it ("vLLM"); SU_ERR_INPUT for another word. */
SU_MUST_CHECK enum su_status su_engine_component(const struct su_request *request,
                                                 const char **component, struct su_err *err);

/** name and confidence of a fact in the view's language. */
const char *su_confidence_text(const struct su_view *view, enum su_confidence c);

/* Words of the catalog and the models in the view's language; an unknown word stays as it is. */
const char *su_market_text(const struct su_view *view, const char *market);
const char *su_support_text(const struct su_view *view, enum su_support_level level);
const char *su_channel_text(const struct su_view *view, enum su_price_channel channel);
const char *su_tax_text(const struct su_view *view, enum su_price_tax tax);
const char *su_engine_text(const struct su_view *view, const char *component);
const char *su_bound_text(const struct su_view *view, const char *bound);
const char *su_phase_text(const struct su_view *view, const char *phase);

const char *su_basis_text(const struct su_view *view, enum su_basis basis);

/* An assumption or approximation of an answer: shown as a list and in assumptions[]. */
struct su_notes {
    struct su_arena *arena;
    struct su_doc *assumptions;
    struct su_doc *approximations;
};
void su_notes_init(struct su_notes *notes, struct su_arena *arena, struct su_doc *doc);
/** --as-of as an assumption when it was not given. */
void su_notes_assume_date(struct su_notes *notes, const struct su_facts *facts,
                          const struct su_view *view);
/** What is known against the request: the engine has no record on the chip's stack, or the lengths
 * go beyond the positions that the model was made for. */
void su_notes_engine(struct su_notes *notes, const struct su_view *view,
                     enum su_support_level level, const char *component, const char *stack);
void su_notes_positions(struct su_notes *notes, const struct su_view *view,
                        const struct su_model *model, double tokens);
/** {name, value, source}: what was taken and why. */
void su_notes_assume(struct su_notes *notes, const char *name, const char *value,
                     const char *source);
void su_notes_approximate(struct su_notes *notes, const char *text);
/** Both lists as paragraphs. */
void su_notes_write(struct su_buf *out, const struct su_notes *notes, const struct su_view *view);

/** {"low":…, "mid":…} helpers: [p10, p90] under interval, null for an open end. */
void su_put_interval(struct su_arena *arena, struct su_doc *interval, const char *metric,
                     double low, double high);

/** A memory map as an object. */
struct su_memory;
void su_put_memory(struct su_arena *arena, struct su_doc *doc, const struct su_memory *memory);

#endif
