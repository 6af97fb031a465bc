/* A directory of facts becomes a catalog: every file of every folder is read and checked, then
 * sorted, then the ids that point from one file to another are followed. Nothing is skipped in
 * silence: a file or folder that is not read because of its name is an error where the name looks
 * like a slip. */
#include "catalog/read.h"

#include <string.h>

#include "base/file.h"

/* Folders of data/; those of other modules are listed so that a slip in a name is told from them.
 */
static const char *const folders[] = {"accelerators", "servers", "prices", "fx",     "opex",
                                      "rules",        "models",  "i18n",   "market", "engines"};

typedef enum su_status read_file(struct su_arena *arena, const char *path, const char *name,
                                 struct su_catalog_parts *parts, struct su_err *err);

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s);
    size_t n_end = strlen(end);
    return n >= n_end && strcmp(s + n - n_end, end) == 0;
}

static bool has_folder(struct su_arena *arena, const char *dir, const char *folder)
{
    return su_file_is_dir(su_fmt(arena, "%s/%s", dir, folder));
}

/* "accelerator" beside "accelerators" would be a chip that silently is not there. */
static enum su_status check_folders(struct su_arena *arena, const char *dir, struct su_err *err)
{
    const char **names = NULL;
    size_t n = 0;
    SU_TRY(su_file_list(arena, dir, "", &names, &n, err));
    size_t n_folders = sizeof(folders) / sizeof(folders[0]);
    for (size_t i = 0; i < n; i++) {
        bool known = !has_folder(arena, dir, names[i]);
        for (size_t k = 0; !known && k < n_folders; k++)
            known = strcmp(names[i], folders[k]) == 0;
        const char *near = known ? NULL : su_str_nearest(names[i], folders, n_folders);
        if (near != NULL)
            return SU_FAIL(err, SU_ERR_INPUT, su_fmt(arena, "%s/%s", dir, names[i]),
                           "is not a known folder, did you mean \"%s\"?", near);
    }
    return SU_OK;
}

/* Reads every file of dir/folder that ends in ending. only[0..n_only): the names it may have, any
 * when n_only is 0. */
static enum su_status read_folder(struct su_arena *arena, const char *dir, const char *folder,
                                  const char *ending, const char *const *only, size_t n_only,
                                  read_file *const *readers, struct su_catalog_parts *parts,
                                  struct su_err *err)
{
    if (!has_folder(arena, dir, folder))
        return SU_OK;
    const char *path = su_fmt(arena, "%s/%s", dir, folder);
    const char **names = NULL;
    size_t n = 0;
    SU_TRY(su_file_list(arena, path, "", &names, &n, err));
    for (size_t i = 0; i < n; i++) {
        const char *file = su_fmt(arena, "%s/%s", path, names[i]);
        if (ends_with(names[i], ".md") || ends_with(names[i], ".txt"))
            continue;
        if (n_only > 0 && su_file_is_dir(file))
            continue; /* another module's */
        if (!ends_with(names[i], ending))
            return SU_FAIL(err, SU_ERR_INPUT, file, "is not read, expected a name ending in %s",
                           ending);
        struct su_str stem = {names[i], strlen(names[i]) - strlen(ending)};
        size_t reader = 0;
        while (reader < n_only && !su_str_eq_c(stem, only[reader]))
            reader++;
        if (n_only > 0 && reader == n_only)
            return SU_FAIL(err, SU_ERR_INPUT, file, "is not read, expected %s%s%s%s%s", only[0],
                           ending, n_only > 1 ? " or " : "", n_only > 1 ? only[1] : "",
                           n_only > 1 ? ending : "");
        SU_TRY(readers[reader](arena, file, su_str_dup(arena, stem), parts, err));
    }
    return SU_OK;
}

enum su_status su_catalog_read_parts(struct su_arena *arena, const char *dir,
                                     struct su_catalog_parts *parts, struct su_err *err)
{
    static read_file *const accel[] = {su_catalog_read_accel};
    static read_file *const server[] = {su_catalog_read_server};
    static read_file *const prices[] = {su_catalog_read_prices};
    static read_file *const fx[] = {su_catalog_read_fx};
    static const char *const opex_names[] = {"opex"};
    static read_file *const opex[] = {su_catalog_read_opex};
    static const char *const market_names[] = {"market"};
    static read_file *const market[] = {su_catalog_read_market};
    static const char *const rule_names[] = {"export_rules", "software_support"};
    static const char *const engine_names[] = {"engines"};
    static read_file *const engines[] = {su_catalog_read_engines};
    static read_file *const rules[] = {su_catalog_read_rules, su_catalog_read_support};

