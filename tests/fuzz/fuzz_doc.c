/* Any bytes as JSON and as YAML: no crash, an error is one line with a place, and a document that
 * is accepted goes through both writers and comes back as the same tree. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/doc.h"
#include "su_test_doc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef enum su_status reader(struct su_arena *arena, struct su_str text, const char *name,
                              struct su_doc **doc, struct su_err *err);
typedef void writer(struct su_buf *out, const struct su_doc *doc);

static void must(bool ok, const char *what, const char *text)
{
    if (ok)
        return;
    fprintf(stderr, "%s:\n%s\n", what, text);
    abort();
}

static void come_back(struct su_arena *arena, const struct su_doc *doc, writer *write, reader *read)
{
    struct su_buf out;
    su_buf_init(&out);
    write(&out, doc);
    struct su_doc *back = NULL;
    struct su_err err = {0};
    must(read(arena, (struct su_str){out.p, out.n}, "out", &back, &err) == SU_OK, err.message,
         out.p);
    must(doc_equal(doc, back), "the tree changed", out.p);
    su_buf_release(&out);
}

static void try(struct su_arena *arena, struct su_str text, reader *read)
{
    struct su_doc *doc = NULL;
    struct su_err err = {0};
    enum su_status st = read(arena, text, "in", &doc, &err);
    if (st == SU_OK) {
        come_back(arena, doc, su_doc_write_json, su_doc_parse_json);
        come_back(arena, doc, su_doc_write_yaml, su_doc_parse_yaml);
        return;
    }
    must(st == SU_ERR_INPUT || st == SU_ERR_LIMIT, "wrong status", err.message);
    must(err.status == st && strncmp(err.where, "in", 2) == 0, "no place", err.where);
    must(err.message[0] != '\0' && strchr(err.message, '\n') == NULL, "no message", err.message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct su_arena arena;
    su_arena_init(&arena);
    struct su_str text = {(const char *)data, size};
    try(&arena, text, su_doc_parse_json);
    try(&arena, text, su_doc_parse_yaml);
    su_arena_release(&arena);
    return 0;
}
