/* A plan as the facts that its deployment needs. */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "app/plan_parts.h"

/* Last part of a path or hub id as a name that Kubernetes takes: a-z, 0-9 and '-', a letter first,
 * 50 characters. */
static const char *object_name(struct su_arena *arena, const char *model)
{
    char *name = su_str_lower(arena, model);
    size_t n = strlen(name);
    const char *config = "/config.json";
    if (n > strlen(config) && strcmp(name + n - strlen(config), config) == 0)
        n -= strlen(config);
    while (n > 0 && name[n - 1] == '/')
        n--;
    name[n] = '\0';
    const char *slash = strrchr(name, '/');
    char *base =
        su_fmt(arena, "%s%.46s", isalpha((unsigned char)(slash ? slash[1] : name[0])) ? "" : "m-",
               slash ? slash + 1 : name);
    for (char *p = base; *p != '\0'; p++) {
        bool ok = (*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9');
        *p = ok ? *p : '-';
    }
    n = strlen(base);
    while (n > 1 && base[n - 1] == '-')
        base[--n] = '\0';
    return base;
}

/* Mean and three deviations of prompt and answer, in whole thousands, within what the model and
 * the cache can hold. */
static double max_model_len(const struct su_plan_words *w, const struct su_plan *plan)
{
    const struct su_load *load = &w->request->load;
    double longest = load->isl * (1 + 3 * load->isl_cv) + load->osl * (1 + 3 * load->osl_cv);
    double positions = w->request->graph->model->max_position;
    double length = fmin(ceil(longest / 1024) * 1024, positions > 0 ? positions : 1e9);
    return fmin(length, (double)plan->memory.kv_capacity_tokens);
}

/* fp8 is made on load by vLLM and SGLang; anything else narrower must have been prepared. */
static void set_weights(const struct su_plan_words *w, const struct su_plan *plan,
                        struct su_deploy *d)
{
    struct su_arena *a = w->arena;
    const struct su_model *m = w->request->graph->model;
    bool same =
        plan->weight_dtype == m->checkpoint_dtype || su_dtype_bits(plan->weight_dtype) >= 16;
    bool vendor = strcmp(d->component, "vendor engine") == 0;
    bool preset = strcmp(m->hf_id, m->name) != 0;
    bool path_only = d->engine != NULL && strcmp(d->engine->engine, "mindie") == 0;
    d->quantise_on_load = !same && !vendor && plan->weight_dtype == SU_DTYPE_fp8;
    d->weights_are_prepared = !same && !d->quantise_on_load;
    d->tokenizer = preset ? m->hf_id : su_fmt(a, SU_DEPLOY_MODELS "/%s", d->served_name);
    if (d->weights_are_prepared)
        d->weights =
            su_fmt(a, SU_DEPLOY_MODELS "/%s-%s", d->served_name, su_dtype_name(plan->weight_dtype));
    else
        d->weights = path_only ? su_fmt(a, SU_DEPLOY_MODELS "/%s", d->served_name) : d->tokenizer;
    enum su_dtype stored = d->weights_are_prepared ? plan->weight_dtype : m->checkpoint_dtype;
    d->checkpoint_bytes =
        (double)su_graph_params_total(w->request->graph) * su_dtype_bits(stored) / 8;
}

static void set_memory(const struct su_plan *plan, double utilization_frac, struct su_deploy *d)
{
    const struct su_memory *m = &plan->memory;
    double card_bytes = m->usable_bytes / utilization_frac;
    double spare_bytes = card_bytes - m->usable_bytes;
    d->static_frac = (m->weights_bytes + m->kv_available_bytes) / card_bytes;
    d->free_kv_frac = m->kv_available_bytes / (m->kv_available_bytes + spare_bytes);
}

struct su_deploy su_plan_deploy(const struct su_plan_words *w, const struct su_plan *plan)
{
    const struct su_plan_request *r = w->request;
    struct su_deploy d = {
        .model = r->graph->model->name,
        .served_name = object_name(w->arena, r->graph->model->name),
        .dtype = plan->weight_dtype,
        .kv_dtype = plan->kv_dtype,
        .float16 = plan->fp16_for_bf16,
        .chip = plan->accel->id,
        .chip_name = plan->accel->name,
        .stack = plan->accel->stack,
        .server_name = plan->server == NULL ? NULL : plan->server->name,
        .component = r->engine_component,
        .engine =
            su_catalog_engine(r->catalog, plan->accel->stack, r->engine_component, plan->accel->id),
        .par = plan->par,
        .n_replicas = plan->n_replicas,
        .n_servers = plan->n_servers,
        .n_cards_server = plan->n_cards_server,
        .limits = plan->limits,
        .max_model_len = max_model_len(w, plan),
        .block_size = su_request_has(w->asked, SU_OPTION_block_size) ? r->block_tokens : 0,
        .utilization_frac = r->utilization_frac,
        .load = r->load,
        .slo = r->slo,
        .rate_peak_req_s = w->result->peak_rate_req_s,
        .ttft_p99_s = plan->steady.ttft_p99_s,
        .tpot_p99_s = plan->steady.tpot_p99_s,
        .output_tok_s = plan->steady.output_tok_s * plan->n_replicas,
        .region = r->region,
        .date = r->date.text,
        .horizon_months = r->horizon_months,
        .power_kw = plan->power.server_w * plan->n_servers / 1e3,
        .quote = &plan->quote,
        .cost = &plan->cost,
        .basis = &w->result->cost_basis,
    };
    d.half = w->prefills || w->decodes;
    d.part = w->part;
    d.devices_per_card = d.engine == NULL ? 1 : d.engine->devices_per_card;
    d.par.tp *= d.devices_per_card;
    d.cut_fits = su_parallel_check(r->graph->model, d.par, NULL) == SU_OK;
    set_weights(w, plan, &d);
    set_memory(plan, r->utilization_frac, &d);
    return d;
}

const char *su_plan_launch(const struct su_plan_words *w, const struct su_plan *plan)
{
    struct su_deploy d = su_plan_deploy(w, plan);
    if (d.half) /* two engines and a connector */
        return NULL;
    return su_deploy_launch(w->arena, &d);
}
