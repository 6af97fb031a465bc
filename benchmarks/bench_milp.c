/* A mixed fleet of 1,500 integer variables: text out, solver, text back. It stops at a gap of 0.1 %
 * or after LIMIT_S, whichever is first; the gap says which. */
#include <string.h>

#include "../tests/plan/fleet_large.h"
#include "bench.h"

#define LIMIT_S 2.0
#define RUNS 3

int main(void)
{
    struct su_arena arena;
    su_arena_init(&arena);
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct fleet_large *fleet = SU_NEW(&arena, struct fleet_large);
        fleet_large_init(fleet, seed);
        fleet->problem.seconds_max = LIMIT_S;
        char name[32];
        snprintf(name, sizeof(name), "fleet_1500_seed%d", (int)seed);
        double times_s[RUNS];
        struct su_fleet_result result;
        for (int run = 0; run < RUNS; run++) {
            struct su_err err;
            double start_s = bench_now_s();
            if (su_fleet_solve(&arena, &fleet->problem, &result, &err) != SU_OK) {
                fprintf(stderr, "bench_milp: %s: %s\n", err.where, err.message);
                return 1;
            }
            times_s[run] = bench_now_s() - start_s;
        }
        qsort(times_s, RUNS, sizeof(times_s[0]), bench_by_value);
        printf("%s,time_best,%.4g,s\n", name, times_s[0]);
        printf("%s,time_median,%.4g,s\n", name, times_s[RUNS / 2]);
        printf("%s,time_worst,%.4g,s\n", name, times_s[RUNS - 1]);
        printf("%s,gap,%.4g,frac\n", name, result.gap_frac);
    }
    su_arena_release(&arena);
    return 0;
}
