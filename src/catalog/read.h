/* How files become structs. Private to catalog: read.c walks the directory, read_*.c know one kind
 * of file each, read_doc.c and read_table.c hold what JSON files and CSV files have in common. */
#ifndef SU_CATALOG_READ_H
#define SU_CATALOG_READ_H

#include "base/csv.h"
#include "base/doc.h"
#include "base/vec.h"
#include "catalog/catalog.h"
#include "catalog/words.h"

/* What a directory holds, in file order, references not yet checked. */
struct su_catalog_parts {
    SU_VEC(struct su_accel) accels;
    SU_VEC(struct su_server) servers;
    SU_VEC(struct su_price) prices;
    SU_VEC(struct su_fx_rate) fx;
    SU_VEC(struct su_opex) opex;
    SU_VEC(struct su_market) market;
    SU_VEC(struct su_support) support;
    SU_VEC(struct su_rule) rules;
    SU_VEC(struct su_engine) engines;
};

SU_MUST_CHECK enum su_status su_catalog_read_parts(struct su_arena *arena, const char *dir,
                                                   struct su_catalog_parts *parts,
                                                   struct su_err *err);
/** Sorts the parts into a catalog (in place) and finds its newest date. */
void su_catalog_finish(struct su_arena *arena, struct su_catalog_parts *parts,
                       struct su_catalog *catalog);
/** Every id that dir's parts name exists in catalog and means one thing there. */
SU_MUST_CHECK enum su_status su_catalog_check_references(struct su_arena *arena, const char *dir,
                                                         const struct su_catalog_parts *parts,
                                                         const struct su_catalog *catalog,
                                                         struct su_err *err);

/* One file each; appended to parts. name: the file's name without its ending. */
SU_MUST_CHECK enum su_status su_catalog_read_accel(struct su_arena *arena, const char *path,
                                                   const char *name, struct su_catalog_parts *parts,
                                                   struct su_err *err);
SU_MUST_CHECK enum su_status su_catalog_read_server(struct su_arena *arena, const char *path,
                                                    const char *name,
                                                    struct su_catalog_parts *parts,
                                                    struct su_err *err);
SU_MUST_CHECK enum su_status su_catalog_read_prices(struct su_arena *arena, const char *path,
                                                    const char *name,
                                                    struct su_catalog_parts *parts,
                                                    struct su_err *err);
SU_MUST_CHECK enum su_status su_catalog_read_fx(struct su_arena *arena, const char *path,
                                                const char *name, struct su_catalog_parts *parts,
                                                struct su_err *err);
SU_MUST_CHECK enum su_status su_catalog_read_opex(struct su_arena *arena, const char *path,
                                                  const char *name, struct su_catalog_parts *parts,
                                                  struct su_err *err);
SU_MUST_CHECK enum su_status su_catalog_read_market(struct su_arena *arena, const char *path,
                                                    const char *name,
                                                    struct su_catalog_parts *parts,
                                                    struct su_err *err);
SU_MUST_CHECK enum su_status su_catalog_read_support(struct su_arena *arena, const char *path,
                                                     const char *name,
                                                     struct su_catalog_parts *parts,
                                                     struct su_err *err);
SU_MUST_CHECK enum su_status su_catalog_read_rules(struct su_arena *arena, const char *path,
                                                   const char *name, struct su_catalog_parts *parts,
                                                   struct su_err *err);

SU_MUST_CHECK enum su_status su_catalog_read_engines(struct su_arena *arena, const char *path,
                                                     const char *name,
                                                     struct su_catalog_parts *parts,
                                                     struct su_err *err);

/* ---- JSON files: one thing with an id ---- */

/* Allowed values of a number, and whether it counts things. */
struct su_catalog_bound {
    double min;
    double max;
    bool whole;
};

/** Reads a mapping whose "id" is name, with only allowed keys and no null. */
SU_MUST_CHECK enum su_status su_catalog_doc_read(struct su_arena *arena, const char *path,
                                                 const char *name, const char *const *allowed,
                                                 size_t n_allowed, struct su_doc **doc,
                                                 struct su_err *err);
/** One line of text, not empty. */
SU_MUST_CHECK enum su_status su_catalog_doc_text(const struct su_doc *doc, const char *key,
                                                 enum su_doc_need need, const char **out,
                                                 struct su_err *err);
SU_MUST_CHECK enum su_status su_catalog_doc_word(const struct su_doc *doc, const char *key,
                                                 enum su_doc_need need,
                                                 const struct su_catalog_words *words,
                                                 size_t *index, struct su_err *err);
SU_MUST_CHECK enum su_status su_catalog_doc_date(const struct su_doc *doc, const char *key,
                                                 enum su_doc_need need, struct su_date *out,
                                                 struct su_err *err);
/** A number, or a list of {"value", "source", "confidence"} where sources disagree. */
SU_MUST_CHECK enum su_status su_catalog_doc_fact(struct su_arena *arena, const struct su_doc *doc,
                                                 const char *key, enum su_doc_need need,
                                                 const struct su_catalog_bound *bound,
                                                 struct su_fact *out, struct su_err *err);

/* ---- CSV files: rows ---- */

#define SU_CATALOG_COLS_MAX 24

/* Place of an optional column that a file does not have: its cells read as empty. */
#define SU_CATALOG_NO_COLUMN SIZE_MAX

/* A file whose columns are exactly cols, in any order; one written "?name" may be absent. */
struct su_catalog_table {
    struct su_arena *arena;
    struct su_csv csv;
    const char *const *cols;
    size_t at[SU_CATALOG_COLS_MAX]; /* cols[i] is cell at[i] of a row */
};

/* One row being read; col below is an index into the table's cols. */
struct su_catalog_row {
    const struct su_catalog_table *table;
    const struct su_csv_row *row;
};

SU_MUST_CHECK enum su_status su_catalog_table_read(struct su_arena *arena, const char *path,
                                                   const char *const *cols, size_t n_cols,
                                                   struct su_catalog_table *table,
                                                   struct su_err *err);
const char *su_catalog_cell(struct su_catalog_row row, size_t col);
/** SU_ERR_INPUT at "file:line: column". */
enum su_status su_catalog_cell_fail(struct su_catalog_row row, size_t col, struct su_err *err,
                                    const char *fmt, ...) SU_PRINTF(4, 5);
/** One line of text; optional text that is absent is "". */
SU_MUST_CHECK enum su_status su_catalog_cell_text(struct su_catalog_row row, size_t col,
                                                  enum su_doc_need need, const char **out,
                                                  struct su_err *err);
/** An empty optional cell leaves *out alone. */
SU_MUST_CHECK enum su_status su_catalog_cell_number(struct su_catalog_row row, size_t col,
                                                    enum su_doc_need need, double min, double max,
                                                    double *out, struct su_err *err);
SU_MUST_CHECK enum su_status su_catalog_cell_date(struct su_catalog_row row, size_t col,
                                                  enum su_doc_need need, struct su_date *out,
                                                  struct su_err *err);
SU_MUST_CHECK enum su_status su_catalog_cell_word(struct su_catalog_row row, size_t col,
                                                  enum su_doc_need need,
                                                  const struct su_catalog_words *words,
                                                  size_t *index, struct su_err *err);

#endif
