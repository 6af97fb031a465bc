/* compose.yaml and kubernetes.yaml. */
#include <math.h>
#include <string.h>

#include "app/deploy.h"

/* A server may take this long to start: ten minutes to compile and warm up, and the weights at the
 * speed of a slow network file system. */
#define START_S 600.0
#define LOAD_BYTES_S 200e6
#define PROBE_S 10.0

static struct su_doc *str_list(struct su_arena *arena, struct su_doc *obj, const char *key,
                               const char *words)
{
    struct su_doc *list = su_doc_put_arr(arena, obj, key);
    for (const char *w = su_deploy_word(arena, &words); w != NULL;
         w = su_deploy_word(arena, &words))
        su_doc_push_str(arena, list, w);
    return list;
}

static void put_env(struct su_arena *arena, struct su_doc *env, const char *name, const char *value)
{
    struct su_doc *one = su_doc_push_obj(arena, env);
    su_doc_put_str(arena, one, "name", name);
    su_doc_put_str(arena, one, "value", value);
}

static double start_limit_s(const struct su_deploy *d)
{
    return START_S + d->checkpoint_bytes / LOAD_BYTES_S;
}

/* The longest answer at the level: what a server that is told to stop still has to finish. */
static double grace_s(const struct su_deploy *d)
{
    double answer = d->load.osl * (1 + 3 * d->load.osl_cv);
    return fmax(30, ceil(d->ttft_p99_s + answer * d->tpot_p99_s)) + 15;
}

/* ---- Compose ---- */

/* Compose reads "$" as the start of a variable. */
static const char *compose_text(struct su_arena *arena, const char *s)
{
    const char *text = "";
    for (;;) {
        size_t n = strcspn(s, "$");
        text = su_fmt(arena, "%s%.*s%s", text, (int)n, s, s[n] == '$' ? "$$" : "");
        if (s[n] == '\0')
            return text;
        s += n + 1;
    }
}

static void put_compose_command(struct su_arena *arena, struct su_doc *service,
                                const struct su_deploy *d)
{
    struct su_deploy_command c = su_deploy_command(arena, d, SU_DEPLOY_ALONE);
    su_doc_put_arr(arena, service, "entrypoint");
    struct su_doc *command = su_doc_put_arr(arena, service, "command");
    if (c.script != NULL) {
        su_doc_push_str(arena, command, "bash");
        su_doc_push_str(arena, command, "-c");
        su_doc_push_str(arena, command, compose_text(arena, c.script));
        return;
    }
    for (size_t i = 0; i < c.n; i++)
        su_doc_push_str(arena, command, compose_text(arena, c.argv[i]));
}

/* NVIDIA's runtime takes card numbers; others get their device files and see all of them. */
static void put_compose_cards(struct su_arena *arena, struct su_doc *service,
                              const struct su_deploy *d, uint32_t first, uint32_t n)
{
    const struct su_engine *e = d->engine;
    if (e->device_nodes[0] == '\0') {
        struct su_doc *deploy = su_doc_put_obj(arena, service, "deploy");
        struct su_doc *reserved =
            su_doc_put_obj(arena, su_doc_put_obj(arena, deploy, "resources"), "reservations");
        struct su_doc *device = su_doc_push_obj(arena, su_doc_put_arr(arena, reserved, "devices"));
        su_doc_put_str(arena, device, "driver", "nvidia");
        struct su_doc *ids = su_doc_put_arr(arena, device, "device_ids");
        for (uint32_t i = 0; i < n; i++)
            su_doc_push_str(arena, ids, su_fmt(arena, "%u", first + i));
        str_list(arena, device, "capabilities", "gpu");
        return;
    }
    struct su_doc *devices = su_doc_put_arr(arena, service, "devices");
    const char *rest = e->device_nodes;
    for (const char *w = su_deploy_word(arena, &rest); w != NULL;
         w = su_deploy_word(arena, &rest)) {
        const char *slot = strstr(w, "{i}");
        for (uint32_t i = 0; i < (slot == NULL ? 1 : n); i++) {
            const char *node =
                slot == NULL ? w
                             : su_fmt(arena, "%.*s%u%s", (int)(slot - w), w, first + i, slot + 3);
            su_doc_push_str(arena, devices, su_fmt(arena, "%s:%s", node, node));
        }
    }
}

