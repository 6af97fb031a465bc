/* Private to app: the parts of `plan`. */
#ifndef SU_APP_PLAN_PARTS_H
#define SU_APP_PLAN_PARTS_H

#include "app/deploy.h"
#include "app/facts.h"
#include "plan/plan.h"
#include "plan/sensitivity.h"

/** The request a brief amounts to; defaults are noted as assumptions. */
SU_MUST_CHECK enum su_status
su_plan_request_read(struct su_arena *arena, const struct su_request *request,
                     const struct su_view *view, const struct su_facts *facts,
                     struct su_notes *notes, struct su_plan_request *plan, struct su_err *err);

/** Where, how and over how long is bought: region, channels, horizon and currency. */
SU_MUST_CHECK enum su_status
su_plan_read_buying(struct su_arena *arena, const struct su_request *request,
                    const struct su_view *view, const struct su_facts *facts,
                    struct su_notes *notes, struct su_plan_request *plan, struct su_err *err);

/** Lengths and rate of a trace into load and traffic. */
SU_MUST_CHECK enum su_status su_plan_read_trace(const char *path, struct su_plan_request *plan,
                                                struct su_err *err);
/** The busiest hour of `daily` over the mean hour. */
SU_MUST_CHECK enum su_status su_plan_daily_peak(const struct su_request *request,
                                                double *peak_factor, struct su_err *err);
/** How requests come, and by whose rules they are served; after the trace was read. */
void su_plan_read_arrivals(const struct su_request *request, const struct su_view *view,
                           struct su_notes *notes, struct su_plan_request *plan);

/** Figures of the region that every cost rests on. */
void su_notes_costs(struct su_notes *notes, const struct su_view *view,
                    const struct su_cost_basis *basis);

/** cost{} with the price behind it, and cost_per_mtok_output. */
void su_put_cost(struct su_arena *arena, struct su_doc *doc, const struct su_quote *quote,
                 const struct su_cost *cost, double per_mtok_output);
/** server_price{} of a known quote. */
void su_put_quote(struct su_arena *arena, struct su_doc *doc, const struct su_quote *quote);
/** A price of a server, or its rent for a card and hour. amount: one of the quote's, or another for
 * the same thing. */
const char *su_quote_text(struct su_arena *arena, const struct su_view *view,
                          const struct su_quote *quote, struct su_money amount);
/** What is to be minded with a known quote: "" when nothing is. */
const char *su_quote_notes(struct su_arena *arena, const struct su_view *view,
                           const struct su_quote *quote);
/** What comparing prices of a plan leaves out: tax, and how rents move. */
void su_notes_prices(struct su_notes *notes, const struct su_view *view,
                     const struct su_plan_result *result);

/** Whether any running-cost figure is of the region's country. */
bool su_region_has_figures(const struct su_catalog *catalog, const char *region);

/* What the words of a plan need besides the plan. */
struct su_plan_words {
    struct su_arena *arena;
    const struct su_view *view;
    const struct su_plan_request *request;
    const struct su_plan_result *result;
    const struct su_request *asked;
    const char *why; /* NULL when there are plans */
    const struct su_verdict *verdict;
    bool part;     /* the plan is a part of a fleet, which shares servers with others */
    bool prefills; /* it only does that, */
    bool decodes;  /* or only this: half of a split deployment */
};

/* What decides a plan and what would change it. */
struct su_verdict {
    struct su_break_even *even; /* of the priced plans, by rank */
    struct su_sensitivities changes;
    /* --compare; NULL: not asked for. Its table for a terminal, and sentences after it. */
    struct su_doc *compare;
    const char *compare_title;
    struct su_table *compare_table;
};

