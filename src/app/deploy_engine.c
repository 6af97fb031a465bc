/* The command lines of the engines. A limit means the same in each: where an engine counts it
 * differently (SGLang divides by its data-parallel ranks, TensorRT-LLM's fraction is of free
 * memory) the figure is converted. */
#include <math.h>
#include <string.h>

#include "app/deploy.h"
#include "base/vec.h"

struct words {
    struct su_arena *arena;
    SU_VEC(const char *) list;
};

static void add(struct words *w, const char *word)
{
    *SU_VEC_PUSH(w->arena, &w->list) = word;
}

static void add_pair(struct words *w, const char *flag, const char *value)
{
    add(w, flag);
    add(w, value);
}

static void add_count(struct words *w, const char *flag, uint32_t n)
{
    add_pair(w, flag, su_fmt(w->arena, "%u", n));
}

const char *su_deploy_word(struct su_arena *arena, const char **rest)
{
    const char *p = *rest + strspn(*rest, " ");
    size_t n = strcspn(p, " ");
    *rest = p + n;
    return n == 0 ? NULL : su_str_dup(arena, (struct su_str){p, n});
}

static void add_words(struct words *w, const char *list)
{
    for (const char *word = su_deploy_word(w->arena, &list); word != NULL;
         word = su_deploy_word(w->arena, &list))
        add(w, word);
}

uint32_t su_deploy_devices(const struct su_deploy *d)
{
    return d->par.tp * d->par.pp * d->par.dp;
}

uint32_t su_deploy_span(const struct su_deploy *d)
{
    uint32_t server = d->n_cards_server * d->devices_per_card;
    return (su_deploy_devices(d) + server - 1) / server;
}

uint32_t su_deploy_per_server(const struct su_deploy *d)
{
    uint32_t n = d->n_cards_server * d->devices_per_card / su_deploy_devices(d);
    return n == 0 ? 1 : n < d->n_replicas ? n : d->n_replicas;
}

/* ---- vLLM ---- */

/* What a plan decides; what a host needs (name, port) comes after. */
static void add_vllm(struct words *w, const struct su_deploy *d)
{
    add_words(w, "vllm serve");
    add(w, d->weights);
    add_count(w, "--tensor-parallel-size", d->par.tp);
    if (d->par.pp > 1)
        add_count(w, "--pipeline-parallel-size", d->par.pp);
    if (d->par.dp > 1)
        add_count(w, "--data-parallel-size", d->par.dp);
    if (d->par.ep > 1)
        add(w, "--enable-expert-parallel");
    if (d->float16)
        add_pair(w, "--dtype", "float16");
    if (d->quantise_on_load)
        add_pair(w, "--quantization", "fp8");
    if (d->kv_dtype != SU_DTYPE_bf16)
        add_pair(w, "--kv-cache-dtype", su_dtype_name(d->kv_dtype));
    add_pair(w, "--max-model-len", su_fmt(w->arena, "%.0f", d->max_model_len));
    add_count(w, "--max-num-seqs", d->limits.max_num_seqs);
    add_count(w, "--max-num-batched-tokens", d->limits.max_num_batched_tokens);
    if (d->block_size > 0)
        add_count(w, "--block-size", d->block_size);
    add_pair(w, "--gpu-memory-utilization", su_fmt(w->arena, "%g", d->utilization_frac));
}

/* ---- SGLang ---- */

static void add_sglang(struct words *w, const struct su_deploy *d)
{
    /* Experts over all cards need attention to be data-parallel inside one tensor-parallel group;
     * SGLang then divides both limits by its ranks. */
    bool inside = d->par.dp > 1 && d->par.ep > 1;
    uint32_t times = inside ? d->par.dp : 1;
    add_words(w, "python3 -m sglang.launch_server --model-path");
    add(w, d->weights);
    add_count(w, "--tp-size", d->par.tp * times);
    if (d->par.pp > 1)
        add_count(w, "--pp-size", d->par.pp);
    if (d->par.dp > 1)
        add_count(w, "--dp-size", d->par.dp);
    if (inside)
        add(w, "--enable-dp-attention");
    if (d->par.ep > 1)
        add_count(w, "--ep-size", d->par.ep);
    if (d->float16)
        add_pair(w, "--dtype", "float16");
    if (d->quantise_on_load)
        add_pair(w, "--quantization", "fp8");
    if (d->kv_dtype == SU_DTYPE_fp8)
        add_pair(w, "--kv-cache-dtype", "fp8_e4m3");
    add_pair(w, "--context-length", su_fmt(w->arena, "%.0f", d->max_model_len));
    add_count(w, "--max-running-requests", d->limits.max_num_seqs * times);
    add_count(w, "--chunked-prefill-size", d->limits.max_num_batched_tokens * times);
    if (d->block_size > 0)
        add_count(w, "--page-size", d->block_size);
    add_pair(w, "--mem-fraction-static",
             su_fmt(w->arena, "%.3f", floor(d->static_frac * 1000) / 1000));
}

