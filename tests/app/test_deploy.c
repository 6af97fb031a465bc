/* Files of a deployment: Kubernetes and Compose against schemas, limits against the plan, the bill
 * against its total, and folders that hold something else. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app_fixture.h"
#include "su_test_schema.h"

#include "app/deploy.h"
#include "base/csv.h"
#include "base/file.h"

static const char *const all_names[] = {"serve.sh", "compose.yaml", "kubernetes.yaml",
                                        "bench.sh", "bom.csv",      "README.md"};

struct fixture {
    struct su_arena arena;
    struct su_deploy d;
    struct su_quote quote;
    struct su_cost cost;
    struct su_cost_basis basis;
    struct su_price row;
    char *dir;
};

static struct su_money cny(double amount)
{
    struct su_money m = {0};
    assert_int_equal(su_money_make(amount, SU_CNY, &m, NULL), SU_OK);
    return m;
}

/* Two servers at 1.5 M, network 69 k, 100 k + 50 k + 24 k of running: 3.243 M in all. */
static void set_money(struct fixture *f)
{
    f->row = (struct su_price){.item = "hgx_h20_8",
                               .region = "CN",
                               .source = "=a quote, quoted",
                               .tax = SU_PRICE_TAX_INCLUDED,
                               .notes = "incl. VAT"};
    assert_true(su_date_parse(su_str_c("2024-02"), &f->row.date));
    f->quote = (struct su_quote){.known = true,
                                 .low = cny(1.4e6),
                                 .mid = cny(1.5e6),
                                 .high = cny(1.6e6),
                                 .row = &f->row,
                                 .age_months = 5};
    f->cost = (struct su_cost){.servers = cny(3e6),
                               .network = cny(69e3),
                               .electricity = cny(1e5),
                               .hosting = cny(5e4),
                               .upkeep = cny(24e3),
                               .total = cny(3.243e6),
                               .power_kw = 20};
    struct su_assumption a = {.name = "x", .value = 0.5, .source = "s", .as_of = "2024"};
    f->basis = (struct su_cost_basis){SU_CNY, a, a, a, a, a, a};
}

static void set_chip(struct fixture *f, const char *component, const char *chip)
{
    const struct su_catalog *c = su_catalog_embedded();
    const struct su_accel *accel = su_catalog_accel(c, chip);
    assert_non_null(accel);
    f->d.chip = accel->id;
    f->d.chip_name = accel->name;
    f->d.stack = accel->stack;
    f->d.component = component;
    f->d.engine = su_catalog_engine(c, accel->stack, component, chip);
    f->d.devices_per_card = f->d.engine == NULL ? 1 : f->d.engine->devices_per_card;
}

static int setup(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    su_arena_init(&f->arena);
    set_money(f);
    f->d = (struct su_deploy){.model = "qwen3-32b",
                              .weights = "Qwen/Qwen3-32B",
                              .tokenizer = "Qwen/Qwen3-32B",
                              .served_name = "qwen3-32b",
                              .checkpoint_bytes = 65.5e9,
                              .dtype = SU_DTYPE_bf16,
                              .kv_dtype = SU_DTYPE_bf16,
                              .par = {2, 1, 1, 1},
                              .cut_fits = true,
                              .n_replicas = 6,
                              .n_servers = 2,
                              .n_cards_server = 8,
                              .limits = {321, 4321, 100000},
                              .max_model_len = 7168,
                              .utilization_frac = 0.9,
                              .static_frac = 0.8567,
                              .free_kv_frac = 0.75,
                              .load = {2000, 0.3, 500, 0.3},
                              .slo = {3, 0, 0.06, 0},
                              .rate_peak_req_s = 3.25,
                              .ttft_p99_s = 1.7,
                              .tpot_p99_s = 0.05,
                              .output_tok_s = 1625,
                              .region = "cn-east",
                              .date = "2024-07-14",
                              .horizon_months = 36,
                              .power_kw = 20,
                              .quote = &f->quote,
                              .cost = &f->cost,
                              .basis = &f->basis};
    set_chip(f, "vLLM", "h20_sxm_96g");
    const char *base = getenv("TMPDIR");
    f->dir = su_fmt(&f->arena, "%s/suanli-test-XXXXXX", base == NULL ? "/tmp" : base);
    assert_non_null(mkdtemp(f->dir));
    *state = f;
    return 0;
}

