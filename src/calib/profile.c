/* Profiles as JSON. Numbers are printed with the digits that a float needs to come back the same;
 * a tree is one line of base64: its splits (16 bit, little end first), its scale (float bits) and
 * its leaves. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calib/calib.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#define TREE_BYTES_MAX (2 * SU_TREE_DEPTH_MAX + 4 + (1u << SU_TREE_DEPTH_MAX))
#define TREES_MAX 4096
#define CURVES_MAX 4096
#define POINTS_MAX 4096

/* ---- writing ---- */

static void write_base64(struct su_buf *out, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = (uint32_t)bytes[i] << 16;
        if (i + 1 < n)
            v |= (uint32_t)bytes[i + 1] << 8;
        if (i + 2 < n)
            v |= bytes[i + 2];
        su_buf_putc(out, digits[v >> 18]);
        su_buf_putc(out, digits[v >> 12 & 63]);
        su_buf_putc(out, i + 1 < n ? digits[v >> 6 & 63] : '=');
        su_buf_putc(out, i + 2 < n ? digits[v & 63] : '=');
    }
}

static void write_float(struct su_buf *out, float v)
{
    char text[40];
    for (int precision = 6; precision <= 9; precision++) {
        snprintf(text, sizeof(text), "%.*g", precision, (double)v);
        if (strtof(text, NULL) == v)
            break;
    }
    su_buf_puts(out, text);
}

static void write_floats(struct su_buf *out, const char *key, const float *v, uint32_t n)
{
    su_buf_printf(out, "      \"%s\": [", key);
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            su_buf_puts(out, i % 12 == 0 ? ",\n        " : ", ");
        write_float(out, v[i]);
    }
    su_buf_puts(out, "],\n");
}

static void write_string(struct su_buf *out, const char *s)
{
    su_buf_putc(out, '"');
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            su_buf_printf(out, "\\%c", c);
        else if (c < 0x20)
            su_buf_printf(out, "\\u%04x", c);
        else
            su_buf_putc(out, (char)c);
    }
    su_buf_putc(out, '"');
}

static void write_tree(struct su_buf *out, const struct su_trees *t, uint32_t i)
{
    uint8_t bytes[TREE_BYTES_MAX];
    size_t n = 0;
    for (uint32_t l = 0; l < t->depth; l++) {
        uint16_t split = t->split[(size_t)i * t->depth + l];
        bytes[n++] = (uint8_t)(split & 255);
        bytes[n++] = (uint8_t)(split >> 8);
    }
    uint32_t scale;
    memcpy(&scale, &t->scale[i], sizeof(scale));
    for (uint32_t b = 0; b < 32; b += 8)
        bytes[n++] = (uint8_t)(scale >> b & 255);
    for (uint32_t l = 0; l < 1u << t->depth; l++)
        bytes[n++] = (uint8_t)t->leaf[((size_t)i << t->depth) + l];
    su_buf_puts(out, "        \"");
    write_base64(out, bytes, n);
    su_buf_puts(out, i + 1 < t->n_trees ? "\",\n" : "\"\n");
}

static void write_surface(struct su_buf *out, const struct su_surface *s)
{
    const struct su_trees *t = &s->trees;
    su_buf_printf(out, "    {\n      \"surface\": \"%s\",\n      \"rows\": %u,\n",
                  su_surface_name(s->id), s->n_rows);
    su_buf_printf(out, "      \"heldout\": {\"rows\": %u, \"median_frac\": ", s->n_heldout);
    write_float(out, s->heldout_median_frac);
    su_buf_puts(out, ", \"p90_frac\": ");
    write_float(out, s->heldout_p90_frac);
    su_buf_puts(out, ", \"inside_frac\": ");
    write_float(out, s->heldout_inside_frac);
    su_buf_puts(out, "},\n");
    write_floats(out, "box_low", s->box_low, t->n_features);
    write_floats(out, "box_high", s->box_high, t->n_features);
    write_floats(out, "region_end_s", s->region_end_s, s->n_regions);
    write_floats(out, "q10", s->q10, s->n_regions);
    write_floats(out, "q90", s->q90, s->n_regions);
    uint32_t n_edges = 0;
    su_buf_puts(out, "      \"n_edges\": [");
    for (uint32_t f = 0; f < t->n_features; f++) {
        su_buf_printf(out, "%s%u", f > 0 ? ", " : "", t->n_edges[f]);
        n_edges += t->n_edges[f];
    }
    su_buf_puts(out, "],\n");
    write_floats(out, "edge", t->edge, n_edges);
    su_buf_printf(out, "      \"depth\": %u,\n      \"offset\": ", t->depth);
    write_float(out, t->offset);
    su_buf_puts(out, ",\n      \"trees\": [\n");
    for (uint32_t i = 0; i < t->n_trees; i++)
        write_tree(out, t, i);
    su_buf_puts(out, "      ]\n    }");
}

