/* A prefill chunk and decodes in one attention kernel: against measured calls, against the two
 * parts alone, and inside a step. */
#include <math.h>
#include <string.h>

#include "perf/deploy.h"
#include "perf/surface.h"

static const char *const measured_chips[] = {"rtx_4090_24g", "rtx_pro_6000_server"};

struct call {
    const struct su_profile *profile;
    struct su_device device;
    struct su_op_work prefill;
    struct su_op_work decode;
};

/* Heads of Llama-3.1-8B. */
static struct call call_of(const char *chip, double q_len, double kv_len, double batch,
                           double context)
{
    struct su_err err = {0};
    struct call c = {.profile = su_profile_find(chip)};
    const struct su_accel *accel = su_catalog_accel(su_catalog_embedded(), chip);
    assert_non_null(c.profile);
    assert_ok(su_device_init(&c.device, accel, NULL, SU_DTYPE_bf16, &err), err);
    c.prefill = (struct su_op_work){.kind = SU_OP_ATTENTION,
                                    .weight_dtype = SU_DTYPE_bf16,
                                    .kv_dtype = SU_DTYPE_bf16,
                                    .heads = 32,
                                    .kv_heads = 8,
                                    .head_dim = 128};
    c.decode = c.prefill;
    c.prefill.batch = 1;
    c.prefill.q_len = q_len;
    c.prefill.kv_len = kv_len;
    c.decode.decode = true;
    c.decode.batch = batch;
    c.decode.q_len = 1;
    c.decode.kv_len = context;
    return c;
}

static double together_s(const struct call *c, int quantile)
{
    return su_surface_mixed_s(c->profile, &c->device, &c->prefill, &c->decode, quantile);
}

static double alone_s(const struct call *c, const struct su_op_work *part)
{
    return su_surface_time_s(su_profile_surface(c->profile, part), &c->device, part, 0, NULL);
}

static void calls_take_about_what_was_measured(void **state)
{
    (void)state;
    const struct {
        const char *chip;
        double q_len, kv_len, batch, context, measured_s;
    } rows[] = {
        {"rtx_pro_6000_server", 1024, 3072, 64, 1024, 542.49e-6},
        {"rtx_pro_6000_server", 1024, 3072, 128, 1024, 953.3e-6},
        {"rtx_pro_6000_server", 2048, 18432, 64, 1024, 2509.6e-6},
        {"rtx_4090_24g", 16, 16, 1, 8192, 264.79e-6},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct call c =
            call_of(rows[i].chip, rows[i].q_len, rows[i].kv_len, rows[i].batch, rows[i].context);
        assert_near(together_s(&c, 0), rows[i].measured_s, 0.15);
    }
}

/* The parts come from tables of another harness, where small caches were cold: within a quarter. */
static void a_call_takes_no_less_than_its_longer_part(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        for (double q = 64; q <= 2048; q *= 2) {
            for (double batch = 1; batch <= 128; batch *= 2) {
                for (double context = 256; context <= 8192; context *= 2) {
                    struct call c = call_of(measured_chips[i], q, q, batch, context);
                    double longer_s = fmax(alone_s(&c, &c.prefill), alone_s(&c, &c.decode));
                    if (together_s(&c, 0) < 0.75 * longer_s)
                        fail_msg("%s: chunk %g, %g decodes at %g: %g s, the longer part %g s",
                                 measured_chips[i], q, batch, context, together_s(&c, 0), longer_s);
                }
            }
        }
    }
}

static void a_decode_or_two_beside_a_chunk_cost_about_the_sum(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        for (double batch = 1; batch <= 2; batch++) {
            struct call c = call_of(measured_chips[i], 2048, 4096, batch, 1024);
            double sum_s = alone_s(&c, &c.prefill) + alone_s(&c, &c.decode);
            assert_near(together_s(&c, 0), sum_s, 0.25);
        }
    }
}

static void many_decodes_beside_a_chunk_cost_more_than_apart(void **state)
{
    (void)state;
    struct call c = call_of("rtx_pro_6000_server", 512, 512, 128, 1024);
    double sum_s = alone_s(&c, &c.prefill) + alone_s(&c, &c.decode);
    assert_true(together_s(&c, 0) > 1.2 * sum_s);
    assert_true(together_s(&c, 0) < 2.5 * sum_s);
}

static void the_range_holds_the_middle(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct call c = call_of(measured_chips[i], 700, 1500, 37, 900);
        assert_true(together_s(&c, -1) <= together_s(&c, 0));
        assert_true(together_s(&c, 1) >= together_s(&c, 0));
        struct call far = call_of(measured_chips[i], 65536, 65536, 1024, 65536);
        double inside = together_s(&c, 1) / together_s(&c, 0);
        assert_true(together_s(&far, 1) / together_s(&far, 0) > inside);
    }
}