static const char *path_of(struct fixture *f, const char *name)
{
    return su_fmt(&f->arena, "%s/%s", f->dir, name);
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < 6; i++)
        (void)unlink(path_of(f, all_names[i]));
    (void)rmdir(f->dir);
    su_arena_release(&f->arena);
    test_free(f);
    return 0;
}
#define DEPLOY_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static struct su_deploy_files write_files(struct fixture *f, enum su_lang lang)
{
    struct su_err err = {0};
    struct su_view view = {.lang = lang, .width = 100};
    struct su_deploy_files files;
    assert_ok(su_deploy_write(&f->arena, &f->d, &view, f->dir, &files, &err), err);
    return files;
}

static const char *text_of(struct fixture *f, const char *name)
{
    struct su_err err = {0};
    struct su_str text;
    assert_ok(su_file_read(&f->arena, path_of(f, name), SU_FILE_BYTES_MAX, &text, &err), err);
    return text.p;
}

static bool exists(struct fixture *f, const char *name)
{
    return su_file_exists(path_of(f, name));
}

static void assert_valid(struct fixture *f, const struct su_doc *doc, const char *kind)
{
    struct su_err err = {0};
    struct su_doc *schema = NULL;
    assert_ok(su_doc_read(&f->arena, su_fmt(&f->arena, SU_SOURCE_DIR "/tests/schema/%s.json", kind),
                          &schema, &err),
              err);
    struct schema_check c = {.failed = false};
    schema_check_node(&c, schema, doc);
    if (c.failed)
        fail_msg("%s: %s", kind, c.why);
}

/* The documents of kubernetes.yaml, each checked; *n of them. */
static const struct su_doc **objects(struct fixture *f, size_t *n)
{
    struct su_err err = {0};
    const char *p = strstr(text_of(f, "kubernetes.yaml"), "---\n");
    const struct su_doc **docs = SU_NEW_ARRAY(&f->arena, 8, const struct su_doc *);
    for (*n = 0; p != NULL; (*n)++) {
        assert_true(*n < 8);
        p += strlen("---\n");
        const char *end = strstr(p, "\n---\n");
        struct su_str text = {p, end == NULL ? strlen(p) : (size_t)(end + 1 - p)};
        struct su_doc *doc = NULL;
        assert_ok(su_doc_parse_yaml(&f->arena, text, "kubernetes.yaml", &doc, &err), err);
        assert_valid(f, doc, str_of(doc, "kind"));
        docs[*n] = doc;
        p = end == NULL ? NULL : end + 1;
    }
    return docs;
}

static const struct su_doc *object_of(struct fixture *f, const char *kind)
{
    size_t n = 0;
    const struct su_doc **docs = objects(f, &n);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(str_of(docs[i], "kind"), kind) == 0)
            return docs[i];
    }
    return NULL;
}

static const struct su_doc *at(const struct su_doc *doc, const char *path)
{
    char key[64];
    while (*path != '\0') {
        size_t len = strcspn(path, ".");
        assert_true(len < sizeof(key));
        memcpy(key, path, len);
        key[len] = '\0';
        doc = doc->kind == SU_DOC_ARR ? doc->u.arr.items[atoi(key)] : su_doc_get(doc, key);
        assert_non_null(doc);
        path += len + (path[len] == '.');
    }
    return doc;
}

/* Value that follows a flag in a list of words. */
static const char *flag_of(const struct su_doc *command, const char *flag)
{
    for (size_t i = 0; i + 1 < command->u.arr.n; i++) {
        if (su_str_eq_c(command->u.arr.items[i]->u.str, flag))
            return command->u.arr.items[i + 1]->u.str.p;
    }
    fail_msg("no %s", flag);
    return NULL;
}

static const struct su_doc *compose(struct fixture *f)
{
    struct su_err err = {0};
    struct su_doc *doc = NULL;
    assert_ok(su_doc_read(&f->arena, path_of(f, "compose.yaml"), &doc, &err), err);
    assert_valid(f, doc, "compose");
    return need(doc, "services", SU_DOC_OBJ);
}