static void put_compose_security(struct su_arena *arena, struct su_doc *service,
                                 const char *security)
{
    for (const char *w = su_deploy_word(arena, &security); w != NULL;
         w = su_deploy_word(arena, &security)) {
        if (strncmp(w, "group=", 6) == 0)
            str_list(arena, service, "group_add", w + 6);
        else
            str_list(arena, service, "security_opt", w);
    }
}

static const char *card_list(struct su_arena *arena, uint32_t first, uint32_t n)
{
    const char *text = su_fmt(arena, "%u", first);
    for (uint32_t i = 1; i < n; i++)
        text = su_fmt(arena, "%s,%u", text, first + i);
    return text;
}

static void put_health(struct su_arena *arena, struct su_doc *service, const struct su_deploy *d)
{
    struct su_doc *health = su_doc_put_obj(arena, service, "healthcheck");
    struct su_doc *test = su_doc_put_arr(arena, health, "test");
    su_doc_push_str(arena, test, "CMD");
    su_doc_push_str(arena, test, "python3");
    su_doc_push_str(arena, test, "-c");
    su_doc_push_str(arena, test,
                    su_fmt(arena,
                           "import urllib.request as r; "
                           "r.urlopen('http://127.0.0.1:%u%s', timeout=5)",
                           SU_DEPLOY_PORT, d->engine->health));
    su_doc_put_str(arena, health, "interval", "10s");
    su_doc_put_str(arena, health, "timeout", "6s");
    su_doc_put_int(arena, health, "retries", 3);
    su_doc_put_str(arena, health, "start_period", su_fmt(arena, "%.0fs", ceil(start_limit_s(d))));
}

static void put_service(struct su_arena *arena, struct su_doc *services, const struct su_deploy *d,
                        uint32_t i)
{
    uint32_t cards = su_deploy_devices(d);
    struct su_doc *s = su_doc_put_obj(arena, services, su_fmt(arena, "replica-%u", i));
    su_doc_put_str(arena, s, "image", d->engine->image);
    put_compose_command(arena, s, d);
    su_doc_push_str(arena, su_doc_put_arr(arena, s, "ports"),
                    su_fmt(arena, "%u:%u", SU_DEPLOY_PORT + i, SU_DEPLOY_PORT));
    struct su_doc *env = su_doc_put_obj(arena, s, "environment");
    su_doc_put_str(arena, env, "HF_HOME", SU_DEPLOY_MODELS);
    su_doc_put_str(arena, env, "HF_TOKEN", "${HF_TOKEN:-}");
    /* Where every card has a node of its own, the nodes given are the choice. */
    if (d->engine->device_nodes[0] != '\0' && strstr(d->engine->device_nodes, "{i}") == NULL)
        su_doc_put_str(arena, env, d->engine->visible_env, card_list(arena, i * cards, cards));
    struct su_doc *volumes = su_doc_put_arr(arena, s, "volumes");
    su_doc_push_str(arena, volumes, "${MODELS_DIR:-./models}:" SU_DEPLOY_MODELS);
    const char *mounts = d->engine->mounts;
    for (const char *w = su_deploy_word(arena, &mounts); w != NULL;
         w = su_deploy_word(arena, &mounts))
        su_doc_push_str(arena, volumes, su_fmt(arena, "%s:%s:ro", w, w));
    put_compose_cards(arena, s, d, i * cards, cards);
    put_compose_security(arena, s, d->engine->security);
    su_doc_put_str(arena, s, "shm_size", su_fmt(arena, "%ggb", d->engine->shm_gib));
    put_health(arena, s, d);
    su_doc_put_str(arena, s, "stop_grace_period", su_fmt(arena, "%.0fs", grace_s(d)));
    su_doc_put_str(arena, s, "restart", "unless-stopped");
}

void su_deploy_put_compose(struct su_arena *arena, struct su_buf *out, const struct su_deploy *d)
{
    struct su_doc *doc = su_doc_new(arena, SU_DOC_OBJ);
    su_doc_put_str(arena, doc, "name", d->served_name);
    struct su_doc *services = su_doc_put_obj(arena, doc, "services");
    for (uint32_t i = 0; i < su_deploy_per_server(d); i++)
        put_service(arena, services, d, i);
    su_buf_printf(
        out,
        "# " SU_DEPLOY_MARKER "\n"
        "# One server: the same file on each of the %u. Replica N listens on port %u + N.\n"
        "# MODELS_DIR: folder of the weights. HF_TOKEN: for models behind a licence.\n",
        d->n_servers, SU_DEPLOY_PORT);
    su_doc_write_yaml(out, doc);
}

