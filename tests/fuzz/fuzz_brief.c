/* Any bytes as a brief of plan: read, printed, read back to the same brief; and when it names an
 * embedded model, planned for, with an answer that keeps its promises. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "model/model.h"
#include "su_test_doc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert: a fuzz build may define NDEBUG. */
static void must(int holds)
{
    if (!holds)
        abort();
}

static bool one_line(const char *text)
{
    return text[0] != '\0' && strchr(text, '\n') == NULL;
}

/* A path would read files; a long list of chips would take long. */
static bool affordable(const struct su_request *r)
{
    if (!su_request_has(r, SU_OPTION_model))
        return true;
    for (size_t i = 0; i < su_model_n_presets; i++) {
        if (strcmp(su_model_presets[i].name, r->model) == 0)
            return true;
    }
    return false;
}

static void few_chips(struct su_request *r)
{
    static const char *const two[] = {"h20_sxm_96g", "ascend_910b3_64g", NULL};
    size_t n = 0;
    while (r->chips != NULL && r->chips[n] != NULL)
        n++;
    if (n > 0 && n <= 3)
        return;
    r->chips = two;
    su_request_mark(r, SU_OPTION_chips);
}

static void plan(struct su_arena *arena, struct su_request *r, enum su_lang lang)
{
    few_chips(r);
    struct su_view view = {.lang = lang, .width = 100};
    struct su_answer answer = {0};
    struct su_err err = {0};
    su_buf_init(&answer.text);
    enum su_status st = su_app_plan(arena, r, &view, &answer, &err);
    if (st == SU_OK) {
        must(answer.text.n > 0);
        const struct su_doc *plans = su_doc_get(answer.doc, "plans");
        must(plans != NULL && (plans->u.arr.n > 0) == answer.feasible);
        must(answer.feasible == (answer.why == NULL));
        must(answer.feasible || one_line(answer.why));
        struct su_buf json;
        su_buf_init(&json);
        su_doc_write_json(&json, answer.doc);
        struct su_doc *back = NULL;
        must(su_doc_parse_json(arena, (struct su_str){json.p, json.n}, "out", &back, &err) ==
             SU_OK);
        su_buf_release(&json);
    } else {
        must(st == SU_ERR_INPUT || st == SU_ERR_LIMIT);
        must(one_line(err.where) && one_line(err.message));
    }
    su_buf_release(&answer.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct su_arena arena;
    su_arena_init(&arena);
    struct su_str text = {(const char *)data, size};
    struct su_err err = {0};
    struct su_doc *doc = NULL;
    struct su_request r = {0};
    bool json = size > 0 && data[0] == '{';
    enum su_status st = json ? su_doc_parse_json(&arena, text, "fuzz", &doc, &err)
                             : su_doc_parse_yaml(&arena, text, "fuzz", &doc, &err);
    if (st == SU_OK)
        st = su_request_from_doc(&arena, &r, doc, SU_ON_PLAN, &err);
    if (st != SU_OK) {
        must(one_line(err.where) && one_line(err.message));
    } else {
        const struct su_doc *brief = su_request_brief(&arena, &r);
        struct su_request again = {0};
        must(su_request_from_doc(&arena, &again, brief, SU_ON_PLAN, &err) == SU_OK);
        must(doc_equal(brief, su_request_brief(&arena, &again)));
        if (affordable(&r))
            plan(&arena, &r, size % 2 == 0 ? SU_LANG_EN : SU_LANG_ZH);
    }
    su_arena_release(&arena);
    return 0;
}
