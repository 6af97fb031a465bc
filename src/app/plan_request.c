/* A brief becomes a planner's request: defaults filled in and noted, contradictions refused. */
#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "app/plan_parts.h"
#include "base/vec.h"

#define PEAK_FACTOR_DEFAULT 1.0
#define ACTIVE_HOURS_DEFAULT 24.0
#define HORIZON_DEFAULT_MONTHS 36.0
#define REQUESTS_PER_USER_DAY_DEFAULT 20.0
#define TTFT_P99_DEFAULT_S 2.0
#define TPOT_P99_DEFAULT_S 0.1

struct reader {
    struct su_arena *arena;
    const struct su_request *request;
    const struct su_view *view;
    struct su_notes *notes;
    struct su_err *err;
};

/* The value asked for, or the default, noted. */
static double or_default(struct reader *r, enum su_option_id id, double asked, double standard,
                         enum su_msg why)
{
    if (su_request_has(r->request, id))
        return asked;
    su_notes_assume(r->notes, su_options[id].key, su_fmt(r->arena, "%g", standard),
                    su_text(r->view->lang, why));
    return standard;
}

/* The busiest hour of the day stands for the peak. */
static enum su_status read_daily(struct reader *r, struct su_plan_request *p)
{
    static const enum su_option_id others[] = {SU_OPTION_peak_factor,
                                               SU_OPTION_active_hours_per_day};
    if (!su_request_has(r->request, SU_OPTION_daily))
        return SU_OK;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (su_request_has(r->request, others[i]))
            return SU_FAIL(r->err, SU_ERR_INPUT, su_options[others[i]].key,
                           "contradicts daily, whose 24 factors say both how long and how high");
    }
    return su_plan_daily_peak(r->request, &p->peak_factor, r->err);
}

static enum su_status read_rate(struct reader *r, struct su_plan_request *p)
{
    const struct su_request *q = r->request;
    bool rate = su_request_has(q, SU_OPTION_rate);
    bool users = su_request_has(q, SU_OPTION_users);
    if (rate && users)
        return SU_FAIL(r->err, SU_ERR_INPUT, "rate",
                       "contradicts users: say the load one way, as a rate or as users");
    bool from_trace = !rate && !users && p->traffic.trace_req_s > 0;
    if (!rate && !users && !from_trace)
        return SU_FAIL(r->err, SU_ERR_INPUT, "rate",
                       "is missing: say the load as rate (requests per second) or as users");
    if (su_request_has(q, SU_OPTION_requests_per_user_day) && !users)
        return SU_FAIL(r->err, SU_ERR_INPUT, "requests_per_user_day", "needs users beside it");
    SU_TRY(read_daily(r, p));
    p->active_hours_per_day = or_default(r, SU_OPTION_active_hours_per_day, q->active_hours_per_day,
                                         ACTIVE_HOURS_DEFAULT, SU_MSG_default_around_the_clock);
    if (!su_request_has(q, SU_OPTION_daily))
        p->peak_factor = or_default(r, SU_OPTION_peak_factor, q->peak_factor, PEAK_FACTOR_DEFAULT,
                                    SU_MSG_default_rate_is_peak);
    p->rate_req_s = q->rate;
    if (from_trace) {
        p->rate_req_s = p->traffic.trace_req_s;
        su_notes_assume(r->notes, "rate", su_number(r->arena, p->rate_req_s),
                        su_text(r->view->lang, SU_MSG_default_trace_rate));
    }
    if (users) {
        double per_day = or_default(r, SU_OPTION_requests_per_user_day, q->requests_per_user_day,
                                    REQUESTS_PER_USER_DAY_DEFAULT, SU_MSG_default_office_chat);
        p->rate_req_s = q->users * per_day / (p->active_hours_per_day * 3600);
    }
    return SU_OK;
}

static enum su_status read_lengths(struct reader *r, struct su_plan_request *p)
{
    const struct su_request *q = r->request;
    if (!su_request_has(q, SU_OPTION_isl) || !su_request_has(q, SU_OPTION_osl))
        return SU_FAIL(r->err, SU_ERR_INPUT, su_request_has(q, SU_OPTION_isl) ? "osl" : "isl",
                       "is missing: prompt (isl) and answer (osl) lengths in tokens are needed");
    p->load.isl = q->isl;
    p->load.osl = q->osl;
    p->load.isl_cv = or_default(r, SU_OPTION_isl_cv, q->isl_cv, 0, SU_MSG_default_constant_length);
    p->load.osl_cv = or_default(r, SU_OPTION_osl_cv, q->osl_cv, 0, SU_MSG_default_constant_answer);
    return SU_OK;
}

