/* serve.sh and bench.sh. */
#include <math.h>
#include <string.h>

#include "app/deploy.h"

/* Minutes that a load test lasts at the stated rate: long enough for queues to settle. */
#define BENCH_S 300.0
#define BENCH_PROMPTS_MIN 200.0

const char *su_shell_quote(struct su_arena *arena, const char *word)
{
    static const char safe[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,@%+";
    if (word[0] != '\0' && strspn(word, safe) == strlen(word))
        return word;
    const char *text = "'";
    for (const char *p = word;; p++) {
        size_t n = strcspn(p, "'");
        text = su_fmt(arena, "%s%.*s", text, (int)n, p);
        p += n;
        if (*p == '\0')
            return su_fmt(arena, "%s'", text);
        text = su_fmt(arena, "%s'\\''", text);
    }
}

/* A comment stays one line whatever it holds. */
static void comment(struct su_arena *arena, struct su_buf *out, const char *text)
{
    char *line = su_str_dup_c(arena, text);
    for (char *p = line; *p != '\0'; p++) {
        if ((unsigned char)*p < 0x20)
            *p = ' ';
    }
    su_buf_printf(out, "# %s\n", line);
}

/* One flag with its value a line. */
static void put_argv(struct su_arena *arena, struct su_buf *out, const struct su_deploy *d,
                     const struct su_deploy_command *c)
{
    for (size_t i = 0; i < c->n; i++) {
        bool flag = strncmp(c->argv[i], "--", 2) == 0;
        bool port = i > 0 && strcmp(c->argv[i - 1], "--port") == 0;
        su_buf_puts(out, i == 0 ? "exec " : flag ? " \\\n    " : " ");
        bool weights = strcmp(c->argv[i], d->weights) == 0;
        su_buf_puts(out, port      ? "\"$PORT\""
                         : weights ? "\"$MODEL\""
                                   : su_shell_quote(arena, c->argv[i]));
    }
    su_buf_putc(out, '\n');
}

/* What each process of a server sees of its cards. */
static void put_cards(struct su_buf *out, const struct su_deploy *d, uint32_t cards)
{
    const char *env = d->engine->visible_env;
    su_buf_printf(out,
                  "first=$((REPLICA * %u))\n"
                  "cards=$first\n"
                  "card=$((first + 1))\n"
                  "while [ \"$card\" -lt $((first + %u)) ]; do\n"
                  "    cards=$cards,$card\n"
                  "    card=$((card + 1))\n"
                  "done\n"
                  "export %s=\"${%s:-$cards}\"\n",
                  cards, cards, env, env);
}

/* The port of a script's command line becomes the variable. */
static void put_script(struct su_arena *arena, struct su_buf *out, const struct su_deploy *d,
                       const struct su_deploy_command *c)
{
    if (c->script == NULL) {
        su_buf_printf(out, "MODEL=${MODEL:-%s}\n", su_shell_quote(arena, d->weights));
        put_argv(arena, out, d, c);
        return;
    }
    const char *fixed = su_fmt(arena, "--port %u", SU_DEPLOY_PORT);
    const char *at = strstr(c->script, fixed);
    if (at == NULL)
        su_buf_puts(out, c->script);
    else
        su_buf_printf(out, "%.*s--port \"$PORT\"%s", (int)(at - c->script), c->script,
                      at + strlen(fixed));
}

static void put_serve_span(struct su_arena *arena, struct su_buf *out, const struct su_deploy *d)
{
    struct su_deploy_command leader = su_deploy_command(arena, d, SU_DEPLOY_LEADER);
    struct su_deploy_command worker = su_deploy_command(arena, d, SU_DEPLOY_WORKER);
    su_buf_printf(out,
                  "# Usage: serve.sh RANK LEADER   on each of the %u servers of a replica:\n"
                  "# RANK 0 on the first, whose address LEADER is, 1 and up on the others.\n"
                  "LWS_WORKER_INDEX=${1:?rank of this server, from 0}\n"
                  "LWS_LEADER_ADDRESS=${2:?address of the server of rank 0}\n"
                  "PORT=${PORT:-%u}\n"
                  "export LWS_WORKER_INDEX LWS_LEADER_ADDRESS PORT\n"
                  "if [ \"$LWS_WORKER_INDEX\" -gt 0 ]; then\n",
                  su_deploy_span(d), SU_DEPLOY_PORT);
    put_script(arena, out, d, &worker);
    su_buf_puts(out, "exit\nfi\n");
    put_script(arena, out, d, &leader);
}

void su_deploy_put_serve(struct su_arena *arena, struct su_buf *out, const struct su_deploy *d)
{
    uint32_t cards = su_deploy_devices(d);
    struct su_deploy_command c = su_deploy_command(arena, d, SU_DEPLOY_ALONE);
    bool spans = su_deploy_span(d) > 1;
    bool bash = spans || c.script != NULL;
    su_buf_printf(out, "#!/%s\n", bash ? "usr/bin/env bash" : "bin/sh");
    su_buf_puts(out, "# " SU_DEPLOY_MARKER "\n");
    comment(arena, out,
            su_fmt(arena, "%s on %s, %s: one replica, %u device%s", d->model, d->chip,
                   su_deploy_engine_text(arena, d), cards, cards > 1 ? "s" : ""));
    if (d->weights_are_prepared)
        comment(arena, out,
                su_fmt(arena, "The weights at %s must have been quantised to %s.", d->weights,
                       su_dtype_name(d->dtype)));
    su_buf_puts(out, bash ? "set -e\n" : "set -eu\n"); /* vendors' set_env.sh read unset names */
    if (spans) {
        put_serve_span(arena, out, d);
        return;
    }
    uint32_t n = su_deploy_per_server(d);
    su_buf_printf(out,
                  "# Usage: serve.sh [REPLICA]   0..%u on this server; its port is %u + REPLICA.\n"
                  "REPLICA=${1:-0}\n"
                  "PORT=${PORT:-$((%u + REPLICA))}\n"
                  "export PORT\n",
                  n - 1, SU_DEPLOY_PORT, SU_DEPLOY_PORT);
    put_cards(out, d, cards);
    put_script(arena, out, d, &c);
}

/* Uniform in mean*(1 +- r) has a coefficient of variation of r / sqrt(3). */
static double range_ratio(const struct su_load *load)
{
    return fmin(0.99, fmax(load->isl_cv, load->osl_cv) * sqrt(3));
}

static void put_levels(struct su_buf *out, const struct su_slo *slo)
{
    double ttft_s = slo->ttft_p99_s > 0 ? slo->ttft_p99_s : slo->ttft_mean_s;
    double tpot_s = slo->tpot_p99_s > 0 ? slo->tpot_p99_s : slo->tpot_mean_s;
    if (ttft_s <= 0 && tpot_s <= 0)
        return;
    su_buf_puts(out, " \\\n    --goodput");
    if (ttft_s > 0)
        su_buf_printf(out, " ttft:%.10g", ttft_s * 1e3);
    if (tpot_s > 0)
        su_buf_printf(out, " tpot:%.10g", tpot_s * 1e3);
}

void su_deploy_put_bench(struct su_arena *arena, struct su_buf *out, const struct su_deploy *d)
{
    double rate = d->rate_peak_req_s;
    double prompts = fmax(BENCH_PROMPTS_MIN, ceil(rate * BENCH_S));
    su_buf_puts(out, "#!/bin/sh\n# " SU_DEPLOY_MARKER "\n");
    comment(arena, out,
            su_fmt(arena,
                   "Load test of the whole deployment of %s at its peak. Predicted: TTFT p99 %.0f "
                   "ms, TPOT p99 %.1f ms, %.0f output tokens/s.",
                   d->model, d->ttft_p99_s * 1e3, d->tpot_p99_s * 1e3, d->output_tok_s));
    su_buf_puts(out, "# Usage: bench.sh [URL]   RATE and NUM_PROMPTS may be set; needs vLLM's own\n"
                     "# client (pip install vllm, or its image). Lengths are drawn uniformly with\n"
                     "# the mean of the brief and, up to a coefficient of variation of 0.57, its\n"
                     "# spread (the larger of both).\n"
                     "set -eu\n");
    su_buf_printf(out, "URL=${1:-http://127.0.0.1:%u}\n", SU_DEPLOY_PORT);
    su_buf_printf(out, "RATE=${RATE:-%.4g}\n", rate);
    su_buf_printf(out, "NUM_PROMPTS=${NUM_PROMPTS:-%.0f}\n", prompts);
    su_buf_printf(out,
                  "exec vllm bench serve \\\n"
                  "    --backend openai --endpoint /v1/completions --base-url \"$URL\" \\\n"
                  "    --model %s \\\n"
                  "    --tokenizer %s \\\n"
                  "    --dataset-name random --seed 1 --ignore-eos \\\n"
                  "    --random-input-len %.0f --random-output-len %.0f --random-range-ratio %.2f "
                  "\\\n"
                  "    --num-prompts \"$NUM_PROMPTS\" --request-rate \"$RATE\" \\\n"
                  "    --percentile-metrics ttft,tpot,itl,e2el --metric-percentiles 50,90,99",
                  su_shell_quote(arena, d->served_name), su_shell_quote(arena, d->tokenizer),
                  d->load.isl, d->load.osl, range_ratio(&d->load));
    put_levels(out, &d->slo);
    su_buf_puts(out, " \\\n    --save-result\n");
}
