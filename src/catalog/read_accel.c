/* accelerators/<id>.json. */
#include <string.h>

#include "catalog/read.h"

enum fact_index {
#define SU_X(field, unit) FACT_##field,
    SU_ACCEL_FACT_TABLE(SU_X)
#undef SU_X
        FACT_COUNT
};

/* Wide enough for a wafer-sized chip or a rack sold as one unit; a number outside was typed in
 * another unit. Only what a chip can lack (a link, a number format) may be 0. */
static const struct su_catalog_bound bounds[FACT_COUNT] = {
    [FACT_mem_gb] = {0.1, 1e6, false},
    [FACT_mem_bw_gbs] = {0.1, 1e8, false},
    [FACT_l2_mb] = {0, 1e6, false},
    [FACT_sm_or_core_count] = {1, 1e7, true},
    [FACT_boost_mhz] = {1, 2e4, false},
    [FACT_fp64_tensor] = {0, 1e7, false},
    [FACT_tf32] = {0, 1e7, false},
    [FACT_bf16] = {0, 1e7, false},
    [FACT_fp16] = {0, 1e7, false},
    [FACT_fp8] = {0, 1e7, false},
    [FACT_int8] = {0, 1e7, false},
    [FACT_fp4] = {0, 1e7, false},
    [FACT_link_gbs_total_bidir] = {0, 1e6, false},
    [FACT_tdp_w] = {1, 1e6, false},
    [FACT_die_area_mm2] = {1, 1e5, false},
};

static const char *const keys[] = {
#define SU_X(field, ...) #field,
    SU_ACCEL_TEXT_TABLE(SU_X) SU_ACCEL_FACT_TABLE(SU_X)
#undef SU_X
        "as_of",
    "confidence", "cloud_only", "splits_long_sequences"};

/* The text fields a file must have; the planner sorts, filters and judges by them. */
static bool is_required(const char *field)
{
    static const char *const required[] = {"id",     "vendor", "name",  "origin",
                                           "market", "stack",  "source"};
    for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
        if (strcmp(field, required[i]) == 0)
            return true;
    }
    return false;
}

static enum su_status check_texts(const struct su_doc *doc, const struct su_accel *a,
                                  struct su_err *err)
{
    const char *letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    if (strlen(a->origin) != 2 || strspn(a->origin, letters) != 2)
        return SU_DOC_FAIL(err, su_doc_get(doc, "origin"),
                           "is \"%s\", expected a country code like CN or US", a->origin);
    size_t market = 0;
    SU_TRY(su_catalog_doc_word(doc, "market", SU_DOC_REQUIRED, &su_catalog_words_market, &market,
                               err));
    struct su_date release;
    return su_catalog_doc_date(doc, "release", SU_DOC_OPTIONAL, &release, err);
}

enum su_status su_catalog_read_accel(struct su_arena *arena, const char *path, const char *name,
                                     struct su_catalog_parts *parts, struct su_err *err)
{
    struct su_doc *doc = NULL;
    SU_TRY(su_catalog_doc_read(arena, path, name, keys, sizeof(keys) / sizeof(keys[0]), &doc, err));
    struct su_accel a = {0};
#define SU_X(field)             \
    SU_TRY(su_catalog_doc_text( \
        doc, #field, is_required(#field) ? SU_DOC_REQUIRED : SU_DOC_OPTIONAL, &a.field, err));
    SU_ACCEL_TEXT_TABLE(SU_X)
#undef SU_X
#define SU_X(field, unit)                                                                  \
    SU_TRY(su_catalog_doc_fact(arena, doc, #field, SU_DOC_OPTIONAL, &bounds[FACT_##field], \
                               &a.field, err));
    SU_ACCEL_FACT_TABLE(SU_X)
#undef SU_X
    SU_TRY(check_texts(doc, &a, err));
    SU_TRY(su_catalog_doc_date(doc, "as_of", SU_DOC_REQUIRED, &a.as_of, err));
    size_t confidence = 0;
    SU_TRY(su_catalog_doc_word(doc, "confidence", SU_DOC_REQUIRED, &su_catalog_words_confidence,
                               &confidence, err));
    a.confidence = (enum su_confidence)confidence;
    SU_TRY(su_doc_bool(doc, "cloud_only", SU_DOC_OPTIONAL, &a.cloud_only, err));
    SU_TRY(
        su_doc_bool(doc, "splits_long_sequences", SU_DOC_OPTIONAL, &a.splits_long_sequences, err));
    *SU_VEC_PUSH(arena, &parts->accels) = a;
    return SU_OK;
}
