/* Money: integer micro-units of one currency; never a bare double. */
#ifndef SU_BASE_MONEY_H
#define SU_BASE_MONEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

#define SU_CURRENCY_TABLE(X) X(CNY) X(USD) X(EUR) X(JPY) X(HKD) X(INR)

enum su_currency {
#define SU_X(code) SU_##code,
    SU_CURRENCY_TABLE(SU_X)
#undef SU_X
        SU_CURRENCY_COUNT
};

struct su_money {
    int64_t micro; /* 1.5 CNY = 1,500,000 */
    enum su_currency currency;
};

/** "CNY", "USD" …; false when unknown. */
bool su_currency_parse(struct su_str code, enum su_currency *currency);
const char *su_currency_code(enum su_currency currency);

/** Rounds to the nearest micro-unit. SU_ERR_LIMIT beyond ±9.2e12 units or when not finite. */
SU_MUST_CHECK enum su_status su_money_make(double amount, enum su_currency currency,
                                           struct su_money *out, struct su_err *err);
double su_money_amount(struct su_money m);

/** SU_ERR_INPUT when currencies differ: convert with a dated rate first, once, at the edge. */
SU_MUST_CHECK enum su_status su_money_add(struct su_money a, struct su_money b,
                                          struct su_money *sum, struct su_err *err);
/** m times factor (a count, a share, a number of hours). */
SU_MUST_CHECK enum su_status su_money_scale(struct su_money m, double factor, struct su_money *out,
                                            struct su_err *err);

#endif
