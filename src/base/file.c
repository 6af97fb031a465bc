#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/vec.h"

bool su_file_is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool su_file_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

static enum su_status read_stream(struct su_arena *arena, FILE *f, const char *path,
                                  size_t max_bytes, struct su_str *text, struct su_err *err)
{
    size_t cap = 16 * 1024;
    size_t n = 0;
    char *p = su_arena_alloc(arena, cap + 1);
    for (;;) {
        n += fread(p + n, 1, cap - n, f);
        if (n > max_bytes)
            return SU_FAIL(err, SU_ERR_LIMIT, path, "is larger than %zu bytes, the limit here",
                           max_bytes);
        if (ferror(f))
            return SU_FAIL(err, SU_ERR_INPUT, path, "cannot be read: %s", strerror(errno));
        if (feof(f))
            break;
        if (n == cap) {
            char *larger = su_arena_alloc(arena, cap * 2 + 1);
            memcpy(larger, p, n);
            p = larger;
            cap *= 2;
        }
    }
    p[n] = '\0';
    *text = (struct su_str){p, n};
    return SU_OK;
}

enum su_status su_file_read(struct su_arena *arena, const char *path, size_t max_bytes,
                            struct su_str *text, struct su_err *err)
{
    if (su_file_is_dir(path))
        return SU_FAIL(err, SU_ERR_INPUT, path, "is a directory, expected a file");
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return SU_FAIL(err, SU_ERR_INPUT, path, "cannot be opened: %s", strerror(errno));
    enum su_status st = read_stream(arena, f, path, max_bytes, text, err);
    fclose(f);
    return st;
}

enum su_status su_file_read_stdin(struct su_arena *arena, size_t max_bytes, struct su_str *text,
                                  struct su_err *err)
{
    return read_stream(arena, stdin, "stdin", max_bytes, text, err);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

enum su_status su_file_list(struct su_arena *arena, const char *dir, const char *suffix,
                            const char ***names, size_t *n_names, struct su_err *err)
{
    DIR *d = opendir(dir);
    if (d == NULL)
        return SU_FAIL(err, SU_ERR_INPUT, dir, "cannot be opened: %s", strerror(errno));
    SU_VEC(const char *) found = {0};
    size_t n_suffix = strlen(suffix);
    for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        size_t n = strlen(e->d_name);
        if (e->d_name[0] == '.' || n < n_suffix || strcmp(e->d_name + n - n_suffix, suffix) != 0)
            continue;
        *SU_VEC_PUSH(arena, &found) = su_str_dup_c(arena, e->d_name);
    }
    closedir(d);
    if (found.n > 1)
        qsort(found.items, found.n, sizeof(found.items[0]), by_name);
    *names = found.items;
    *n_names = found.n;
    return SU_OK;
}
