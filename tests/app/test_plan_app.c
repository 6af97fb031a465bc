/* `plan` as its callers see it: the JSON contract of docs/api/plan.md. */
#include <math.h>

#include "app_fixture.h"
#include "catalog/catalog.h"

static const char *const article[] = {"model",
                                      "llama-3-70b",
                                      "users",
                                      "2000",
                                      "active_hours_per_day",
                                      "10",
                                      "peak_factor",
                                      "3",
                                      "isl",
                                      "1500",
                                      "osl",
                                      "400",
                                      "slo",
                                      "ttft_p99=3s,tpot_p99=80ms",
                                      "as_of",
                                      "2024-07-14",
                                      NULL};

static const struct su_doc *plan(struct su_arena *arena, const struct su_request *r,
                                 enum su_lang lang, struct su_answer *answer)
{
    return run_verb(arena, su_app_plan, r, lang, answer);
}

static void check_money(const struct su_doc *m)
{
    need(m, "amount", SU_DOC_REAL);
    assert_int_equal(strlen(str_of(m, "currency")), 3);
}

static void check_plan(const struct su_doc *p, int64_t rank)
{
    need_all(p, "chip:s count:i servers:i cards_per_server:i dtype:s kv_dtype:s tp:i pp:i dp:i "
                "ep:i replicas:i engine:s engine_support:s channel:s ttft_ms:r ttft_p99_ms:r "
                "tpot_ms:r tpot_p99_ms:r output_tok_s:r request_rate_max_s:r power_kw:r memory:o "
                "interval:o tie:b basis:s reason:s launch:s compliance:o channels:a");
    assert_int_equal(int_of(p, "rank"), rank);
    assert_int_equal(int_of(p, "count"),
                     int_of(p, "tp") * int_of(p, "pp") * int_of(p, "dp") * int_of(p, "replicas"));
    assert_true(int_of(p, "servers") * int_of(p, "cards_per_server") >= int_of(p, "count"));
    assert_true(need(need(p, "memory", SU_DOC_OBJ), "fits", SU_DOC_BOOL)->u.boolean);
    assert_bracketed(p, "ttft_ms", real_of(p, "ttft_ms"));
    assert_bracketed(p, "tpot_ms", real_of(p, "tpot_ms"));
    const struct su_doc *cost = su_doc_get(p, "cost");
    assert_non_null(cost);
    if (cost->kind == SU_DOC_NULL) {
        assert_int_equal(su_doc_get(p, "cost_per_mtok_output")->kind, SU_DOC_NULL);
        check_money(need(p, "price_to_win", SU_DOC_OBJ));
        return;
    }
    static const char *const lines[] = {"servers", "network", "electricity",
                                        "hosting", "upkeep",  "rent"};
    double sum = 0;
    for (size_t i = 0; i < 6; i++) {
        check_money(need(cost, lines[i], SU_DOC_OBJ));
        sum += real_of(need(cost, lines[i], SU_DOC_OBJ), "amount");
    }
    assert_near(real_of(need(cost, "total", SU_DOC_OBJ), "amount"), sum, 1e-9);
    need_all(need(cost, "server_price", SU_DOC_OBJ),
             "low:o mid:o high:o per:s item:s date:s tax:s source:s confidence:s from_card_price:b "
             "other_region:b open_ended:b");
    double unit = real_of(need(p, "cost_per_mtok_output", SU_DOC_OBJ), "amount");
    assert_bracketed(p, "cost_per_mtok_output", unit);
}

static void keys_of_the_contract_are_there(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = request_of(arena, article);
    for (int lang = 0; lang < 2; lang++) {
        struct su_answer answer;
        const struct su_doc *doc = plan(arena, &r, (enum su_lang)lang, &answer);
        assert_true(answer.feasible);
        need_all(doc, "model:s region:s as_of:s request_rate_s:r request_rate_peak_s:r "
                      "horizon_months:r output_mtok:r feasible:b plans:a excluded:a pareto:a "
                      "assumptions:a approximations:a");
        assert_null(su_doc_get(doc, "why"));
        const struct su_doc *plans = su_doc_get(doc, "plans");
        assert_true(plans->u.arr.n >= 3);
        for (size_t i = 0; i < plans->u.arr.n; i++)
            check_plan(plans->u.arr.items[i], (int64_t)i + 1);
        const struct su_doc *excluded = su_doc_get(doc, "excluded");
        assert_true(excluded->u.arr.n > 0);
        for (size_t i = 0; i < excluded->u.arr.n; i++) {
            const struct su_doc *x = excluded->u.arr.items[i];
            need_all(x, "chip:s constraint:s reason:s");
            if (su_doc_get(x, "value") != NULL)
                need_all(x, "value:r limit:r unit:s");
            /* No placeholder was left unfilled, no figure is missing. */
            assert_null(strchr(str_of(x, "reason"), '{'));
            assert_null(strstr(str_of(x, "reason"), "nan"));
        }
        /* Every chip is either planned or excluded. */
        assert_int_equal(plans->u.arr.n + excluded->u.arr.n, su_catalog_embedded()->n_accels);
    }
}

