/* data/efficiency/<chip>.json → embedded_efficiency.c: su_profiles. The files go through the same
 * reader that checks a user's own profile. */
#include "embed.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "calib/calib.h"

/* A float constant with the digits it needs. */
static void put_float(struct su_buf *out, float v)
{
    su_buf_printf(out, "%.9e", (double)v);
    su_buf_putc(out, 'f');
}

static void put_floats(struct su_buf *out, const char *name, const float *v, size_t n)
{
    su_buf_printf(out, "static const float %s[] = {", name);
    for (size_t i = 0; i < n; i++) {
        su_buf_puts(out, i % 8 == 0 ? "\n    " : " ");
        put_float(out, v[i]);
        su_buf_putc(out, ',');
    }
    su_buf_puts(out, n == 0 ? "0};\n" : "\n};\n");
}

/* An array field inside a struct initialiser. */
static void put_field(struct su_buf *out, const char *name, const float *v, size_t n)
{
    su_buf_printf(out, "    .%s = {", name);
    for (size_t i = 0; i < n; i++) {
        put_float(out, v[i]);
        su_buf_puts(out, i + 1 < n ? ", " : "");
    }
    su_buf_puts(out, "},\n");
}

static void put_leaves(struct su_buf *out, const char *name, const int8_t *v, size_t n)
{
    su_buf_printf(out, "static const int8_t %s[] = {", name);
    for (size_t i = 0; i < n; i++)
        su_buf_printf(out, "%s%d,", i % 24 == 0 ? "\n    " : "", v[i]);
    su_buf_puts(out, n == 0 ? "0};\n" : "\n};\n");
}

static void put_splits(struct su_buf *out, const char *name, const uint16_t *v, size_t n)
{
    su_buf_printf(out, "static const uint16_t %s[] = {", name);
    for (size_t i = 0; i < n; i++)
        su_buf_printf(out, "%s%u,", i % 18 == 0 ? "\n    " : "", v[i]);
    su_buf_puts(out, n == 0 ? "0};\n" : "\n};\n");
}

static void put_surface(struct su_arena *arena, struct su_buf *out, size_t p,
                        const struct su_surface *s)
{
    const struct su_trees *t = &s->trees;
    const char *tag = su_fmt(arena, "p%zu_%s", p, su_surface_name(s->id));
    size_t n_edges = 0;
    su_buf_printf(out, "static const uint8_t %s_n_edges[] = {", tag);
    for (uint32_t f = 0; f < t->n_features; f++) {
        su_buf_printf(out, "%u,", t->n_edges[f]);
        n_edges += t->n_edges[f];
    }
    su_buf_puts(out, "};\n");
    put_floats(out, su_fmt(arena, "%s_edge", tag), t->edge, n_edges);
    put_splits(out, su_fmt(arena, "%s_split", tag), t->split, (size_t)t->n_trees * t->depth);
    put_leaves(out, su_fmt(arena, "%s_leaf", tag), t->leaf, (size_t)t->n_trees << t->depth);
    put_floats(out, su_fmt(arena, "%s_scale", tag), t->scale, t->n_trees);
    su_buf_printf(out, "static const struct su_surface %s = {\n    .id = SU_SURFACE_%s,\n", tag,
                  su_surface_name(s->id));
    su_buf_printf(out,
                  "    .trees = {%u, %u, %u, %s_n_edges, %s_edge, %s_split, %s_leaf, %s_scale, ",
                  t->n_trees, t->depth, t->n_features, tag, tag, tag, tag, tag);
    put_float(out, t->offset);
    su_buf_puts(out, "},\n");
    put_field(out, "box_low", s->box_low, t->n_features);
    put_field(out, "box_high", s->box_high, t->n_features);
    su_buf_printf(out, "    .n_regions = %u,\n", s->n_regions);
    put_field(out, "region_end_s", s->region_end_s, s->n_regions);
    put_field(out, "q10", s->q10, s->n_regions);
    put_field(out, "q90", s->q90, s->n_regions);
    su_buf_printf(out, "    .n_rows = %u,\n    .n_heldout = %u,\n", s->n_rows, s->n_heldout);
    su_buf_puts(out, "    .heldout_median_frac = ");
    put_float(out, s->heldout_median_frac);
    su_buf_puts(out, ",\n    .heldout_p90_frac = ");
    put_float(out, s->heldout_p90_frac);
    su_buf_puts(out, ",\n    .heldout_inside_frac = ");
    put_float(out, s->heldout_inside_frac);
    su_buf_puts(out, ",\n};\n");
}

