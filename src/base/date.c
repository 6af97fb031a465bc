#include "base/date.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static bool digits(struct su_str s, size_t from, size_t n, int *out)
{
    int v = 0;
    for (size_t i = from; i < from + n; i++) {
        if (i >= s.n || s.p[i] < '0' || s.p[i] > '9')
            return false;
        v = v * 10 + (s.p[i] - '0');
    }
    *out = v;
    return true;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

bool su_date_parse(struct su_str text, struct su_date *date)
{
    int year = 0;
    int month = 1;
    int day = 1;
    if (text.n >= sizeof(date->text) || !digits(text, 0, 4, &year) || year < 1970 || year > 2200)
        return false;
    bool ok = text.n == 4;
    if (text.n == 7 && text.p[4] == '-' && (text.p[5] == 'Q' || text.p[5] == 'H')) {
        int part = text.p[6] - '0';
        int parts = text.p[5] == 'Q' ? 4 : 2;
        ok = part >= 1 && part <= parts;
        month = 1 + (part - 1) * (12 / parts);
    } else if (text.n == 7 && text.p[4] == '-') {
        ok = digits(text, 5, 2, &month) && month >= 1 && month <= 12;
    } else if (text.n == 10 && text.p[4] == '-' && text.p[7] == '-') {
        ok = digits(text, 5, 2, &month) && month >= 1 && month <= 12 && digits(text, 8, 2, &day) &&
             day >= 1 && day <= days_in_month(year, month);
    }
    if (!ok)
        return false;
    *date = (struct su_date){(int16_t)year, (int8_t)month, (int8_t)day, ""};
    memcpy(date->text, text.p, text.n);
    return true;
}

bool su_date_known(struct su_date date)
{
    return date.year != 0;
}

/* Days from civil: years begin in March so that the leap day is the last one. */
int32_t su_date_days(struct su_date date)
{
    int32_t y = date.year - (date.month <= 2);
    int32_t era = y / 400;
    int32_t yoe = y - era * 400;
    int32_t doy = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
    int32_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

int su_date_cmp(struct su_date a, struct su_date b)
{
    int32_t da = su_date_days(a);
    int32_t db = su_date_days(b);
    return (da > db) - (da < db);
}

int32_t su_date_months_between(struct su_date a, struct su_date b)
{
    int32_t months = (b.year - a.year) * 12 + (b.month - a.month);
    if (months > 0 && b.day < a.day)
        months--;
    if (months < 0 && b.day > a.day)
        months++;
    return months;
}

struct su_date su_date_today(void)
{
    time_t now = time(NULL);
    struct tm tm;
    struct su_date date = {1970, 1, 1, "1970-01-01"};
    char text[32];
    if (gmtime_r(&now, &tm) != NULL && strftime(text, sizeof(text), "%Y-%m-%d", &tm) == 10)
        (void)su_date_parse((struct su_str){text, 10}, &date);
    return date;
}
