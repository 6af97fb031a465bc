#include "base/money.h"

#include <math.h>

static const char *const codes[] = {
#define SU_X(code) #code,
    SU_CURRENCY_TABLE(SU_X)
#undef SU_X
};

bool su_currency_parse(struct su_str code, enum su_currency *currency)
{
    for (int i = 0; i < SU_CURRENCY_COUNT; i++) {
        if (su_str_eq_c(code, codes[i])) {
            *currency = (enum su_currency)i;
            return true;
        }
    }
    return false;
}

const char *su_currency_code(enum su_currency currency)
{
    return codes[currency];
}

static enum su_status from_micro(double micro, enum su_currency currency, struct su_money *out,
                                 struct su_err *err)
{
    micro = round(micro);
    if (!(fabs(micro) < 9.2e18))
        return SU_FAIL(err, SU_ERR_LIMIT, "money", "%g %s is beyond what can be counted",
                       micro / 1e6, codes[currency]);
    *out = (struct su_money){(int64_t)micro, currency};
    return SU_OK;
}

enum su_status su_money_make(double amount, enum su_currency currency, struct su_money *out,
                             struct su_err *err)
{
    return from_micro(amount * 1e6, currency, out, err);
}

/* Divided, because 1e-6 is no exact factor: 999.98 would come back as 999.9799999999999. */
double su_money_amount(struct su_money m)
{
    return (double)m.micro / 1e6;
}

enum su_status su_money_add(struct su_money a, struct su_money b, struct su_money *sum,
                            struct su_err *err)
{
    if (a.currency != b.currency)
        return SU_FAIL(err, SU_ERR_INPUT, "money", "cannot add %s to %s: convert first",
                       codes[b.currency], codes[a.currency]);
    int64_t micro = 0;
    if (__builtin_add_overflow(a.micro, b.micro, &micro))
        return SU_FAIL(err, SU_ERR_LIMIT, "money", "sum is beyond what can be counted");
    *sum = (struct su_money){micro, a.currency};
    return SU_OK;
}

enum su_status su_money_scale(struct su_money m, double factor, struct su_money *out,
                              struct su_err *err)
{
    return from_micro((double)m.micro * factor, m.currency, out, err);
}
