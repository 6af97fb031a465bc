/* How a chip may be had: one offer per channel asked for, each with its own price series and what
 * the export rules say of that way. */
#ifndef SU_PLAN_OFFER_H
#define SU_PLAN_OFFER_H

#include "econ/econ.h"

struct su_plan_request;
struct su_plan;

/* What the export rules of the date say of a way to have a chip. Arithmetic, not legal advice. */
enum su_compliance_status {
    SU_COMPLIANCE_NO_RULE,     /* no US rule restricts the region or the chip */
    SU_COMPLIANCE_FREE,        /* below every threshold on the date */
    SU_COMPLIANCE_AUTHORISED,  /* a purchase under the authorisation that the buyer counts on */
    SU_COMPLIANCE_BEFORE_RULE, /* closed today; was free when it was released */
    SU_COMPLIANCE_NEVER_FREE,  /* closed today, and already when it was released */
    SU_COMPLIANCE_UNKNOWN,     /* a figure or date that the rule needs is not published */
};
/** "no_rule", "free", "authorised", "before_rule", "never_free", "unknown" */
const char *su_compliance_name(enum su_compliance_status status);

struct su_compliance {
    enum su_compliance_status status;
    struct su_export export; /* on the date; of no meaning with SU_COMPLIANCE_NO_RULE */
};

struct su_offer {
    struct su_quote quote;
    struct su_compliance compliance;
    struct su_cost cost;  /* of the plan's servers; only with a known quote */
    double cost_per_mtok; /* 0 when unpriced */
};

#define SU_OFFERS_MAX 4

struct su_offers {
    struct su_offer items[SU_OFFERS_MAX]; /* official, second hand, grey, rental */
    uint32_t n;
};

/** What the channels asked for have of a chip: its official channel only where the export class is
 * covered, stock and cards for rent only of the region's country. Channels without a quote are
 * left out; when none has one, the first open channel stands alone, unpriced. n == 0: official
 * purchase is closed and nothing else was asked for. */
SU_MUST_CHECK enum su_status su_offers_init(struct su_arena *arena,
                                            const struct su_plan_request *request,
                                            const struct su_accel *accel,
                                            const struct su_server *server, uint32_t n_cards,
                                            struct su_offers *offers, struct su_err *err);

/** Cost of each offer for n_servers over the horizon; *best is the cheapest, of equals the first,
 * or the only unpriced one. offers->n >= 1. */
SU_MUST_CHECK enum su_status su_offers_cost(struct su_offers *offers,
                                            const struct su_cost_basis *basis, uint32_t n_servers,
                                            struct su_power power, double horizon_months,
                                            uint32_t *best, struct su_err *err);

/** "official", "second_hand", "grey" or "rental" */
const char *su_channel_name(enum su_price_channel channel);

#endif
