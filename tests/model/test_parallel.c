/* Which cuts are allowed, and how a refused one is told. */
#include <string.h>

#include "model/fixture.h"

static bool allowed(struct fixture *f, const char *preset, uint32_t tp, uint32_t pp, uint32_t dp,
                    uint32_t ep)
{
    memset(&f->err, 0, sizeof(f->err));
    enum su_status st =
        su_parallel_check(load_model(f, preset), (struct su_parallel){tp, pp, dp, ep}, &f->err);
    assert_true(st == SU_OK || st == SU_ERR_INPUT);
    return st == SU_OK;
}

static void cuts_that_people_run_are_allowed(void **state)
{
    assert_true(allowed(*state, "llama-3.1-70b", 8, 1, 1, 1));
    assert_true(allowed(*state, "llama-3.1-70b", 16, 2, 1, 1)); /* KV heads twice each */
    assert_true(allowed(*state, "llama-3.1-405b", 8, 2, 2, 1));
    assert_true(allowed(*state, "qwen2.5-7b-instruct", 4, 1, 1, 1));
    assert_true(allowed(*state, "deepseek-v3", 8, 2, 1, 8));
    assert_true(allowed(*state, "deepseek-v3", 1, 1, 32, 32));
    assert_true(allowed(*state, "deepseek-v3", 4, 1, 8, 32));
    assert_true(allowed(*state, "qwen3-30b-a3b-instruct-2507", 1, 1, 2, 2));
    assert_true(allowed(*state, "mixtral-8x7b-v0.1", 2, 1, 1, 1));
}

static void a_tp_that_does_not_divide_is_refused_with_the_allowed_ones(void **state)
{
    struct fixture *f = *state;
    assert_false(allowed(f, "llama-3.1-8b", 3, 1, 1, 1));
    assert_string_equal(f->err.where, "--tp");
    assert_non_null(strstr(f->err.message, "is 3, expected one of 1, 2, 4, 8, 16, 32 "));
    /* 28 heads, 4 KV heads, width 18944 = 2^9 * 37: 7 divides the heads alone */
    assert_false(allowed(f, "qwen2.5-7b-instruct", 8, 1, 1, 1));
    assert_non_null(strstr(f->err.message, "is 8, expected one of 1, 2, 4 "));
    assert_false(allowed(f, "qwen2.5-7b-instruct", 0, 1, 1, 1));
    assert_non_null(strstr(f->err.message, "is 0, expected 1.."));
}

static void more_stages_than_layers_are_refused(void **state)
{
    struct fixture *f = *state;
    assert_true(allowed(f, "llama-3.1-8b", 1, 32, 1, 1));
    assert_false(allowed(f, "llama-3.1-8b", 1, 33, 1, 1));
    assert_string_equal(f->err.where, "--pp");
    assert_string_equal(f->err.message, "is 33, expected 1..32");
}

static void expert_groups_must_divide_cards_and_experts(void **state)
{
    struct fixture *f = *state;
    assert_false(allowed(f, "llama-3.1-8b", 2, 1, 1, 2));
    assert_string_equal(f->err.where, "--ep");
    assert_non_null(strstr(f->err.message, "expected 1: llama-3.1-8b has no experts"));
    assert_false(allowed(f, "deepseek-v3", 8, 1, 1, 16)); /* more than tp*dp */
    assert_non_null(strstr(f->err.message, "expected one of 1, 2, 4, 8 (tp*dp is 8;"));
    assert_false(allowed(f, "mixtral-8x7b-v0.1", 8, 1, 2, 16)); /* 8 experts over 16 */
    assert_false(allowed(f, "qwen3-30b-a3b", 1, 1, 5, 1));      /* width 768 over 5 */
    assert_false(allowed(f, "qwen3-30b-a3b", 1, 1, 0, 1));
    assert_string_equal(f->err.where, "--dp");
}

static void absurd_sizes_are_refused_quickly(void **state)
{
    assert_false(allowed(*state, "llama-3.1-8b", UINT32_MAX, 1, UINT32_MAX, 1));
    assert_false(allowed(*state, "deepseek-v3", 128, 1, 16384, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(cuts_that_people_run_are_allowed),
        fixture_test(a_tp_that_does_not_divide_is_refused_with_the_allowed_ones),
        fixture_test(more_stages_than_layers_are_refused),
        fixture_test(expert_groups_must_divide_cards_and_experts),
        fixture_test(absurd_sizes_are_refused_quickly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