/* ---- TensorRT-LLM ---- */

#define TRTLLM_CONFIG "/dev/shm/suanli-trtllm.yaml"

static bool trtllm_needs_file(const struct su_deploy *d)
{
    return d->par.dp > 1 || d->kv_dtype == SU_DTYPE_fp8;
}

static void add_trtllm(struct words *w, const struct su_deploy *d)
{
    add(w, "trtllm-serve");
    add(w, d->weights);
    add_pair(w, "--backend", "pytorch");
    add_count(w, "--tp_size", d->par.tp * d->par.dp);
    if (d->par.pp > 1)
        add_count(w, "--pp_size", d->par.pp);
    if (d->par.ep > 1)
        add_count(w, "--ep_size", d->par.ep);
    add_count(w, "--max_batch_size", d->limits.max_num_seqs);
    add_count(w, "--max_num_tokens", d->limits.max_num_batched_tokens);
    add_pair(w, "--max_seq_len", su_fmt(w->arena, "%.0f", d->max_model_len));
    add_pair(w, "--kv_cache_free_gpu_memory_fraction",
             su_fmt(w->arena, "%.3f", floor(d->free_kv_frac * 1000) / 1000));
    if (trtllm_needs_file(d))
        add_pair(w, "--extra_llm_api_options", TRTLLM_CONFIG);
}

static const char *trtllm_config(struct su_arena *arena, const struct su_deploy *d)
{
    return su_fmt(arena, "%s%s", d->par.dp > 1 ? "enable_attention_dp: true\n" : "",
                  d->kv_dtype == SU_DTYPE_fp8 ? "kv_cache_config:\n  dtype: fp8\n" : "");
}

/* ---- MindIE: all of it is a file ---- */

#define MINDIE_HOME "/usr/local/Ascend/mindie/latest/mindie-service"

static void put_mindie_backend(struct su_arena *arena, struct su_doc *backend,
                               const struct su_deploy *d)
{
    su_doc_put_str(arena, backend, "backendName", "mindieservice_llm_engine");
    su_doc_put_int(arena, backend, "modelInstanceNumber", 1);
    struct su_doc *ids = su_doc_new(arena, SU_DOC_ARR);
    for (uint32_t i = 0; i < d->par.tp; i++)
        su_doc_push(arena, ids, su_doc_new_int(arena, i));
    su_doc_push(arena, su_doc_put_arr(arena, backend, "npuDeviceIds"), ids);
    su_doc_put_bool(arena, backend, "multiNodesInferEnabled", false);
    struct su_doc *deploy = su_doc_put_obj(arena, backend, "ModelDeployConfig");
    su_doc_put_int(arena, deploy, "maxSeqLen", (int64_t)d->max_model_len);
    su_doc_put_int(arena, deploy, "maxInputTokenLen", (int64_t)d->max_model_len);
    su_doc_put_bool(arena, deploy, "truncation", false);
    struct su_doc *model = su_doc_push_obj(arena, su_doc_put_arr(arena, deploy, "ModelConfig"));
    su_doc_put_str(arena, model, "modelInstanceType", "Standard");
    su_doc_put_str(arena, model, "modelName", d->served_name);
    su_doc_put_str(arena, model, "modelWeightPath", d->weights);
    su_doc_put_int(arena, model, "worldSize", d->par.tp);
    su_doc_put_int(arena, model, "cpuMemSize", 5);
    su_doc_put_int(arena, model, "npuMemSize", -1);
    su_doc_put_str(arena, model, "backendType", "atb");
    su_doc_put_bool(arena, model, "trustRemoteCode", false);
    struct su_doc *schedule = su_doc_put_obj(arena, backend, "ScheduleConfig");
    su_doc_put_str(arena, schedule, "templateType", "Standard");
    su_doc_put_str(arena, schedule, "templateName", "Standard_LLM");
    su_doc_put_int(arena, schedule, "cacheBlockSize", d->block_size > 0 ? d->block_size : 128);
    /* It does not cut prompts: a step must hold the longest. */
    double prefill = fmax(d->limits.max_num_batched_tokens, d->max_model_len);
    su_doc_put_int(arena, schedule, "maxPrefillTokens", (int64_t)prefill);
    su_doc_put_int(arena, schedule, "maxBatchSize", d->limits.max_num_seqs);
    su_doc_put_int(arena, schedule, "maxIterTimes", (int64_t)d->max_model_len);
}