/* ---- Kubernetes ---- */

static struct su_doc *object(struct su_arena *arena, const char *api, const char *kind,
                             const char *name)
{
    struct su_doc *doc = su_doc_new(arena, SU_DOC_OBJ);
    su_doc_put_str(arena, doc, "apiVersion", api);
    su_doc_put_str(arena, doc, "kind", kind);
    struct su_doc *meta = su_doc_put_obj(arena, doc, "metadata");
    su_doc_put_str(arena, meta, "name", name);
    su_doc_put_str(arena, su_doc_put_obj(arena, meta, "labels"), "app.kubernetes.io/name", name);
    return doc;
}

static void put_labels(struct su_arena *arena, struct su_doc *obj, const char *key,
                       const struct su_deploy *d, bool leader)
{
    struct su_doc *labels = su_doc_put_obj(arena, obj, key);
    su_doc_put_str(arena, labels, "app.kubernetes.io/name", d->served_name);
    if (leader)
        su_doc_put_str(arena, labels, "role", "leader");
}

static void put_probe(struct su_arena *arena, struct su_doc *container, const char *key,
                      const struct su_deploy *d, double period_s, double failures)
{
    struct su_doc *probe = su_doc_put_obj(arena, container, key);
    struct su_doc *get = su_doc_put_obj(arena, probe, "httpGet");
    su_doc_put_str(arena, get, "path", d->engine->health);
    su_doc_put_str(arena, get, "port", "http");
    su_doc_put_int(arena, probe, "periodSeconds", (int64_t)period_s);
    su_doc_put_int(arena, probe, "timeoutSeconds", 5);
    su_doc_put_int(arena, probe, "failureThreshold", (int64_t)failures);
}

static void put_container_env(struct su_arena *arena, struct su_doc *container)
{
    struct su_doc *env = su_doc_put_arr(arena, container, "env");
    put_env(arena, env, "HF_HOME", SU_DEPLOY_MODELS);
    struct su_doc *token = su_doc_push_obj(arena, env);
    su_doc_put_str(arena, token, "name", "HF_TOKEN");
    struct su_doc *ref =
        su_doc_put_obj(arena, su_doc_put_obj(arena, token, "valueFrom"), "secretKeyRef");
    su_doc_put_str(arena, ref, "name", "hf-token");
    su_doc_put_str(arena, ref, "key", "token");
    su_doc_put_bool(arena, ref, "optional", true);
}

static void put_mount(struct su_arena *arena, struct su_doc *mounts, const char *name,
                      const char *path)
{
    struct su_doc *m = su_doc_push_obj(arena, mounts);
    su_doc_put_str(arena, m, "name", name);
    su_doc_put_str(arena, m, "mountPath", path);
}

static void put_container_command(struct su_arena *arena, struct su_doc *container,
                                  const struct su_deploy *d, enum su_deploy_role role)
{
    struct su_deploy_command c = su_deploy_command(arena, d, role);
    struct su_doc *command = su_doc_put_arr(arena, container, "command");
    if (c.script != NULL) {
        su_doc_push_str(arena, command, "bash");
        su_doc_push_str(arena, command, "-c");
        su_doc_push_str(arena, command, c.script);
        return;
    }
    for (size_t i = 0; i < c.n; i++)
        su_doc_push_str(arena, command, c.argv[i]);
}

