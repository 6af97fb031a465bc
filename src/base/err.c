#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

static void make_one_line(char *s)
{
    for (; *s != '\0'; s++) {
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            *s = '?';
    }
}

enum su_status su_err_set(struct su_err *err, enum su_status status, const char *where,
                          const char *fmt, ...)
{
    if (err == NULL)
        return status;
    err->status = status;
    snprintf(err->where, sizeof(err->where), "%s", where);
    va_list args;
    va_start(args, fmt);
    vsnprintf(err->message, sizeof(err->message), fmt, args);
    va_end(args);
    make_one_line(err->where);
    make_one_line(err->message);
    return status;
}
