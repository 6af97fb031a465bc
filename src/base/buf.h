/* Growable byte buffer for text that leaves the program. Always NUL-terminated. */
#ifndef SU_BASE_BUF_H
#define SU_BASE_BUF_H

#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

struct su_buf {
    char *p;
    size_t n;
    size_t cap;
};

void su_buf_init(struct su_buf *buf);
void su_buf_release(struct su_buf *buf);
void su_buf_add(struct su_buf *buf, const char *bytes, size_t n);
void su_buf_puts(struct su_buf *buf, const char *s);
void su_buf_putc(struct su_buf *buf, char c);
void su_buf_pad(struct su_buf *buf, char c, size_t n);
void su_buf_printf(struct su_buf *buf, const char *fmt, ...) SU_PRINTF(2, 3);

#endif
