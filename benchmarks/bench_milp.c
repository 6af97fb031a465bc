/* A mixed fleet of 1,500 integer variables to a gap of 0.1 %: text out, solver, text back. */
#include <string.h>

#include "../tests/plan/fleet_large.h"
#include "bench.h"

int main(void)
{
    struct su_arena arena;
    su_arena_init(&arena);
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct fleet_large *fleet = SU_NEW(&arena, struct fleet_large);
        fleet_large_init(fleet, seed);
        char name[32];
        snprintf(name, sizeof(name), "fleet_1500_seed%d", (int)seed);
        double times_s[BENCH_RUNS];
        struct su_fleet_result result;
        for (int run = 0; run < BENCH_RUNS; run++) {
            struct su_err err;
            double start_s = bench_now_s();
            if (su_fleet_solve(&arena, &fleet->problem, &result, &err) != SU_OK) {
                fprintf(stderr, "bench_milp: %s: %s\n", err.where, err.message);
                return 1;
            }
            times_s[run] = bench_now_s() - start_s;
        }
        qsort(times_s, BENCH_RUNS, sizeof(times_s[0]), bench_by_value);
        printf("%s,time_best,%.4g,s\n", name, times_s[0]);
        printf("%s,time_median,%.4g,s\n", name, times_s[BENCH_RUNS / 2]);
        printf("%s,time_worst,%.4g,s\n", name, times_s[BENCH_RUNS - 1]);
        printf("%s,gap,%.4g,frac\n", name, result.gap_frac);
    }
    su_arena_release(&arena);
    return 0;
}
