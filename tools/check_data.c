/* check_data DATA_DIR: the checks a change to data/ must pass. Reads everything as the program
 * would, prints what it counted and one line per problem; exit 1 when there is one. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "catalog/catalog.h"
#include "model/model.h"

static size_t problem(const char *where, const char *message)
{
    printf("problem: %s: %s\n", where, message);
    return 1;
}

static size_t check_source(const char *kind, const char *id, const char *source)
{
    if (source != NULL && strspn(source, " ") != strlen(source))
        return 0;
    char where[256];
    snprintf(where, sizeof(where), "%s %s", kind, id);
    return problem(where, "names no source");
}

static size_t check_sources(const struct su_catalog *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n_accels; i++)
        n += check_source("accelerator", c->accels[i].id, c->accels[i].source);
    for (size_t i = 0; i < c->n_servers; i++)
        n += check_source("server", c->servers[i].id, c->servers[i].source);
    for (size_t i = 0; i < c->n_prices; i++)
        n += check_source("price of", c->prices[i].item, c->prices[i].source);
    for (size_t i = 0; i < c->n_fx; i++)
        n += check_source("rate of", c->fx[i].date.text, c->fx[i].source);
    for (size_t i = 0; i < c->n_opex; i++)
        n += check_source("running cost", c->opex[i].item, c->opex[i].source);
    for (size_t i = 0; i < c->n_support; i++)
        n += check_source("support of", c->support[i].stack, c->support[i].source);
    for (size_t i = 0; i < c->n_market; i++)
        n += check_source("market figure", c->market[i].metric, c->market[i].source);
    for (size_t i = 0; i < c->n_engines; i++)
        n += check_source("engine of", c->engines[i].stack, c->engines[i].source);
    for (size_t i = 0; i < c->n_rules; i++)
        n += check_source("rule", c->rules[i].rule_id, c->rules[i].source);
    return n;
}

static size_t check_references(const struct su_catalog *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n_servers; i++) {
        if (su_catalog_accel(c, c->servers[i].accelerator_id) == NULL)
            n += problem(c->servers[i].id, "its accelerator is not known");
    }
    for (size_t i = 0; i < c->n_prices; i++) {
        const char *item = c->prices[i].item;
        if (su_catalog_accel(c, item) == NULL && su_catalog_server(c, item) == NULL)
            n += problem(item, "has prices, but is no accelerator and no server");
    }
    return n;
}

static size_t check_catalog(struct su_arena *arena, const char *dir)
{
    struct su_catalog c;
    struct su_err err;
    if (su_catalog_read_dir(arena, dir, &c, &err) != SU_OK)
        return problem(err.where, err.message);
    printf("%zu accelerators, %zu servers, %zu prices, %zu exchange rates, %zu running costs, "
           "%zu support rows, %zu rule rows, newest %s\n",
           c.n_accels, c.n_servers, c.n_prices, c.n_fx, c.n_opex, c.n_support, c.n_rules,
           c.newest.text);
    return check_sources(&c) + check_references(&c);
}

static size_t check_models(struct su_arena *arena, const char *data_dir)
{
    const char *dir = su_fmt(arena, "%s/models", data_dir);
    const char **names = NULL;
    size_t n_names = 0;
    size_t n_models = 0;
    size_t n = 0;
    struct su_err err;
    if (su_file_list(arena, dir, "", &names, &n_names, &err) != SU_OK)
        return problem(err.where, err.message);
    for (size_t i = 0; i < n_names; i++) {
        if (!su_file_is_dir(su_fmt(arena, "%s/%s", dir, names[i])))
            continue;
        struct su_doc *doc = NULL;
        struct su_model model;
        const char *path = su_fmt(arena, "%s/%s/config.json", dir, names[i]);
        if (su_doc_read(arena, path, &doc, &err) != SU_OK ||
            su_model_from_config(arena, doc, names[i], &model, &err) != SU_OK)
            n += problem(err.where, err.message);
        n_models++;
    }
    printf("%zu models\n", n_models);
    return n;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: check_data DATA_DIR\n", stderr);
        return 2;
    }
    struct su_arena arena;
    su_arena_init(&arena);
    size_t n = check_catalog(&arena, argv[1]) + check_models(&arena, argv[1]);
    su_arena_release(&arena);
    printf("%zu problems\n", n);
    return n == 0 ? 0 : 1;
}