static void what_was_not_measured_has_no_time(void **state)
{
    (void)state;
    struct call c = call_of("rtx_pro_6000_server", 512, 512, 8, 1024);
    assert_true(together_s(&c, 0) > 0);
    c.decode.window = 2048; /* wider than the context */
    assert_true(together_s(&c, 0) > 0);
    c.decode.window = 512;
    assert_true(together_s(&c, 0) == 0);
    c.decode.window = 0;
    c.decode.q_len = 4;
    assert_true(together_s(&c, 0) == 0);
    c.decode.q_len = 1;
    c.decode.kind = SU_OP_MLA;
    assert_true(together_s(&c, 0) == 0);
    struct call hopper = call_of("h100_sxm_80g", 512, 512, 8, 1024);
    assert_true(together_s(&hopper, 0) == 0);
}

static double line_s(const struct su_step_cost *cost, const char *name)
{
    double s = 0;
    for (uint32_t i = 0; i < cost->n_lines; i++)
        if (strcmp(cost->lines[i].name, name) == 0)
            s += cost->lines[i].time_s;
    return s;
}

static struct su_deployment llama_on(struct fixture *f, const char *chip, enum su_eff_level level)
{
    const struct su_catalog *catalog = su_catalog_embedded();
    struct su_deployment d = deploy(f, "llama-3.1-8b", chip, cut(1, 1, 1), SU_DTYPE_bf16);
    d.eff = su_eff_of(catalog, su_catalog_accel(catalog, chip), level);
    return d;
}

static void a_step_with_both_parts_uses_it(void **state)
{
    struct su_step chunk = prefill_of(1024);
    struct su_step decodes = decode_of(100, 900);
    struct su_step both = chunk;
    both.decode_seqs = decodes.decode_seqs;
    both.decode_kv_tokens = decodes.decode_kv_tokens;
    for (int level = SU_EFF_LOW; level <= SU_EFF_HIGH; level++) {
        struct su_deployment d = llama_on(*state, "rtx_pro_6000_server", (enum su_eff_level)level);
        struct su_step_cost cost;
        struct su_step_cost apart[2];
        su_step_explain(&d, &both, &cost);
        su_step_explain(&d, &chunk, &apart[0]);
        su_step_explain(&d, &decodes, &apart[1]);
        struct call c = call_of("rtx_pro_6000_server", 1024, 1024, 100, 900);
        int quantile = level == SU_EFF_LOW ? 1 : level == SU_EFF_HIGH ? -1 : 0;
        double prefill_s = line_s(&cost, "attention_prefill");
        double decode_s = line_s(&cost, "attention_decode");
        double want_s = 32 * together_s(&c, quantile) * d.eff.factor_attention;
        assert_near(prefill_s + decode_s, want_s, 1e-9);
        /* shared out as the parts cost alone */
        assert_near(prefill_s / decode_s,
                    line_s(&apart[0], "attention_prefill") / line_s(&apart[1], "attention_decode"),
                    1e-9);
    }
}

static void without_a_table_the_parts_add_up(void **state)
{
    /* Of the first no mixed calls were measured; the second has no tables of its own at all. */
    static const char *const chips[] = {"h100_sxm_80g", "rtx_5090_32g"};
    for (size_t i = 0; i < 2; i++) {
        if (su_catalog_accel(su_catalog_embedded(), chips[i]) == NULL)
            fail_msg("no chip %s", chips[i]);
        struct su_deployment d = llama_on(*state, chips[i], SU_EFF_MID);
        struct su_step both = prefill_of(1024);
        struct su_step_cost cost;
        struct su_step_cost chunk;
        struct su_step_cost decodes;
        su_step_explain(&d, &both, &chunk);
        both.decode_seqs = 100;
        both.decode_kv_tokens = 900;
        su_step_explain(&d, &both, &cost);
        both.prefill_tokens = both.prefill_seqs = 0;
        su_step_explain(&d, &both, &decodes);
        assert_near(line_s(&cost, "attention_prefill"), line_s(&chunk, "attention_prefill"), 1e-12);
        assert_near(line_s(&cost, "attention_decode"), line_s(&decodes, "attention_decode"), 1e-12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_take_about_what_was_measured),
        cmocka_unit_test(a_call_takes_no_less_than_its_longer_part),
        cmocka_unit_test(a_decode_or_two_beside_a_chunk_cost_about_the_sum),
        cmocka_unit_test(many_decodes_beside_a_chunk_cost_more_than_apart),
        cmocka_unit_test(the_range_holds_the_middle),
        cmocka_unit_test(what_was_not_measured_has_no_time),
        fixture_test(a_step_with_both_parts_uses_it),
        fixture_test(without_a_table_the_parts_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
