/* Use cases: one function per verb, request in, answer out. The doors (command line, HTTP, C API)
 * call these and nothing below, so they cannot differ. All words of the product meet here. */
#ifndef SU_APP_APP_H
#define SU_APP_APP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/option_table.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/doc.h"
#include "base/err.h"
#include "base/units.h"
#include "i18n/i18n.h"
#include "report/report.h"

/* ---- the request: what flags, a brief or a JSON body say ---- */

enum su_option_type {
    SU_OPT_TEXT,
    SU_OPT_LIST,
    SU_OPT_INT,
    SU_OPT_REAL,
    SU_OPT_SLO,
    SU_OPT_FLAG,
    SU_OPT_SWITCH, /* --x or --no-x; true or false in a brief */
};

enum su_option_id {
#define SU_X(id, type, unit, min, max, alias, arg, commands) SU_OPTION_##id,
    SU_OPTION_TABLE(SU_X)
#undef SU_X
        SU_OPTION_COUNT
};

/* Seconds; 0 = not asked for. */
struct su_slo_levels {
    double ttft_p99_s;
    double ttft_mean_s;
    double tpot_p99_s;
    double tpot_mean_s;
    double e2e_p99_s;
    double e2e_mean_s;
};

#define SU_OPT_C_TEXT const char *
#define SU_OPT_C_LIST const char *const *
#define SU_OPT_C_INT int64_t
#define SU_OPT_C_REAL double
#define SU_OPT_C_SLO struct su_slo_levels
#define SU_OPT_C_FLAG bool
#define SU_OPT_C_SWITCH bool

/* A field holds what was asked when its bit in `set` is; else zero. Lists end with NULL. */
struct su_request {
#define SU_X(id, type, unit, min, max, alias, arg, commands) SU_OPT_C_##type id;
    SU_OPTION_TABLE(SU_X)
#undef SU_X
    uint64_t set[2];                  /* bit per option */
    const struct su_request *classes; /* of a brief: options that differ by class of traffic */
    const char *const *class_names;
    size_t n_classes;            /* 0: everything is in the request itself */
    const char *const *operands; /* words that are no flags: ids, paths; NULL-terminated */
    size_t n_operands;
};
_Static_assert(SU_OPTION_COUNT <= 128, "su_request.set has 128 bits");

struct su_option {
    const char *key;   /* "max_num_seqs" */
    const char *alias; /* an engine's long flag, or NULL */
    const char *arg;
    enum su_option_type type;
    enum su_unit unit;
    double min;
    double max;
    uint32_t commands;
    size_t offset; /* in struct su_request */
    enum su_msg help;
};
extern const struct su_option su_options[SU_OPTION_COUNT];

bool su_request_has(const struct su_request *request, enum su_option_id id);
/** Says that the field of id holds what was asked. */
void su_request_mark(struct su_request *request, enum su_option_id id);
/** Option by flag ("max-num-seqs", an alias, or with '_'); NULL when there is none. */
const struct su_option *su_option_find(const char *flag);
/** Sets one option from text; where names it in messages ("--isl"). */
SU_MUST_CHECK enum su_status su_request_set(struct su_arena *arena, struct su_request *request,
                                            const struct su_option *option, const char *text,
                                            const char *where, struct su_err *err);
/** Reads a brief (YAML or JSON) for a command; options already set keep their value (flags
 * override). Unknown keys are refused with the nearest known one. */
SU_MUST_CHECK enum su_status su_request_read_brief(struct su_arena *arena,
                                                   struct su_request *request, const char *path,
                                                   uint32_t command, struct su_err *err);
/** The same from a parsed document. */
SU_MUST_CHECK enum su_status su_request_from_doc(struct su_arena *arena, struct su_request *request,
                                                 const struct su_doc *doc, uint32_t command,
                                                 struct su_err *err);
/** Options that a class of traffic may have, and only it when there are classes. */
bool su_option_is_of_class(enum su_option_id id);
/** A class with what it shares with the others: a whole request. */
struct su_request su_request_of_class(const struct su_request *request, size_t klass);
/** The brief that the request amounts to (--print-brief). */
struct su_doc *su_request_brief(struct su_arena *arena, const struct su_request *request);

/* ---- the answer ---- */

struct su_answer {
    struct su_doc *doc;     /* the JSON document */
    struct su_buf text;     /* for a terminal; release it */
    struct su_table *table; /* the main table, for CSV; NULL when there is none */
    bool feasible;          /* false: exit 3, with why */
    const char *why;        /* one line: binding constraint and nearest change */
};

/** Language of a request: --lang, else the locale given. */
SU_MUST_CHECK enum su_status su_request_lang(const struct su_request *request, const char *locale,
                                             enum su_lang *lang, struct su_err *err);

/* How far long work is. */
struct su_progress {
    double done_frac; /* 0..1; below 0: the end is not known */
    uint64_t n_done;  /* requests */
    double simulated_s;
};

/* Where an answer is going: language and terminal width (0 = no limit), and who waits for it. */
struct su_view {
    enum su_lang lang;
    size_t width;
    /* Long work says now and then how far it is; false: stop and answer with what is known. NULL:
     * nobody asks. One call at a time, from any thread. */
    bool (*going_on)(void *ctx, const struct su_progress *progress);
    void *going_on_ctx;
    bool shows_progress; /* somebody looks: counting a trace beforehand is worth it */
};

/* Every verb: SU_ERR_INPUT for a bad request. The answer lives in the arena (but its text). */
#define SU_APP_VERB(name)                                                                     \
    SU_MUST_CHECK enum su_status su_app_##name(                                               \
        struct su_arena *arena, const struct su_request *request, const struct su_view *view, \
        struct su_answer *answer, struct su_err *err)
SU_APP_VERB(chips);
SU_APP_VERB(model);
SU_APP_VERB(estimate);
SU_APP_VERB(sim);
SU_APP_VERB(plan);
SU_APP_VERB(calibrate);
SU_APP_VERB(validate);
SU_APP_VERB(export);
SU_APP_VERB(tco);
SU_APP_VERB(why);

#endif
