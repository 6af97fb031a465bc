/* Evaluation of fitted surfaces: trees by hand, the physical times behind them, the range outside
 * the measured box. */
#include "perf/surface.h"

#include <math.h>
#include <string.h>

#include "su_test.h"

/* About an H100. */
static const struct su_device device = {
    .flop16_per_s = 989e12,
    .flop_gemm_per_s = 1979e12,
    .mem_bytes_per_s = 3.35e12,
    .sm_count = 132,
    .l2_bytes = 50e6,
};

static struct su_op_work gemm(double m, double n, double k)
{
    return (struct su_op_work){
        .kind = SU_OP_GEMM, .weight_dtype = SU_DTYPE_bf16, .m = m, .n = n, .k = k};
}

static void two_trees_sum_the_leaves_that_the_features_pick(void **state)
{
    (void)state;
    static const uint8_t n_edges[] = {2, 1};
    static const float edge[] = {1, 3, 10}; /* feature 0 at 1 and 3, feature 1 at 10 */
    static const uint16_t split[] = {0, 2, 1, 2};
    static const int8_t leaf[] = {1, 2, 3, 4, -10, 20, 30, 40};
    static const float scale[] = {0.1f, 0.01f};
    struct su_trees t = {2, 2, 2, n_edges, edge, split, leaf, scale, 0.5f};
    /* above 1, not above 10 -> leaf 1; not above 3, not above 10 -> leaf 0 */
    assert_near(su_trees_eval(&t, (float[]){2, 5}), 0.5 + 0.1 * 2 - 0.01 * 10, 1e-6);
    assert_near(su_trees_eval(&t, (float[]){4, 11}), 0.5 + 0.1 * 4 + 0.01 * 40, 1e-6);
    /* an edge itself is not above */
    assert_near(su_trees_eval(&t, (float[]){1, 10}), 0.5 + 0.1 * 1 - 0.01 * 10, 1e-6);
}

/* Doubles one size at a time: the physical time must never fall. */
static void check_monotone(enum su_surface_id id, struct su_op_work work, double *size)
{
    double start = *size;
    double before = 0;
    for (double v = start; v < start * 4096; v = ceil(v * 1.07)) {
        *size = v;
        double s = su_surface_base_s(id, &device, &work);
        if (s < before * (1 - 1e-12))
            fail_msg("%s falls from %g to %g s at %g", su_surface_name(id), before, s, v);
        before = s;
    }
    *size = start;
}

static void the_physical_time_never_falls_with_a_size(void **state)
{
    (void)state;
    struct su_op_work w = gemm(1, 64, 64);
    check_monotone(SU_SURFACE_gemm_bf16, w, &w.m);
    for (int i = 0; i < 3; i++) {
        w = gemm(16, 512, 512);
        check_monotone(SU_SURFACE_gemm_bf16, w, i == 0 ? &w.m : i == 1 ? &w.n : &w.k);
    }
    struct su_op_work a = {.kind = SU_OP_ATTENTION,
                           .kv_dtype = SU_DTYPE_bf16,
                           .decode = true,
                           .batch = 1,
                           .heads = 32,
                           .kv_heads = 8,
                           .head_dim = 128,
                           .q_len = 1,
                           .kv_len = 1};
    check_monotone(SU_SURFACE_attention_decode, a, &a.kv_len);
    check_monotone(SU_SURFACE_attention_decode, a, &a.batch);
    check_monotone(SU_SURFACE_mla_decode, a, &a.kv_len);
    check_monotone(SU_SURFACE_mla_decode_module, a, &a.batch);
    a.decode = false;
    check_monotone(SU_SURFACE_attention_prefill, a, &a.batch);
    check_monotone(SU_SURFACE_attention_prefill, a, &a.kv_len);
    a.kv_len = 8192;
    struct su_op_work *p = &a;
    double before = 0;
    for (double q = 1; q <= 8192; q += 17) {
        p->q_len = q;
        double s = su_surface_base_s(SU_SURFACE_attention_prefill, &device, p);
        assert_true(s >= before);
        before = s;
    }
}

static void experts_cost_more_with_more_rows_and_more_active_experts(void **state)
{
    (void)state;
    struct su_op_work w = {.kind = SU_OP_MOE,
                           .weight_dtype = SU_DTYPE_bf16,
                           .m = 1,
                           .n = 768,
                           .k = 2048,
                           .experts = 128,
                           .experts_active = 128};
    double before = 0;
    for (w.m = 1; w.m < 1e6; w.m *= 1.1) {
        double s = su_surface_base_s(SU_SURFACE_moe_bf16, &device, &w);
        assert_true(s >= before);
        before = s;
    }
    w.m = 64;
    w.experts_active = 8;
    double few = su_surface_base_s(SU_SURFACE_moe_bf16, &device, &w);
    w.experts_active = 64;
    assert_true(su_surface_base_s(SU_SURFACE_moe_bf16, &device, &w) > few);
}

static void a_large_gemm_takes_about_its_flop_over_the_peak(void **state)
{
    (void)state;
    struct su_op_work w = gemm(8192, 8192, 8192);
    double ideal_s = 2 * 8192.0 * 8192.0 * 8192.0 / device.flop16_per_s;
    double s = su_surface_base_s(SU_SURFACE_gemm_bf16, &device, &w);
    assert_true(s > ideal_s);
    assert_true(s < 1.35 * ideal_s);
}

