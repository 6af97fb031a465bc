/* Any bytes as a config.json: parsed, built, counted and mapped without a fault, and what is
 * accepted keeps its promises. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/doc.h"
#include "memory/memory.h"
#include "model/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert: a fuzz build may define NDEBUG. */
static void must(int holds)
{
    if (!holds)
        abort();
}

static void check_cut(const struct su_graph *graph, struct su_parallel par)
{
    if (su_parallel_check(graph->model, par, NULL) != SU_OK)
        return;
    struct su_memory_request request = {
        .graph = graph,
        .par = par,
        .weight_dtype = graph->model->checkpoint_dtype,
        .kv_dtype = SU_DTYPE_fp8,
        .card_bytes = su_memory_visible_bytes(96ULL << 30),
        .utilization_frac = 0.9,
        .max_batched_tokens = 8192,
        .block_tokens = 16,
    };
    struct su_memory map = su_memory_map(&request);
    must(map.weights_bytes > 0 && map.weights_expert_bytes <= map.weights_bytes);
    must(map.fits == (map.kv_capacity_tokens > 0));
    must((double)map.kv_capacity_tokens * map.kv_bytes_per_token <= map.usable_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct su_arena arena;
    su_arena_init(&arena);
    struct su_err err;
    struct su_doc *doc = NULL;
    struct su_model model;
    struct su_str text = {(const char *)data, size};
    if (su_doc_parse_json(&arena, text, "fuzz.json", &doc, &err) == SU_OK &&
        su_model_from_config(&arena, doc, "fuzz", &model, &err) == SU_OK) {
        const struct su_graph *graph = su_graph_build(&arena, &model);
        must(su_graph_params_total(graph) > 0);
        must(su_graph_params_active(graph) <= su_graph_params_total(graph));
        must(su_graph_flop_per_token(graph, 4096) > 0);
        must(su_model_kv_bytes(&model, SU_DTYPE_bf16, 4096) <=
             4096 * su_model_kv_bytes_per_token(&model, SU_DTYPE_bf16) * (1 + 1e-12));
        check_cut(graph, (struct su_parallel){1, 1, 1, 1});
        check_cut(graph, (struct su_parallel){2, 2, 2, 4});
        check_cut(graph, (struct su_parallel){8, 1, 16, 8});
    }
    su_arena_release(&arena);
    return 0;
}
