/* engines/engines.csv. */
#include <string.h>

#include "catalog/read.h"

enum {
    STACK,
    COMPONENT,
    ENGINE,
    CHIPS,
    IMAGE,
    VERSION,
    RESOURCE,
    DEVICES,
    VISIBLE,
    NODES,
    MOUNTS,
    SECURITY,
    ARGS,
    INT8_ARGS,
    HEALTH,
    SHM,
    NOTES,
    SOURCE,
    AS_OF,
    CONFID
};
static const char *const cols[] = {"stack",       "component",    "engine",   "chips",
                                   "image",       "version",      "resource", "devices_per_card",
                                   "visible_env", "device_nodes", "mounts",   "security",
                                   "args",        "int8_args",    "health",   "shm_gib",
                                   "notes",       "source",       "as_of",    "confidence"};

static enum su_status read_texts(struct su_catalog_row row, struct su_engine *e, struct su_err *err)
{
    const struct {
        size_t col;
        enum su_doc_need need;
        const char **out;
    } texts[] = {
        {STACK, SU_DOC_REQUIRED, &e->stack},         {COMPONENT, SU_DOC_REQUIRED, &e->component},
        {CHIPS, SU_DOC_OPTIONAL, &e->chips},         {IMAGE, SU_DOC_OPTIONAL, &e->image},
        {VERSION, SU_DOC_OPTIONAL, &e->version},     {RESOURCE, SU_DOC_REQUIRED, &e->resource},
        {VISIBLE, SU_DOC_REQUIRED, &e->visible_env}, {NODES, SU_DOC_OPTIONAL, &e->device_nodes},
        {MOUNTS, SU_DOC_OPTIONAL, &e->mounts},       {SECURITY, SU_DOC_OPTIONAL, &e->security},
        {ARGS, SU_DOC_OPTIONAL, &e->args},           {INT8_ARGS, SU_DOC_OPTIONAL, &e->int8_args},
        {HEALTH, SU_DOC_REQUIRED, &e->health},       {NOTES, SU_DOC_OPTIONAL, &e->notes},
        {SOURCE, SU_DOC_REQUIRED, &e->source},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        SU_TRY(su_catalog_cell_text(row, texts[i].col, texts[i].need, texts[i].out, err));
    return SU_OK;
}

/* A variable's name goes into a shell script as it is. */
static enum su_status check_names(struct su_catalog_row row, const struct su_engine *e,
                                  struct su_err *err)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    if (strspn(e->visible_env, letters) != strlen(e->visible_env))
        return su_catalog_cell_fail(row, VISIBLE, err,
                                    "is \"%s\", expected the name of a variable in A-Z, 0-9, '_'",
                                    e->visible_env);
    if (strchr(e->resource, '/') == NULL)
        return su_catalog_cell_fail(
            row, RESOURCE, err, "is \"%s\", expected a name such as nvidia.com/gpu", e->resource);
    if (e->health[0] != '/')
        return su_catalog_cell_fail(row, HEALTH, err, "is \"%s\", expected a path such as /health",
                                    e->health);
    return SU_OK;
}

static enum su_status read_engine(struct su_catalog_row row, struct su_engine *e,
                                  struct su_err *err)
{
    SU_TRY(read_texts(row, e, err));
    SU_TRY(check_names(row, e, err));
    size_t engine = 0;
    SU_TRY(
        su_catalog_cell_word(row, ENGINE, SU_DOC_REQUIRED, &su_catalog_words_engine, &engine, err));
    e->engine = su_catalog_words_engine.words[engine];
    SU_TRY(su_catalog_cell_number(row, SHM, SU_DOC_REQUIRED, 0.0625, 1024, &e->shm_gib, err));
    double devices = 1;
    SU_TRY(su_catalog_cell_number(row, DEVICES, SU_DOC_REQUIRED, 1, 16, &devices, err));
    if (devices != (double)(uint32_t)devices)
        return su_catalog_cell_fail(row, DEVICES, err, "is %g, expected a whole number", devices);
    e->devices_per_card = (uint32_t)devices;
    SU_TRY(su_catalog_cell_date(row, AS_OF, SU_DOC_REQUIRED, &e->as_of, err));
    size_t confidence = 0;
    SU_TRY(su_catalog_cell_word(row, CONFID, SU_DOC_REQUIRED, &su_catalog_words_confidence,
                                &confidence, err));
    e->confidence = (enum su_confidence)confidence;
    return SU_OK;
}

enum su_status su_catalog_read_engines(struct su_arena *arena, const char *path, const char *name,
                                       struct su_catalog_parts *parts, struct su_err *err)
{
    (void)name;
    struct su_catalog_table t;
    SU_TRY(su_catalog_table_read(arena, path, cols, sizeof(cols) / sizeof(cols[0]), &t, err));
    for (size_t i = 0; i < t.csv.n_rows; i++) {
        struct su_catalog_row row = {&t, &t.csv.rows[i]};
        struct su_engine e = {0};
        SU_TRY(read_engine(row, &e, err));
        for (size_t k = 0; k < parts->engines.n; k++) {
            const struct su_engine *other = &parts->engines.items[k];
            if (strcmp(other->stack, e.stack) == 0 && strcmp(other->component, e.component) == 0 &&
                strcmp(other->chips, e.chips) == 0)
                return su_catalog_cell_fail(row, COMPONENT, err,
                                            "\"%s\" stands twice for stack \"%s\" and chips \"%s\"",
                                            e.component, e.stack, e.chips);
        }
        *SU_VEC_PUSH(arena, &parts->engines) = e;
    }
    return SU_OK;
}
