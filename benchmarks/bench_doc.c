/* Documents: JSON and YAML in, as briefs, configs and data files arrive. */
#include <string.h>

#include "base/arena.h"
#include "base/doc.h"
#include "bench.h"
#include "model/model.h"

#define N_PARSES 500

static void bench(const char *name, struct su_str text, bool yaml)
{
    struct su_arena arena;
    su_arena_init(&arena);
    double mb_per_s[BENCH_RUNS];
    for (int run = 0; run < BENCH_RUNS; run++) {
        double start_s = bench_now_s();
        for (int i = 0; i < N_PARSES; i++) {
            struct su_doc *doc = NULL;
            struct su_err err;
            su_arena_reset(&arena);
            enum su_status st = yaml ? su_doc_parse_yaml(&arena, text, name, &doc, &err)
                                     : su_doc_parse_json(&arena, text, name, &doc, &err);
            if (st != SU_OK) {
                fprintf(stderr, "bench_doc: %s: %s\n", err.where, err.message);
                exit(1);
            }
        }
        /* negative, so that the best sorts first */
        mb_per_s[run] = -(double)text.n * N_PARSES / 1e6 / (bench_now_s() - start_s);
    }
    qsort(mb_per_s, BENCH_RUNS, sizeof(mb_per_s[0]), bench_by_value);
    printf("%s,speed_best,%.4g,MB/s\n", name, -mb_per_s[0]);
    printf("%s,speed_median,%.4g,MB/s\n", name, -mb_per_s[BENCH_RUNS / 2]);
    su_arena_release(&arena);
}

int main(void)
{
    struct su_arena arena;
    su_arena_init(&arena);
    const struct su_model_preset *preset = su_model_find_preset("deepseek-v3");
    bench("json_config", su_str_c(preset->config_json), false);
    struct su_buf yaml;
    su_buf_init(&yaml);
    struct su_doc *doc = NULL;
    struct su_err err;
    if (su_doc_parse_json(&arena, su_str_c(preset->config_json), "config", &doc, &err) != SU_OK)
        return 1;
    su_doc_write_yaml(&yaml, doc);
    bench("yaml_config", (struct su_str){yaml.p, yaml.n}, true);
    su_buf_release(&yaml);
    su_arena_release(&arena);
    return 0;
}
