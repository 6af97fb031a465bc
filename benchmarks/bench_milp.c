/* Mixed fleets of 1,500 replica counts: text out, solver, text back. The usual one, of about 2,000
 * servers, and a small one on which eleven classes share some 200, so that a gap of 0.1 % is a
 * fifth of a server. Each stops at 0.1 % or after LIMIT_S, whichever is first; the gap says which.
 */
#include <string.h>

#include "../tests/plan/fleet_large.h"
#include "../tests/plan/fleet_typical.h"
#include "bench.h"

#define LIMIT_S 2.0
#define RUNS 3

static bool run(struct su_arena *arena, const char *name, uint64_t seed,
                struct su_fleet_problem *problem)
{
    double times_s[RUNS];
    struct su_fleet_result result;
    problem->seconds_max = LIMIT_S;
    for (int i = 0; i < RUNS; i++) {
        struct su_err err;
        double start_s = bench_now_s();
        if (su_fleet_solve(arena, problem, &result, &err) != SU_OK) {
            fprintf(stderr, "bench_milp: %s: %s\n", err.where, err.message);
            return false;
        }
        times_s[i] = bench_now_s() - start_s;
    }
    qsort(times_s, RUNS, sizeof(times_s[0]), bench_by_value);
    printf("%s_seed%d,time_best,%.4g,s\n", name, (int)seed, times_s[0]);
    printf("%s_seed%d,time_median,%.4g,s\n", name, (int)seed, times_s[RUNS / 2]);
    printf("%s_seed%d,time_worst,%.4g,s\n", name, (int)seed, times_s[RUNS - 1]);
    if (result.bound_known && result.deployed != NULL)
        printf("%s_seed%d,gap,%.4g,frac\n", name, (int)seed, result.gap_frac);
    return true;
}

int main(void)
{
    struct su_arena arena;
    su_arena_init(&arena);
    bool ok = true;
    for (uint64_t seed = 1; seed <= TYPICAL_SEEDS && ok; seed++) {
        struct fleet_typical *typical = SU_NEW(&arena, struct fleet_typical);
        fleet_typical_init(typical, seed);
        ok = run(&arena, "fleet_typical_1500", seed, &typical->problem);
    }
    for (uint64_t seed = 1; seed <= 3 && ok; seed++) {
        struct fleet_large *shared = SU_NEW(&arena, struct fleet_large);
        fleet_large_init(shared, seed);
        ok = run(&arena, "fleet_small_shared_1500", seed, &shared->problem);
    }
    su_arena_release(&arena);
    return ok ? 0 : 1;
}