static void put_container(struct su_arena *arena, struct su_doc *containers,
                          const struct su_deploy *d, enum su_deploy_role role)
{
    struct su_doc *c = su_doc_push_obj(arena, containers);
    su_doc_put_str(arena, c, "name", "engine");
    su_doc_put_str(arena, c, "image", d->engine->image);
    put_container_command(arena, c, d, role);
    put_container_env(arena, c);
    struct su_doc *resources = su_doc_put_obj(arena, c, "resources");
    const char *cards = su_fmt(arena, "%u", su_deploy_devices(d) / su_deploy_span(d));
    su_doc_put_str(arena, su_doc_put_obj(arena, resources, "requests"), d->engine->resource, cards);
    su_doc_put_str(arena, su_doc_put_obj(arena, resources, "limits"), d->engine->resource, cards);
    if (role != SU_DEPLOY_WORKER) {
        struct su_doc *port = su_doc_push_obj(arena, su_doc_put_arr(arena, c, "ports"));
        su_doc_put_str(arena, port, "name", "http");
        su_doc_put_int(arena, port, "containerPort", SU_DEPLOY_PORT);
        put_probe(arena, c, "startupProbe", d, PROBE_S, ceil(start_limit_s(d) / PROBE_S));
        put_probe(arena, c, "readinessProbe", d, 5, 2);
        put_probe(arena, c, "livenessProbe", d, PROBE_S, 6);
        /* Time for the endpoint to leave the Service before the server stops. */
        struct su_doc *exec = su_doc_put_obj(
            arena, su_doc_put_obj(arena, su_doc_put_obj(arena, c, "lifecycle"), "preStop"), "exec");
        str_list(arena, exec, "command", "sleep 10");
    }
    struct su_doc *mounts = su_doc_put_arr(arena, c, "volumeMounts");
    put_mount(arena, mounts, "models", SU_DEPLOY_MODELS);
    put_mount(arena, mounts, "shm", "/dev/shm");
}

static void put_pod(struct su_arena *arena, struct su_doc *template, const struct su_deploy *d,
                    enum su_deploy_role role)
{
    put_labels(arena, su_doc_put_obj(arena, template, "metadata"), "labels", d,
               role == SU_DEPLOY_LEADER);
    struct su_doc *spec = su_doc_put_obj(arena, template, "spec");
    su_doc_put_bool(arena, spec, "automountServiceAccountToken", false);
    su_doc_put_bool(arena, spec, "enableServiceLinks", false);
    su_doc_put_int(arena, spec, "terminationGracePeriodSeconds", (int64_t)grace_s(d));
    struct su_doc *toleration = su_doc_push_obj(arena, su_doc_put_arr(arena, spec, "tolerations"));
    su_doc_put_str(arena, toleration, "key", d->engine->resource);
    su_doc_put_str(arena, toleration, "operator", "Exists");
    su_doc_put_str(arena, toleration, "effect", "NoSchedule");
    put_container(arena, su_doc_put_arr(arena, spec, "containers"), d, role);
    struct su_doc *volumes = su_doc_put_arr(arena, spec, "volumes");
    struct su_doc *models = su_doc_push_obj(arena, volumes);
    su_doc_put_str(arena, models, "name", "models");
    su_doc_put_str(arena, su_doc_put_obj(arena, models, "persistentVolumeClaim"), "claimName",
                   su_fmt(arena, "%s-models", d->served_name));
    struct su_doc *shm = su_doc_push_obj(arena, volumes);
    su_doc_put_str(arena, shm, "name", "shm");
    struct su_doc *empty = su_doc_put_obj(arena, shm, "emptyDir");
    su_doc_put_str(arena, empty, "medium", "Memory");
    su_doc_put_str(arena, empty, "sizeLimit", su_fmt(arena, "%gGi", d->engine->shm_gib));
}

/* All cards are taken: an update stops a replica before it starts the new one. */
static struct su_doc *deployment(struct su_arena *arena, const struct su_deploy *d)
{
    struct su_doc *doc = object(arena, "apps/v1", "Deployment", d->served_name);
    struct su_doc *spec = su_doc_put_obj(arena, doc, "spec");
    su_doc_put_int(arena, spec, "replicas", d->n_replicas);
    put_labels(arena, su_doc_put_obj(arena, spec, "selector"), "matchLabels", d, false);
    struct su_doc *strategy = su_doc_put_obj(arena, spec, "strategy");
    su_doc_put_str(arena, strategy, "type", "RollingUpdate");
    struct su_doc *rolling = su_doc_put_obj(arena, strategy, "rollingUpdate");
    su_doc_put_int(arena, rolling, "maxSurge", 0);
    su_doc_put_int(arena, rolling, "maxUnavailable", 1);
    su_doc_put_int(arena, spec, "progressDeadlineSeconds",
                   (int64_t)(ceil(start_limit_s(d)) + grace_s(d)));
    put_pod(arena, su_doc_put_obj(arena, spec, "template"), d, SU_DEPLOY_ALONE);
    return doc;
}

