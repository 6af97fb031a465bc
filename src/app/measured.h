/* Private to app: published and the user's own measurements, and what we predict for each. */
#ifndef SU_APP_MEASURED_H
#define SU_APP_MEASURED_H

#include "app/facts.h"

enum su_measured_use { SU_MEASURED_TEST, SU_MEASURED_FIT, SU_MEASURED_CONTEXT };
const char *su_measured_use_name(enum su_measured_use use);

/* An engine's two constants for one class of model and cut, from rows that may be fitted on. */
struct su_engine_constants {
    double per_layer_s; /* step overhead per layer, in place of the default: gaps between kernels */
    double factor;      /* on the time of one kind of operator */
    char kind;          /* 'a' attention, 'e' experts, 'r' all else: what fits the fit rows best */
    uint32_t n_rows;    /* fitted on; 0: the defaults */
};

/* One row of data/measured/published.csv. Texts as they stand there. */
struct su_measured {
    const char *model;
    const char *precision;
    const char *accelerator;
    const char *engine;
    const char *parallelism;
    const char *metric;
    const char *unit;
    const char *notes;
    const char *source;
    const char *where; /* "file:line" */
    enum su_measured_use use;
    double value;
    double isl; /* NAN when not stated */
    double osl;
    double concurrency; /* NAN when not stated, INFINITY for "max" */
    double count;
    const char *unmapped; /* why it cannot be predicted; NULL when it can */
    const char *class;    /* "dense", "moe", "mla": of the model */
    struct su_deployment deployment;
    struct su_engine_limits limits;
};

/** Reads rows (columns of published.csv) and maps each to a deployment where that is possible. */
SU_MUST_CHECK enum su_status su_measured_read(struct su_arena *arena,
                                              const struct su_catalog *catalog, struct su_str text,
                                              const char *name, struct su_measured **rows,
                                              size_t *n_rows, struct su_err *err);

/** The row's metric, in its unit, as the model predicts it; NAN when it has no value there. */
double su_measured_predict(const struct su_measured *row, struct su_engine_constants constants,
                           enum su_eff_level level);

/** True when two rows share engine, class of model and cut: what constants are fitted for. */
bool su_measured_same_group(const struct su_measured *a, const struct su_measured *b);

/** Constants from the fit rows of row's group, leaving out those of the model `except` (may be
 * NULL). When none is left: for "moe" those of dense models of the engine and cut without their
 * factor on GEMMs, else those of engine and class with the nearest cut of the same kind (TP8 for
 * TP16), else the defaults. Minimises the sum of |ln(predicted / measured)|. */
struct su_engine_constants su_engine_constants_fit(const struct su_measured *rows, size_t n_rows,
                                                   const struct su_measured *row,
                                                   const char *except);

#endif
