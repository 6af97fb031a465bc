/* Models for tests: from the data folder, or written out in the test. */
#ifndef SU_TEST_MODEL_FIXTURE_H
#define SU_TEST_MODEL_FIXTURE_H

#include <stdio.h>

#include "base/doc.h"
#include "model/model.h"
#include "su_test.h"

struct fixture {
    struct su_arena arena;
    struct su_err err;
};

static inline int fixture_setup(void **state)
{
    static struct fixture fixture;
    su_arena_init(&fixture.arena);
    *state = &fixture;
    return 0;
}

static inline int fixture_teardown(void **state)
{
    su_arena_release(&((struct fixture *)*state)->arena);
    return 0;
}

#define fixture_test(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

static inline enum su_status read_config(struct fixture *f, const char *json,
                                         struct su_model *model)
{
    struct su_doc *doc = NULL;
    SU_TRY(su_doc_parse_json(&f->arena, su_str_c(json), "c.json", &doc, &f->err));
    return su_model_from_config(&f->arena, doc, "c", model, &f->err);
}

static inline const struct su_model *load_model(struct fixture *f, const char *preset)
{
    struct su_doc *doc = NULL;
    struct su_model *model = SU_NEW(&f->arena, struct su_model);
    const char *path = su_fmt(&f->arena, "%s/data/models/%s/config.json", SU_SOURCE_DIR, preset);
    assert_ok(su_doc_read(&f->arena, path, &doc, &f->err), f->err);
    assert_ok(su_model_from_config(&f->arena, doc, preset, model, &f->err), f->err);
    return model;
}

static inline const struct su_graph *load_graph(struct fixture *f, const char *preset)
{
    return su_graph_build(&f->arena, load_model(f, preset));
}

static inline const struct su_graph *graph_of(struct fixture *f, const char *json)
{
    struct su_model *model = SU_NEW(&f->arena, struct su_model);
    assert_ok(read_config(f, json, model), f->err);
    return su_graph_build(&f->arena, model);
}

#endif
