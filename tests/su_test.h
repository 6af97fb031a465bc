/* cmocka with what it wants included before it, and the two assertions used everywhere. */
#ifndef SU_TEST_H
#define SU_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"

/* The call succeeds; the error's text is shown when it does not. */
#define assert_ok(call, err)                                           \
    do {                                                               \
        if ((call) != SU_OK)                                           \
            fail_msg("%s: %s: %s", #call, (err).where, (err).message); \
    } while (0)

/* value within rel of expected. */
#define assert_near(value, expected, rel)                                                \
    do {                                                                                 \
        double v_ = (value);                                                             \
        double e_ = (expected);                                                          \
        double d_ = v_ > e_ ? v_ - e_ : e_ - v_;                                         \
        if (!(d_ <= (rel) * (e_ < 0 ? -e_ : e_)))                                        \
            fail_msg("%s is %.9g, expected %.9g (+-%g)", #value, v_, e_, (double)(rel)); \
    } while (0)

#endif
