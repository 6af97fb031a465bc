/* Errors: one way. A function that can fail returns su_status and fills a su_err. */
#ifndef SU_BASE_ERR_H
#define SU_BASE_ERR_H

enum su_status {
    SU_OK = 0,
    SU_ERR_INPUT,    /* something from outside is wrong: exit 2 */
    SU_ERR_LIMIT,    /* outside input is larger than a stated limit: exit 2 */
    SU_ERR_IO,       /* the system failed us: exit 1 */
    SU_ERR_INTERNAL, /* we failed: exit 1 */
};

#define SU_MUST_CHECK __attribute__((warn_unused_result))
#define SU_PRINTF(fmt_index, first_arg) __attribute__((format(printf, fmt_index, first_arg)))

/* Filled only on failure. where: file, "file:line" or "file: /json/pointer"; message: what was
 * found and what was allowed, no newline. */
struct su_err {
    enum su_status status;
    char where[512];
    char message[1024];
};

/** Fills err (may be NULL) and returns status, so that `return SU_FAIL(…)` reads as one act.
 * Control characters from outside text are replaced: an error stays one line. */
enum su_status su_err_set(struct su_err *err, enum su_status status, const char *where,
                          const char *fmt, ...) SU_PRINTF(4, 5);

#define SU_FAIL(err, status, where, ...) su_err_set((err), (status), (where), __VA_ARGS__)

#define SU_TRY(expr)                        \
    do {                                    \
        enum su_status su_try_st_ = (expr); \
        if (su_try_st_ != SU_OK)            \
            return su_try_st_;              \
    } while (0)

#endif
