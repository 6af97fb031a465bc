/* A chip of the catalog becomes a device: which rate stands for which format, and what is refused.
 */
#include <string.h>

#include "perf/perf.h"
#include "su_test.h"

#define FACT(name, amount)                                                \
    static const struct su_fact_value name##_value = {.value = (amount)}; \
    static const struct su_fact name = {&name##_value, 1}

static struct su_accel chip(void)
{
    return (struct su_accel){.id = "acme_x1", .pcie = "5.0 x16"};
}

FACT(tflops_100, 100);
FACT(tflops_90, 90);
FACT(tflops_200, 200);
FACT(gbs_2000, 2000);
FACT(gbs_400, 400);
FACT(count_16, 16);

static void a_chip_without_rates_is_refused_by_name(void **state)
{
    (void)state;
    struct su_accel a = chip();
    a.mem_bw_gbs = gbs_2000;
    struct su_device d;
    struct su_err err;
    assert_int_equal(su_device_init(&d, &a, NULL, SU_DTYPE_bf16, &err), SU_ERR_INPUT);
    assert_string_equal(err.where, "acme_x1");
    assert_non_null(strstr(err.message, "no bf16 or fp16 rate"));
    /* An 8-bit rate alone does not say how fast attention is. */
    a.fp8 = tflops_200;
    assert_int_equal(su_device_init(&d, &a, NULL, SU_DTYPE_fp8, &err), SU_ERR_INPUT);
}

static void a_chip_without_bandwidth_is_refused_by_name(void **state)
{
    (void)state;
    struct su_accel a = chip();
    a.bf16 = tflops_100;
    struct su_device d;
    struct su_err err;
    assert_int_equal(su_device_init(&d, &a, NULL, SU_DTYPE_bf16, &err), SU_ERR_INPUT);
    assert_string_equal(err.where, "acme_x1");
    assert_non_null(strstr(err.message, "no memory bandwidth"));
}

static void a_wide_format_without_a_rate_is_refused_by_name(void **state)
{
    (void)state;
    struct su_accel a = chip();
    a.bf16 = tflops_100;
    a.mem_bw_gbs = gbs_2000;
    struct su_device d;
    struct su_err err;
    assert_int_equal(su_device_init(&d, &a, NULL, SU_DTYPE_fp32, &err), SU_ERR_INPUT);
    assert_non_null(strstr(err.message, "no fp32 rate"));
    assert_false(su_device_has_dtype(&a, SU_DTYPE_fp32, true));
}

static void int4_is_weight_only(void **state)
{
    (void)state;
    struct su_accel a = chip();
    a.bf16 = tflops_100;
    a.fp8 = tflops_200;
    a.fp4 = tflops_200;
    a.mem_bw_gbs = gbs_2000;
    struct su_device d;
    struct su_err err;
    assert_ok(su_device_init(&d, &a, NULL, SU_DTYPE_int4, &err), err);
    assert_true(d.weight_only);
    assert_near(d.flop_gemm_per_s, 100e12, 1e-15);
    assert_false(su_device_has_dtype(&a, SU_DTYPE_int4, false));
    assert_true(su_device_has_dtype(&a, SU_DTYPE_int4, true));
}

static void fp8_uses_its_own_rate_or_is_weight_only(void **state)
{
    (void)state;
    struct su_accel a = chip();
    a.bf16 = tflops_100;
    a.mem_bw_gbs = gbs_2000;
    struct su_device d;
    struct su_err err;
    assert_ok(su_device_init(&d, &a, NULL, SU_DTYPE_fp8, &err), err);
    assert_true(d.weight_only);
    assert_near(d.flop_gemm_per_s, 100e12, 1e-15);
    assert_false(su_device_has_dtype(&a, SU_DTYPE_fp8, false));
    a.fp8 = tflops_200;
    assert_ok(su_device_init(&d, &a, NULL, SU_DTYPE_fp8, &err), err);
    assert_false(d.weight_only);
    assert_near(d.flop_gemm_per_s, 200e12, 1e-15);
    assert_near(d.flop16_per_s, 100e12, 1e-15);
    assert_true(su_device_has_dtype(&a, SU_DTYPE_fp8, false));
}

static void fp16_stands_in_for_bf16(void **state)
{
    (void)state;
    struct su_accel a = chip();
    a.fp16 = tflops_90;
    a.mem_bw_gbs = gbs_2000;
    struct su_device d;
    struct su_err err;
    assert_ok(su_device_init(&d, &a, NULL, SU_DTYPE_bf16, &err), err);
    assert_true(d.fp16_for_bf16);
    assert_near(d.flop16_per_s, 90e12, 1e-15);
    assert_true(su_device_has_dtype(&a, SU_DTYPE_bf16, false));
    a.bf16 = tflops_100;
    assert_ok(su_device_init(&d, &a, NULL, SU_DTYPE_bf16, &err), err);
    assert_false(d.fp16_for_bf16);
    assert_near(d.flop16_per_s, 100e12, 1e-15);
}

static void the_server_says_how_cards_are_wired(void **state)
{
    (void)state;
    struct su_accel a = chip();
    a.bf16 = tflops_100;
    a.mem_bw_gbs = gbs_2000;
    struct su_device d;
    struct su_err err;
    /* No link of its own: the host slot. PCIe 5.0 x16 carries 32 Gbit/s * 16 less coding. */
    assert_ok(su_device_init(&d, &a, NULL, SU_DTYPE_bf16, &err), err);
    assert_int_equal(d.topology, SU_TOPOLOGY_PCIE);
    assert_near(d.link_bytes_per_s, 63e9, 0.02);
    assert_int_equal(d.domain_cards, 8);
    /* A link whose wiring nobody states is read as a mesh; both directions are 400 GB/s. */
    a.link_gbs_total_bidir = gbs_400;
    assert_ok(su_device_init(&d, &a, NULL, SU_DTYPE_bf16, &err), err);
    assert_int_equal(d.topology, SU_TOPOLOGY_MESH);
    assert_near(d.link_bytes_per_s, 200e9, 1e-15);
    struct su_server server = {.accel_count = count_16, .topology = SU_TOPOLOGY_SWITCH};
    assert_ok(su_device_init(&d, &a, &server, SU_DTYPE_bf16, &err), err);
    assert_int_equal(d.topology, SU_TOPOLOGY_SWITCH);
    assert_int_equal(d.domain_cards, 16);
}

static void the_catalog_is_read_as_its_units_say(void **state)
{
    (void)state;
    const struct su_accel *h20 = su_catalog_accel(su_catalog_embedded(), "h20_sxm_96g");
    struct su_device d;
    struct su_err err;
    assert_ok(su_device_init(&d, h20, NULL, SU_DTYPE_fp8, &err), err);
    assert_near(d.flop16_per_s, 148e12, 1e-15);
    assert_near(d.flop_gemm_per_s, 296e12, 1e-15);
    assert_near(d.mem_bytes_per_s, 4e12, 1e-15);
    assert_near(d.link_bytes_per_s, 450e9, 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chip_without_rates_is_refused_by_name),
        cmocka_unit_test(a_chip_without_bandwidth_is_refused_by_name),
        cmocka_unit_test(a_wide_format_without_a_rate_is_refused_by_name),
        cmocka_unit_test(int4_is_weight_only),
        cmocka_unit_test(fp8_uses_its_own_rate_or_is_weight_only),
        cmocka_unit_test(fp16_stands_in_for_bf16),
        cmocka_unit_test(the_server_says_how_cards_are_wired),
        cmocka_unit_test(the_catalog_is_read_as_its_units_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