/** Why this plan costs what it costs: bottlenecks and counts, two or three sentences. */
const char *su_plan_reason(const struct su_plan_words *w, const struct su_plan *plan);
/** What the export rules say of an offer, a sentence or two. */
const char *su_compliance_text(const struct su_plan_words *w, const struct su_offer *offer);
/** channel, compliance{} and channels[] of a plan. */
void su_put_offers(const struct su_plan_words *w, struct su_doc *doc, const struct su_plan *plan);
void su_offers_write_prices(const struct su_plan_words *w, struct su_buf *out);
void su_offers_write_compliance(const struct su_plan_words *w, struct su_buf *out);
/** Why a chip is out, one sentence with the figure and the limit. */
const char *su_exclusion_reason(const struct su_plan_words *w, const struct su_exclusion *x);
/** Name of a constraint in the view's language. */
const char *su_constraint_text(const struct su_plan_words *w, enum su_constraint c);
/** One line for exit 3: the binding constraint and the nearest change, which has been tried. */
SU_MUST_CHECK enum su_status su_plan_infeasible(const struct su_plan_words *w, const char **why,
                                                struct su_err *err);
/** The facts that a plan's deployment needs; they live as long as the plan. */
struct su_deploy su_plan_deploy(const struct su_plan_words *w, const struct su_plan *plan);
/** The engine's launch command of one replica; NULL for an engine whose flags are not known here
 * or that takes a file. */
const char *su_plan_launch(const struct su_plan_words *w, const struct su_plan *plan);
/** "TP 4 · EP 4" … of a cut. */
const char *su_plan_cut_text(struct su_arena *arena, const struct su_plan *plan);

/** What most of a step's time goes to, and its share. */
enum su_msg su_plan_bottleneck(const struct su_step_cost *cost, double *share_frac);

SU_MUST_CHECK enum su_status su_verdict_init(const struct su_plan_words *w, struct su_verdict *v,
                                             struct su_err *err);
/** Why the leader leads, a paragraph. */
const char *su_verdict_decides(const struct su_plan_words *w, const struct su_verdict *v);
/** What would turn it, a list of sentences. */
struct su_doc *su_verdict_changes(const struct su_plan_words *w, const struct su_verdict *v);
/** Why a costs less than b; what would make p win over its rival; where another load turns it. */
const char *su_decides_between(const struct su_plan_words *w, const struct su_plan *a,
                               const struct su_plan *b);
const char *su_loser_text(const struct su_plan_words *w, const struct su_plan *p,
                          const struct su_break_even *e);
const char *su_traffic_text(const struct su_plan_words *w, const struct su_sensitivity *s);
void su_put_break_even(struct su_arena *arena, struct su_doc *doc, const struct su_break_even *e);
/** datasheet_frac and break_even{} of one plan. */
void su_verdict_put_plan(const struct su_plan_words *w, struct su_doc *doc, size_t rank);
/** sensitivity[] and verdict{} */
void su_verdict_put(const struct su_plan_words *w, struct su_doc *doc);
void su_verdict_write(const struct su_plan_words *w, struct su_buf *out);
void su_verdict_write_tables(const struct su_plan_words *w, struct su_buf *out);

/** Two chips side by side into v, when asked for. SU_ERR_INPUT when --compare does not name two. */
SU_MUST_CHECK enum su_status su_compare_init(const struct su_plan_words *w, struct su_verdict *v,
                                             struct su_err *err);
void su_compare_write(const struct su_plan_words *w, struct su_buf *out);

/** search{priced, bounded, simulated} of so many searches. */
void su_plan_put_search(struct su_arena *arena, struct su_doc *doc,
                        const struct su_plan_result *results, size_t n);
/** The keys of a plan but its rank and its chances against others. */
void su_plan_put_one(const struct su_plan_words *w, struct su_doc *doc, const struct su_plan *plan);
void su_plan_put(const struct su_plan_words *w, struct su_doc *doc);
struct su_table *su_plan_table(const struct su_plan_words *w);
void su_plan_write(const struct su_plan_words *w, struct su_buf *out, const struct su_facts *facts,
                   const struct su_notes *notes, const struct su_table *table);

#endif
