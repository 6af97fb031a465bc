/* The tables compiled in are what the reader makes of data/, field by field, and what the published
 * tables say that data/ was made from. */
#include "catalog/catalog.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/csv.h"
#include "base/file.h"
#include "su_test.h"

#define FACTS SU_SHARED_DATA "/../facts"

struct both {
    struct su_arena arena;
    struct su_catalog read;
    const struct su_catalog *embedded;
};

static int set_up(void **state)
{
    static struct both both; /* of the test program */
    struct su_err err;
    su_arena_init(&both.arena);
    assert_ok(su_catalog_read_dir(&both.arena, SU_SOURCE_DIR "/data", &both.read, &err), err);
    both.embedded = su_catalog_embedded();
    *state = &both;
    return 0;
}

static int tear_down(void **state)
{
    struct both *both = *state;
    su_arena_release(&both->arena);
    return 0;
}

static void check_text(const char *a, const char *b, const char *what)
{
    bool same = (a == NULL && b == NULL) || (a != NULL && b != NULL && strcmp(a, b) == 0);
    if (!same)
        fail_msg("%s: \"%s\", expected \"%s\"", what, a == NULL ? "(none)" : a,
                 b == NULL ? "(none)" : b);
}

static void check_number(double a, double b, const char *what)
{
    if (!(a == b || (isnan(a) && isnan(b))))
        fail_msg("%s: %.17g, expected %.17g", what, a, b);
}

static void check_date(struct su_date a, struct su_date b, const char *what)
{
    check_text(a.text, b.text, what);
    assert_true(a.year == b.year && a.month == b.month && a.day == b.day);
}

static void check_fact(struct su_fact a, struct su_fact b, const char *what)
{
    assert_int_equal(a.n_values, b.n_values);
    for (uint32_t i = 0; i < a.n_values; i++) {
        check_number(a.values[i].value, b.values[i].value, what);
        check_text(a.values[i].source, b.values[i].source, what);
        assert_int_equal(a.values[i].confidence, b.values[i].confidence);
    }
}

static void accelerators_are_what_the_files_say(void **state)
{
    const struct both *both = *state;
    assert_int_equal(both->embedded->n_accels, both->read.n_accels);
    for (size_t i = 0; i < both->read.n_accels; i++) {
        const struct su_accel *a = &both->embedded->accels[i];
        const struct su_accel *b = &both->read.accels[i];
#define SU_X(field) check_text(a->field, b->field, #field);
        SU_ACCEL_TEXT_TABLE(SU_X)
#undef SU_X
#define SU_X(field, unit) check_fact(a->field, b->field, #field);
        SU_ACCEL_FACT_TABLE(SU_X)
#undef SU_X
        check_date(a->as_of, b->as_of, a->id);
        assert_int_equal(a->confidence, b->confidence);
        assert_int_equal(a->cloud_only, b->cloud_only);
        assert_int_equal(a->splits_long_sequences, b->splits_long_sequences);
    }
}

static void servers_are_what_the_files_say(void **state)
{
    const struct both *both = *state;
    assert_int_equal(both->embedded->n_servers, both->read.n_servers);
    for (size_t i = 0; i < both->read.n_servers; i++) {
        const struct su_server *a = &both->embedded->servers[i];
        const struct su_server *b = &both->read.servers[i];
        check_text(a->id, b->id, "id");
        check_text(a->name, b->name, a->id);
        check_text(a->accelerator_id, b->accelerator_id, a->id);
        check_text(a->cpu, b->cpu, a->id);
        check_text(a->intra_link, b->intra_link, a->id);
        check_text(a->nic, b->nic, a->id);
        check_text(a->notes, b->notes, a->id);
        check_text(a->source, b->source, a->id);
        check_fact(a->accel_count, b->accel_count, a->id);
        check_fact(a->nic_gbps_total, b->nic_gbps_total, a->id);
        check_fact(a->chassis_power_kw, b->chassis_power_kw, a->id);
        assert_int_equal(a->topology, b->topology);
        check_date(a->as_of, b->as_of, a->id);
        assert_int_equal(a->confidence, b->confidence);
    }
}

static void prices_are_what_the_files_say(void **state)
{
    const struct both *both = *state;
    assert_int_equal(both->embedded->n_prices, both->read.n_prices);
    for (size_t i = 0; i < both->read.n_prices; i++) {
        const struct su_price *a = &both->embedded->prices[i];
        const struct su_price *b = &both->read.prices[i];
        check_text(a->item, b->item, "item");
        assert_int_equal(a->kind, b->kind);
        assert_int_equal(a->currency, b->currency);
        check_number(a->low, b->low, a->item);
        check_number(a->high, b->high, a->item);
        check_text(a->region, b->region, a->item);
        check_date(a->date, b->date, a->item);
        assert_int_equal(a->channel, b->channel);
        assert_int_equal(a->scope, b->scope);
        assert_int_equal(a->use, b->use);
        check_text(a->notes, b->notes, a->item);
        check_text(a->source, b->source, a->item);
        check_date(a->as_of, b->as_of, a->item);
        assert_int_equal(a->confidence, b->confidence);
    }
}

