/* Human units at the edge: flags, briefs and data files in, one unit system inside. */
#ifndef SU_BASE_UNITS_H
#define SU_BASE_UNITS_H

#include "base/err.h"
#include "base/str.h"

/* What a text measures; the value comes back in the unit named in the comment. */
enum su_unit {
    SU_UNIT_NONE,  /* plain number; k, M, G and 万, 亿 accepted */
    SU_UNIT_TIME,  /* seconds; bare numbers are seconds: ns us ms s min h d */
    SU_UNIT_BYTES, /* bytes; kB MB GB TB and KiB MiB GiB TiB */
    SU_UNIT_RATE,  /* per second; bare numbers are per second: /s /min /h /d */
    SU_UNIT_FRAC,  /* 0..1; 85% is 0.85 */
    SU_UNIT_POWER, /* watts: W kW MW */
};

/** Reads "2s", "96GB", "1.5k", "90%". SU_ERR_INPUT with the accepted units in the message. */
SU_MUST_CHECK enum su_status su_units_parse(struct su_str text, enum su_unit unit, double *value,
                                            const char *where, struct su_err *err);

#define SU_GB 1e9
#define SU_GIB 1073741824.0
#define SU_TERA 1e12

#endif