static void put_arrays(struct su_arena *arena, struct su_buf *out, size_t p,
                       const struct su_profile *profile)
{
    for (uint32_t id = 0; id < SU_SURFACE_COUNT; id++)
        if (profile->surfaces[id] != NULL)
            put_surface(arena, out, p, profile->surfaces[id]);
    for (uint32_t i = 0; i < profile->n_curves; i++) {
        const struct su_curve *c = &profile->curves[i];
        put_floats(out, su_fmt(arena, "p%zu_curve%u_x", p, i), c->log_bytes, c->n_points);
        put_floats(out, su_fmt(arena, "p%zu_curve%u_y", p, i), c->log_time_s, c->n_points);
    }
    if (profile->n_curves == 0)
        return;
    su_buf_printf(out, "static const struct su_curve p%zu_curves[] = {\n", p);
    for (uint32_t i = 0; i < profile->n_curves; i++) {
        const struct su_curve *c = &profile->curves[i];
        su_buf_printf(out, "    {%u, %u, %u, p%zu_curve%u_x, p%zu_curve%u_y},\n", c->op, c->n_ranks,
                      c->n_points, p, i, p, i);
    }
    su_buf_puts(out, "};\n");
}

static void put_profile(struct su_buf *out, size_t p, const struct su_profile *profile)
{
    su_buf_puts(out, "    {\n        .chip = ");
    embed_string(out, profile->chip);
    su_buf_puts(out, ",\n        .source = ");
    embed_string(out, profile->source);
    su_buf_puts(out, ",\n        .as_of = ");
    embed_string(out, profile->as_of);
    su_buf_puts(out, ",\n        .surfaces = {\n");
    for (uint32_t id = 0; id < SU_SURFACE_COUNT; id++) {
        const char *name = su_surface_name((enum su_surface_id)id);
        if (profile->surfaces[id] != NULL)
            su_buf_printf(out, "            [SU_SURFACE_%s] = &p%zu_%s,\n", name, p, name);
    }
    su_buf_puts(out, "        },\n");
    if (profile->n_curves > 0)
        su_buf_printf(out, "        .curves = p%zu_curves,\n        .n_curves = %u,\n", p,
                      profile->n_curves);
    su_buf_puts(out, "        .log_curve_error = ");
    put_float(out, profile->log_curve_error);
    su_buf_puts(out, ",\n    },\n");
}

static enum su_status read_profile(struct su_arena *arena, const char *path, const char *name,
                                   struct su_profile *profile, struct su_err *err)
{
    struct su_doc *doc = NULL;
    SU_TRY(su_doc_read(arena, path, &doc, err));
    SU_TRY(su_calib_read(arena, doc, profile, err));
    if (strcmp(su_fmt(arena, "%s.json", profile->chip), name) != 0)
        return SU_FAIL(err, SU_ERR_INPUT, path, "is the profile of \"%s\"", profile->chip);
    return SU_OK;
}

enum su_status embed_efficiency(struct su_arena *arena, const char *data_dir, const char *out_dir,
                                struct su_err *err)
{
    const char *dir = su_fmt(arena, "%s/efficiency", data_dir);
    const char **names = NULL;
    size_t n = 0;
    if (su_file_is_dir(dir))
        SU_TRY(su_file_list(arena, dir, ".json", &names, &n, err));
    struct su_profile *profiles = SU_NEW_ARRAY(arena, n, struct su_profile);
    for (size_t i = 0; i < n; i++)
        SU_TRY(read_profile(arena, su_fmt(arena, "%s/%s", dir, names[i]), names[i], &profiles[i],
                            err));
    struct su_buf out;
    su_buf_init(&out);
    su_buf_puts(&out, "/* Written by tools/embed from data/efficiency. */\n"
                      "#include \"perf/surface.h\"\n\n");
    for (size_t i = 0; i < n; i++)
        put_arrays(arena, &out, i, &profiles[i]);
    su_buf_puts(&out, "const struct su_profile su_profiles[] = {\n");
    for (size_t i = 0; i < n; i++)
        put_profile(&out, i, &profiles[i]);
    su_buf_printf(&out, "%s};\nconst uint32_t su_n_profiles = %zu;\n", n == 0 ? "    {0},\n" : "",
                  n);
    enum su_status status = embed_write(arena, out_dir, "embedded_efficiency.c", &out, err);
    su_buf_release(&out);
    return status;
}