static void rates_and_running_costs_are_what_the_files_say(void **state)
{
    const struct both *both = *state;
    assert_int_equal(both->embedded->n_fx, both->read.n_fx);
    for (size_t i = 0; i < both->read.n_fx; i++) {
        const struct su_fx_rate *a = &both->embedded->fx[i];
        const struct su_fx_rate *b = &both->read.fx[i];
        assert_int_equal(a->base, b->base);
        assert_int_equal(a->quote, b->quote);
        check_date(a->date, b->date, "fx");
        check_number(a->rate, b->rate, "fx");
        check_text(a->source, b->source, "fx");
        assert_int_equal(a->confidence, b->confidence);
    }
    assert_int_equal(both->embedded->n_opex, both->read.n_opex);
    for (size_t i = 0; i < both->read.n_opex; i++) {
        const struct su_opex *a = &both->embedded->opex[i];
        const struct su_opex *b = &both->read.opex[i];
        check_text(a->item, b->item, "opex");
        check_text(a->region, b->region, a->item);
        check_number(a->low, b->low, a->item);
        check_number(a->high, b->high, a->item);
        check_text(a->unit, b->unit, a->item);
        check_text(a->notes, b->notes, a->item);
        check_text(a->source, b->source, a->item);
        check_date(a->as_of, b->as_of, a->item);
        assert_int_equal(a->confidence, b->confidence);
    }
}

static void support_and_rules_are_what_the_files_say(void **state)
{
    const struct both *both = *state;
    assert_int_equal(both->embedded->n_support, both->read.n_support);
    for (size_t i = 0; i < both->read.n_support; i++) {
        const struct su_support *a = &both->embedded->support[i];
        const struct su_support *b = &both->read.support[i];
        check_text(a->stack, b->stack, "stack");
        check_text(a->component, b->component, a->stack);
        assert_int_equal(a->level, b->level);
        check_text(a->notes, b->notes, a->stack);
        check_text(a->source, b->source, a->stack);
        check_date(a->as_of, b->as_of, a->stack);
        assert_int_equal(a->confidence, b->confidence);
    }
    assert_int_equal(both->embedded->n_rules, both->read.n_rules);
    for (size_t i = 0; i < both->read.n_rules; i++) {
        const struct su_rule *a = &both->embedded->rules[i];
        const struct su_rule *b = &both->read.rules[i];
        check_text(a->rule, b->rule, "rule");
        check_text(a->criterion, b->criterion, a->rule_id);
        check_text(a->bound, b->bound, a->rule_id);
        check_text(a->notes, b->notes, a->rule_id);
        check_text(a->source, b->source, a->rule_id);
        check_text(a->rule_id, b->rule_id, a->rule_id);
        check_text(a->klass, b->klass, a->rule_id);
        check_text(a->policy, b->policy, a->rule_id);
        check_text(a->jurisdiction, b->jurisdiction, a->rule_id);
        check_date(a->effective, b->effective, a->rule_id);
        check_date(a->until, b->until, a->rule_id);
        check_date(a->as_of, b->as_of, a->rule_id);
        assert_int_equal(a->applies, b->applies);
        assert_int_equal(a->join_any, b->join_any);
        assert_int_equal(a->quantity, b->quantity);
        check_number(a->min, b->min, a->rule_id);
        check_number(a->max, b->max, a->rule_id);
        assert_int_equal(a->confidence, b->confidence);
    }
    check_date(both->embedded->newest, both->read.newest, "newest");
}

static void the_counts_are_those_of_the_folders(void **state)
{
    const struct both *both = *state;
    assert_int_equal(both->embedded->n_accels, 76);
    assert_int_equal(both->embedded->n_servers, 32);
    assert_int_equal(both->embedded->n_prices, 152);
    assert_int_equal(both->embedded->n_fx, 88);
    assert_int_equal(both->embedded->n_opex, 109);
    assert_int_equal(both->embedded->n_support, 156);
    assert_int_equal(both->embedded->n_rules, 32);
}

static void the_power_of_an_h20_is_told_three_ways(void **state)
{
    const struct both *both = *state;
    const struct su_accel *h20 = su_catalog_accel(both->embedded, "h20_sxm_96g");
    assert_int_equal(h20->tdp_w.n_values, 3);
    check_number(h20->tdp_w.values[0].value, 400, "tdp_w");
    check_number(h20->tdp_w.values[1].value, 500, "tdp_w");
    check_number(h20->tdp_w.values[2].value, 550, "tdp_w");
    assert_null(h20->tdp_w.values[0].source);
    assert_non_null(h20->tdp_w.values[1].source);
    assert_int_equal(h20->tdp_w.values[2].confidence, SU_CONFIDENCE_LOW);
}

/* ---- the published tables ---- */

