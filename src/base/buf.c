#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void su_buf_init(struct su_buf *buf)
{
    *buf = (struct su_buf){0};
}

void su_buf_release(struct su_buf *buf)
{
    free(buf->p);
    su_buf_init(buf);
}

static void reserve(struct su_buf *buf, size_t more)
{
    size_t need = buf->n + more + 1;
    if (need <= buf->cap)
        return;
    size_t cap = buf->cap == 0 ? 4096 : buf->cap * 2;
    if (cap < need)
        cap = need;
    char *p = realloc(buf->p, cap);
    if (p == NULL) {
        fputs("suanli: out of memory\n", stderr);
        abort();
    }
    buf->p = p;
    buf->cap = cap;
}

void su_buf_add(struct su_buf *buf, const char *bytes, size_t n)
{
    reserve(buf, n);
    if (n > 0)
        memcpy(buf->p + buf->n, bytes, n);
    buf->n += n;
    buf->p[buf->n] = '\0';
}

void su_buf_puts(struct su_buf *buf, const char *s)
{
    su_buf_add(buf, s, strlen(s));
}

void su_buf_putc(struct su_buf *buf, char c)
{
    su_buf_add(buf, &c, 1);
}

void su_buf_pad(struct su_buf *buf, char c, size_t n)
{
    reserve(buf, n);
    memset(buf->p + buf->n, c, n);
    buf->n += n;
    buf->p[buf->n] = '\0';
}

void su_buf_printf(struct su_buf *buf, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n > 0) {
        reserve(buf, (size_t)n);
        vsnprintf(buf->p + buf->n, (size_t)n + 1, fmt, again);
        buf->n += (size_t)n;
    }
    va_end(again);
}
