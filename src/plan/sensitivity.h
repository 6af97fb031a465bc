/* What decides a plan and what would change it: the efficiency at which a losing chip would win,
 * other prices, loads and efficiencies, and two chips side by side. Nothing here searches more than
 * the change touches; docs/theory/sensitivity.md gives every definition. */
#ifndef SU_PLAN_SENSITIVITY_H
#define SU_PLAN_SENSITIVITY_H

#include "plan/plan.h"

/* ---- shares of the data sheet ---- */

/** Share of its data-sheet roofline that the plan's operators run at: time at the peaks of compute
 * and memory over the modelled time, over a replica's steps at the peak load. Links, collectives
 * and step overhead are not in it. */
double su_plan_datasheet_frac(const struct su_plan *plan);

/** Requests per second of one server that is full of replicas, within the service levels. */
double su_plan_per_server_req_s(const struct su_plan *plan);

/** What one request/s costs over the horizon in a fleet of very many servers, in currency units;
 * the plan is priced. */
SU_MUST_CHECK enum su_status su_plan_total_at_scale(const struct su_plan_request *request,
                                                    const struct su_plan_result *result,
                                                    const struct su_plan *plan, double *per_req_s,
                                                    struct su_err *err);

/* ---- break-even ---- */

/* A priced plan against a rival. Factors are on the modelled speed of every operator; NAN where no
 * factor up to the data sheet's does it. */
struct su_break_even {
    const struct su_plan *rival; /* the leader; for the leader the best of the others; NULL: none */
    double datasheet_frac;       /* of the plan as modelled, su_plan_datasheet_frac */
    uint32_t servers_max;    /* that cost no more than the rival's fleet; 0: not even one does */
    double efficiency;       /* the least at which its total is no more than the rival's */
    double scale_efficiency; /* the same for a load of very many servers: cost per request/s */
    struct su_money price;   /* of one server at which the totals are equal, as modelled */
    bool porting;            /* the rival's software stack is another */
    struct su_money porting_budget;           /* rival's total less its own; below 0: it loses */
    struct su_money porting_budget_datasheet; /* with its operators at the data sheet */
};

/** request and result as su_plan_search had them; index: a priced plan. rival: another priced plan,
 * NULL for the leader (for the leader itself: the second). The lowest factor looked for is
 * SU_EFFICIENCY_LOW. */
SU_MUST_CHECK enum su_status su_plan_break_even(struct su_arena *scratch,
                                                const struct su_plan_request *request,
                                                const struct su_plan_result *result, size_t index,
                                                const struct su_plan *rival,
                                                struct su_break_even *out, struct su_err *err);
#define SU_EFFICIENCY_LOW 0.05

/* ---- changes that need no search ---- */

enum su_lever {
    SU_LEVER_PRICE,        /* factor on the price of a server */
    SU_LEVER_TRAFFIC,      /* factor on mean and peak rate */
    SU_LEVER_ACTIVE_HOURS, /* hours per day at the same rates */
    SU_LEVER_LOAD,         /* mean draw over rated power */
    SU_LEVER_EFFICIENCY,   /* enum su_eff_level */
};
const char *su_lever_name(enum su_lever lever);

struct su_change {
    enum su_lever lever;
    const struct su_plan *only; /* price and efficiency of this plan alone; NULL: of all */
    double value;
};

/* What a plan costs after a change. */
struct su_changed {
    bool serves; /* it still can, within budget and power */
    uint32_t n_servers;
    struct su_money total;
    double cost_per_mtok;
};
SU_MUST_CHECK enum su_status su_plan_changed(const struct su_plan_request *request,
                                             const struct su_plan_result *result,
                                             const struct su_plan *plan,
                                             const struct su_change *change, struct su_changed *out,
                                             struct su_err *err);

/* A change, who leads then, and where the lead goes over on the way there and beyond. */
struct su_sensitivity {
    struct su_change change;
    const struct su_plan *leader; /* NULL: no priced plan serves any more */
    double cost_per_mtok;         /* of that leader */
    bool threshold_known;
    double threshold; /* nearest value at which another leads, in the change's direction */
    const struct su_plan *then; /* who leads there; NULL: none */
};

struct su_sensitivities {
    struct su_sensitivity *items;
    size_t n;
};

/* Spans that thresholds are looked for in. */
#define SU_PRICE_SPAN 5.0    /* a fifth to five times */
#define SU_TRAFFIC_SPAN 10.0 /* a tenth to ten times */

/** Price of the leader +20 %, of each rival and of all -20 %, of all +20 %; traffic x0.5 and x2;
 * active hours halved and doubled; mean draw at its low and high value; efficiency of all, of the
 * leader and of each rival at its 10 % and 90 % values. Empty with fewer than two priced plans. */
SU_MUST_CHECK enum su_status su_plan_sensitivity(struct su_arena *arena,
                                                 const struct su_plan_request *request,
                                                 const struct su_plan_result *result,
                                                 struct su_sensitivities *out, struct su_err *err);

/** The value nearest to "as asked" in the change's direction (towards change->value and beyond, to
 * the end of the lever's span) at which another of the given plans costs least. n >= 1. */
SU_MUST_CHECK enum su_status su_plan_threshold(const struct su_plan_request *request,
                                               const struct su_plan_result *result,
                                               const struct su_plan *const *plans, size_t n,
                                               struct su_sensitivity *s, struct su_err *err);

#endif