/* 2,000 people x 20 requests over 10 hours: 40,000 / 36,000 s = 1.111 /s, times 3 at the peak.
 * Output: 40,000 x 400 tokens x 365.25/12 days x 36 months / 1e6 = 17,532 Mtok. */
static void the_load_is_the_arithmetic_of_its_parts(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = request_of(arena, article);
    struct su_answer answer;
    const struct su_doc *doc = plan(arena, &r, SU_LANG_EN, &answer);
    assert_near(real_of(doc, "request_rate_s"), 40000.0 / 36000, 1e-12);
    assert_near(real_of(doc, "request_rate_peak_s"), 3 * 40000.0 / 36000, 1e-12);
    assert_near(real_of(doc, "output_mtok"), 17532, 1e-9);
}

/* The question of July 2024: the H20 may be bought, the H100 not: 1,978.9 TOPS x 8 bit = 15,831. */
static void the_article_s_month_has_h20_and_no_h100(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = request_of(arena, article);
    struct su_answer answer;
    const struct su_doc *doc = plan(arena, &r, SU_LANG_EN, &answer);
    const struct su_doc *plans = su_doc_get(doc, "plans");
    bool h20 = false;
    for (size_t i = 0; i < plans->u.arr.n; i++)
        h20 |= strcmp(str_of(plans->u.arr.items[i], "chip"), "h20_sxm_96g") == 0;
    assert_true(h20);
    const struct su_doc *excluded = su_doc_get(doc, "excluded");
    bool h100 = false;
    for (size_t i = 0; i < excluded->u.arr.n; i++) {
        const struct su_doc *x = excluded->u.arr.items[i];
        if (strcmp(str_of(x, "chip"), "h100_sxm_80g") != 0)
            continue;
        h100 = true;
        assert_string_equal(str_of(x, "constraint"), "export");
        assert_near(real_of(x, "value"), 15831, 1e-4);
        assert_near(real_of(x, "limit"), 4800, 0);
    }
    assert_true(h100);
}

static void the_pareto_front_gets_dearer_and_faster(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = REQUEST(arena, "model", "qwen3-32b", "rate", "2", "isl", "2000", "osl",
                                  "500", "region", "us", "as_of", "2026-11-01");
    struct su_answer answer;
    const struct su_doc *front = su_doc_get(plan(arena, &r, SU_LANG_EN, &answer), "pareto");
    assert_true(front->u.arr.n >= 2);
    for (size_t i = 0; i < front->u.arr.n; i++) {
        const struct su_doc *p = front->u.arr.items[i];
        need_all(p, "rank:i chip:s cost_per_mtok_output:r tok_s_per_user:r");
        if (i == 0)
            continue;
        const struct su_doc *before = front->u.arr.items[i - 1];
        assert_true(real_of(p, "cost_per_mtok_output") >= real_of(before, "cost_per_mtok_output"));
        assert_true(real_of(p, "tok_s_per_user") > real_of(before, "tok_s_per_user"));
    }
}

