/* The solver at size, and a second solver as oracle: HiGHS (npm package highs, tests/milp), which
 * shares no code with CBC. Skipped where node or the package is not installed. */
#define _GNU_SOURCE
#include "su_test_arena.h"

#include <math.h>
#include <stdlib.h>

#include "base/child.h"
#include "base/doc.h"
#include "base/file.h"
#include "fleet_large.h"
#include "fleet_typical.h"

#define PACKAGE SU_SOURCE_DIR "/tests/milp/node_modules/highs/package.json"

/* A cut of the large problem that both solvers prove: few classes and stages. */
static void shrink(struct fleet_large *f, uint32_t n_classes, uint32_t n_stages)
{
    f->problem.n_classes = n_classes;
    f->problem.n_options = n_classes * 2 * LARGE_KINDS;
    f->problem.n_stages = n_stages;
    f->problem.gap_frac = 0;
}

static void out_of_time_gives_the_best_found_and_how_far_off_it_may_be(void **state)
{
    struct fleet_large *f = SU_NEW(*state, struct fleet_large);
    fleet_large_init(f, 1);
    f->problem.gap_frac = 0;
    f->problem.seconds_max = 1;
    struct su_fleet_result r;
    struct su_err err = {0};
    assert_ok(su_fleet_solve(*state, &f->problem, &r, &err), err);
    assert_int_equal(r.verdict, SU_FLEET_FEASIBLE);
    assert_true(r.bound_known && r.bound.micro <= r.present_value.micro);
    assert_true(r.gap_frac > 0 && r.gap_frac < 0.1);
}

/* 1,500 replica counts; without a time limit, so that load on the machine does not fail it */
static void the_usual_fleet_at_size_is_proven_to_a_thousandth(void **state)
{
    struct fleet_typical *f = SU_NEW(*state, struct fleet_typical);
    fleet_typical_init(f, 1);
    struct su_fleet_result r;
    struct su_err err = {0};
    assert_ok(su_fleet_solve(*state, &f->problem, &r, &err), err);
    assert_int_equal(r.verdict, SU_FLEET_OPTIMAL);
    assert_true(r.gap_frac <= 1e-3);
    assert_true(r.total.micro <= f->problem.budget.micro);
}

static double highs_objective(struct su_arena *arena, const struct su_fleet_problem *p)
{
    struct su_buf mps;
    su_buf_init(&mps);
    struct su_err err = {0};
    assert_ok(su_fleet_write_mps(arena, p, &mps, &err), err);
    const char *const argv[] = {"node", SU_SOURCE_DIR "/tests/milp/highs.mjs", "0", NULL};
    struct su_child child = {argv, {mps.p, mps.n}, 100, 1 << 20};
    struct su_child_result result;
    assert_ok(su_child_run(arena, &child, &result, &err), err);
    su_buf_release(&mps);
    assert_int_equal(result.exit_code, 0);
    struct su_doc *doc = NULL;
    double objective = 0;
    int64_t status = 0;
    assert_ok(su_doc_parse_json(arena, result.output, "highs", &doc, &err), err);
    assert_ok(su_doc_int(doc, "status", SU_DOC_REQUIRED, 0, 99, &status, &err), err);
    assert_int_equal(status, 7); /* optimal */
    assert_ok(su_doc_real(doc, "objective", SU_DOC_REQUIRED, 0, 1e12, &objective, &err), err);
    return objective;
}

static void another_solver_finds_the_same_cost(void **state)
{
    const char *const argv[] = {"node", "--version", NULL};
    struct su_child child = {argv, {"", 0}, 20, 1 << 10};
    struct su_child_result node;
    if (!su_file_exists(PACKAGE) || su_child_run(*state, &child, &node, NULL) != SU_OK) {
        print_message("skipped: node or tests/milp/node_modules/highs is missing (npm ci there)\n");
        skip();
    }
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct fleet_large *f = SU_NEW(*state, struct fleet_large);
        fleet_large_init(f, seed);
        shrink(f, 2, 2);
        struct su_fleet_result r;
        struct su_err err = {0};
        assert_ok(su_fleet_solve(*state, &f->problem, &r, &err), err);
        assert_int_equal(r.verdict, SU_FLEET_OPTIMAL);
        /* the program's unit of money is a power of ten of ours */
        double scale = (double)r.present_value.micro / highs_objective(*state, &f->problem);
        assert_near(scale, pow(10, round(log10(scale))), 1e-6);
    }
}

int main(void)
{
    setenv("SUANLI_MILP", SU_BINARY_DIR "/suanli-milp", 1);
    const struct CMUnitTest tests[] = {
        ARENA_TEST(out_of_time_gives_the_best_found_and_how_far_off_it_may_be),
        ARENA_TEST(the_usual_fleet_at_size_is_proven_to_a_thousandth),
        ARENA_TEST(another_solver_finds_the_same_cost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