/* Plain HTTP inside the cluster: TLS ends in front of it. */
static const char *mindie_config(struct su_arena *arena, const struct su_deploy *d)
{
    struct su_doc *doc = su_doc_new(arena, SU_DOC_OBJ);
    su_doc_put_str(arena, doc, "Version", "1.0.0");
    struct su_doc *server = su_doc_put_obj(arena, doc, "ServerConfig");
    su_doc_put_str(arena, server, "ipAddress", "0.0.0.0");
    su_doc_put_str(arena, server, "managementIpAddress", "127.0.0.2");
    su_doc_put_int(arena, server, "port", SU_DEPLOY_PORT);
    su_doc_put_int(arena, server, "managementPort", 1026);
    su_doc_put_int(arena, server, "metricsPort", 1027);
    su_doc_put_bool(arena, server, "allowAllZeroIpListening", true);
    su_doc_put_int(arena, server, "maxLinkNum", 1000);
    su_doc_put_bool(arena, server, "httpsEnabled", false);
    su_doc_put_bool(arena, server, "interCommTLSEnabled", false);
    put_mindie_backend(arena, su_doc_put_obj(arena, doc, "BackendConfig"), d);
    struct su_buf text;
    su_buf_init(&text);
    su_doc_write_json(&text, doc);
    const char *copy = su_str_dup(arena, (struct su_str){text.p, text.n});
    su_buf_release(&text);
    return copy;
}

static const char *mindie_script(struct su_arena *arena, const struct su_deploy *d)
{
    return su_fmt(arena,
                  "set -e\n"
                  "cat >" MINDIE_HOME "/conf/config.json <<'CONFIG'\n%sCONFIG\n"
                  "sed -i \"s/\\\"port\\\": %u/\\\"port\\\": ${PORT:-%u}/\" " MINDIE_HOME
                  "/conf/config.json\n"
                  "source /usr/local/Ascend/ascend-toolkit/set_env.sh\n"
                  "source /usr/local/Ascend/nnal/atb/set_env.sh\n"
                  "source /usr/local/Ascend/atb-models/set_env.sh\n"
                  "source /usr/local/Ascend/mindie/set_env.sh\n"
                  "cd " MINDIE_HOME "\n"
                  "exec ./bin/mindieservice_daemon\n",
                  mindie_config(arena, d), SU_DEPLOY_PORT, SU_DEPLOY_PORT);
}

/* ---- choosing ---- */

/* The row's word; without a row the engine's own where the component is one engine. */
static const char *engine_of(const struct su_deploy *d)
{
    if (d->engine != NULL)
        return d->engine->engine;
    return strcmp(d->component, "vLLM") == 0     ? "vllm"
           : strcmp(d->component, "SGLang") == 0 ? "sglang"
                                                 : "";
}

static bool is(const struct su_deploy *d, const char *engine)
{
    return strcmp(engine_of(d), engine) == 0;
}

static bool add_engine(struct words *w, const struct su_deploy *d)
{
    if (is(d, "vllm"))
        add_vllm(w, d);
    else if (is(d, "sglang"))
        add_sglang(w, d);
    else if (is(d, "trtllm"))
        add_trtllm(w, d);
    else
        return false;
    if (d->engine != NULL) {
        add_words(w, d->engine->args);
        if (d->dtype == SU_DTYPE_int8)
            add_words(w, d->engine->int8_args);
    }
    return true;
}