/* Options whose omission changes the answer, and that therefore must be told. */
static void every_default_is_an_assumption(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r =
        REQUEST(arena, "model", "qwen3-32b", "users", "100", "isl", "2000", "osl", "500");
    static const char *const names[] = {"dtype",
                                        "kv_dtype",
                                        "engine",
                                        "isl_cv",
                                        "osl_cv",
                                        "requests_per_user_day",
                                        "active_hours_per_day",
                                        "peak_factor",
                                        "slo",
                                        "max_num_seqs",
                                        "max_num_batched_tokens",
                                        "block_size",
                                        "gpu_memory_utilization",
                                        "region",
                                        "channels",
                                        "authorisation",
                                        "markets",
                                        "horizon_months",
                                        "currency",
                                        "as_of"};
    static const char *const values[] = {"fp8",  "fp8",        "vllm", "0.5",         "0.5",
                                         "10",   "8",          "2",    "ttft_p99=5s", "64",
                                         "4096", "16",         "0.8",  "us",          "official",
                                         "none", "datacenter", "24",   "USD",         "2026-01-01"};
    struct su_answer answer;
    const struct su_doc *doc = plan(arena, &r, SU_LANG_EN, &answer);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct su_doc *a = assumption(doc, names[i]);
        if (a == NULL)
            fail_msg("%s was left out and is no assumption", names[i]);
        need_all(a, "name:s value:s source:s");
        set(arena, &r, names[i], values[i]);
    }
    doc = plan(arena, &r, SU_LANG_EN, &answer);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (assumption(doc, names[i]) != NULL)
            fail_msg("%s was given and is an assumption", names[i]);
    }
    static const char *const costs[] = {"electricity", "pue",  "hosting", "upkeep",
                                        "network",     "load", "prices"};
    for (size_t i = 0; i < sizeof(costs) / sizeof(costs[0]); i++)
        assert_non_null(assumption(doc, costs[i]));
}

static void what_cannot_be_says_why_and_what_to_change(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = REQUEST(arena, "model", "llama-3-70b", "rate", "1", "isl", "1500", "osl",
                                  "400", "slo", "tpot_p99=1ms", "as_of", "2024-07-14");
    for (int lang = 0; lang < 2; lang++) {
        struct su_answer answer;
        const struct su_doc *doc = plan(arena, &r, (enum su_lang)lang, &answer);
        assert_false(answer.feasible);
        assert_false(need(doc, "feasible", SU_DOC_BOOL)->u.boolean);
        assert_string_equal(str_of(doc, "why"), answer.why);
        assert_int_equal(su_doc_get(doc, "plans")->u.arr.n, 0);
        assert_null(strchr(answer.why, '\n'));
        assert_non_null(strstr(answer.why, "--slo tpot_p99="));
    }
}