/* A trace has its own lengths, and its own gaps where it has times. */
static enum su_status read_trace(struct reader *r, struct su_plan_request *p)
{
    static const enum su_option_id lengths[] = {SU_OPTION_isl, SU_OPTION_osl, SU_OPTION_isl_cv,
                                                SU_OPTION_osl_cv};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        if (su_request_has(r->request, lengths[i]))
            return SU_FAIL(r->err, SU_ERR_INPUT, su_options[lengths[i]].key,
                           "contradicts workload, a trace with lengths of its own");
    }
    SU_TRY(su_plan_read_trace(r->request->workload, p, r->err));
    if (p->traffic.trace_req_s > 0 && su_request_has(r->request, SU_OPTION_burstiness))
        return SU_FAIL(r->err, SU_ERR_INPUT, "burstiness",
                       "contradicts workload, a trace with arrival times of its own");
    return SU_OK;
}

static enum su_status read_levels(struct reader *r, struct su_plan_request *p)
{
    const struct su_request *q = r->request;
    if (q->slo.e2e_p99_s > 0 || q->slo.e2e_mean_s > 0)
        return SU_FAIL(r->err, SU_ERR_INPUT, "slo",
                       "has e2e levels, which only sim knows: expected ttft and tpot");
    p->slo = (struct su_slo){q->slo.ttft_p99_s, q->slo.ttft_mean_s, q->slo.tpot_p99_s,
                             q->slo.tpot_mean_s};
    if (!su_request_has(q, SU_OPTION_slo)) {
        p->slo.ttft_p99_s = TTFT_P99_DEFAULT_S;
        p->slo.tpot_p99_s = TPOT_P99_DEFAULT_S;
        su_notes_assume(r->notes, "slo", "ttft_p99=2s, tpot_p99=100ms",
                        su_text(r->view->lang, SU_MSG_default_slo));
    }
    return SU_OK;
}

static enum su_status read_load(struct reader *r, struct su_plan_request *p)
{
    const struct su_request *q = r->request;
    if (su_request_has(q, SU_OPTION_workload))
        SU_TRY(read_trace(r, p));
    else
        SU_TRY(read_lengths(r, p));
    SU_TRY(read_levels(r, p));
    return read_rate(r, p);
}
static enum su_status read_channels(struct reader *r, struct su_plan_request *p)
{
    if (!su_request_has(r->request, SU_OPTION_channels)) {
        p->channels.official = true;
        su_notes_assume(r->notes, "channels", "official",
                        su_text(r->view->lang, SU_MSG_default_official));
        return SU_OK;
    }
    for (const char *const *c = r->request->channels; *c != NULL; c++) {
        if (strcmp(*c, "official") == 0)
            p->channels.official = true;
        else if (strcmp(*c, "second_hand") == 0)
            p->channels.second_hand = p->channels.grey = true;
        else if (strcmp(*c, "rental") == 0)
            p->channels.rental = true;
        else
            return SU_FAIL(r->err, SU_ERR_INPUT, "channels",
                           "has \"%s\", expected official, second_hand or rental", *c);
    }
    return SU_OK;
}

static enum su_status read_markets(struct reader *r, struct su_plan_request *p)
{
    static const char *const standard[] = {"datacenter", "workstation", NULL};
    static const char *const known[] = {"datacenter", "workstation", "consumer", NULL};
    p->markets = standard;
    if (!su_request_has(r->request, SU_OPTION_markets)) {
        su_notes_assume(r->notes, "markets", "datacenter, workstation",
                        su_text(r->view->lang, SU_MSG_default_markets));
        return SU_OK;
    }
    p->markets = r->request->markets;
    for (const char *const *m = p->markets; *m != NULL; m++) {
        size_t i = 0;
        while (known[i] != NULL && strcmp(known[i], *m) != 0)
            i++;
        if (known[i] == NULL)
            return SU_FAIL(r->err, SU_ERR_INPUT, "markets",
                           "has \"%s\", expected datacenter, workstation or consumer", *m);
    }
    return SU_OK;
}

static enum su_status read_vendors(struct reader *r, struct su_plan_request *p)
{
    const struct su_request *q = r->request;
    p->vendors_forbidden = q->vendors_forbidden;
    if (su_request_has(q, SU_OPTION_vendors_only)) {
        p->domestic_only = strcmp(q->vendors_only[0], "domestic") == 0;
        if (!p->domestic_only)
            p->vendors_only = q->vendors_only;
        else if (q->vendors_only[1] != NULL)
            return SU_FAIL(r->err, SU_ERR_INPUT, "vendors_only",
                           "has domestic and \"%s\", expected domestic alone or vendors",
                           q->vendors_only[1]);
    }
    const char *const *lists[] = {p->vendors_only, p->vendors_forbidden};
    for (size_t l = 0; l < 2; l++) {
        for (const char *const *v = lists[l]; v != NULL && *v != NULL; v++) {
            bool known = false;
            const char *names[256];
            size_t n = 0;
            for (size_t i = 0; i < p->catalog->n_accels && n < 256; i++) {
                known |= strcasecmp(p->catalog->accels[i].vendor, *v) == 0;
                names[n++] = p->catalog->accels[i].vendor;
            }
            const char *near = known ? NULL : su_str_nearest(*v, names, n);
            if (!known)
                return SU_FAIL(r->err, SU_ERR_INPUT, "vendors",
                               "has \"%s\", which makes no chip in the catalog%s%s%s", *v,
                               near == NULL ? "" : ", did you mean \"", near == NULL ? "" : near,
                               near == NULL ? "" : "\"?");
        }
    }
    return SU_OK;
}

