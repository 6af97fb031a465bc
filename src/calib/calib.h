/* Calibration: measured kernel tables in, efficiency profile of a chip out. What is fitted, how
 * rows are split and what errors to expect: docs/theory/surfaces.md. */
#ifndef SU_CALIB_CALIB_H
#define SU_CALIB_CALIB_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/doc.h"
#include "base/err.h"
#include "catalog/catalog.h"
#include "perf/perf.h"
#include "perf/surface.h"

/* Which rows the report fold (20 %) holds. SHAPE: whole shapes, whatever their number format or
 * skew. GROUP: whole weight matrices (n, k), whole expert families, whole head counts; harder, and
 * nearer to a model nobody measured. A profile is made with SHAPE. */
enum su_calib_split { SU_CALIB_SPLIT_SHAPE, SU_CALIB_SPLIT_GROUP };

struct su_calib_input {
    const struct su_catalog *catalog;
    const char *chip;        /* id in the catalog */
    const char *const *dirs; /* of CSV tables: src/calib/table.h */
    size_t n_dirs;
    const char *as_of; /* goes into the profile */
    enum su_calib_split split;
    uint32_t report_fold; /* 0..4: which fifth is reported on; a profile is made with 0 */
};

/* Error of one operator on rows that were not used to fit: |predicted / measured - 1|. */
struct su_calib_error {
    const char *op; /* surface or collective */
    uint32_t n_fit;
    uint32_t n; /* rows measured against */
    double median_abs_pct;
    double p90_abs_pct;
    double inside_frac; /* within the 10-90 % range */
};

/* Rows left out, by reason. */
struct su_calib_reject {
    const char *reason;
    const char *where; /* "file:line" of the first */
    uint32_t n;
};

struct su_calib_result {
    struct su_profile profile;
    struct su_calib_error *errors;
    size_t n_errors;
    struct su_calib_reject *rejects;
    size_t n_rejects;
    uint32_t n_rows; /* read and accepted, duplicates merged */
};

/** Reads the tables and fits. Everything in result lives in arena. SU_ERR_INPUT for an unknown
 * chip, an unreadable table or a cell that is no number; a row that is readable but not credible is
 * counted in rejects. Same tables, same bytes out. */
SU_MUST_CHECK enum su_status su_calib_run(struct su_arena *arena, const struct su_calib_input *in,
                                          struct su_calib_result *result, struct su_err *err);

/** Errors of a given profile on tables, nothing fitted; operators the profile lacks are left out.
 * result->profile is a copy of profile. */
SU_MUST_CHECK enum su_status su_calib_score(struct su_arena *arena, const struct su_calib_input *in,
                                            const struct su_profile *profile,
                                            struct su_calib_result *result, struct su_err *err);

/** Appends data/efficiency/<chip>.json. */
void su_calib_write(struct su_buf *out, const struct su_profile *profile);
/** The inverse; the profile lives in arena. */
SU_MUST_CHECK enum su_status su_calib_read(struct su_arena *arena, const struct su_doc *doc,
                                           struct su_profile *profile, struct su_err *err);

#endif
