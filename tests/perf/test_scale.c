/* Beyond one server's tensor parallelism: pipeline stages, guessed tokens, skewed experts. */
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "perf/deploy.h"
#include "perf/work.h"

static const struct su_engine_limits limits = {
    .max_num_seqs = 256, .max_num_batched_tokens = 8192, .kv_capacity_tokens = 2000000};
static const struct su_load load = {2000, 0, 501, 0};

static struct su_deployment stages(struct fixture *f, const char *model, uint32_t tp, uint32_t pp)
{
    struct su_deployment d = deploy(f, model, "h20_sxm_96g", cut(tp, 1, 1), SU_DTYPE_fp8);
    d.par.pp = pp;
    return d;
}

static const struct su_cost_line *line_of(const struct su_step_cost *cost, const char *name)
{
    for (uint32_t i = 0; i < cost->n_lines; i++) {
        if (strcmp(cost->lines[i].name, name) == 0)
            return &cost->lines[i];
    }
    return NULL;
}

static void the_network_share_of_a_card_is_its_servers_divided(void **state)
{
    struct su_deployment d = stages(*state, "llama-3.1-8b", 1, 1);
    assert_near(d.device.nic_bytes_per_s, 25e9, 1e-12); /* 4 ports of 400 Gb/s for 8 cards */
}

/* ---- pipeline stages ---- */

static void a_stage_has_its_share_of_layers_and_the_slower_end(void **state)
{
    struct su_step_cost cost;
    struct su_step step = decode_of(16, 1000);
    struct su_deployment d = stages(*state, "llama-3.1-8b", 1, 2);
    su_step_explain(&d, &step, &cost);
    assert_int_equal(line_of(&cost, "attention_decode")->n_calls, 16); /* of 32 */
    assert_non_null(line_of(&cost, "lm_head"));
    assert_null(line_of(&cost, "embedding"));
    /* 16 tokens of 4096 values go to the next stage over the link of the server. */
    const struct su_cost_line *sent = line_of(&cost, "send_recv");
    assert_int_equal(sent->n_calls, 1);
    assert_near(sent->bytes, 16 * 4096 * 2.0, 0);
    assert_near(sent->time_s, su_sendrecv_s(&d.device, &d.eff, false, sent->bytes), 1e-12);
    /* Three stages of 32 layers: 11, 11, 10. */
    d.par.pp = 3;
    su_step_explain(&d, &step, &cost);
    assert_int_equal(line_of(&cost, "attention_decode")->n_calls, 11);
}

static void stages_in_different_servers_talk_over_the_network(void **state)
{
    struct su_step_cost cost;
    struct su_step step = decode_of(16, 1000);
    struct su_deployment d = stages(*state, "llama-3.1-70b", 8, 2);
    su_step_explain(&d, &step, &cost);
    const struct su_cost_line *sent = line_of(&cost, "send_recv");
    assert_near(sent->time_s, sent->bytes / (25e9 * d.eff.nic_frac) + d.eff.nic_hop_s, 1e-12);
}

static void stages_together_are_the_model_and_a_bit_more(void **state)
{
    const char *const models[] = {"llama-3.1-70b", "qwen3-30b-a3b", "deepseek-v3"};
    for (size_t m = 0; m < 3; m++) {
        struct su_deployment whole = stages(*state, models[m], 2, 1);
        struct su_step step = decode_of(32, 1000);
        double whole_s = su_step_s(&whole, &step);
        double last_s = whole_s;
        for (uint32_t pp = 2; pp <= 4; pp++) {
            struct su_deployment d = stages(*state, models[m], 2, pp);
            double stage_s = su_step_s(&d, &step);
            assert_true(stage_s < last_s);
            assert_true(pp * stage_s >= whole_s);
            assert_true(pp * stage_s <= whole_s + pp * (d.eff.overhead_s + whole_s / 20));
            last_s = stage_s;
        }
    }
}

static void a_lone_request_passes_every_stage(void **state)
{
    struct su_deployment d = stages(*state, "llama-3.1-70b", 2, 4);
    struct su_step prefill = prefill_of(2000);
    struct su_step decode = decode_of(1, load.isl + load.osl / 2);
    double prefill_s = su_step_s(&d, &prefill);
    double decode_s = su_step_s(&d, &decode);
    struct su_steady s = su_steady_at_concurrency(&d, &limits, &load, 1);
    assert_near(s.ttft_s, 4 * prefill_s, 2e-2);
    assert_near(s.tpot_s, 4 * decode_s, 2e-2);
    assert_near(s.rate_req_s, 1 / (4 * prefill_s + 500 * 4 * decode_s), 1e-2);
    struct su_steady idle = su_steady_at_rate(&d, &limits, &load, 1e-7);
    assert_near(idle.ttft_s, 4 * prefill_s + decode_s / 2, 3e-3);
    assert_near(idle.tpot_s, 4 * decode_s, 1e-3);
}

