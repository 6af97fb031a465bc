/* A brief of claims, as YAML, through every calculator that it names. */
#include <stdlib.h>
#include <string.h>

#include "app/why_parts.h"

/* Not assert: a fuzz build may define NDEBUG. */
static void must(bool ok)
{
    if (!ok)
        abort();
}

/* A path would read files: models must be embedded ones. */
static bool affordable(const struct su_doc *doc)
{
    const struct su_doc *claims = su_doc_get(doc, "claims");
    for (size_t i = 0; claims != NULL && claims->kind == SU_DOC_ARR && i < claims->u.arr.n; i++) {
        const struct su_doc *model = su_doc_get(claims->u.arr.items[i], "model");
        bool embedded = model == NULL || model->kind != SU_DOC_STR;
        for (size_t k = 0; k < su_model_n_presets && !embedded; k++)
            embedded = strcmp(su_model_presets[k].name, model->u.str.p) == 0;
        if (!embedded)
            return false;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct su_arena arena;
    su_arena_init(&arena);
    struct su_doc *doc = NULL;
    struct su_err err = {0};
    struct su_str text = {(const char *)data, size};
    if (su_doc_parse_yaml(&arena, text, "fuzz.yaml", &doc, &err) == SU_OK && affordable(doc)) {
        struct su_request request = {0};
        struct su_view view = {.lang = SU_LANG_EN, .width = 80};
        struct su_answer answer = {0};
        su_buf_init(&answer.text);
        enum su_status st = su_why_answer(&arena, &request, doc, &view, &answer, &err);
        must(st == SU_OK || st == SU_ERR_INPUT || st == SU_ERR_LIMIT);
        if (st == SU_OK)
            must(answer.text.n > 0 && su_doc_get(answer.doc, "claims")->u.arr.n > 0);
        su_buf_release(&answer.text);
    }
    su_arena_release(&arena);
    return 0;
}
