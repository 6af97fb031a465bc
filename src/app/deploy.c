/* The folder: which files there are, whether they may be written, and writing them. */
#include "app/deploy.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

/* README.md names the others, so it is made last. */
enum { SERVE, COMPOSE, KUBERNETES, BENCH, BOM, README, N_FILES };
static const char *const names[N_FILES] = {"serve.sh", "compose.yaml", "kubernetes.yaml",
                                           "bench.sh", "bom.csv",      "README.md"};

static const char *path_in(struct su_arena *arena, const char *dir, const char *name)
{
    size_t n = strlen(dir);
    return su_fmt(arena, "%s%s%s", dir, n > 0 && dir[n - 1] == '/' ? "" : "/", name);
}

/* Whether the file that lies there came from here. */
static bool is_own(struct su_arena *arena, size_t file, const char *path)
{
    struct su_str text;
    if (su_file_read(arena, path, SU_FILE_BYTES_MAX, &text, NULL) != SU_OK)
        return false;
    return file == BOM ? su_deploy_is_bom(text) : strstr(text.p, SU_DEPLOY_MARKER) != NULL;
}

static enum su_status check_dir(struct su_arena *arena, const char *dir, struct su_err *err)
{
    if (!su_file_exists(dir))
        return SU_OK;
    if (!su_file_is_dir(dir))
        return SU_FAIL(err, SU_ERR_INPUT, "--out", "is \"%s\", which is no folder", dir);
    for (size_t i = 0; i < N_FILES; i++) {
        const char *path = path_in(arena, dir, names[i]);
        if (su_file_exists(path) && !is_own(arena, i, path))
            return SU_FAIL(err, SU_ERR_INPUT, path,
                           "is not a file that suanli wrote and is not replaced: move it away or "
                           "give another --out");
    }
    return SU_OK;
}

static enum su_status make_dir(const char *dir, struct su_err *err)
{
    if (mkdir(dir, 0777) == 0 || (errno == EEXIST && su_file_is_dir(dir)))
        return SU_OK;
    bool parent = errno == ENOENT || errno == ENOTDIR;
    return SU_FAIL(err, parent ? SU_ERR_INPUT : SU_ERR_IO, "--out", "\"%s\" cannot be made: %s",
                   dir, strerror(errno));
}

/* The folder has been checked: what fails now is the system. */
static enum su_status write_one(struct su_arena *arena, const char *path, const struct su_buf *text,
                                size_t file, struct su_err *err)
{
    unsigned mode = file == SERVE || file == BENCH ? 0755 : 0644;
    enum su_status st = su_file_write(arena, path, text, mode, err);
    if (st != SU_OK && err != NULL)
        err->status = SU_ERR_IO;
    return st == SU_OK ? SU_OK : SU_ERR_IO;
}

struct folder {
    const struct su_deploy *d;
    const struct su_view *view;
    bool wanted[N_FILES];
    const char *names[N_FILES]; /* of those wanted, without README.md */
    size_t n;
    const char *missing;
};

static void put(struct su_arena *arena, const struct folder *f, size_t file, struct su_buf *out)
{
    const struct su_deploy *d = f->d;
    switch (file) {
    case SERVE:
        su_deploy_put_serve(arena, out, d);
        break;
    case COMPOSE:
        su_deploy_put_compose(arena, out, d);
        break;
    case KUBERNETES:
        su_deploy_put_kubernetes(arena, out, d);
        break;
    case BENCH:
        su_deploy_put_bench(arena, out, d);
        break;
    case BOM:
        su_deploy_put_bom(arena, out, d, 1, &d->cost->total, f->view);
        break;
    default:
        su_deploy_put_readme(arena, out, d, f->view, f->names, f->n, f->missing);
    }
}

static void choose(struct su_arena *arena, struct folder *f)
{
    bool runs = su_deploy_runs(arena, f->d, f->view, &f->missing);
    bool image = runs && f->d->engine->image[0] != '\0';
    bool one = su_deploy_span(f->d) == 1;
    f->wanted[SERVE] = f->wanted[BENCH] = runs;
    f->wanted[COMPOSE] = image && one;
    f->wanted[KUBERNETES] = image;
    f->wanted[BOM] = !f->d->part;
    f->wanted[README] = true;
    if (runs && !image)
        f->missing = su_text_fill(arena, f->view->lang, SU_MSG_deploy_no_image, "engine",
                                  f->d->engine->engine, "stack", f->d->stack, NULL);
    else if (runs && !one)
        f->missing = su_text(f->view->lang, SU_MSG_deploy_no_compose);
    for (size_t i = 0; i < README; i++) {
        if (f->wanted[i])
            f->names[f->n++] = names[i];
    }
}

enum su_status su_deploy_write(struct su_arena *arena, const struct su_deploy *d,
                               const struct su_view *view, const char *dir,
                               struct su_deploy_files *files, struct su_err *err)
{
    SU_TRY(check_dir(arena, dir, err));
    SU_TRY(make_dir(dir, err));
    struct folder f = {.d = d, .view = view};
    choose(arena, &f);
    *files = (struct su_deploy_files){SU_NEW_ARRAY(arena, N_FILES, const char *), 0, f.missing};
    for (size_t i = 0; i < N_FILES; i++) {
        const char *path = path_in(arena, dir, names[i]);
        if (!f.wanted[i]) {
            if (unlink(path) != 0 && errno != ENOENT)
                return SU_FAIL(err, SU_ERR_IO, path, "of an earlier plan cannot be removed: %s",
                               strerror(errno));
            continue;
        }
        struct su_buf text;
        su_buf_init(&text);
        put(arena, &f, i, &text);
        enum su_status st = write_one(arena, path, &text, i, err);
        su_buf_release(&text);
        SU_TRY(st);
        files->paths[files->n++] = path;
    }
    return SU_OK;
}

enum su_status su_deploy_write_bom(struct su_arena *arena, const struct su_deploy *kinds, size_t n,
                                   struct su_money total, const struct su_view *view,
                                   const char *dir, const char **path, struct su_err *err)
{
    SU_TRY(check_dir(arena, dir, err));
    SU_TRY(make_dir(dir, err));
    *path = path_in(arena, dir, names[BOM]);
    struct su_buf text;
    su_buf_init(&text);
    su_deploy_put_bom(arena, &text, kinds, n, &total, view);
    enum su_status st = write_one(arena, *path, &text, BOM, err);
    su_buf_release(&text);
    return st;
}
