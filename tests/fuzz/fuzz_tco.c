/* Any bytes as a brief of tco: read, printed, read back, and answered with finite figures. */
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "su_test_doc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert: a fuzz build may define NDEBUG. */
static void must(bool holds)
{
    if (!holds)
        abort();
}

static void answer_brief(struct su_arena *arena, struct su_request *r)
{
    struct su_view view = {.lang = SU_LANG_ZH, .width = 80};
    struct su_answer answer = {0};
    struct su_err err = {0};
    r->draws = 1000; /* enough to go through all of it */
    su_request_mark(r, SU_OPTION_draws);
    su_buf_init(&answer.text);
    enum su_status st = su_app_tco(arena, r, &view, &answer, &err);
    must(st == SU_OK || st == SU_ERR_INPUT || st == SU_ERR_LIMIT);
    if (st == SU_OK)
        must(answer.text.n > 0 && su_doc_get(answer.doc, "npv") != NULL);
    else
        must(err.message[0] != '\0' && strchr(err.message, '\n') == NULL);
    su_buf_release(&answer.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct su_arena arena;
    su_arena_init(&arena);
    struct su_doc *doc = NULL;
    struct su_err err = {0};
    struct su_request r = {0};
    struct su_str text = {(const char *)data, size};
    if (su_doc_parse_yaml(&arena, text, "fuzz.yaml", &doc, &err) == SU_OK &&
        su_request_from_doc(&arena, &r, doc, SU_ON_TCO, &err) == SU_OK) {
        struct su_request again = {0};
        const struct su_doc *brief = su_request_brief(&arena, &r);
        must(su_request_from_doc(&arena, &again, brief, SU_ON_TCO, &err) == SU_OK);
        must(doc_equal(brief, su_request_brief(&arena, &again)));
        answer_brief(&arena, &r);
    }
    su_arena_release(&arena);
    return 0;
}
