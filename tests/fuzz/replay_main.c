/* Runs a fuzz target over every file of the directories named: the corpora are plain tests in
 * builds without libFuzzer. Files are copied to blocks of their exact size, so that a sanitizer
 * sees a read past the end. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum su_status replay_dir(struct su_arena *arena, const char *dir, size_t *n_run,
                                 struct su_err *err)
{
    const char **names = NULL;
    size_t n = 0;
    SU_TRY(su_file_list(arena, dir, "", &names, &n, err));
    for (size_t i = 0; i < n; i++) {
        struct su_str text;
        SU_TRY(su_file_read(arena, su_fmt(arena, "%s/%s", dir, names[i]), SU_FILE_BYTES_MAX, &text,
                            err));
        printf("%s/%s\n", dir, names[i]);
        fflush(stdout);
        uint8_t *exact = malloc(text.n > 0 ? text.n : 1);
        if (exact == NULL)
            return SU_FAIL(err, SU_ERR_IO, dir, "out of memory");
        memcpy(exact, text.p, text.n);
        LLVMFuzzerTestOneInput(exact, text.n);
        free(exact);
        (*n_run)++;
    }
    return SU_OK;
}

int main(int argc, char **argv)
{
    struct su_arena arena;
    struct su_err err = {0};
    enum su_status st = SU_OK;
    size_t n_run = 0;
    su_arena_init(&arena);
    for (int i = 1; i < argc && st == SU_OK; i++)
        st = replay_dir(&arena, argv[i], &n_run, &err);
    su_arena_release(&arena);
    if (st != SU_OK) {
        fprintf(stderr, "%s: %s\n", err.where, err.message);
        return 1;
    }
    /* A corpus that went missing must not pass. */
    printf("%zu inputs\n", n_run);
    return n_run > 0 ? 0 : 1;
}
