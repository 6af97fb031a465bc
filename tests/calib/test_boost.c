/* The booster: what it must fit exactly, what it must not do, and that a run repeats. */
#include "calib/boost.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "su_test.h"

#define N 512u

struct fixture {
    struct su_arena arena;
    struct su_arena scratch;
    float x[N * SU_FEATURES_MAX];
    float y[N];
    uint32_t all[N];
    struct boost_rows rows;
};

/* A grid of 32 x 16 points in two features. */
static void fixture_init(struct fixture *f)
{
    memset(f, 0, sizeof(*f));
    su_arena_init(&f->arena);
    su_arena_init(&f->scratch);
    for (uint32_t i = 0; i < N; i++) {
        f->x[i * SU_FEATURES_MAX] = (float)(i % 32);
        f->x[i * SU_FEATURES_MAX + 1] = (float)(i / 32);
        f->all[i] = i;
    }
    f->rows = (struct boost_rows){N, 2, f->x, f->y};
}

static void fixture_release(struct fixture *f)
{
    su_arena_release(&f->arena);
    su_arena_release(&f->scratch);
}

static double largest_error(const struct fixture *f, const struct su_trees *t)
{
    double largest = 0;
    for (uint32_t i = 0; i < N; i++) {
        double e = fabs((double)su_trees_eval(t, f->x + i * SU_FEATURES_MAX) - f->y[i]);
        largest = e > largest ? e : largest;
    }
    return largest;
}

static double mean_error(const struct fixture *f, const struct su_trees *t)
{
    double sum = 0;
    for (uint32_t i = 0; i < N; i++)
        sum += fabs((double)su_trees_eval(t, f->x + i * SU_FEATURES_MAX) - f->y[i]);
    return sum / N;
}

static void a_step_function_is_fitted_exactly_by_one_tree(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    for (uint32_t i = 0; i < N; i++)
        f.y[i] = (i % 32 > 11 ? 1.0f : 0.0f) + (i / 32 > 4 ? 2.0f : 0.0f);
    struct boost_params p = {
        .n_trees = 1, .depth = 2, .rate = 1, .lambda = 1e-9, .row_share = 1, .clip = 100};
    struct su_trees t;
    boost_fit(&f.arena, &f.scratch, &f.rows, f.all, N, NULL, 0, &p, &t);
    assert_int_equal(t.n_trees, 1);
    /* 8-bit leaves: within half a step of 1/127 of the largest */
    assert_true(largest_error(&f, &t) < 2.0 / 127);
    assert_near(t.edge[0], 11.5, 1e-6);
    assert_near(t.edge[1], 4.5, 1e-6);
    p.n_trees = 6; /* and the next trees take what the rounding left */
    boost_fit(&f.arena, &f.scratch, &f.rows, f.all, N, NULL, 0, &p, &t);
    assert_true(largest_error(&f, &t) < 1e-3);
    fixture_release(&f);
}

static void set_smooth(struct fixture *f)
{
    for (uint32_t i = 0; i < N; i++)
        f->y[i] = (float)(sin(i % 32 * 0.2) + cos(i / 32 * 0.3) * (i % 32) / 32);
}

static void more_trees_fit_better(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    set_smooth(&f);
    struct boost_params p = boost_params_default();
    double before = INFINITY;
    for (p.n_trees = 1; p.n_trees <= 128; p.n_trees *= 2) {
        struct su_trees t;
        boost_fit(&f.arena, &f.scratch, &f.rows, f.all, N, NULL, 0, &p, &t);
        double error = mean_error(&f, &t);
        assert_true(error < before);
        before = error;
    }
    assert_true(before < 0.02);
    fixture_release(&f);
}

static void two_runs_give_the_same_trees(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    set_smooth(&f);
    struct boost_params p = boost_params_default();
    struct su_trees a;
    struct su_trees b;
    boost_fit(&f.arena, &f.scratch, &f.rows, f.all, N, NULL, 0, &p, &a);
    boost_fit(&f.arena, &f.scratch, &f.rows, f.all, N, NULL, 0, &p, &b);
    assert_int_equal(a.n_trees, b.n_trees);
    assert_memory_equal(a.leaf, b.leaf, (size_t)a.n_trees << a.depth);
    assert_memory_equal(a.split, b.split, sizeof(uint16_t) * a.n_trees * a.depth);
    assert_memory_equal(a.scale, b.scale, sizeof(float) * a.n_trees);
    fixture_release(&f);
}

static void noise_stops_it_early_and_does_not_move_it_far(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    struct su_rng rng;
    su_rng_init(&rng, 7, "noise", 0);
    for (uint32_t i = 0; i < N; i++)
        f.y[i] = (float)(su_rng_uniform(&rng) - 0.5);
    uint32_t fit[N];
    uint32_t choose[N];
    uint32_t n_fit = 0;
    uint32_t n_choose = 0;
    for (uint32_t i = 0; i < N; i++) {
        if (su_rng_uniform(&rng) < 0.5)
            fit[n_fit++] = i;
        else
            choose[n_choose++] = i;
    }
    struct boost_params p = boost_params_default();
    struct su_trees t;
    boost_fit(&f.arena, &f.scratch, &f.rows, fit, n_fit, choose, n_choose, &p, &t);
    assert_true(t.n_trees < p.n_trees / 4);
    fixture_release(&f);
}

static void one_wild_row_does_not_bend_its_neighbours(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    set_smooth(&f);
    f.y[200] = 50;
    struct boost_params p = boost_params_default();
    struct su_trees t;
    boost_fit(&f.arena, &f.scratch, &f.rows, f.all, N, NULL, 0, &p, &t);
    double off = fabs((double)su_trees_eval(&t, f.x + 202 * SU_FEATURES_MAX) - f.y[202]);
    assert_true(off < 0.6);
    fixture_release(&f);
}

static void equal_values_of_a_feature_make_no_edge(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    for (uint32_t i = 0; i < N; i++) {
        f.x[i * SU_FEATURES_MAX + 1] = 3;
        f.y[i] = 1.5f;
    }
    struct boost_params p = boost_params_default();
    struct su_trees t;
    boost_fit(&f.arena, &f.scratch, &f.rows, f.all, N, NULL, 0, &p, &t);
    assert_int_equal(t.n_edges[1], 0);
    assert_true(largest_error(&f, &t) < 1e-5);
    fixture_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_function_is_fitted_exactly_by_one_tree),
        cmocka_unit_test(more_trees_fit_better),
        cmocka_unit_test(two_runs_give_the_same_trees),
        cmocka_unit_test(noise_stops_it_early_and_does_not_move_it_far),
        cmocka_unit_test(one_wild_row_does_not_bend_its_neighbours),
        cmocka_unit_test(equal_values_of_a_feature_make_no_edge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
