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

enum truth { NO, YES, CANNOT_SAY };

static enum truth row_holds(const struct su_rule *r, const struct su_accel *accel,
                            const struct su_export *e)
{
    double value = NAN;
    double mem = su_accel_mem_bw_bytes_per_s(accel) / 1e9;
    double link = su_fact_known(accel->link_gbs_total_bidir)
                      ? su_fact_value(accel->link_gbs_total_bidir)
                      : NAN;
    switch (r->quantity) {
    case SU_RULE_TPP:
        value = e->tpp > 0 ? e->tpp : NAN;
        break;
    case SU_RULE_PERF_DENSITY:
        value = e->perf_density > 0 ? e->perf_density : NAN;
        break;
    case SU_RULE_LINK_GBS:
        value = link;
        break;
    case SU_RULE_MEM_BW_GBS:
        value = mem > 0 ? mem : NAN;
        break;
    case SU_RULE_MEM_PLUS_LINK_GBS:
        /* The notice counts all input and output; a card without links still has its host slot. */
        if (link == 0)
            link = 2 * su_accel_pcie_bytes_per_s(accel) / 1e9;
        value = mem > 0 ? mem + link : NAN;
        break;
    case SU_RULE_NO_QUANTITY:
        break;
    }
    if (isnan(value))
        return CANNOT_SAY;
    return value >= r->min && value < r->max ? YES : NO;
}

static bool in_force(const struct su_rule *r, struct su_date date)
{
    return su_date_cmp(r->effective, date) <= 0 &&
           (!su_date_known(r->until) || su_date_cmp(date, r->until) < 0);
}

static bool is_datacenter(const struct su_accel *accel)
{
    return strcmp(accel->market, "datacenter") == 0;
}

/* Truth of the rule whose first row is rows[0]; n: its rows. */
static enum truth rule_holds(const struct su_rule *rows, size_t n, const struct su_accel *accel,
                             const struct su_export *e)
{
    if (rows->applies == SU_RULE_DATACENTER && !is_datacenter(accel))
        return NO;
    if (rows->applies == SU_RULE_NOT_DATACENTER && is_datacenter(accel))
        return NO;
    bool any = rows->join_any;
    bool unsure = false;
    for (size_t i = 0; i < n; i++) {
        enum truth t = row_holds(&rows[i], accel, e);
        if (t == CANNOT_SAY)
            unsure = true;
        else if (any ? t == YES : t == NO)
            return t;
    }
    return unsure ? CANNOT_SAY : any ? NO : YES;
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
    for (size_t i = 0; i < catalog->n_rules;) {
        const struct su_rule *first = &catalog->rules[i];
        size_t n = 1;
        while (i + n < catalog->n_rules &&
               strcmp(catalog->rules[i + n].rule_id, first->rule_id) == 0)
            n++;
        i += n;
        bool sets_class = first->klass[0] != '\0';
        if (first->quantity == SU_RULE_NO_QUANTITY || strcmp(first->jurisdiction, "US") != 0 ||
            !in_force(first, date) || sets_class != class_pass)
            continue;
        enum truth t = rule_holds(first, n, accel, e);
        if (t == YES)
            apply(first, e);
        unsure |= t == CANNOT_SAY;
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
