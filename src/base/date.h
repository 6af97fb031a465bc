/* Calendar dates as facts give them: a day, or only a month, quarter, half or year. */
#ifndef SU_BASE_DATE_H
#define SU_BASE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

struct su_date {
    int16_t year;  /* 0: no date known */
    int8_t month;  /* 1..12, the first month of the period */
    int8_t day;    /* 1..31, the first day of the period */
    char text[12]; /* as the source printed it: "2024-07-14", "2024-07", "2024-Q2", "2024" */
};

/** Reads YYYY, YYYY-MM, YYYY-MM-DD, YYYY-Qn, YYYY-Hn; false for anything else. */
bool su_date_parse(struct su_str text, struct su_date *date);
bool su_date_known(struct su_date date);
/** Days since 1970-01-01 of the first day of the period (proleptic Gregorian). */
int32_t su_date_days(struct su_date date);
/** <0, 0, >0 by first day of the period. */
int su_date_cmp(struct su_date a, struct su_date b);
/** Whole months from a to b, rounded toward zero; negative when b is earlier. */
int32_t su_date_months_between(struct su_date a, struct su_date b);
/** Today's date in UTC. */
struct su_date su_date_today(void);

#endif
