/* Private to econ: a running-cost figure of data/opex as an assumption with its source. */
#ifndef SU_ECON_ASSUME_H
#define SU_ECON_ASSUME_H

#include "econ/econ.h"

/* A figure that is looked for. */
struct su_ask {
    const char *name;
    const char *const *items; /* of opex.csv, the first that the region has; NULL-terminated */
    double scale;             /* unit of the row to ours (percent to fraction) */
    double fallback;          /* where no row is found; money in USD */
    const char *unit;         /* starts with '/' when it is money */
};

/** The newest row on or before the date for the region, then for any wider one, then for the US;
 * where only later rows exist the newest of them, marked; where none does, the fallback. Money is
 * converted at the dated rate. */
SU_MUST_CHECK enum su_status su_assume(const struct su_catalog *catalog, const struct su_ask *ask,
                                       const char *region, struct su_date date,
                                       enum su_currency currency, struct su_assumption *out,
                                       struct su_err *err);

/** How far a quote may be off, either way, by the confidence of its source: our judgement, stated
 * in every answer. An H20 server fell by 20 % in five months of 2024. */
double su_spread_frac(enum su_confidence confidence);
/** A single figure gets the range of its confidence; one that has a range keeps it. */
void su_assume_widen(struct su_assumption *assumption);

#endif