void su_calib_write(struct su_buf *out, const struct su_profile *profile)
{
    su_buf_puts(out, "{\n  \"chip\": ");
    write_string(out, profile->chip);
    su_buf_puts(out, ",\n  \"source\": ");
    write_string(out, profile->source);
    su_buf_puts(out, ",\n  \"as_of\": ");
    write_string(out, profile->as_of);
    su_buf_puts(out, ",\n  \"surfaces\": [");
    const char *between = "\n";
    for (uint32_t id = 0; id < SU_SURFACE_COUNT; id++) {
        if (profile->surfaces[id] == NULL)
            continue;
        su_buf_puts(out, between);
        write_surface(out, profile->surfaces[id]);
        between = ",\n";
    }
    su_buf_puts(out, "\n  ],\n  \"log_curve_error\": ");
    write_float(out, profile->log_curve_error);
    su_buf_puts(out, ",\n  \"curves\": [");
    for (uint32_t i = 0; i < profile->n_curves; i++) {
        const struct su_curve *c = &profile->curves[i];
        su_buf_printf(out, "%s\n    {\n      \"op\": %u,\n      \"ranks\": %u,\n", i > 0 ? "," : "",
                      c->op, c->n_ranks);
        write_floats(out, "log_bytes", c->log_bytes, c->n_points);
        write_floats(out, "log_time_s", c->log_time_s, c->n_points);
        out->n -= 2; /* the comma after the last member */
        su_buf_puts(out, "\n    }");
    }
    su_buf_puts(out, "\n  ]\n}\n");
}

/* ---- reading ---- */

static enum su_status read_array(const struct su_doc *obj, const char *key, size_t min, size_t max,
                                 const struct su_doc **arr, struct su_err *err)
{
    const struct su_doc *a = su_doc_get(obj, key);
    if (a == NULL || a->kind != SU_DOC_ARR)
        return SU_DOC_FAIL(err, a != NULL ? a : obj, "%s is no array", key);
    if (a->u.arr.n < min || a->u.arr.n > max)
        return SU_DOC_FAIL(err, a, "%s has %zu items, expected %zu..%zu", key, a->u.arr.n, min,
                           max);
    *arr = a;
    return SU_OK;
}

static enum su_status read_floats(const struct su_doc *obj, const char *key, size_t min, size_t max,
                                  float *out, uint32_t *n, struct su_err *err)
{
    const struct su_doc *a = NULL;
    SU_TRY(read_array(obj, key, min, max, &a, err));
    assert(a != NULL);
    for (size_t i = 0; i < a->u.arr.n; i++) {
        const struct su_doc *item = a->u.arr.items[i];
        if (item->kind == SU_DOC_INT)
            out[i] = (float)item->u.integer;
        else if (item->kind == SU_DOC_REAL && fabs(item->u.real) < 1e30)
            out[i] = (float)item->u.real;
        else
            return SU_DOC_FAIL(err, item, "is no number");
    }
    if (n != NULL)
        *n = (uint32_t)a->u.arr.n;
    return SU_OK;
}

/* Whole groups of four; n must come out exactly. */
static bool read_base64(struct su_str text, uint8_t *bytes, size_t n)
{
    if (text.n % 4 != 0 || text.n / 4 != (n + 2) / 3)
        return false;
    size_t at = 0;
    for (size_t i = 0; i < text.n; i += 4) {
        uint32_t v = 0;
        for (size_t j = 0; j < 4; j++) {
            char c = text.p[i + j];
            const char *d = c == '=' ? digits : c == '\0' ? NULL : strchr(digits, c);
            if (d == NULL)
                return false;
            v = v << 6 | (uint32_t)(d - digits);
        }
        for (uint32_t shift = 16; at < n; shift -= 8) {
            bytes[at++] = (uint8_t)(v >> shift & 255);
            if (shift == 0)
                break;
        }
    }
    return at == n;
}

struct tree_arrays {
    uint16_t *split;
    int8_t *leaf;
    float *scale;
};