static void bad_words_are_refused_by_name(void **state)
{
    struct su_arena *arena = *state;
    static const struct {
        const char *flag;
        const char *value;
        const char *says;
    } rows[] = {{"region", "china", "country code"},
                {"channels", "ebay", "official"},
                {"markets", "cpu", "datacenter"},
                {"vendors_only", "Huawie", "Huawei"},
                {"vendors_forbidden", "Nvidea", "NVIDIA"},
                {"chips", "h20", "h20_sxm_96g"},
                {"dtype", "fp9", "int8"},
                {"kv_dtype", "x", "bf16"},
                {"engine", "tgi", "sglang"},
                {"authorisation", "all", "nac"},
                {"currency", "RMB", "CNY"},
                {"as_of", "yesterday", "date"},
                {"model", "qwen3-32", "qwen3-32b"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct su_request r = REQUEST(arena, "model", "qwen3-32b", "rate", "1", "isl", "100", "osl",
                                      "100", rows[i].flag, rows[i].value);
        struct su_view view = {.lang = SU_LANG_EN, .width = 100};
        struct su_answer answer = {0};
        struct su_err err = {0};
        if (su_app_plan(arena, &r, &view, &answer, &err) != SU_ERR_INPUT)
            fail_msg("accepted: %s %s", rows[i].flag, rows[i].value);
        if (strstr(err.message, rows[i].says) == NULL)
            fail_msg("%s %s says \"%s\"", rows[i].flag, rows[i].value, err.message);
    }
}

static void domestic_vendors_alone_are_asked_for_in_a_brief(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = request_of(arena, article);
    struct su_doc *doc = NULL;
    struct su_err err;
    assert_ok(
        su_doc_parse_yaml(arena, su_str_c("vendors: {only: domestic}\n"), "b.yaml", &doc, &err),
        err);
    assert_ok(su_request_from_doc(arena, &r, doc, SU_ON_PLAN, &err), err);
    struct su_answer answer;
    const struct su_doc *plans = need(plan(arena, &r, SU_LANG_EN, &answer), "plans", SU_DOC_ARR);
    assert_true(plans->u.arr.n > 0);
    for (size_t i = 0; i < plans->u.arr.n; i++) {
        const struct su_accel *a =
            su_catalog_accel(su_catalog_embedded(), str_of(plans->u.arr.items[i], "chip"));
        assert_string_equal(a->origin, "CN");
    }
}

/* A plan of every channel: the H100 is bought on the grey market or rented, each with its total,
 * its price and what the rules say, in both languages. */
static void every_channel_has_its_price_tax_and_compliance(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = request_of(arena, article);
    set(arena, &r, "channels", "official,second_hand,rental");
    set(arena, &r, "chips", "h100_sxm_80g,h20_sxm_96g,metax_c500");
    set(arena, &r, "as-of", "2026-02-01");
    for (int lang = 0; lang < 2; lang++) {
        struct su_answer answer;
        const struct su_doc *plans =
            need(plan(arena, &r, (enum su_lang)lang, &answer), "plans", SU_DOC_ARR);
        size_t n_rented = 0;
        size_t n_excluded = 0;
        for (size_t i = 0; i < plans->u.arr.n; i++) {
            const struct su_doc *list = need(plans->u.arr.items[i], "channels", SU_DOC_ARR);
            for (size_t k = 0; k < list->u.arr.n; k++) {
                const struct su_doc *o = list->u.arr.items[k];
                const struct su_doc *flag = need(o, "compliance", SU_DOC_OBJ);
                need_all(flag, "status:s note:s");
                assert_null(strchr(str_of(flag, "note"), '{'));
                const struct su_doc *price = need(o, "server_price", SU_DOC_OBJ);
                need_all(price, "per:s tax:s date:s source:s");
                n_excluded += strcmp(str_of(price, "tax"), "excluded") == 0;
                if (strcmp(str_of(o, "channel"), "rental") != 0)
                    continue;
                n_rented++;
                assert_string_equal(str_of(price, "per"), "server_month");
                double total = real_of(need(o, "total", SU_DOC_OBJ), "amount");
                double month = real_of(need(price, "mid", SU_DOC_OBJ), "amount");
                assert_near(total, month * 36 * (double)int_of(plans->u.arr.items[i], "servers"),
                            1e-9);
            }
        }
        assert_int_equal(n_rented, 2);
        assert_int_equal(n_excluded, 1); /* the prospectus of MetaX says so */
    }
}

static void a_default_region_without_figures_is_told(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = REQUEST(arena, "model", "qwen3-8b", "rate", "1", "isl", "100", "osl",
                                  "100", "region", "br");
    struct su_answer answer;
    const struct su_doc *doc = plan(arena, &r, SU_LANG_EN, &answer);
    const struct su_doc *list = su_doc_get(doc, "approximations");
    bool told = false;
    for (size_t i = 0; i < list->u.arr.n; i++)
        told |= strstr(list->u.arr.items[i]->u.str.p, "region br") != NULL;
    assert_true(told);
}

/* Each engine its own words; MindIE takes a file and has no command. */
static void each_engine_has_its_launch_command(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = REQUEST(arena, "model", "qwen3-32b", "rate", "2", "isl", "2000", "osl",
                                  "500", "as_of", "2026-11-01");
    struct su_answer answer;
    const struct su_doc *p = su_doc_get(plan(arena, &r, SU_LANG_EN, &answer), "plans");
    const char *launch = str_of(p->u.arr.items[0], "launch");
    assert_non_null(strstr(launch, "vllm serve Qwen/Qwen3-32B --tensor-parallel-size"));
    set(arena, &r, "engine", "sglang");
    p = su_doc_get(plan(arena, &r, SU_LANG_EN, &answer), "plans");
    launch = str_of(p->u.arr.items[0], "launch");
    assert_non_null(strstr(launch, "sglang.launch_server --model-path Qwen/Qwen3-32B --tp-size"));
    set(arena, &r, "engine", "mindie");
    set(arena, &r, "chips", "ascend_910b3_64g");
    p = su_doc_get(plan(arena, &r, SU_LANG_EN, &answer), "plans");
    assert_int_equal(need(p->u.arr.items[0], "launch", SU_DOC_NULL)->kind, SU_DOC_NULL);
}

/* Of the priced plans each has a rival, the others have none; the leader's is the second. */
static void the_verdict_s_keys_are_there(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = request_of(arena, article);
    struct su_answer answer;
    const struct su_doc *doc = plan(arena, &r, SU_LANG_EN, &answer);
    const struct su_doc *plans = need(doc, "plans", SU_DOC_ARR);
    for (size_t i = 0; i < plans->u.arr.n; i++) {
        const struct su_doc *p = plans->u.arr.items[i];
        assert_true(real_of(p, "datasheet_frac") > 0.1 && real_of(p, "datasheet_frac") < 1);
        if (su_doc_get(p, "cost")->kind == SU_DOC_NULL) {
            need(p, "break_even", SU_DOC_NULL);
            continue;
        }
        const struct su_doc *even = need(p, "break_even", SU_DOC_OBJ);
        assert_string_equal(str_of(even, "against"),
                            str_of(plans->u.arr.items[i == 0 ? 1 : 0], "chip"));
        assert_true(int_of(even, "servers_max") >= 0);
        need_all(need(even, "at_scale", SU_DOC_OBJ), "efficiency_frac:r datasheet_frac:r");
        check_money(need(even, "server_price", SU_DOC_OBJ));
        check_money(need(even, "porting_budget", SU_DOC_OBJ)); /* CUDA against CANN */
        check_money(need(even, "porting_budget_at_datasheet", SU_DOC_OBJ));
    }
    const struct su_doc *verdict = need(doc, "verdict", SU_DOC_OBJ);
    assert_non_null(strstr(str_of(verdict, "decides"), "h20_sxm_96g is"));
    assert_true(need(verdict, "would_change", SU_DOC_ARR)->u.arr.n >= 3);
    const struct su_doc *rows = need(doc, "sensitivity", SU_DOC_ARR);
    assert_int_equal(rows->u.arr.n, 14); /* two priced plans */
    for (size_t i = 0; i < rows->u.arr.n; i++) {
        const struct su_doc *row = rows->u.arr.items[i];
        need_all(row, "parameter:s leader:s cost_per_mtok_output:r changes:b");
        bool changes = strcmp(str_of(row, "leader"), "h20_sxm_96g") != 0;
        assert_int_equal(need(row, "changes", SU_DOC_BOOL)->u.boolean, changes);
    }
}

/* Total and price of the cheaper one against the other's threshold: the same two totals. */
static void two_chips_are_compared_the_same_from_both_sides(void **state)
{
    struct su_arena *arena = *state;
    static const char *const orders[] = {"h20_sxm_96g,ascend_910b3_64g",
                                         "ascend_910b3_64g,h20_sxm_96g"};
    for (int side = 0; side < 2; side++) {
        struct su_request r = request_of(arena, article);
        set(arena, &r, "compare", orders[side]);
        struct su_answer answer;
        const struct su_doc *doc = plan(arena, &r, SU_LANG_EN, &answer);
        const struct su_doc *c = need(doc, "compare", SU_DOC_OBJ);
        assert_string_equal(str_of(c, "cheaper"), "h20_sxm_96g");
        const struct su_doc *lines = need(c, "lines", SU_DOC_ARR);
        assert_int_equal(lines->u.arr.n, 18);
        const struct su_doc *total = lines->u.arr.items[0];
        assert_string_equal(str_of(total, "item"), "total");
        assert_string_equal(str_of(total, "better"), "h20_sxm_96g");
        assert_true((real_of(total, "a") < real_of(total, "b")) == (side == 0));
        const struct su_doc *thresholds = need(c, "thresholds", SU_DOC_ARR);
        const struct su_doc *loser = thresholds->u.arr.items[side == 0 ? 1 : 0];
        assert_string_equal(str_of(loser, "chip"), "ascend_910b3_64g");
        const struct su_doc *even = need(loser, "break_even", SU_DOC_OBJ);
        assert_string_equal(str_of(even, "against"), "h20_sxm_96g");
        double budget = real_of(need(even, "porting_budget", SU_DOC_OBJ), "amount");
        assert_near(budget, -fabs(real_of(total, "a") - real_of(total, "b")), 1e-9);
        assert_true(need(c, "verdict", SU_DOC_ARR)->u.arr.n >= 2);
    }
}

static void a_chip_that_is_out_or_unpriced_is_compared_by_its_reason(void **state)
{
    struct su_arena *arena = *state;
    struct su_request r = request_of(arena, article);
    set(arena, &r, "compare", "h20_sxm_96g,h100_sxm_80g");
    struct su_answer answer;
    const struct su_doc *doc = plan(arena, &r, SU_LANG_EN, &answer);
    const struct su_doc *c = need(doc, "compare", SU_DOC_OBJ);
    need(c, "cheaper", SU_DOC_NULL);
    assert_int_equal(need(c, "lines", SU_DOC_ARR)->u.arr.n, 0);
    const struct su_doc *said = need(c, "verdict", SU_DOC_ARR);
    assert_int_equal(said->u.arr.n, 1);
    assert_non_null(strstr(said->u.arr.items[0]->u.str.p, "h100_sxm_80g is no plan: export rule"));
    set(arena, &r, "compare", "h20_sxm_96g,kunlun_p800");
    doc = plan(arena, &r, SU_LANG_EN, &answer);
    c = need(doc, "compare", SU_DOC_OBJ);
    need(c, "cheaper", SU_DOC_NULL);
    check_money(need(c, "price_to_win", SU_DOC_OBJ));
    assert_true(need(c, "lines", SU_DOC_ARR)->u.arr.n > 0);
}

static void what_cannot_be_compared_is_refused(void **state)
{
    struct su_arena *arena = *state;
    static const char *const bad[][2] = {{"h20_sxm_96g", "two chips"},
                                         {"h20_sxm_96g,h20_sxm_96g", "two chips"},
                                         {"h20_sxm_96g,h20", "h20_sxm_96g"},
                                         {"h20_sxm_96g,mi300x_192g", "--chips"}};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct su_request r = request_of(arena, article);
        set(arena, &r, "chips", "h20_sxm_96g,ascend_910b3_64g");
        set(arena, &r, "compare", bad[i][0]);
        struct su_view view = {.lang = SU_LANG_EN, .width = 100};
        struct su_answer answer = {0};
        struct su_err err = {0};
        assert_int_equal(su_app_plan(arena, &r, &view, &answer, &err), SU_ERR_INPUT);
        if (strstr(err.message, bad[i][1]) == NULL)
            fail_msg("%s says \"%s\"", bad[i][0], err.message);
    }
}