static enum su_status read_dtypes(struct reader *r, struct su_plan_request *p)
{
    if (su_request_has(r->request, SU_OPTION_kv_dtype) &&
        strcmp(r->request->kv_dtype, "auto") != 0) {
        p->kv_dtype_set = true;
        SU_TRY(su_dtype_of(r->request->kv_dtype, "kv_dtype", &p->kv_dtype, r->err));
    } else {
        su_notes_assume(r->notes, "kv_dtype", "bf16",
                        su_text(r->view->lang, SU_MSG_engine_default));
    }
    if (!su_request_has(r->request, SU_OPTION_dtype)) {
        enum su_dtype native = p->graph->model->checkpoint_dtype;
        p->dtypes = 1u << native | 1u << SU_DTYPE_fp8 | 1u << SU_DTYPE_int8;
        su_notes_assume(r->notes, "dtype", su_fmt(r->arena, "%s, fp8, int8", su_dtype_name(native)),
                        su_text(r->view->lang, SU_MSG_default_dtypes));
        return SU_OK;
    }
    for (const char *const *d = r->request->dtype; *d != NULL; d++) {
        enum su_dtype dtype = SU_DTYPE_bf16;
        SU_TRY(su_dtype_of(*d, "dtype", &dtype, r->err));
        p->dtypes |= 1u << dtype;
    }
    return SU_OK;
}

static enum su_status read_money(struct reader *r, struct su_plan_request *p)
{
    const struct su_request *q = r->request;
    p->horizon_months = or_default(r, SU_OPTION_horizon_months, q->horizon_months,
                                   HORIZON_DEFAULT_MONTHS, SU_MSG_default_horizon);
    p->currency = su_currency_of_region(p->region);
    if (!su_request_has(q, SU_OPTION_currency))
        su_notes_assume(r->notes, "currency", su_currency_code(p->currency),
                        su_text(r->view->lang, SU_MSG_default_currency));
    if (su_request_has(q, SU_OPTION_currency) &&
        !su_currency_parse(su_str_c(q->currency), &p->currency))
        return SU_FAIL(r->err, SU_ERR_INPUT, "currency",
                       "is \"%s\", expected CNY, USD, EUR, JPY, HKD or INR", q->currency);
    p->budget_known = su_request_has(q, SU_OPTION_budget);
    if (p->budget_known)
        SU_TRY(su_money_make(q->budget, p->currency, &p->budget, r->err));
    p->power_max_kw = q->power_max / 1e3;
    return SU_OK;
}

/* Two letters, then nothing or "-" and a place. */
static bool region_valid(const char *region)
{
    return strlen(region) >= 2 && isalpha((unsigned char)region[0]) &&
           isalpha((unsigned char)region[1]) &&
           (region[2] == '\0' || (region[2] == '-' && region[3] != '\0'));
}

bool su_region_has_figures(const struct su_catalog *catalog, const char *region)
{
    for (size_t i = 0; i < catalog->n_opex; i++) {
        if (strncasecmp(catalog->opex[i].region, region, 2) == 0)
            return true;
    }
    return false;
}

static enum su_status read_place(struct reader *r, const struct su_facts *facts,
                                 struct su_plan_request *p)
{
    const struct su_request *q = r->request;
    p->catalog = facts->catalog;
    p->date = facts->date;
    p->region = "cn";
    if (su_request_has(q, SU_OPTION_region))
        p->region = su_str_lower(r->arena, q->region);
    else
        su_notes_assume(r->notes, "region", "cn", su_text(r->view->lang, SU_MSG_default_region));
    if (!region_valid(p->region))
        return SU_FAIL(r->err, SU_ERR_INPUT, "region",
                       "is \"%s\", expected a country code such as cn, us or eu, or a place in one "
                       "such as cn-east",
                       q->region);
    return SU_OK;
}

