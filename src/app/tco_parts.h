/* Private to app: the parts of `tco`. */
#ifndef SU_APP_TCO_PARTS_H
#define SU_APP_TCO_PARTS_H

#include "app/facts.h"
#include "econ/tco.h"

/* A request, and all that was computed of it. */
struct su_tco_case {
    struct su_arena *arena;
    const struct su_view *view;
    struct su_facts facts;
    const struct su_accel *accel;
    const struct su_server *server; /* may be NULL */
    const char *region;
    struct su_quote quote;
    struct su_tco tco;
    bool given[SU_TCO_COUNT]; /* the request says it */
    enum su_tco_view main;    /* the view that the figures at the top are of */
    bool all;
    bool default_region;
    bool default_channels;
    uint64_t n_draws;
    uint64_t seed;
    /* results */
    struct su_tco_result result[SU_TCO_VIEW_COUNT];
    struct su_tco_risk risk;
    struct su_tco_swing swings[SU_TCO_COUNT];
    size_t n_swings;
};

SU_MUST_CHECK enum su_status su_tco_request_read(struct su_arena *arena,
                                                 const struct su_request *request,
                                                 const struct su_view *view, struct su_tco_case *c,
                                                 struct su_err *err);

/** "128.4 万元", "13.0 %", "1.50": a value of an assumption as people read it. */
const char *su_tco_value_text(const struct su_tco_case *c, enum su_tco_id id, double v);
const char *su_tco_money_text(const struct su_tco_case *c, double amount);
/** Name of a view in the view's language. */
const char *su_tco_view_text(const struct su_tco_case *c, enum su_tco_view view);
/** Where an assumption comes from, in the view's language. */
const char *su_tco_source_text(const struct su_tco_case *c, enum su_tco_id id);
/** What the figures mean, in a sentence or two. */
const char *su_tco_verdict(const struct su_tco_case *c);
/** Views that are shown: the one asked for, or all that can be told. */
bool su_tco_shown(const struct su_tco_case *c, enum su_tco_view view);

void su_tco_put(const struct su_tco_case *c, struct su_doc *doc, const struct su_notes *notes);
struct su_table *su_tco_table(const struct su_tco_case *c);
void su_tco_write(const struct su_tco_case *c, struct su_buf *out, const struct su_table *table,
                  const struct su_notes *notes);

#endif