static void the_schema_check_can_fail(void **state)
{
    struct fixture *f = *state;
    write_files(f, SU_LANG_EN);
    struct su_err err = {0};
    struct su_doc *schema = NULL;
    assert_ok(su_doc_read(&f->arena, SU_SOURCE_DIR "/tests/schema/Service.json", &schema, &err),
              err);
    struct schema_check c = {.failed = false};
    schema_check_node(&c, schema, object_of(f, "Deployment"));
    assert_true(c.failed);
}

static void a_replica_inside_a_server_is_a_deployment(void **state)
{
    struct fixture *f = *state;
    struct su_deploy_files files = write_files(f, SU_LANG_EN);
    assert_int_equal(files.n, 6);
    assert_null(files.missing);
    size_t n = 0;
    objects(f, &n);
    assert_int_equal(n, 4);
    const struct su_doc *spec = at(object_of(f, "Deployment"), "spec");
    assert_int_equal(int_of(spec, "replicas"), 6);
    const struct su_doc *c = at(spec, "template.spec.containers.0");
    assert_string_equal(str_of(at(c, "resources.limits"), "nvidia.com/gpu"), "2");
    const struct su_doc *command = at(c, "command");
    assert_string_equal(flag_of(command, "--max-num-seqs"), "321");
    assert_string_equal(flag_of(command, "--max-num-batched-tokens"), "4321");
    assert_string_equal(flag_of(command, "--max-model-len"), "7168");
    assert_string_equal(flag_of(command, "--gpu-memory-utilization"), "0.9");
    assert_string_equal(flag_of(command, "--tensor-parallel-size"), "2");
    /* Selectors meet the pods' labels. */
    assert_string_equal(
        str_of(at(object_of(f, "Service"), "spec.selector"), "app.kubernetes.io/name"),
        str_of(at(spec, "template.metadata.labels"), "app.kubernetes.io/name"));
    /* 10 min + 65.5e9 / 200e6 = 927.5 s in probes of 10 s. */
    assert_int_equal(int_of(at(c, "startupProbe"), "failureThreshold"), 93);
    /* 65.5e9 * 1.2 / 2^30 = 73.2 GiB; shared by six replicas. */
    const struct su_doc *claim = at(object_of(f, "PersistentVolumeClaim"), "spec");
    assert_string_equal(str_of(at(claim, "resources.requests"), "storage"), "80Gi");
    assert_string_equal(at(claim, "accessModes.0")->u.str.p, "ReadWriteMany");
}

static void a_lone_replica_has_no_disruption_budget(void **state)
{
    struct fixture *f = *state;
    f->d.n_replicas = 1;
    write_files(f, SU_LANG_EN);
    assert_null(object_of(f, "PodDisruptionBudget"));
    assert_non_null(object_of(f, "Deployment"));
}

static void cards_of_replicas_on_one_server_do_not_overlap(void **state)
{
    struct fixture *f = *state;
    write_files(f, SU_LANG_EN);
    const struct su_doc *services = compose(f);
    assert_int_equal(services->u.obj.n, 4);
    uint32_t seen = 0;
    for (size_t i = 0; i < 4; i++) {
        const struct su_doc *s = services->u.obj.items[i].value;
        const struct su_doc *ids = at(s, "deploy.resources.reservations.devices.0.device_ids");
        assert_int_equal(ids->u.arr.n, 2);
        for (size_t k = 0; k < 2; k++)
            seen += 1u << atoi(ids->u.arr.items[k]->u.str.p);
        assert_int_equal(atoi(at(s, "ports.0")->u.str.p), 8000 + i);
    }
    assert_int_equal(seen, 0xff);
}