static enum su_status read_authorisation(struct reader *r, struct su_plan_request *p)
{
    const struct su_request *q = r->request;
    static const struct {
        const char *word;
        enum su_authorisation value;
    } authorisations[] = {{"none", SU_AUTHORISATION_NONE},
                          {"nac", SU_AUTHORISATION_NAC},
                          {"case_by_case", SU_AUTHORISATION_CASE_BY_CASE}};
    const char *word = "none";
    if (su_request_has(q, SU_OPTION_authorisation))
        word = q->authorisation;
    else
        su_notes_assume(r->notes, "authorisation", word,
                        su_text(r->view->lang, SU_MSG_default_authorisation));
    for (size_t i = 0; i < 3; i++) {
        if (strcmp(authorisations[i].word, word) == 0) {
            p->authorisation = authorisations[i].value;
            return SU_OK;
        }
    }
    return SU_FAIL(r->err, SU_ERR_INPUT, "authorisation",
                   "is \"%s\", expected none, nac or case_by_case", word);
}

static enum su_status read_chips(struct reader *r, struct su_plan_request *p)
{
    if (!su_request_has(r->request, SU_OPTION_chips))
        return SU_OK;
    p->chips = r->request->chips;
    for (const char *const *id = p->chips; *id != NULL; id++) {
        const struct su_accel *accel = NULL;
        SU_TRY(su_catalog_find_accel(p->catalog, *id, &accel, r->err));
    }
    return SU_OK;
}

static void read_engine(struct reader *r, struct su_plan_request *p)
{
    const struct su_request *q = r->request;
    const char *why = su_text(r->view->lang, SU_MSG_engine_default);
    const char *by_card = su_text(r->view->lang, SU_MSG_default_by_card);
    if (!su_request_has(q, SU_OPTION_engine))
        su_notes_assume(r->notes, "engine", "vllm", su_text(r->view->lang, SU_MSG_default_engine));
    if (!su_request_has(q, SU_OPTION_max_num_seqs))
        su_notes_assume(r->notes, "max_num_seqs", su_fmt(r->arena, "1024 / 256 (%s)", by_card),
                        why);
    if (!su_request_has(q, SU_OPTION_max_num_batched_tokens))
        su_notes_assume(r->notes, "max_num_batched_tokens",
                        su_fmt(r->arena, "8192 / 2048 (%s)", by_card), why);
    p->max_num_seqs = (uint32_t)q->max_num_seqs;
    p->max_num_batched_tokens = (uint32_t)q->max_num_batched_tokens;
    p->utilization_frac = or_default(r, SU_OPTION_gpu_memory_utilization, q->gpu_memory_utilization,
                                     0.9, SU_MSG_engine_default);
    p->block_tokens = (uint32_t)or_default(r, SU_OPTION_block_size, (double)q->block_size, 16,
                                           SU_MSG_engine_default);
}

enum su_status su_plan_read_buying(struct su_arena *arena, const struct su_request *request,
                                   const struct su_view *view, const struct su_facts *facts,
                                   struct su_notes *notes, struct su_plan_request *plan,
                                   struct su_err *err)
{
    struct reader r = {arena, request, view, notes, err};
    *plan = (struct su_plan_request){0};
    SU_TRY(read_place(&r, facts, plan));
    SU_TRY(read_channels(&r, plan));
    return read_money(&r, plan);
}

enum su_status su_plan_request_read(struct su_arena *arena, const struct su_request *request,
                                    const struct su_view *view, const struct su_facts *facts,
                                    struct su_notes *notes, struct su_plan_request *plan,
                                    struct su_err *err)
{
    struct reader r = {arena, request, view, notes, err};
    *plan = (struct su_plan_request){0};
    if (!su_request_has(request, SU_OPTION_model))
        return SU_FAIL(err, SU_ERR_INPUT, "model",
                       "is missing: give --model NAME, or a brief that names one");
    SU_TRY(read_place(&r, facts, plan));
    SU_TRY(read_authorisation(&r, plan));
    struct su_model *model = SU_NEW(arena, struct su_model);
    SU_TRY(su_model_load(arena, request->model, model, err));
    plan->graph = su_graph_build(arena, model);
    SU_TRY(su_engine_component(request, &plan->engine_component, err));
    su_notes_assume_date(notes, facts, view);
    SU_TRY(read_load(&r, plan));
    SU_TRY(read_channels(&r, plan));
    SU_TRY(read_markets(&r, plan));
    SU_TRY(read_vendors(&r, plan));
    SU_TRY(read_chips(&r, plan));
    SU_TRY(read_dtypes(&r, plan));
    SU_TRY(read_money(&r, plan));
    read_engine(&r, plan);
    su_plan_read_arrivals(request, view, notes, plan);
    if (plan->max_num_batched_tokens > 0 && plan->max_num_batched_tokens < plan->block_tokens)
        return SU_FAIL(err, SU_ERR_INPUT, "max_num_batched_tokens",
                       "is %u, expected at least one KV block of %u tokens (block_size)",
                       plan->max_num_batched_tokens, plan->block_tokens);
    plan->seed = su_request_has(request, SU_OPTION_seed) ? (uint64_t)request->seed : 1;
    return SU_OK;
}