/* Oracle: chunks through a row of stages, each taking one at a time. */
static double flow_shop_s(int n_chunks, int n_stages, double chunk_s)
{
    double free_at[16] = {0};
    double done = 0;
    for (int c = 0; c < n_chunks; c++) {
        done = 0;
        for (int s = 0; s < n_stages; s++) {
            done = fmax(done, free_at[s]) + chunk_s;
            free_at[s] = done;
        }
    }
    return done;
}

static void chunks_follow_each_other_through_the_stages(void **state)
{
    struct su_load long_prompt = {8 * 8192, 0, 2, 0};
    struct su_engine_limits l = limits;
    for (uint32_t pp = 1; pp <= 4; pp++) {
        struct su_deployment d = stages(*state, "llama-3.1-8b", 1, pp);
        struct su_steady s = su_steady_in_waves(&d, &l, &long_prompt, 1);
        double chunk_s = su_step_s(&d, &s.mixed_step);
        assert_near(s.ttft_p99_s, flow_shop_s(8, (int)pp, chunk_s), 1e-12);
    }
}

static void with_stages_littles_law_holds_too(void **state)
{
    for (uint32_t pp = 2; pp <= 4; pp++) {
        struct su_deployment d = stages(*state, "llama-3.1-70b", 2, pp);
        double last_rate = 0;
        for (double n = 1; n < 2000; n *= 1.9) {
            struct su_steady s = su_steady_at_concurrency(&d, &limits, &load, n);
            double stay_s = s.ttft_s + (load.osl - 1) * s.tpot_s;
            assert_near(s.rate_req_s * stay_s, n, 2e-2);
            assert_near(s.rate_req_s * (load.osl - 1) * s.tpot_s, s.decode_seqs, 1e-6);
            assert_true(s.rate_req_s >= last_rate * (1 - 1e-3));
            last_rate = s.rate_req_s;
        }
    }
}

static void a_full_pipe_decodes_one_micro_batch_a_step(void **state)
{
    struct su_deployment d = stages(*state, "llama-3.1-70b", 2, 4);
    struct su_step step = decode_of(16, load.isl + load.osl / 2);
    double step_s = su_step_s(&d, &step);
    assert_near(su_decode_tok_s_per_gpu(&d, &load, 64), 16 / step_s / 8, 1e-12);
    struct su_step full = {
        .prefill_tokens = 8192, .prefill_seqs = 8192 / load.isl, .prefill_kv_tokens = load.isl};
    assert_near(su_prefill_tok_s_per_gpu(&d, &limits, &load), 8192 / su_step_s(&d, &full) / 8,
                1e-12);
}

/* ---- guessed tokens ---- */

static void tokens_per_step_are_the_geometric_sum(void **state)
{
    (void)state;
    assert_near(su_drafting_tokens_per_step((struct su_drafting){0, 0.9}), 1, 0);
    assert_near(su_drafting_tokens_per_step((struct su_drafting){2, 0.5}), 1.75, 1e-12);
    assert_near(su_drafting_tokens_per_step((struct su_drafting){4, 0}), 1, 0);
    assert_near(su_drafting_tokens_per_step((struct su_drafting){3, 1}), 4, 0);
    assert_near(su_drafting_tokens_per_step((struct su_drafting){3, 0.8}),
                (1 - pow(0.8, 4)) / (1 - 0.8), 1e-12);
}

static void a_step_verifies_the_guesses_and_pays_for_making_them(void **state)
{
    struct su_step_cost plain;
    struct su_step_cost guessing;
    struct su_step step = decode_of(10, 1000);
    struct su_deployment d = stages(*state, "deepseek-v3", 8, 1);
    su_step_explain(&d, &step, &plain);
    d.drafting = (struct su_drafting){2, 0.7};
    su_step_explain(&d, &step, &guessing);
    assert_near(line_of(&guessing, "lm_head")->work.m, 30, 0);
    assert_near(line_of(&guessing, "experts")->work.tokens, 30, 0);
    assert_near(line_of(&guessing, "mla_decode")->work.q_len, 3, 0);
    assert_near(line_of(&guessing, "mla_decode")->work.batch, 10, 0);
    const struct su_cost_line *draft = line_of(&guessing, "draft");
    assert_int_equal(draft->n_calls, 2);
    assert_near(draft->time_s, 2 * (plain.total_s - d.eff.overhead_s) / 61, 1e-9);
    assert_null(line_of(&plain, "draft"));
    assert_true(guessing.total_s > plain.total_s);
}

static void guesses_shorten_the_wait_for_a_token_by_what_is_accepted(void **state)
{
    struct su_deployment d = stages(*state, "deepseek-v3", 8, 1);
    d.drafting = (struct su_drafting){1, 0.8};
    struct su_step step = decode_of(1, load.isl + load.osl / 2);
    struct su_steady s = su_steady_at_concurrency(&d, &limits, &load, 1);
    assert_near(s.tpot_s, su_step_s(&d, &step) / 1.8, 1e-9);
    double last_s = INFINITY;
    for (double a = 0; a <= 1; a += 0.1) {
        d.drafting.acceptance_frac = a;
        struct su_steady at = su_steady_at_concurrency(&d, &limits, &load, 32);
        assert_true(at.tpot_s < last_s);
        double stay_s = at.ttft_s + (load.osl - 1) * at.tpot_s;
        assert_near(at.rate_req_s * stay_s, 32, 1e-6);
        last_s = at.tpot_s;
    }
}

