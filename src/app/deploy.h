/* Private to app: a deployment as files that start it: shell, Compose, Kubernetes, a load test and
 * the bill of materials. Plain facts in, so that each part of a mixed plan can be written by
 * itself. */
#ifndef SU_APP_DEPLOY_H
#define SU_APP_DEPLOY_H

#include "app/app.h"
#include "catalog/catalog.h"
#include "econ/econ.h"
#include "perf/perf.h"

#define SU_DEPLOY_PORT 8000u
/* Where the weights' volume stands in a container. */
#define SU_DEPLOY_MODELS "/models"

struct su_deploy {
    /* the model */
    const char *model;         /* as shown: "qwen3-32b" */
    const char *weights;       /* what the engine loads: hub id, or a path under SU_DEPLOY_MODELS */
    const char *tokenizer;     /* hub id or path, for the load test */
    const char *served_name;   /* name that clients ask for; also of the Kubernetes objects */
    bool weights_are_prepared; /* a checkpoint quantised beforehand must lie at `weights` */
    double checkpoint_bytes;   /* to be loaded */
    enum su_dtype dtype;
    enum su_dtype kv_dtype;
    bool quantise_on_load; /* fp8 from a wider checkpoint */
    bool float16;          /* fp16 computes where the card has no bf16 */
    /* the chip and the engine on it */
    const char *chip;
    const char *chip_name;
    const char *stack;
    const char *server_name;        /* NULL: an unnamed one */
    const char *component;          /* as software_support.csv names the engine: "vLLM" */
    const struct su_engine *engine; /* NULL: how to run it on this stack is not known */
    /* the cut and the limits; par counts devices, of which a card may have several */
    struct su_parallel par;
    bool cut_fits; /* the model can be cut so */
    bool half;     /* of a split deployment: computes prompts only, or decodes only */
    bool part;     /* of a mixed fleet, whose bill is one for all */
    uint32_t devices_per_card;
    uint32_t n_replicas;
    uint32_t n_servers;
    uint32_t n_cards_server;
    struct su_engine_limits limits;
    double max_model_len;
    uint32_t block_size; /* 0 = the engine's default */
    double utilization_frac;
    double static_frac;  /* weights and KV cache over a card's memory: SGLang's fraction */
    double free_kv_frac; /* KV cache over what is left beside weights: TensorRT-LLM's fraction */
    /* load, levels and what was predicted at the peak */
    struct su_load load;
    struct su_slo slo;
    double rate_peak_req_s; /* whole deployment */
    double ttft_p99_s;
    double tpot_p99_s;
    double output_tok_s;
    /* money */
    const char *region;
    const char *date;
    double horizon_months;
    double power_kw;
    const struct su_quote *quote;
    const struct su_cost *cost; /* read only when quote->known */
    const struct su_cost_basis *basis;
};

struct su_deploy_files {
    const char **paths;
    size_t n;
    const char *missing; /* NULL, or one sentence: what could not be written and why */
};

/** Writes the files into dir, which is made when its parent exists. SU_ERR_INPUT when dir is a file
 * or holds a file of one of the names that this function did not write (nothing is written then),
 * SU_ERR_IO when writing fails. Its own files of an earlier plan that have no use now are removed.
 */
SU_MUST_CHECK enum su_status su_deploy_write(struct su_arena *arena, const struct su_deploy *d,
                                             const struct su_view *view, const char *dir,
                                             struct su_deploy_files *files, struct su_err *err);

/** The bill of a mixed fleet, beside the folders of its parts: dir/bom.csv, under the same rules.
 * kinds: one deployment for each kind of server, with what it costs. */
SU_MUST_CHECK enum su_status su_deploy_write_bom(struct su_arena *arena,
                                                 const struct su_deploy *kinds, size_t n,
                                                 struct su_money total, const struct su_view *view,
                                                 const char *dir, const char **path,
                                                 struct su_err *err);

/** The engine's command for one replica as a shell line, without host and port; NULL for an engine
 * whose flags are not known here or that takes a file instead. */
const char *su_deploy_launch(struct su_arena *arena, const struct su_deploy *d);

/* ---- the parts; each is a file of its own ---- */

#define SU_DEPLOY_MARKER "Written by suanli plan --out"

/* What one container runs. */
enum su_deploy_role {
    SU_DEPLOY_ALONE,  /* a replica inside one server */
    SU_DEPLOY_LEADER, /* first server of a replica over several */
    SU_DEPLOY_WORKER,
};
struct su_deploy_command {
    const char **argv; /* n words; the program when script is NULL */
    size_t n;
    const char *script; /* for bash: writes a configuration or waits for others, then starts */
};

uint32_t su_deploy_devices(const struct su_deploy *d); /* of a replica */
/** Servers that one replica spans; 1 unless it is larger than a server. */
uint32_t su_deploy_span(const struct su_deploy *d);
/** Whole replicas on one server; 1 when a replica spans several. */
uint32_t su_deploy_per_server(const struct su_deploy *d);
/** Whether the command for this cut is known; else why not, in the view's language. */
bool su_deploy_runs(struct su_arena *arena, const struct su_deploy *d, const struct su_view *view,
                    const char **why);
struct su_deploy_command su_deploy_command(struct su_arena *arena, const struct su_deploy *d,
                                           enum su_deploy_role role);

/** "vllm 0.24.0" */
const char *su_deploy_engine_text(struct su_arena *arena, const struct su_deploy *d);
/** A word as a POSIX shell reads it back. */
const char *su_shell_quote(struct su_arena *arena, const char *word);
/** The next word of a list by spaces, NULL at its end. */
const char *su_deploy_word(struct su_arena *arena, const char **rest);

void su_deploy_put_serve(struct su_arena *arena, struct su_buf *out, const struct su_deploy *d);
void su_deploy_put_bench(struct su_arena *arena, struct su_buf *out, const struct su_deploy *d);
void su_deploy_put_compose(struct su_arena *arena, struct su_buf *out, const struct su_deploy *d);
void su_deploy_put_kubernetes(struct su_arena *arena, struct su_buf *out,
                              const struct su_deploy *d);
/** Servers of n kinds; total: of all, read when every kind has a price. */
void su_deploy_put_bom(struct su_arena *arena, struct su_buf *out, const struct su_deploy *kinds,
                       size_t n, const struct su_money *total, const struct su_view *view);
/** Whether text is a bill that su_deploy_put_bom wrote, in either language. */
bool su_deploy_is_bom(struct su_str text);
/** files: names (not paths) of what is written beside it. */
void su_deploy_put_readme(struct su_arena *arena, struct su_buf *out, const struct su_deploy *d,
                          const struct su_view *view, const char *const *files, size_t n_files,
                          const char *missing);

#endif
