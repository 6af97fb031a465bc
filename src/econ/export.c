/* Export class of a chip on a date. Rules are rows of data/rules/export_rules.csv; here is only how
 * rows of one rule combine and which rule wins: the strictest class among the rules in force, and
 * the policy of the latest rule that speaks about a chip that is controlled. */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "econ/econ.h"

const char *su_export_class_name(enum su_export_class c)
{
    static const char *const names[] = {"free", "nac", "licence", "unknown", "not_us_origin"};
    return names[c];
}

const char *su_export_policy_name(enum su_export_policy p)
{
    static const char *const names[] = {"none", "case_by_case", "denial"};
    return names[p];
}

bool su_export_applies_to(const char *region)
{
    return strncasecmp(region, "cn", 2) == 0 || strncasecmp(region, "hk", 2) == 0 ||
           strncasecmp(region, "mo", 2) == 0;
}

/* Formats that halve with the width have one product, but for rounding on the data sheet (L20: 239
 * x 8 = 1912, 59.8 x 32 = 1913.6): the narrower stands unless a wider is higher by more than that.
 */
#define ROUNDING_FRAC 0.002

/* TPP = max over formats of dense TOPS x bits (15 CFR 774, 3A090 technical note). TF32 counts as
 * the 32 bits it is stored in. */
static void compute_tpp(const struct su_accel *accel, struct su_export *e)
{
    const struct {
        const char *name;
        struct su_fact rate;
        double bits;
    } formats[] = {
        {"fp8", accel->fp8, 8},
        {"int8", accel->int8, 8},
        {"bf16", accel->bf16, 16},
        {"fp16", accel->fp16, 16},
        {"fp4", accel->fp4, 4},
        {"tf32", accel->tf32, 32},
        {"fp64_tensor", accel->fp64_tensor, 64},
    };
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (!su_fact_known(formats[i].rate))
            continue;
        double rate = su_fact_value(formats[i].rate);
        if (rate * formats[i].bits > e->tpp * (1 + ROUNDING_FRAC)) {
            e->tpp = rate * formats[i].bits;
            e->tpp_format = formats[i].name;
            e->tpp_rate = rate;
        }
    }
    if (e->tpp > 0 && su_fact_known(accel->die_area_mm2))
        e->perf_density = e->tpp / su_fact_value(accel->die_area_mm2);
}

/* The chip's figure that a row tests, in the row's unit; NAN when it is not published. */
static double figure_of(const struct su_rule *r, const struct su_accel *accel,
                        const struct su_export *e)
{
    double mem = su_accel_mem_bw_bytes_per_s(accel) / 1e9;
    double link = su_fact_known(accel->link_gbs_total_bidir)
                      ? su_fact_value(accel->link_gbs_total_bidir)
                      : NAN;
    switch (r->quantity) {
    case SU_RULE_TPP:
        return e->tpp > 0 ? e->tpp : NAN;
    case SU_RULE_PERF_DENSITY:
        return e->perf_density > 0 ? e->perf_density : NAN;
    case SU_RULE_LINK_GBS:
        return link;
    case SU_RULE_MEM_BW_GBS:
        return mem > 0 ? mem : NAN;
    case SU_RULE_MEM_PLUS_LINK_GBS:
        /* The notice counts all input and output; a card without links still has its host slot. */
        if (link == 0)
            link = 2 * su_accel_pcie_bytes_per_s(accel) / 1e9;
        return mem > 0 ? mem + link : NAN;
    case SU_RULE_NO_QUANTITY:
        break;
    }
    return NAN;
}

static enum su_export_truth row_holds(const struct su_rule *r, const struct su_accel *accel,
                                      const struct su_export *e)
{
    double value = figure_of(r, accel, e);
    if (isnan(value))
        return SU_EXPORT_CANNOT_SAY;
    return value >= r->min && value < r->max ? SU_EXPORT_YES : SU_EXPORT_NO;
}