static void a_replica_over_servers_is_a_leader_worker_set(void **state)
{
    struct fixture *f = *state;
    f->d.par = (struct su_parallel){8, 2, 1, 1};
    f->d.n_replicas = 2;
    f->d.n_servers = 4;
    for (int sglang = 0; sglang < 2; sglang++) {
        set_chip(f, sglang ? "SGLang" : "vLLM", "h20_sxm_96g");
        struct su_deploy_files files = write_files(f, SU_LANG_EN);
        assert_non_null(files.missing);
        assert_false(exists(f, "compose.yaml"));
        const struct su_doc *spec = at(object_of(f, "LeaderWorkerSet"), "spec");
        assert_int_equal(int_of(spec, "replicas"), 2);
        assert_int_equal(int_of(at(spec, "leaderWorkerTemplate"), "size"), 2);
        static const char *const pods[] = {"leaderTemplate", "workerTemplate"};
        for (size_t i = 0; i < 2; i++) {
            const struct su_doc *c =
                at(at(at(spec, "leaderWorkerTemplate"), pods[i]), "spec.containers.0");
            assert_string_equal(str_of(at(c, "resources.limits"), "nvidia.com/gpu"), "8");
            const char *script = at(c, "command.2")->u.str.p;
            if (sglang)
                assert_non_null(strstr(script, "--nnodes 2 --node-rank \"$LWS_WORKER_INDEX\""));
            else
                assert_non_null(strstr(script, i == 0 ? "--distributed-executor-backend ray"
                                                      : "ray start --address="));
        }
        assert_string_equal(str_of(at(object_of(f, "Service"), "spec.selector"), "role"), "leader");
    }
}

static void other_makers_get_their_own_devices(void **state)
{
    struct fixture *f = *state;
    set_chip(f, "vLLM", "mi300x_192g");
    write_files(f, SU_LANG_EN);
    const struct su_doc *s = compose(f)->u.obj.items[1].value;
    assert_string_equal(str_of(at(s, "environment"), "HIP_VISIBLE_DEVICES"), "2,3");
    assert_string_equal(at(s, "devices.0")->u.str.p, "/dev/kfd:/dev/kfd");
    assert_non_null(strstr(text_of(f, "kubernetes.yaml"), "amd.com/gpu: \"2\""));
    set_chip(f, "vLLM", "ascend_910b3_64g");
    write_files(f, SU_LANG_EN);
    s = compose(f)->u.obj.items[1].value;
    assert_string_equal(at(s, "devices.0")->u.str.p, "/dev/davinci2:/dev/davinci2");
    assert_string_equal(at(s, "devices.1")->u.str.p, "/dev/davinci3:/dev/davinci3");
    assert_non_null(strstr(text_of(f, "kubernetes.yaml"), "huawei.com/Ascend910: \"2\""));
    assert_non_null(strstr(text_of(f, "serve.sh"), "ASCEND_RT_VISIBLE_DEVICES"));
}

/* An A3 package shows as two devices, so eight of them hold eight replicas of two devices. */
static void a_card_of_two_dies_counts_twice(void **state)
{
    struct fixture *f = *state;
    set_chip(f, "vLLM", "ascend_910c_128g");
    assert_int_equal(f->d.devices_per_card, 2);
    f->d.n_replicas = 8;
    write_files(f, SU_LANG_EN);
    assert_int_equal(compose(f)->u.obj.n, 8);
}

static void each_engine_gets_its_own_command(void **state)
{
    struct fixture *f = *state;
    f->d.kv_dtype = SU_DTYPE_fp8;
    set_chip(f, "SGLang", "h20_sxm_96g");
    write_files(f, SU_LANG_EN);
    const struct su_doc *command = at(compose(f), "replica-0.command");
    assert_string_equal(flag_of(command, "--max-running-requests"), "321");
    assert_string_equal(flag_of(command, "--mem-fraction-static"), "0.856"); /* rounded down */
    assert_string_equal(flag_of(command, "--kv-cache-dtype"), "fp8_e4m3");
    set_chip(f, "vendor engine", "h20_sxm_96g");
    write_files(f, SU_LANG_EN);
    const char *script = at(compose(f), "replica-0.command.2")->u.str.p;
    assert_non_null(strstr(script, "kv_cache_config:\n  dtype: fp8\n"));
    assert_non_null(strstr(script, "--max_batch_size 321"));
    set_chip(f, "vendor engine", "ascend_910b3_64g");
    write_files(f, SU_LANG_EN);
    script = at(object_of(f, "Deployment"), "spec.template.spec.containers.0.command.2")->u.str.p;
    const char *start = strstr(script, "{\n");
    const char *end = strstr(script, "CONFIG\nsed");
    assert_true(start != NULL && end != NULL);
    struct su_err err = {0};
    struct su_doc *config = NULL;
    struct su_str text = {start, (size_t)(end - start)};
    assert_ok(su_doc_parse_json(&f->arena, text, "config.json", &config, &err), err);
    const struct su_doc *backend = at(config, "BackendConfig");
    assert_int_equal(int_of(at(backend, "ScheduleConfig"), "maxBatchSize"), 321);
    assert_int_equal(int_of(at(backend, "ModelDeployConfig.ModelConfig.0"), "worldSize"), 2);
    assert_int_equal(at(backend, "npuDeviceIds.0")->u.arr.n, 2);
}