bool su_deploy_runs(struct su_arena *arena, const struct su_deploy *d, const struct su_view *view,
                    const char **why)
{
    *why = NULL;
    uint32_t span = su_deploy_span(d);
    if (d->half)
        *why = su_text(view->lang, SU_MSG_deploy_half);
    else if (d->engine == NULL)
        *why = su_text_fill(arena, view->lang, SU_MSG_deploy_no_engine, "engine", d->component,
                            "stack", d->stack, "chip", d->chip, NULL);
    else if (!d->cut_fits || (span > 1 && (is(d, "trtllm") || is(d, "mindie"))) ||
             su_deploy_devices(d) % span != 0 || (is(d, "mindie") && d->par.dp * d->par.pp > 1) ||
             (is(d, "trtllm") && d->par.dp > 1 && d->par.tp > 1))
        *why = su_text_fill(arena, view->lang, SU_MSG_deploy_no_cut, "engine", d->engine->engine,
                            "cut",
                            su_fmt(arena, "TP %u, PP %u, DP %u", d->par.tp, d->par.pp, d->par.dp),
                            "servers", su_fmt(arena, "%u", span), NULL);
    return *why == NULL;
}

/* Ray gathers the servers of a replica; the leader must see all before it places anything. */
static const char *ray_script(struct su_arena *arena, const struct su_deploy *d, const char *serve,
                              enum su_deploy_role role)
{
    if (role == SU_DEPLOY_WORKER)
        return "until ray start --address=\"$LWS_LEADER_ADDRESS:6379\" --block; do sleep 5; done\n";
    return su_fmt(
        arena,
        "set -e\n"
        "ray start --head --port=6379\n"
        "until python3 -c \"import ray; ray.init(address='auto', logging_level='ERROR'); "
        "raise SystemExit(sum(n['Alive'] for n in ray.nodes()) < %u)\"; do sleep 5; done\n"
        "exec %s\n",
        su_deploy_span(d), serve);
}

static const char *joined(struct su_arena *arena, const char *const *argv, size_t n)
{
    const char *text = "";
    for (size_t i = 0; i < n; i++)
        text = su_fmt(arena, "%s%s%s", text, i == 0 ? "" : " ", su_shell_quote(arena, argv[i]));
    return text;
}

static void add_host(struct words *w, const struct su_deploy *d, bool spans)
{
    if (!is(d, "trtllm")) /* it serves under the name of the checkpoint */
        add_pair(w, "--served-model-name", d->served_name);
    add_pair(w, "--host", "0.0.0.0");
    add_pair(w, "--port", su_fmt(w->arena, "%u", SU_DEPLOY_PORT));
    if (spans && is(d, "vllm")) {
        if (d->par.dp > 1) {
            add_pair(w, "--data-parallel-backend", "ray");
            uint32_t local = d->par.dp / su_deploy_span(d);
            add_count(w, "--data-parallel-size-local", local == 0 ? 1 : local);
        }
        add_pair(w, "--distributed-executor-backend", "ray");
    }
}

const char *su_deploy_engine_text(struct su_arena *arena, const struct su_deploy *d)
{
    const char *version = d->engine->version;
    return su_fmt(arena, "%s%s%s", d->engine->engine, version[0] == '\0' ? "" : " ", version);
}

struct su_deploy_command su_deploy_command(struct su_arena *arena, const struct su_deploy *d,
                                           enum su_deploy_role role)
{
    struct words w = {.arena = arena};
    struct su_deploy_command c = {0};
    if (!add_engine(&w, d)) {
        c.script = mindie_script(arena, d);
        return c;
    }
    bool spans = role != SU_DEPLOY_ALONE;
    add_host(&w, d, spans);
    c.argv = w.list.items;
    c.n = w.list.n;
    const char *line = joined(arena, c.argv, c.n);
    if (spans && is(d, "sglang"))
        c.script = su_fmt(arena,
                          "exec %s --dist-init-addr \"$LWS_LEADER_ADDRESS:20000\" --nnodes %u "
                          "--node-rank \"$LWS_WORKER_INDEX\"\n",
                          line, su_deploy_span(d));
    else if (spans)
        c.script = ray_script(arena, d, line, role);
    else if (is(d, "trtllm") && trtllm_needs_file(d))
        c.script = su_fmt(arena, "cat >" TRTLLM_CONFIG " <<'CONFIG'\n%sCONFIG\nexec %s\n",
                          trtllm_config(arena, d), line);
    return c;
}

const char *su_deploy_launch(struct su_arena *arena, const struct su_deploy *d)
{
    struct words w = {.arena = arena};
    if (!add_engine(&w, d))
        return NULL;
    return joined(arena, w.list.items, w.list.n);
}