static bool in_force(const struct su_rule *r, struct su_date date)
{
    return su_date_cmp(r->effective, date) <= 0 &&
           (!su_date_known(r->until) || su_date_cmp(date, r->until) < 0);
}

static bool is_us(const struct su_rule *r)
{
    return strcmp(r->jurisdiction, "US") == 0;
}

/* chips: ids separated by spaces. */
static bool names_chip(const char *chips, const char *id)
{
    size_t n = strlen(id);
    for (const char *p = chips; (p = strstr(p, id)) != NULL; p += n) {
        if ((p == chips || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0'))
            return true;
    }
    return false;
}

/* The rule speaks about cards of this market, and names no other chips. */
static bool is_about(const struct su_rule *r, const struct su_accel *accel)
{
    bool datacenter = strcmp(accel->market, "datacenter") == 0;
    if ((r->applies == SU_RULE_DATACENTER && !datacenter) ||
        (r->applies == SU_RULE_NOT_DATACENTER && datacenter))
        return false;
    return r->chips[0] == '\0' || names_chip(r->chips, accel->id);
}

/* Rows of the rule that starts at rules[i]. */
static size_t n_rows_of(const struct su_catalog *catalog, size_t i)
{
    size_t n = 1;
    while (i + n < catalog->n_rules &&
           strcmp(catalog->rules[i + n].rule_id, catalog->rules[i].rule_id) == 0)
        n++;
    return n;
}

/* Truth of the rule whose first row is rows[0]; n: its rows. */
static enum su_export_truth rule_holds(const struct su_rule *rows, size_t n,
                                       const struct su_accel *accel, const struct su_export *e)
{
    if (!is_about(rows, accel))
        return SU_EXPORT_NO;
    bool any = rows->join_any;
    bool unsure = false;
    for (size_t i = 0; i < n; i++) {
        enum su_export_truth t = row_holds(&rows[i], accel, e);
        if (t == SU_EXPORT_CANNOT_SAY)
            unsure = true;
        else if (any ? t == SU_EXPORT_YES : t == SU_EXPORT_NO)
            return t;
    }
    return unsure ? SU_EXPORT_CANNOT_SAY : any ? SU_EXPORT_NO : SU_EXPORT_YES;
}

static enum su_export_policy policy_of(const char *name)
{
    if (strcmp(name, "denial") == 0)
        return SU_EXPORT_POLICY_DENIAL;
    return strcmp(name, "case_by_case") == 0 ? SU_EXPORT_POLICY_CASE_BY_CASE
                                             : SU_EXPORT_POLICY_NONE;
}

/* Applies one rule that holds. Classes only get stricter; policies follow the latest rule. */
static void apply(const struct su_rule *rule, struct su_export *e)
{
    enum su_export_class c = strcmp(rule->klass, "licence") == 0 ? SU_EXPORT_LICENCE
                             : strcmp(rule->klass, "nac") == 0   ? SU_EXPORT_NAC
                                                                 : SU_EXPORT_FREE;
    if (c != SU_EXPORT_FREE && (e->klass == SU_EXPORT_FREE || c > e->klass)) {
        e->klass = c;
        e->rule = rule;
    }
    bool controlled = e->klass == SU_EXPORT_NAC || e->klass == SU_EXPORT_LICENCE;
    bool later =
        e->policy_rule == NULL || su_date_cmp(rule->effective, e->policy_rule->effective) >= 0;
    if (controlled && rule->policy[0] != '\0' && later &&
        (e->policy_rule == NULL || c == e->klass || c == SU_EXPORT_FREE)) {
        e->policy = policy_of(rule->policy);
        e->policy_rule = rule;
    }
}

/* Rules that set a class (class_pass) or only a policy; the latter speak of what is controlled. */
static bool run_rules(const struct su_catalog *catalog, const struct su_accel *accel,
                      struct su_date date, bool class_pass, struct su_export *e)
{
    bool unsure = false;
    for (size_t i = 0, n = 0; i < catalog->n_rules; i += n) {
        const struct su_rule *first = &catalog->rules[i];
        n = n_rows_of(catalog, i);
        bool sets_class = first->klass[0] != '\0';
        if (first->quantity == SU_RULE_NO_QUANTITY || !is_us(first) || !in_force(first, date) ||
            sets_class != class_pass)
            continue;
        enum su_export_truth t = rule_holds(first, n, accel, e);
        if (t == SU_EXPORT_YES)
            apply(first, e);
        unsure |= t == SU_EXPORT_CANNOT_SAY;
    }
    return unsure;
}

struct su_export su_export_classify(const struct su_catalog *catalog, const struct su_accel *accel,
                                    struct su_date date)
{
    struct su_export e = {.klass = SU_EXPORT_FREE};
    compute_tpp(accel, &e);
    if (strcmp(accel->origin, "US") != 0) {
        e.klass = SU_EXPORT_NOT_US_ORIGIN;
        return e;
    }
    bool unsure = run_rules(catalog, accel, date, true, &e);
    /* What is certain stays certain: a licence follows from one rule whatever the others say. */
    if (unsure && e.klass == SU_EXPORT_FREE)
        e.klass = SU_EXPORT_UNKNOWN;
    (void)run_rules(catalog, accel, date, false, &e);
    return e;
}

size_t su_export_tests(struct su_arena *arena, const struct su_catalog *catalog,
                       const struct su_accel *accel, struct su_date date,
                       const struct su_export_test **tests)
{
    struct su_export e = {0};
    compute_tpp(accel, &e);
    struct su_export_test *out = SU_NEW_ARRAY(arena, catalog->n_rules + 1, struct su_export_test);
    size_t n_out = 0;
    for (size_t i = 0, n = 0; i < catalog->n_rules; i += n) {
        const struct su_rule *first = &catalog->rules[i];
        n = n_rows_of(catalog, i);
        if (first->quantity == SU_RULE_NO_QUANTITY || !is_us(first) || !in_force(first, date))
            continue;
        enum su_export_truth whole = rule_holds(first, n, accel, &e);
        for (size_t k = 0; k < n; k++)
            out[n_out++] = (struct su_export_test){.row = &first[k],
                                                   .first = k == 0,
                                                   .about = is_about(first, accel),
                                                   .value = figure_of(&first[k], accel, &e),
                                                   .holds = row_holds(&first[k], accel, &e),
                                                   .rule_holds = whole};
    }
    *tests = out;
    return n_out;
}

size_t su_export_context(struct su_arena *arena, const struct su_catalog *catalog,
                         struct su_date date, const struct su_rule *const **rows)
{
    const struct su_rule **out = SU_NEW_ARRAY(arena, catalog->n_rules + 1, const struct su_rule *);
    size_t n = 0;
    for (size_t i = 0; i < catalog->n_rules; i++) {
        const struct su_rule *r = &catalog->rules[i];
        if (r->quantity == SU_RULE_NO_QUANTITY && is_us(r) && in_force(r, date))
            out[n++] = r;
    }
    *rows = out;
    return n;
}

size_t su_export_gates(struct su_arena *arena, const struct su_catalog *catalog,
                       const struct su_accel *accel, struct su_date date,
                       const struct su_rule *const **rules)
{
    const struct su_rule **out = SU_NEW_ARRAY(arena, catalog->n_rules + 1, const struct su_rule *);
    size_t n = 0;
    for (size_t i = 0; i < catalog->n_rules; i += n_rows_of(catalog, i)) {
        const struct su_rule *r = &catalog->rules[i];
        if (strcmp(r->jurisdiction, "CN") == 0 && r->klass[0] != '\0' && in_force(r, date) &&
            strcmp(accel->origin, r->jurisdiction) != 0 && is_about(r, accel))
            out[n++] = r;
    }
    *rules = out;
    return n;
}