/* Attention data-parallel inside the expert group: SGLang divides both limits by its ranks. */
static void limits_are_per_rank_in_every_engine(void **state)
{
    struct fixture *f = *state;
    f->d.par = (struct su_parallel){1, 1, 8, 8};
    f->d.n_replicas = 1;
    set_chip(f, "SGLang", "h20_sxm_96g");
    write_files(f, SU_LANG_EN);
    const struct su_doc *command = at(compose(f), "replica-0.command");
    assert_string_equal(flag_of(command, "--tp-size"), "8");
    assert_string_equal(flag_of(command, "--dp-size"), "8");
    assert_string_equal(flag_of(command, "--max-running-requests"), "2568");
    assert_string_equal(flag_of(command, "--chunked-prefill-size"), "34568");
    set_chip(f, "vLLM", "h20_sxm_96g");
    write_files(f, SU_LANG_EN);
    command = at(compose(f), "replica-0.command");
    assert_string_equal(flag_of(command, "--max-num-seqs"), "321");
}

static void the_bill_adds_up_to_the_plan(void **state)
{
    struct fixture *f = *state;
    for (int lang = 0; lang < 2; lang++) {
        write_files(f, (enum su_lang)lang);
        const char *text = text_of(f, "bom.csv");
        assert_memory_equal(text, "\xef\xbb\xbf", 3);
        struct su_csv csv;
        struct su_err err = {0};
        assert_ok(su_csv_parse(&f->arena, su_str_c(text), "bom.csv", &csv, &err), err);
        assert_int_equal(csv.n_cols, 11);
        assert_int_equal(csv.n_rows, 7);
        double sum = 0;
        for (size_t i = 0; i + 1 < csv.n_rows; i++) {
            const char *const *cells = csv.rows[i].cells;
            double total = strtod(cells[5], NULL);
            if (cells[4][0] != '\0')
                assert_near(strtod(cells[2], NULL) * strtod(cells[4], NULL), total, 1e-4);
            sum += total;
        }
        assert_near(strtod(csv.rows[6].cells[5], NULL), sum, 1e-9);
        assert_near(sum, 3.243e6, 1e-9);
        assert_string_equal(csv.rows[0].cells[4], "1500000.00");
        assert_string_equal(csv.rows[0].cells[7], "2024-02");
        assert_string_equal(csv.rows[0].cells[8], "'=a quote, quoted"); /* no formula */
        assert_string_equal(csv.rows[0].cells[9], lang == 0 ? "yes" : "是");
        assert_string_equal(csv.rows[1].cells[2], "16");
    }
}

static void a_chip_without_a_price_has_a_bill_without_amounts(void **state)
{
    struct fixture *f = *state;
    f->quote.known = false;
    write_files(f, SU_LANG_EN);
    struct su_csv csv;
    struct su_err err = {0};
    assert_ok(su_csv_parse(&f->arena, su_str_c(text_of(f, "bom.csv")), "bom.csv", &csv, &err), err);
    assert_int_equal(csv.n_rows, 2);
    assert_string_equal(csv.rows[0].cells[5], "");
}

static void an_unknown_stack_gets_the_bill_only(void **state)
{
    struct fixture *f = *state;
    write_files(f, SU_LANG_EN);
    set_chip(f, "vLLM", "kunlun_p800");
    assert_null(f->d.engine);
    struct su_deploy_files files = write_files(f, SU_LANG_EN);
    assert_int_equal(files.n, 2);
    assert_non_null(strstr(files.missing, "kunlun_p800"));
    assert_true(exists(f, "bom.csv"));
    assert_false(exists(f, "serve.sh")); /* of the plan before */
    assert_false(exists(f, "kubernetes.yaml"));
    assert_non_null(strstr(text_of(f, "README.md"), files.missing));
}