static enum su_status read_tree(const struct su_doc *item, uint32_t depth, uint32_t n_edges,
                                uint32_t i, struct tree_arrays *to, struct su_err *err)
{
    uint8_t bytes[TREE_BYTES_MAX] = {0};
    size_t n = 2 * (size_t)depth + 4 + ((size_t)1 << depth);
    if (item->kind != SU_DOC_STR || !read_base64(item->u.str, bytes, n))
        return SU_DOC_FAIL(err, item, "is no base64 of %zu bytes", n);
    const uint8_t *p = bytes;
    for (uint32_t l = 0; l < depth; l++, p += 2) {
        uint16_t split = (uint16_t)(p[0] | p[1] << 8);
        if (split >= n_edges)
            return SU_DOC_FAIL(err, item, "splits at edge %u of %u", split, n_edges);
        to->split[(size_t)i * depth + l] = split;
    }
    uint32_t scale = 0;
    for (uint32_t b = 0; b < 4; b++)
        scale |= (uint32_t)p[b] << (8 * b);
    memcpy(&to->scale[i], &scale, sizeof(scale));
    if (!isfinite(to->scale[i]))
        return SU_DOC_FAIL(err, item, "has a scale that is not finite");
    memcpy(to->leaf + ((size_t)i << depth), p + 4, (size_t)1 << depth);
    return SU_OK;
}

static enum su_status read_trees(struct su_arena *arena, const struct su_doc *doc,
                                 struct su_trees *t, struct su_err *err)
{
    float counts[SU_FEATURES_MAX] = {0};
    float *edge = SU_NEW_ARRAY(arena, SU_EDGES_MAX, float);
    uint8_t *n_edges = SU_NEW_ARRAY(arena, SU_FEATURES_MAX, uint8_t);
    SU_TRY(read_floats(doc, "n_edges", 1, SU_FEATURES_MAX, counts, &t->n_features, err));
    uint32_t total = 0;
    for (uint32_t f = 0; f < t->n_features; f++) {
        if (!(counts[f] >= 0 && counts[f] < SU_BINS_MAX))
            return SU_DOC_FAIL(err, doc, "n_edges is not within 0..%d", SU_BINS_MAX - 1);
        n_edges[f] = (uint8_t)counts[f];
        total += n_edges[f];
    }
    SU_TRY(read_floats(doc, "edge", total, total, edge, NULL, err));
    int64_t depth = 0;
    double offset = 0;
    SU_TRY(su_doc_int(doc, "depth", SU_DOC_REQUIRED, 1, SU_TREE_DEPTH_MAX, &depth, err));
    SU_TRY(su_doc_real(doc, "offset", SU_DOC_REQUIRED, -50, 50, &offset, err));
    const struct su_doc *trees = NULL;
    SU_TRY(read_array(doc, "trees", 0, TREES_MAX, &trees, err));
    assert(trees != NULL);
    t->n_trees = (uint32_t)trees->u.arr.n;
    t->depth = (uint32_t)depth;
    t->offset = (float)offset;
    struct tree_arrays to = {
        SU_NEW_ARRAY(arena, (size_t)t->n_trees * t->depth, uint16_t),
        SU_NEW_ARRAY(arena, (size_t)t->n_trees << t->depth, int8_t),
        SU_NEW_ARRAY(arena, t->n_trees, float),
    };
    for (uint32_t i = 0; i < t->n_trees; i++)
        SU_TRY(read_tree(trees->u.arr.items[i], t->depth, total, i, &to, err));
    t->n_edges = n_edges;
    t->edge = edge;
    t->split = to.split;
    t->leaf = to.leaf;
    t->scale = to.scale;
    return SU_OK;
}

static enum su_status read_heldout(const struct su_doc *doc, struct su_surface *s,
                                   struct su_err *err)
{
    const struct su_doc *held = su_doc_get(doc, "heldout");
    if (held == NULL || held->kind != SU_DOC_OBJ)
        return SU_DOC_FAIL(err, doc, "has no heldout");
    int64_t rows = 0;
    double median = 0;
    double p90 = 0;
    double inside = 0;
    SU_TRY(su_doc_int(held, "rows", SU_DOC_REQUIRED, 0, INT32_MAX, &rows, err));
    SU_TRY(su_doc_real(held, "median_frac", SU_DOC_REQUIRED, 0, 1e9, &median, err));
    SU_TRY(su_doc_real(held, "p90_frac", SU_DOC_REQUIRED, 0, 1e9, &p90, err));
    SU_TRY(su_doc_real(held, "inside_frac", SU_DOC_REQUIRED, 0, 1, &inside, err));
    s->n_heldout = (uint32_t)rows;
    s->heldout_median_frac = (float)median;
    s->heldout_p90_frac = (float)p90;
    s->heldout_inside_frac = (float)inside;
    return SU_OK;
}