static struct su_surface flat_surface(void)
{
    static const uint8_t n_edges[SU_FEATURES_MAX] = {0};
    static const float none[] = {0};
    static const uint16_t no_split[] = {0};
    static const int8_t no_leaf[] = {0};
    struct su_surface s = {.id = SU_SURFACE_gemm_bf16, .n_regions = 1};
    s.trees = (struct su_trees){0, 1, 16, n_edges, none, no_split, no_leaf, none, 0.0f};
    s.region_end_s[0] = 1;
    s.q10[0] = -0.1f;
    s.q90[0] = 0.2f;
    for (int i = 0; i < SU_FEATURES_MAX; i++) {
        s.box_low[i] = -20;
        s.box_high[i] = 40;
    }
    s.box_low[0] = 2; /* m of 4 to 64 */
    s.box_high[0] = 6;
    return s;
}

static void inside_the_box_the_range_is_the_residuals_quantiles(void **state)
{
    (void)state;
    struct su_surface s = flat_surface();
    struct su_op_work w = gemm(16, 4096, 4096);
    bool outside = true;
    double mid = su_surface_time_s(&s, &device, &w, 0, &outside);
    assert_false(outside);
    assert_near(mid, su_surface_base_s(SU_SURFACE_gemm_bf16, &device, &w), 1e-9);
    assert_near(su_surface_time_s(&s, &device, &w, -1, NULL), mid * exp(-0.1), 1e-6);
    assert_near(su_surface_time_s(&s, &device, &w, 1, NULL), mid * exp(0.2), 1e-6);
}

static void outside_the_box_the_range_widens_with_the_distance(void **state)
{
    (void)state;
    struct su_surface s = flat_surface();
    double width = 0.3;
    for (double m = 128; m <= 4096; m *= 2) {
        struct su_op_work w = gemm(m, 4096, 4096);
        bool outside = false;
        double low = su_surface_time_s(&s, &device, &w, -1, &outside);
        double high = su_surface_time_s(&s, &device, &w, 1, NULL);
        assert_true(outside);
        assert_true(log(high / low) >= width);
        width = log(high / low);
    }
    assert_true(width > 0.6);
}

static void work_is_matched_to_its_surface(void **state)
{
    (void)state;
    struct su_op_work w = gemm(1, 1, 1);
    assert_int_equal(su_surface_of(&w), SU_SURFACE_gemm_bf16);
    w.weight_dtype = SU_DTYPE_fp8;
    assert_int_equal(su_surface_of(&w), SU_SURFACE_gemm_fp8);
    w.weight_dtype = SU_DTYPE_int4;
    assert_int_equal(su_surface_of(&w), SU_SURFACE_COUNT);
    w = (struct su_op_work){.kind = SU_OP_MLA, .decode = true, .module = true};
    assert_int_equal(su_surface_of(&w), SU_SURFACE_mla_decode_module);
    assert_string_equal(su_surface_name(SU_SURFACE_mla_decode_module), "mla_decode_module");
}

static void a_missing_kernel_falls_back_to_the_nearest_one(void **state)
{
    (void)state;
    struct su_surface grouped = {.id = SU_SURFACE_grouped_gemm_fp8};
    struct su_surface plain = {.id = SU_SURFACE_moe_fp8};
    struct su_profile p = {.chip = "x"};
    struct su_op_work w = {.kind = SU_OP_MOE, .weight_dtype = SU_DTYPE_fp8};
    assert_null(su_profile_surface(&p, &w));
    p.surfaces[SU_SURFACE_grouped_gemm_fp8] = &grouped;
    assert_ptr_equal(su_profile_surface(&p, &w), &grouped);
    p.surfaces[SU_SURFACE_moe_fp8] = &plain;
    assert_ptr_equal(su_profile_surface(&p, &w), &plain);
}

static void a_curve_is_read_on_log_scales_and_extended_by_bandwidth(void **state)
{
    (void)state;
    float x[] = {(float)log(1024), (float)log(4096)};
    float y[] = {(float)log(10e-6), (float)log(40e-6)};
    struct su_curve c = {SU_COLLECTIVE_ALLREDUCE, 8, 2, x, y};
    assert_near(su_curve_time_s(&c, 2048), 20e-6, 1e-5);
    assert_near(su_curve_time_s(&c, 10), 10e-6, 1e-5);
    assert_near(su_curve_time_s(&c, 8192), 80e-6, 1e-5);
    struct su_profile p = {.curves = &c, .n_curves = 1};
    assert_ptr_equal(su_profile_curve(&p, SU_COLLECTIVE_ALLREDUCE, 8), &c);
    assert_null(su_profile_curve(&p, SU_COLLECTIVE_ALLREDUCE, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_trees_sum_the_leaves_that_the_features_pick),
        cmocka_unit_test(the_physical_time_never_falls_with_a_size),
        cmocka_unit_test(experts_cost_more_with_more_rows_and_more_active_experts),
        cmocka_unit_test(a_large_gemm_takes_about_its_flop_over_the_peak),
        cmocka_unit_test(inside_the_box_the_range_is_the_residuals_quantiles),
        cmocka_unit_test(outside_the_box_the_range_widens_with_the_distance),
        cmocka_unit_test(work_is_matched_to_its_surface),
        cmocka_unit_test(a_missing_kernel_falls_back_to_the_nearest_one),
        cmocka_unit_test(a_curve_is_read_on_log_scales_and_extended_by_bandwidth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