    *parts = (struct su_catalog_parts){0};
    if (!su_file_is_dir(dir))
        return SU_FAIL(err, SU_ERR_INPUT, dir,
                       "is not a directory, expected one laid out as data/");
    SU_TRY(check_folders(arena, dir, err));
    SU_TRY(read_folder(arena, dir, "accelerators", ".json", NULL, 0, accel, parts, err));
    SU_TRY(read_folder(arena, dir, "servers", ".json", NULL, 0, server, parts, err));
    SU_TRY(read_folder(arena, dir, "prices", ".csv", NULL, 0, prices, parts, err));
    SU_TRY(read_folder(arena, dir, "fx", ".csv", NULL, 0, fx, parts, err));
    SU_TRY(read_folder(arena, dir, "opex", ".csv", opex_names, 1, opex, parts, err));
    SU_TRY(read_folder(arena, dir, "market", ".csv", market_names, 1, market, parts, err));
    SU_TRY(read_folder(arena, dir, "engines", ".csv", engine_names, 1, engines, parts, err));
    return read_folder(arena, dir, "rules", ".csv", rule_names, 2, rules, parts, err);
}

static enum su_status check_servers(struct su_arena *arena, const char *dir,
                                    const struct su_catalog_parts *parts,
                                    const struct su_catalog *catalog, struct su_err *err)
{
    for (size_t i = 0; i < parts->servers.n; i++) {
        const struct su_server *s = &parts->servers.items[i];
        const char *file = su_fmt(arena, "%s/servers/%s.json", dir, s->id);
        struct su_err near = {0};
        const struct su_accel *accel = NULL;
        if (su_catalog_find_accel(catalog, s->accelerator_id, &accel, &near) != SU_OK)
            return SU_FAIL(err, SU_ERR_INPUT, su_fmt(arena, "%s: /accelerator_id", file), "%s",
                           near.message);
        if (su_catalog_accel(catalog, s->id) != NULL)
            return SU_FAIL(err, SU_ERR_INPUT, su_fmt(arena, "%s: /id", file),
                           "\"%s\" is also the id of an accelerator, expected another", s->id);
    }
    for (size_t i = 0; i < parts->accels.n; i++) {
        const char *id = parts->accels.items[i].id;
        if (su_catalog_server(catalog, id) != NULL)
            return SU_FAIL(err, SU_ERR_INPUT,
                           su_fmt(arena, "%s/accelerators/%s.json: /id", dir, id),
                           "\"%s\" is also the id of a server, expected another", id);
    }
    return SU_OK;
}

enum su_status su_catalog_check_references(struct su_arena *arena, const char *dir,
                                           const struct su_catalog_parts *parts,
                                           const struct su_catalog *catalog, struct su_err *err)
{
    SU_TRY(check_servers(arena, dir, parts, catalog, err));
    for (size_t i = 0; i < parts->prices.n; i++) {
        const struct su_price *p = &parts->prices.items[i];
        bool per_card = p->kind == SU_PRICE_BUY_CARD || p->kind == SU_PRICE_RENT_GPU_HOUR;
        bool accel = su_catalog_accel(catalog, p->item) != NULL;
        bool server = su_catalog_server(catalog, p->item) != NULL;
        const char *file = su_fmt(arena, "%s/prices/%s.csv", dir, p->item);
        if (!accel && !server)
            return SU_FAIL(err, SU_ERR_INPUT, file,
                           "\"%s\" is no accelerator and no server, expected one of their ids",
                           p->item);
        if (per_card != accel)
            return SU_FAIL(err, SU_ERR_INPUT, su_fmt(arena, "%s: kind", file),
                           "is \"%s\", but \"%s\" is %s", su_price_kind_name(p->kind), p->item,
                           accel ? "an accelerator" : "a server");
    }
    return SU_OK;
}

enum su_status su_catalog_read_dir(struct su_arena *arena, const char *dir,
                                   struct su_catalog *catalog, struct su_err *err)
{
    struct su_catalog_parts parts;
    SU_TRY(su_catalog_read_parts(arena, dir, &parts, err));
    su_catalog_finish(arena, &parts, catalog);
    return su_catalog_check_references(arena, dir, &parts, catalog, err);
}