static enum su_status read_surface(struct su_arena *arena, const struct su_doc *doc,
                                   struct su_profile *profile, struct su_err *err)
{
    const char *name = NULL;
    int64_t rows = 0;
    SU_TRY(su_doc_str(doc, "surface", SU_DOC_REQUIRED, &name, err));
    SU_TRY(su_doc_int(doc, "rows", SU_DOC_REQUIRED, 0, INT32_MAX, &rows, err));
    uint32_t id = 0;
    while (id < SU_SURFACE_COUNT && strcmp(su_surface_name((enum su_surface_id)id), name) != 0)
        id++;
    if (id == SU_SURFACE_COUNT)
        return SU_DOC_FAIL(err, doc, "no surface is called \"%s\"", name);
    if (profile->surfaces[id] != NULL)
        return SU_DOC_FAIL(err, doc, "surface %s is given twice", name);
    struct su_surface *s = SU_NEW(arena, struct su_surface);
    s->id = (enum su_surface_id)id;
    s->n_rows = (uint32_t)rows;
    SU_TRY(read_heldout(doc, s, err));
    SU_TRY(read_trees(arena, doc, &s->trees, err));
    uint32_t n = s->trees.n_features;
    struct su_device device = {.flop16_per_s = 1e15, .flop_gemm_per_s = 1e15, .mem_bytes_per_s = 1};
    struct su_op_work work = {.m = 1, .n = 1, .k = 1, .q_len = 1, .kv_heads = 1, .heads = 1};
    float x[SU_FEATURES_MAX];
    uint32_t expected = su_surface_features(s->id, &device, &work, x);
    if (n != expected)
        return SU_DOC_FAIL(err, doc, "%s has %u features, expected %u", name, n, expected);
    SU_TRY(read_floats(doc, "box_low", n, n, s->box_low, NULL, err));
    SU_TRY(read_floats(doc, "box_high", n, n, s->box_high, NULL, err));
    SU_TRY(read_floats(doc, "region_end_s", 1, SU_SURFACE_REGIONS, s->region_end_s, &s->n_regions,
                       err));
    SU_TRY(read_floats(doc, "q10", s->n_regions, s->n_regions, s->q10, NULL, err));
    SU_TRY(read_floats(doc, "q90", s->n_regions, s->n_regions, s->q90, NULL, err));
    profile->surfaces[id] = s;
    return SU_OK;
}

static enum su_status read_curve(struct su_arena *arena, const struct su_doc *doc,
                                 struct su_curve *curve, struct su_err *err)
{
    int64_t op = 0;
    int64_t ranks = 0;
    float *x = SU_NEW_ARRAY(arena, POINTS_MAX, float);
    float *y = SU_NEW_ARRAY(arena, POINTS_MAX, float);
    uint32_t n = 0;
    SU_TRY(su_doc_int(doc, "op", SU_DOC_REQUIRED, 0, SU_COLLECTIVE_SENDRECV, &op, err));
    SU_TRY(su_doc_int(doc, "ranks", SU_DOC_REQUIRED, 2, 255, &ranks, err));
    SU_TRY(read_floats(doc, "log_bytes", 2, POINTS_MAX, x, &n, err));
    SU_TRY(read_floats(doc, "log_time_s", n, n, y, NULL, err));
    for (uint32_t i = 1; i < n; i++)
        if (!(x[i] > x[i - 1]))
            return SU_DOC_FAIL(err, doc, "log_bytes do not ascend");
    *curve = (struct su_curve){(uint8_t)op, (uint8_t)ranks, n, x, y};
    return SU_OK;
}

enum su_status su_calib_read(struct su_arena *arena, const struct su_doc *doc,
                             struct su_profile *profile, struct su_err *err)
{
    *profile = (struct su_profile){0};
    SU_TRY(su_doc_str(doc, "chip", SU_DOC_REQUIRED, &profile->chip, err));
    SU_TRY(su_doc_str(doc, "source", SU_DOC_REQUIRED, &profile->source, err));
    SU_TRY(su_doc_str(doc, "as_of", SU_DOC_REQUIRED, &profile->as_of, err));
    const struct su_doc *surfaces = NULL;
    SU_TRY(read_array(doc, "surfaces", 0, SU_SURFACE_COUNT, &surfaces, err));
    assert(surfaces != NULL);
    for (size_t i = 0; i < surfaces->u.arr.n; i++)
        SU_TRY(read_surface(arena, surfaces->u.arr.items[i], profile, err));
    double error = 0;
    SU_TRY(su_doc_real(doc, "log_curve_error", SU_DOC_REQUIRED, 0, 10, &error, err));
    profile->log_curve_error = (float)error;
    const struct su_doc *curves = NULL;
    SU_TRY(read_array(doc, "curves", 0, CURVES_MAX, &curves, err));
    assert(curves != NULL);
    struct su_curve *out = SU_NEW_ARRAY(arena, curves->u.arr.n, struct su_curve);
    for (size_t i = 0; i < curves->u.arr.n; i++)
        SU_TRY(read_curve(arena, curves->u.arr.items[i], &out[i], err));
    profile->curves = out;
    profile->n_curves = (uint32_t)curves->u.arr.n;
    return SU_OK;
}