static void guesses_that_are_never_accepted_only_cost(void **state)
{
    struct su_deployment d = stages(*state, "qwen3-30b-a3b", 2, 1);
    struct su_steady none = su_steady_at_concurrency(&d, &limits, &load, 32);
    d.drafting = (struct su_drafting){3, 0};
    struct su_steady s = su_steady_at_concurrency(&d, &limits, &load, 32);
    assert_true(s.tpot_s > none.tpot_s);
}

/* ---- skewed experts ---- */

static void balanced_experts_or_one_card_have_no_fullest(void **state)
{
    (void)state;
    assert_near(su_expert_imbalance(0, 256, 8, 16, 1000), 1, 0);
    assert_near(su_expert_imbalance(1.2, 256, 8, 1, 1000), 1, 0);
}

static void more_skew_loads_the_fullest_card_more(void **state)
{
    (void)state;
    for (double ep = 2; ep <= 256; ep *= 2) {
        double last = 1;
        for (double skew = 0.1; skew <= 2; skew += 0.1) {
            double f = su_expert_imbalance(skew, 256, 8, ep, 4000);
            assert_true(f >= last);
            assert_true(f <= fmin(ep, 32));
            last = f;
        }
    }
}

/* Oracle: draw the loads of 256 experts, place them in order, take the fullest card's. */
static void the_fullest_card_of_drawn_loads_agrees(void **state)
{
    (void)state;
    struct su_rng rng;
    su_rng_init(&rng, 7, "loads", 0);
    const double skews[] = {0.6, 1.01, 1.2};
    for (size_t k = 0; k < 3; k++) {
        for (int ep = 4; ep <= 32; ep *= 2) {
            double high = 0.8 * 4000;
            double p = 1 - skews[k];
            double sum_of_max = 0;
            for (int run = 0; run < 400; run++) {
                double cards[32] = {0};
                double all = 0;
                double most = 0;
                for (int e = 0; e < 256; e++) {
                    double u = su_rng_uniform(&rng);
                    double x = pow((pow(high, p) - 1) * u + 1, 1 / p);
                    cards[e * ep / 256] += x;
                    all += x;
                }
                for (int c = 0; c < ep; c++)
                    most = fmax(most, cards[c]);
                sum_of_max += most / all * ep;
            }
            double drawn = sum_of_max / 400;
            double f = su_expert_imbalance(skews[k], 256, 8, ep, 4000);
            print_message("skew %g over %d cards: %.3f against %.3f drawn\n", skews[k], ep, f,
                          drawn);
            assert_near(f, drawn, 0.1);
        }
    }
}

static void the_fullest_card_sets_the_time_of_the_experts(void **state)
{
    struct su_deployment d =
        deploy(*state, "deepseek-v3", "h20_sxm_96g", cut(1, 8, 8), SU_DTYPE_fp8);
    struct su_step step = prefill_of(8192);
    struct su_step_cost even;
    struct su_step_cost skewed;
    su_step_explain(&d, &step, &even);
    d.expert_skew = 1.2;
    su_step_explain(&d, &step, &skewed);
    double factor = su_expert_imbalance(1.2, 256, 8, 8, 8 * 8192);
    const struct su_cost_line *e = line_of(&even, "experts");
    const struct su_cost_line *s = line_of(&skewed, "experts");
    assert_near(s->work.skew, 1.2, 0);
    assert_near(s->flop, factor * e->flop, 1e-12);
    assert_near(s->work.m, e->work.m, 0); /* the mean's; a surface of skewed rows knows the rest */
    assert_true(factor > 1.2 && skewed.total_s > even.total_s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(the_network_share_of_a_card_is_its_servers_divided),
        fixture_test(a_stage_has_its_share_of_layers_and_the_slower_end),
        fixture_test(stages_in_different_servers_talk_over_the_network),
        fixture_test(stages_together_are_the_model_and_a_bit_more),
        fixture_test(a_lone_request_passes_every_stage),
        fixture_test(chunks_follow_each_other_through_the_stages),
        fixture_test(with_stages_littles_law_holds_too),
        fixture_test(a_full_pipe_decodes_one_micro_batch_a_step),
        fixture_test(tokens_per_step_are_the_geometric_sum),
        fixture_test(a_step_verifies_the_guesses_and_pays_for_making_them),
        fixture_test(guesses_shorten_the_wait_for_a_token_by_what_is_accepted),
        fixture_test(guesses_that_are_never_accepted_only_cost),
        fixture_test(balanced_experts_or_one_card_have_no_fullest),
        fixture_test(more_skew_loads_the_fullest_card_more),
        fixture_test(the_fullest_card_of_drawn_loads_agrees),
        fixture_test(the_fullest_card_sets_the_time_of_the_experts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