/* Nothing to lead with: one priced chip, no priced chip, no chip. */
static void a_verdict_without_rivals_says_so(void **state)
{
    struct su_arena *arena = *state;
    struct su_answer answer;
    struct su_request one = request_of(arena, article);
    set(arena, &one, "chips", "h20_sxm_96g");
    const struct su_doc *doc = plan(arena, &one, SU_LANG_EN, &answer);
    const struct su_doc *verdict = need(doc, "verdict", SU_DOC_OBJ);
    assert_non_null(strstr(str_of(verdict, "decides"), "only feasible chip with a price"));
    assert_int_equal(need(doc, "sensitivity", SU_DOC_ARR)->u.arr.n, 0);
    need(need(doc, "plans", SU_DOC_ARR)->u.arr.items[0], "break_even", SU_DOC_NULL);
    struct su_request unpriced = request_of(arena, article);
    set(arena, &unpriced, "chips", "kunlun_p800");
    doc = plan(arena, &unpriced, SU_LANG_ZH, &answer);
    need(doc, "verdict", SU_DOC_OBJ);
    struct su_request none = request_of(arena, article);
    set(arena, &none, "chips", "h100_sxm_80g");
    doc = plan(arena, &none, SU_LANG_EN, &answer);
    need(doc, "verdict", SU_DOC_NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(keys_of_the_contract_are_there),
        ARENA_TEST(the_load_is_the_arithmetic_of_its_parts),
        ARENA_TEST(the_article_s_month_has_h20_and_no_h100),
        ARENA_TEST(the_pareto_front_gets_dearer_and_faster),
        ARENA_TEST(every_default_is_an_assumption),
        ARENA_TEST(what_cannot_be_says_why_and_what_to_change),
        ARENA_TEST(bad_words_are_refused_by_name),
        ARENA_TEST(domestic_vendors_alone_are_asked_for_in_a_brief),
        ARENA_TEST(every_channel_has_its_price_tax_and_compliance),
        ARENA_TEST(a_default_region_without_figures_is_told),
        ARENA_TEST(each_engine_has_its_launch_command),
        ARENA_TEST(the_verdict_s_keys_are_there),
        ARENA_TEST(two_chips_are_compared_the_same_from_both_sides),
        ARENA_TEST(a_chip_that_is_out_or_unpriced_is_compared_by_its_reason),
        ARENA_TEST(what_cannot_be_compared_is_refused),
        ARENA_TEST(a_verdict_without_rivals_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