static void an_engine_without_an_image_gets_no_containers(void **state)
{
    struct fixture *f = *state;
    set_chip(f, "vLLM", "metax_c500");
    struct su_deploy_files files = write_files(f, SU_LANG_ZH);
    assert_non_null(files.missing);
    assert_true(exists(f, "serve.sh"));
    assert_false(exists(f, "compose.yaml"));
    assert_false(exists(f, "kubernetes.yaml"));
}

static void a_cut_without_a_command_is_said(void **state)
{
    struct fixture *f = *state;
    set_chip(f, "vendor engine", "h20_sxm_96g");
    f->d.par = (struct su_parallel){8, 2, 1, 1};
    struct su_deploy_files files = write_files(f, SU_LANG_EN);
    assert_int_equal(files.n, 2);
    assert_non_null(strstr(files.missing, "trtllm"));
}

static void a_foreign_file_is_not_replaced(void **state)
{
    struct fixture *f = *state;
    struct su_view view = {.lang = SU_LANG_EN, .width = 100};
    for (size_t i = 0; i < 6; i++) {
        FILE *out = fopen(path_of(f, all_names[i]), "wb");
        assert_non_null(out);
        fputs("mine\n", out);
        fclose(out);
        struct su_err err = {0};
        struct su_deploy_files files;
        assert_int_equal(su_deploy_write(&f->arena, &f->d, &view, f->dir, &files, &err),
                         SU_ERR_INPUT);
        assert_non_null(strstr(err.where, all_names[i]));
        for (size_t k = 0; k < 6; k++)
            assert_int_equal(exists(f, all_names[k]), k == i);
        assert_int_equal(unlink(path_of(f, all_names[i])), 0);
    }
}

static void its_own_files_are_replaced_in_either_language(void **state)
{
    struct fixture *f = *state;
    write_files(f, SU_LANG_ZH);
    struct su_deploy_files files = write_files(f, SU_LANG_EN);
    assert_int_equal(files.n, 6);
    const char *first = text_of(f, "kubernetes.yaml");
    write_files(f, SU_LANG_EN);
    assert_string_equal(text_of(f, "kubernetes.yaml"), first);
}

static void shell_words_read_back(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(su_shell_quote(&f->arena, "Qwen/Qwen3-32B"), "Qwen/Qwen3-32B");
    assert_string_equal(su_shell_quote(&f->arena, ""), "''");
    assert_string_equal(su_shell_quote(&f->arena, "a b"), "'a b'");
    assert_string_equal(su_shell_quote(&f->arena, "it's $HOME"), "'it'\\''s $HOME'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DEPLOY_TEST(the_schema_check_can_fail),
        DEPLOY_TEST(a_replica_inside_a_server_is_a_deployment),
        DEPLOY_TEST(a_lone_replica_has_no_disruption_budget),
        DEPLOY_TEST(cards_of_replicas_on_one_server_do_not_overlap),
        DEPLOY_TEST(a_replica_over_servers_is_a_leader_worker_set),
        DEPLOY_TEST(other_makers_get_their_own_devices),
        DEPLOY_TEST(a_card_of_two_dies_counts_twice),
        DEPLOY_TEST(each_engine_gets_its_own_command),
        DEPLOY_TEST(limits_are_per_rank_in_every_engine),
        DEPLOY_TEST(the_bill_adds_up_to_the_plan),
        DEPLOY_TEST(a_chip_without_a_price_has_a_bill_without_amounts),
        DEPLOY_TEST(an_unknown_stack_gets_the_bill_only),
        DEPLOY_TEST(an_engine_without_an_image_gets_no_containers),
        DEPLOY_TEST(a_cut_without_a_command_is_said),
        DEPLOY_TEST(a_foreign_file_is_not_replaced),
        DEPLOY_TEST(its_own_files_are_replaced_in_either_language),
        DEPLOY_TEST(shell_words_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