static struct su_doc *leader_worker_set(struct su_arena *arena, const struct su_deploy *d)
{
    struct su_doc *doc =
        object(arena, "leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", d->served_name);
    struct su_doc *spec = su_doc_put_obj(arena, doc, "spec");
    su_doc_put_int(arena, spec, "replicas", d->n_replicas);
    struct su_doc *group = su_doc_put_obj(arena, spec, "leaderWorkerTemplate");
    su_doc_put_int(arena, group, "size", su_deploy_span(d));
    su_doc_put_str(arena, group, "restartPolicy", "RecreateGroupOnPodRestart");
    put_pod(arena, su_doc_put_obj(arena, group, "leaderTemplate"), d, SU_DEPLOY_LEADER);
    put_pod(arena, su_doc_put_obj(arena, group, "workerTemplate"), d, SU_DEPLOY_WORKER);
    return doc;
}

static struct su_doc *service(struct su_arena *arena, const struct su_deploy *d)
{
    struct su_doc *doc = object(arena, "v1", "Service", d->served_name);
    struct su_doc *spec = su_doc_put_obj(arena, doc, "spec");
    su_doc_put_str(arena, spec, "type", "ClusterIP");
    put_labels(arena, spec, "selector", d, su_deploy_span(d) > 1);
    struct su_doc *port = su_doc_push_obj(arena, su_doc_put_arr(arena, spec, "ports"));
    su_doc_put_str(arena, port, "name", "http");
    su_doc_put_int(arena, port, "port", SU_DEPLOY_PORT);
    su_doc_put_str(arena, port, "targetPort", "http");
    return doc;
}

static struct su_doc *disruption_budget(struct su_arena *arena, const struct su_deploy *d)
{
    struct su_doc *doc = object(arena, "policy/v1", "PodDisruptionBudget", d->served_name);
    struct su_doc *spec = su_doc_put_obj(arena, doc, "spec");
    su_doc_put_int(arena, spec, "maxUnavailable", 1);
    put_labels(arena, su_doc_put_obj(arena, spec, "selector"), "matchLabels", d,
               su_deploy_span(d) > 1);
    return doc;
}

/* A fifth more than the checkpoint, in steps of 10 GiB: a download keeps parts beside the whole. */
static struct su_doc *claim(struct su_arena *arena, const struct su_deploy *d)
{
    struct su_doc *doc =
        object(arena, "v1", "PersistentVolumeClaim", su_fmt(arena, "%s-models", d->served_name));
    struct su_doc *spec = su_doc_put_obj(arena, doc, "spec");
    bool shared = d->n_replicas > 1 || su_deploy_span(d) > 1;
    str_list(arena, spec, "accessModes", shared ? "ReadWriteMany" : "ReadWriteOnce");
    double gib = ceil(d->checkpoint_bytes * 1.2 / SU_GIB / 10) * 10;
    su_doc_put_str(arena,
                   su_doc_put_obj(arena, su_doc_put_obj(arena, spec, "resources"), "requests"),
                   "storage", su_fmt(arena, "%.0fGi", gib));
    return doc;
}

void su_deploy_put_kubernetes(struct su_arena *arena, struct su_buf *out, const struct su_deploy *d)
{
    bool spans = su_deploy_span(d) > 1;
    su_buf_puts(out, "# " SU_DEPLOY_MARKER "\n"
                     "# Needs the device plugin of the cards");
    su_buf_puts(out, spans ? ", the LeaderWorkerSet controller" : "");
    su_buf_puts(out, " and a storage class for the volume of the weights.\n"
                     "# Startup may take ten minutes and the weights' time at 200 MB/s.\n");
    struct su_doc *docs[4];
    size_t n = 0;
    docs[n++] = claim(arena, d);
    docs[n++] = spans ? leader_worker_set(arena, d) : deployment(arena, d);
    docs[n++] = service(arena, d);
    if (d->n_replicas > 1)
        docs[n++] = disruption_budget(arena, d);
    for (size_t i = 0; i < n; i++) {
        su_buf_puts(out, "---\n");
        su_doc_write_yaml(out, docs[i]);
    }
}