/* False, after saying so, when the table is not beside the sources. */
static bool read_table(struct su_arena *arena, const char *path, struct su_csv *csv)
{
    struct su_str text;
    struct su_err err;
    if (!su_file_exists(path)) {
        printf("skipped: %s is not there\n", path);
        return false;
    }
    assert_ok(su_file_read(arena, path, SU_FILE_BYTES_MAX, &text, &err), err);
    assert_ok(su_csv_parse(arena, text, path, csv, &err), err);
    return true;
}

static const char *cell_of(const struct su_csv *csv, size_t row, const char *col)
{
    size_t at = 0;
    struct su_err err;
    assert_ok(su_csv_col(csv, col, &at, &err), err);
    return csv->rows[row].cells[at];
}

/* An empty cell is a fact not known; any other is the value used. */
static void check_cell(const char *cell, struct su_fact fact, const char *id, const char *col)
{
    double v = 0;
    if (!su_str_to_double(su_str_c(cell), &v)) {
        if (cell[0] == '\0' && su_fact_known(fact))
            fail_msg("%s: %s is %g, but empty in the table", id, col, su_fact_value(fact));
        return;
    }
    if (!su_fact_known(fact))
        fail_msg("%s: %s is not known, but %g in the table", id, col, v);
    if (su_fact_value(fact) != v)
        fail_msg("%s: %s is %g, but %g in the table", id, col, su_fact_value(fact), v);
}

static void every_number_of_the_accelerator_table_is_kept(void **state)
{
    struct both *both = *state;
    struct su_csv csv;
    if (!read_table(&both->arena, FACTS "/accelerators.csv", &csv))
        skip();
    assert_int_equal(csv.n_rows, both->embedded->n_accels);
    size_t n_checked = 0;
    for (size_t i = 0; i < csv.n_rows; i++) {
        const char *id = cell_of(&csv, i, "id");
        const struct su_accel *a = su_catalog_accel(both->embedded, id);
        assert_non_null(a);
        for (size_t k = 0; k < su_accel_n_fields; k++) {
            const char *name = su_accel_fields[k].name;
            check_cell(cell_of(&csv, i, name), su_accel_fact(a, &su_accel_fields[k]), id, name);
            n_checked += su_fact_known(su_accel_fact(a, &su_accel_fields[k]));
        }
    }
    assert_true(n_checked > 600);
}

static void every_number_of_the_server_table_is_kept(void **state)
{
    struct both *both = *state;
    struct su_csv csv;
    if (!read_table(&both->arena, FACTS "/servers.csv", &csv))
        skip();
    assert_int_equal(csv.n_rows, both->embedded->n_servers);
    for (size_t i = 0; i < csv.n_rows; i++) {
        const char *id = cell_of(&csv, i, "id");
        const struct su_server *s = su_catalog_server(both->embedded, id);
        assert_non_null(s);
        check_cell(cell_of(&csv, i, "accel_count"), s->accel_count, id, "accel_count");
        check_cell(cell_of(&csv, i, "chassis_power_kw"), s->chassis_power_kw, id,
                   "chassis_power_kw");
        check_text(s->accelerator_id, cell_of(&csv, i, "accelerator_id"), id);
    }
}

static void every_row_of_the_price_table_is_kept(void **state)
{
    struct both *both = *state;
    struct su_csv csv;
    if (!read_table(&both->arena, FACTS "/prices.csv", &csv))
        skip();
    assert_int_equal(csv.n_rows, both->embedded->n_prices);
    for (size_t i = 0; i < csv.n_rows; i++) {
        size_t first = 0;
        size_t n = su_catalog_prices(both->embedded, cell_of(&csv, i, "item"), &first);
        double low = 0;
        assert_true(su_str_to_double(su_str_c(cell_of(&csv, i, "amount_low")), &low));
        const struct su_price *p = both->embedded->prices;
        size_t k = first;
        while (k < first + n &&
               !(p[k].low == low && strcmp(p[k].date.text, cell_of(&csv, i, "date")) == 0 &&
                 strcmp(su_price_kind_name(p[k].kind), cell_of(&csv, i, "kind")) == 0 &&
                 strcmp(p[k].region, cell_of(&csv, i, "region")) == 0))
            k++;
        if (k == first + n)
            fail_msg("row %zu of the price table (%s %g) is gone", i, cell_of(&csv, i, "item"),
                     low);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accelerators_are_what_the_files_say),
        cmocka_unit_test(servers_are_what_the_files_say),
        cmocka_unit_test(prices_are_what_the_files_say),
        cmocka_unit_test(rates_and_running_costs_are_what_the_files_say),
        cmocka_unit_test(support_and_rules_are_what_the_files_say),
        cmocka_unit_test(the_counts_are_those_of_the_folders),
        cmocka_unit_test(the_power_of_an_h20_is_told_three_ways),
        cmocka_unit_test(every_number_of_the_accelerator_table_is_kept),
        cmocka_unit_test(every_number_of_the_server_table_is_kept),
        cmocka_unit_test(every_row_of_the_price_table_is_kept),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
