/* A directory of facts made for one test, and gone after it. */
#ifndef SU_TESTS_CATALOG_TEMP_DIR_H
#define SU_TESTS_CATALOG_TEMP_DIR_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/str.h"
#include "base/vec.h"
#include "su_test.h"

struct temp_dir {
    struct su_arena arena;
    const char *path;
    SU_VEC(const char *) made; /* removed from the last to the first */
};

static inline void temp_dir_init(struct temp_dir *t)
{
    *t = (struct temp_dir){0};
    su_arena_init(&t->arena);
    const char *base = getenv("TMPDIR");
    char *path = su_fmt(&t->arena, "%s/suanli-test-XXXXXX", base == NULL ? "/tmp" : base);
    assert_non_null(mkdtemp(path));
    t->path = path;
}

/** Writes text to name ("accelerators/x.json"), with its folder. */
static inline void temp_dir_write(struct temp_dir *t, const char *name, const char *text)
{
    const char *slash = strrchr(name, '/');
    if (slash != NULL) {
        struct su_str folder = {name, (size_t)(slash - name)};
        const char *path = su_fmt(&t->arena, "%s/%s", t->path, su_str_dup(&t->arena, folder));
        if (mkdir(path, 0700) == 0)
            *SU_VEC_PUSH(&t->arena, &t->made) = path;
    }
    const char *path = su_fmt(&t->arena, "%s/%s", t->path, name);
    if (!su_file_exists(path))
        *SU_VEC_PUSH(&t->arena, &t->made) = path;
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    assert_int_equal(fclose(f), 0);
}

static inline void temp_dir_release(struct temp_dir *t)
{
    while (t->made.n > 0)
        (void)remove(t->made.items[--t->made.n]);
    (void)rmdir(t->path);
    su_arena_release(&t->arena);
}

#endif
