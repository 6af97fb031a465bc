/* What can be told of a chip without computing: who makes it, whether it may be bought on the date,
 * whether software runs on it, whether its figures are known. */
#include "plan/exclude.h"

#include <string.h>
#include <strings.h>

const char *su_constraint_name(enum su_constraint c)
{
    static const char *const names[] = {"vendor",   "market", "release", "export",
                                        "software", "facts",  "dtype",   "memory",
                                        "slo",      "power",  "budget",  "price"};
    return names[c];
}

static bool in_list(const char *const *list, const char *word)
{
    for (; list != NULL && *list != NULL; list++) {
        if (strcasecmp(*list, word) == 0)
            return true;
    }
    return false;
}

static bool vendor_out(const struct su_plan_request *r, const struct su_accel *a,
                       struct su_exclusion *x)
{
    bool named = r->vendors_only != NULL && !in_list(r->vendors_only, a->vendor);
    bool foreign = r->domestic_only && strncasecmp(a->origin, r->region, 2) != 0;
    if (!named && !foreign && !in_list(r->vendors_forbidden, a->vendor))
        return false;
    x->constraint = SU_CONSTRAINT_VENDOR;
    x->what = a->vendor;
    return true;
}

static bool market_out(const struct su_plan_request *r, const struct su_accel *a,
                       struct su_exclusion *x)
{
    x->constraint = SU_CONSTRAINT_MARKET;
    x->what = a->cloud_only ? "cloud_only" : a->market;
    bool wanted =
        r->markets == NULL ? strcmp(a->market, "cpu") != 0 : in_list(r->markets, a->market);
    return a->cloud_only || !wanted;
}

static bool release_out(const struct su_plan_request *r, const struct su_accel *a,
                        struct su_exclusion *x)
{
    struct su_date release;
    x->constraint = SU_CONSTRAINT_RELEASE;
    x->what = a->release;
    return a->release != NULL && su_date_parse(su_str_c(a->release), &release) &&
           su_date_cmp(release, r->date) > 0;
}

bool su_purchase_open(const struct su_plan_request *r, const struct su_accel *a,
                      struct su_export *export)
{
    *export = (struct su_export){0};
    if (!su_export_applies_to(r->region))
        return true;
    *export = su_export_classify(r->catalog, a, r->date);
    return export->klass == SU_EXPORT_FREE || export->klass == SU_EXPORT_NOT_US_ORIGIN ||
           (export->klass == SU_EXPORT_NAC && r->authorisation >= SU_AUTHORISATION_NAC) ||
           (export->klass == SU_EXPORT_LICENCE && export->policy == SU_EXPORT_POLICY_CASE_BY_CASE &&
            r->authorisation >= SU_AUTHORISATION_CASE_BY_CASE);
}

/* New purchase from the vendor needs an export class that the buyer's authorisation covers; what is
 * already in the country is another channel. */
static bool export_out(const struct su_plan_request *r, const struct su_accel *a,
                       struct su_exclusion *x)
{
    bool elsewhere = r->channels.grey || r->channels.second_hand || r->channels.rental;
    if (elsewhere || su_purchase_open(r, a, &x->export))
        return false;
    x->constraint = SU_CONSTRAINT_EXPORT;
    const struct su_rule *rule = x->export.rule;
    x->what = rule == NULL ? NULL : rule->rule;
    /* Which of its quantities to show: the one the deciding row is about. */
    bool by_memory =
        rule != NULL && rule->quantity != SU_RULE_TPP && rule->quantity != SU_RULE_PERF_DENSITY;
    x->has_value = by_memory || x->export.tpp > 0;
    x->unit = by_memory ? "GB/s" : "TPP";
    x->value = by_memory ? su_accel_mem_bw_bytes_per_s(a) / 1e9 : x->export.tpp;
    x->limit = rule == NULL ? 0 : rule->min;
    return true;
}

static bool software_out(const struct su_plan_request *r, const struct su_accel *a,
                         struct su_exclusion *x)
{
    enum su_support_level level =
        su_catalog_support(r->catalog, a->stack, r->engine_component, NULL);
    x->constraint = SU_CONSTRAINT_SOFTWARE;
    x->what = level == SU_SUPPORT_NONE ? "none" : "unknown";
    return level == SU_SUPPORT_NONE || level == SU_SUPPORT_UNKNOWN;
}

static bool facts_out(const struct su_accel *a, struct su_exclusion *x)
{
    x->constraint = SU_CONSTRAINT_FACTS;
    x->what = su_accel_mem_bytes(a) == 0                           ? "mem_gb"
              : su_accel_mem_bw_bytes_per_s(a) <= 0                ? "mem_bw_gbs"
              : !su_fact_known(a->bf16) && !su_fact_known(a->fp16) ? "bf16, fp16"
                                                                   : NULL;
    return x->what != NULL;
}

static bool dtype_out(const struct su_plan_request *r, const struct su_accel *a,
                      struct su_exclusion *x)
{
    x->constraint = SU_CONSTRAINT_DTYPE;
    x->what = NULL;
    for (int d = 0; d < SU_DTYPE_COUNT; d++) {
        if (su_dtype_deployable(r, a, (enum su_dtype)d))
            return false;
    }
    return true;
}

bool su_dtype_deployable(const struct su_plan_request *request, const struct su_accel *accel,
                         enum su_dtype dtype)
{
    if ((request->dtypes >> dtype & 1) == 0)
        return false;
    /* int4 is always weight-only; fp8 and int8 only where the chip multiplies them. */
    if (!su_device_has_dtype(accel, dtype, dtype == SU_DTYPE_int4))
        return false;
    const char *component = dtype == SU_DTYPE_fp8    ? "FP8"
                            : dtype == SU_DTYPE_int8 ? "INT8"
                            : dtype == SU_DTYPE_int4 ? "INT4 AWQ/GPTQ"
                                                     : NULL;
    return component == NULL ||
           su_catalog_support(request->catalog, accel->stack, component, NULL) > SU_SUPPORT_NONE;
}

bool su_exclude_purchase(const struct su_plan_request *request, const struct su_accel *accel,
                         struct su_exclusion *exclusion)
{
    struct su_exclusion *x = exclusion;
    *x = (struct su_exclusion){.accel = accel};
    return vendor_out(request, accel, x) || market_out(request, accel, x) ||
           release_out(request, accel, x) || export_out(request, accel, x);
}

bool su_chip_owned(const struct su_plan_request *request, const struct su_accel *accel)
{
    return in_list(request->owned, accel->id);
}

bool su_exclude_chip(const struct su_plan_request *request, const struct su_accel *accel,
                     struct su_exclusion *exclusion)
{
    struct su_exclusion *x = exclusion;
    *x = (struct su_exclusion){.accel = accel};
    return (!su_chip_owned(request, accel) && su_exclude_purchase(request, accel, x)) ||
           software_out(request, accel, x) || facts_out(accel, x) || dtype_out(request, accel, x);
}
