/* README.md beside the files: what each is, what to check before anything is started, how to start
 * it. */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "app/deploy.h"

struct page {
    struct su_arena *arena;
    struct su_buf *out;
    const struct su_deploy *d;
    const struct su_view *view;
};

static const char *t(const struct page *p, enum su_msg msg)
{
    return su_text(p->view->lang, msg);
}

static void item(const struct page *p, const char *text)
{
    su_buf_printf(p->out, "- %s\n", text);
}

static void heading(const struct page *p, enum su_msg msg)
{
    su_buf_printf(p->out, "\n## %s\n\n", t(p, msg));
}

static void put_summary(const struct page *p)
{
    const struct su_deploy *d = p->d;
    struct su_arena *a = p->arena;
    enum su_lang lang = p->view->lang;
    su_buf_printf(
        p->out, "# %s\n\n<!-- " SU_DEPLOY_MARKER " -->\n\n",
        su_text_fill(a, lang, SU_MSG_readme_title, "model", d->model, "chip", d->chip_name, NULL));
    item(p, su_text_fill(a, lang, SU_MSG_readme_size, "servers", su_fmt(a, "%u", d->n_servers),
                         "cards", su_fmt(a, "%u", d->n_cards_server), "replicas",
                         su_fmt(a, "%u", d->n_replicas), "each",
                         su_fmt(a, "%u", su_deploy_devices(d) / d->devices_per_card), "power",
                         su_fmt(a, "%.1f", d->power_kw), NULL));
    item(p, su_text_fill(a, lang, SU_MSG_readme_engine, "engine",
                         d->engine == NULL ? d->component : su_deploy_engine_text(a, d), "dtype",
                         su_dtype_name(d->dtype), "kv", su_dtype_name(d->kv_dtype), "seqs",
                         su_fmt(a, "%u", d->limits.max_num_seqs), "tokens",
                         su_fmt(a, "%u", d->limits.max_num_batched_tokens), "length",
                         su_fmt(a, "%.0f", d->max_model_len), NULL));
    item(p, su_text_fill(a, lang, SU_MSG_readme_predicted, "rate", su_number(a, d->rate_peak_req_s),
                         "ttft", su_number_time(a, d->ttft_p99_s), "tpot",
                         su_number_time(a, d->tpot_p99_s), "tokens",
                         su_number_int(a, llround(d->output_tok_s)), NULL));
    item(p, su_text_fill(a, lang, SU_MSG_readme_place, "region", d->region, "date", d->date, NULL));
}

static void put_files(const struct page *p, const char *const *files, size_t n_files)
{
    static const struct {
        const char *name;
        enum su_msg what;
    } known[] = {{"serve.sh", SU_MSG_readme_serve},
                 {"compose.yaml", SU_MSG_readme_compose},
                 {"kubernetes.yaml", SU_MSG_readme_kubernetes},
                 {"bench.sh", SU_MSG_readme_bench},
                 {"bom.csv", SU_MSG_readme_bom}};
    heading(p, SU_MSG_readme_files);
    for (size_t i = 0; i < n_files; i++) {
        for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
            if (strcmp(files[i], known[k].name) == 0)
                item(p, su_fmt(p->arena, "`%s`: %s", files[i], t(p, known[k].what)));
        }
    }
}

static void put_checks(const struct page *p)
{
    const struct su_deploy *d = p->d;
    struct su_arena *a = p->arena;
    enum su_lang lang = p->view->lang;
    const struct su_engine *e = d->engine;
    heading(p, SU_MSG_readme_check);
    if (d->weights_are_prepared)
        item(p, su_text_fill(a, lang, SU_MSG_readme_prepared, "dtype", su_dtype_name(d->dtype),
                             "path", d->weights, NULL));
    else if (d->weights[0] == '/')
        item(p, su_text_fill(a, lang, SU_MSG_readme_local, "path", d->weights, NULL));
    else
        item(p, su_text_fill(a, lang, SU_MSG_readme_hub, "model", d->weights, "size",
                             su_number_bytes(a, d->checkpoint_bytes), NULL));
    if (d->weights[0] != '/' && strncasecmp(d->region, "cn", 2) == 0)
        item(p, t(p, SU_MSG_readme_mirror));
    if (e != NULL && e->image[0] != '\0')
        item(p, su_text_fill(a, lang, SU_MSG_readme_image, "image", e->image, "source", e->source,
                             "date", e->as_of.text, NULL));
    if (e != NULL)
        item(p, su_text_fill(a, lang, SU_MSG_readme_resource, "resource", e->resource, NULL));
    if (d->devices_per_card > 1)
        item(p, su_text_fill(a, lang, SU_MSG_readme_dies, "devices",
                             su_fmt(a, "%u", d->devices_per_card), NULL));
    if (d->n_replicas > 1)
        item(p, su_text_fill(a, lang, SU_MSG_readme_balance, "replicas",
                             su_fmt(a, "%u", d->n_replicas), NULL));
    item(p, t(p, SU_MSG_readme_open));
    item(p, su_text_fill(a, lang, SU_MSG_readme_measure, "ttft", su_number_time(a, d->ttft_p99_s),
                         "tpot", su_number_time(a, d->tpot_p99_s), NULL));
    if (!d->quote->known)
        item(p, su_text_fill(a, lang, SU_MSG_bom_no_quote, "date", d->date, NULL));
}

static bool has(const char *const *files, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(files[i], name) == 0)
            return true;
    }
    return false;
}

static void put_start(const struct page *p, const char *const *files, size_t n_files)
{
    if (!has(files, n_files, "serve.sh"))
        return;
    const char *name = p->d->served_name;
    heading(p, SU_MSG_readme_start);
    if (has(files, n_files, "kubernetes.yaml"))
        su_buf_printf(p->out,
                      "Kubernetes:\n\n```sh\nkubectl apply -f kubernetes.yaml\n"
                      "kubectl port-forward service/%s %u:%u &\n"
                      "./bench.sh http://127.0.0.1:%u\n```\n\n",
                      name, SU_DEPLOY_PORT, SU_DEPLOY_PORT, SU_DEPLOY_PORT);
    su_buf_printf(p->out, "%s\n\n```sh\n%s\n./bench.sh http://127.0.0.1:%u\n```\n",
                  t(p, SU_MSG_readme_one_server),
                  has(files, n_files, "compose.yaml") ? "docker compose up -d"
                  : su_deploy_span(p->d) > 1          ? "./serve.sh 0 LEADER &"
                                                      : "./serve.sh 0 &",
                  SU_DEPLOY_PORT);
}

void su_deploy_put_readme(struct su_arena *arena, struct su_buf *out, const struct su_deploy *d,
                          const struct su_view *view, const char *const *files, size_t n_files,
                          const char *missing)
{
    struct page p = {arena, out, d, view};
    put_summary(&p);
    if (missing != NULL)
        su_buf_printf(out, "\n**%s**\n", missing);
    put_files(&p, files, n_files);
    put_checks(&p);
    put_start(&p, files, n_files);
}
