/* The Monte Carlo of tco: 100,000 worlds of all assumptions for three views. */
#include "bench.h"
#include "econ/tco.h"

#define N_DRAWS 100000

int main(void)
{
    struct su_arena arena;
    su_arena_init(&arena);
    const struct su_catalog *catalog = su_catalog_embedded();
    const struct su_accel *accel = su_catalog_accel(catalog, "h20_sxm_96g");
    struct su_tco_ask ask = {.catalog = catalog,
                             .accel = accel,
                             .server = su_catalog_server_for(catalog, accel->id),
                             .region = "cn",
                             .channels = {.official = true},
                             .currency = SU_CNY,
                             .n_servers = 128,
                             .n_cards = 8,
                             .months = 36};
    struct su_tco tco;
    struct su_quote quote;
    struct su_err err = {0};
    if (!su_date_parse(su_str_c("2026-11-01"), &ask.date) ||
        su_tco_init(&arena, &ask, &tco, &quote, &err) != SU_OK) {
        fprintf(stderr, "bench_tco: %s: %s\n", err.where, err.message);
        return 1;
    }
    double seconds[BENCH_RUNS];
    for (int run = 0; run < BENCH_RUNS; run++) {
        struct su_tco_risk risk;
        size_t mark = su_arena_mark(&arena);
        double start_s = bench_now_s();
        su_tco_simulate(&arena, &tco, (uint64_t)run, N_DRAWS, &risk);
        seconds[run] = (bench_now_s() - start_s) * 1e3;
        su_arena_rewind(&arena, mark);
    }
    bench_print("tco_100k_draws_3_views", "time", seconds, BENCH_RUNS, "ms");
    su_arena_release(&arena);
    return 0;
}
