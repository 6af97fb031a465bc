/* From what a person types to a model. */
#include <string.h>
#include <unistd.h>

#include "model/fixture.h"

static void assert_finds(const char *spec, const char *name)
{
    const struct su_model_preset *preset = su_model_find_preset(spec);
    if (preset == NULL || strcmp(preset->name, name) != 0)
        fail_msg("%s finds %s, expected %s", spec, preset == NULL ? "nothing" : preset->name, name);
}

static void presets_are_found_by_any_usual_spelling(void **state)
{
    (void)state;
    assert_finds("qwen3-32b", "qwen3-32b");
    assert_finds("Qwen3-32B", "qwen3-32b");
    assert_finds("Qwen/Qwen3-32B", "qwen3-32b");
    assert_finds("meta-llama/Llama-3.1-8B", "llama-3.1-8b");
    assert_finds("deepseek-ai/DeepSeek-R1", "deepseek-r1");
    assert_finds("qwen3-30b-a3b", "qwen3-30b-a3b"); /* though a longer name begins so */
}

static void the_unique_beginning_of_a_name_is_enough(void **state)
{
    (void)state;
    assert_finds("mixtral-8x7b", "mixtral-8x7b-v0.1");
    assert_finds("Qwen2.5-7B", "qwen2.5-7b-instruct");
    assert_null(su_model_find_preset("llama-3.1")); /* three of them */
    assert_null(su_model_find_preset("mixtral-8")); /* not at a dash */
}

static void other_words_and_paths_find_nothing(void **state)
{
    (void)state;
    static const char *const specs[] = {"",
                                        "/",
                                        "Qwen/",
                                        "./qwen3-32b",
                                        "../qwen3-32b",
                                        "/qwen3-32b",
                                        "~/qwen3-32b",
                                        "a/b/qwen3-32b",
                                        "qwen3-32b-fp8",
                                        "meta-llama/Llama-3.1-8B-Instruct"};
    for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++)
        assert_null(su_model_find_preset(specs[i]));
}

static void every_preset_loads_and_presets_are_sorted(void **state)
{
    struct fixture *f = *state;
    assert_true(su_model_n_presets >= 19);
    for (size_t i = 0; i < su_model_n_presets; i++) {
        struct su_model model;
        assert_ok(su_model_load(&f->arena, su_model_presets[i].name, &model, &f->err), f->err);
        assert_string_equal(model.name, su_model_presets[i].name);
        if (i > 0)
            assert_true(strcmp(su_model_presets[i - 1].name, su_model_presets[i].name) < 0);
    }
}

static void a_file_and_its_folder_load_alike(void **state)
{
    struct fixture *f = *state;
    struct su_model file;
    struct su_model folder;
    const char *path = SU_SOURCE_DIR "/data/models/qwen3-8b";
    assert_ok(su_model_load(&f->arena, path, &folder, &f->err), f->err);
    assert_ok(
        su_model_load(&f->arena, SU_SOURCE_DIR "/data/models/qwen3-8b/config.json", &file, &f->err),
        f->err);
    assert_string_equal(folder.name, path);
    assert_int_equal(file.n_layers, folder.n_layers);
    assert_int_equal(file.hidden_size, 4096);
}

static void a_path_that_exists_wins_over_a_preset_of_its_name(void **state)
{
    struct fixture *f = *state;
    struct su_model model;
    assert_int_equal(chdir(SU_SOURCE_DIR "/data"), 0);
    assert_ok(su_model_load(&f->arena, "models/qwen3-8b", &model, &f->err), f->err);
    assert_string_equal(model.name, "models/qwen3-8b"); /* not the preset qwen3-8b */
    assert_int_equal(chdir(SU_SOURCE_DIR "/data/models"), 0);
    assert_ok(su_model_load(&f->arena, "qwen3-8b", &model, &f->err), f->err);
    assert_ok(su_model_load(&f->arena, "./qwen3-8b", &model, &f->err), f->err);
    assert_string_equal(model.name, "./qwen3-8b");
}

static void a_misspelt_name_is_refused_with_the_nearest(void **state)
{
    struct fixture *f = *state;
    struct su_model model;
    assert_int_equal(su_model_load(&f->arena, "qwen3-32", &model, &f->err), SU_ERR_INPUT);
    assert_string_equal(f->err.where, "qwen3-32");
    assert_non_null(strstr(f->err.message, "did you mean \"qwen3-32b\"?"));
    assert_int_equal(su_model_load(&f->arena, "meta-llama/Llama-2-7b-hf", &model, &f->err),
                     SU_ERR_INPUT);
    assert_non_null(strstr(f->err.message, "did you mean \"llama-2-7b\"?"));
    assert_int_equal(su_model_load(&f->arena, "no such thing at all", &model, &f->err),
                     SU_ERR_INPUT);
    assert_non_null(strstr(f->err.message, "presets: deepseek-r1, deepseek-v3"));
}

static void a_folder_without_a_config_names_the_file_it_wanted(void **state)
{
    struct fixture *f = *state;
    struct su_model model;
    assert_int_equal(su_model_load(&f->arena, SU_SOURCE_DIR "/data/models", &model, &f->err),
                     SU_ERR_INPUT);
    assert_string_equal(f->err.where, SU_SOURCE_DIR "/data/models/config.json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presets_are_found_by_any_usual_spelling),
        cmocka_unit_test(the_unique_beginning_of_a_name_is_enough),
        cmocka_unit_test(other_words_and_paths_find_nothing),
        fixture_test(every_preset_loads_and_presets_are_sorted),
        fixture_test(a_file_and_its_folder_load_alike),
        fixture_test(a_path_that_exists_wins_over_a_preset_of_its_name),
        fixture_test(a_misspelt_name_is_refused_with_the_nearest),
        fixture_test(a_folder_without_a_config_names_the_file_it_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
