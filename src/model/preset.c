/* From what a person types to a model: a preset by name, else a file or folder on disk. A path that
 * exists wins over an "org/name" that looks the same, so a fine-tuned folder is never mistaken for
 * the published model. */
#include <string.h>

#include "base/file.h"
#include "model/model.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Does name begin with spec, letters of either case? */
static bool begins_with(const char *name, const char *spec)
{
    while (*spec != '\0' && lower(*spec) == *name) {
        spec++;
        name++;
    }
    return *spec == '\0';
}

/* "Qwen/Qwen3-32B" -> "Qwen3-32B"; NULL for anything else with a slash: that is a path. */
static const char *without_org(const char *spec)
{
    const char *slash = strchr(spec, '/');
    if (slash == NULL)
        return spec;
    if (slash == spec || spec[0] == '.' || spec[0] == '~' || strchr(slash + 1, '/') != NULL)
        return NULL;
    return slash + 1;
}

const struct su_model_preset *su_model_find_preset(const char *spec)
{
    const char *word = without_org(spec);
    if (word == NULL || word[0] == '\0')
        return NULL;
    size_t n = strlen(word);
    const struct su_model_preset *longer = NULL;
    size_t n_longer = 0;
    for (size_t i = 0; i < su_model_n_presets; i++) {
        const struct su_model_preset *preset = &su_model_presets[i];
        if (!begins_with(preset->name, word))
            continue;
        if (preset->name[n] == '\0')
            return preset;
        if (preset->name[n] == '-') {
            longer = preset;
            n_longer++;
        }
    }
    return n_longer == 1 ? longer : NULL;
}

static enum su_status load_preset(struct su_arena *arena, const struct su_model_preset *preset,
                                  struct su_model *model, struct su_err *err)
{
    struct su_doc *doc = NULL;
    SU_TRY(su_doc_parse_json(arena, su_str_c(preset->config_json), preset->name, &doc, err));
    SU_TRY(su_model_from_config(arena, doc, preset->name, model, err));
    model->hf_id = preset->hf_id;
    return SU_OK;
}

static enum su_status load_path(struct su_arena *arena, const char *path, struct su_model *model,
                                struct su_err *err)
{
    const char *file = su_file_is_dir(path) ? su_fmt(arena, "%s/config.json", path) : path;
    struct su_doc *doc = NULL;
    SU_TRY(su_doc_read(arena, file, &doc, err));
    return su_model_from_config(arena, doc, path, model, err);
}

static enum su_status refuse(struct su_arena *arena, const char *spec, struct su_err *err)
{
    const char **names = SU_NEW_ARRAY(arena, su_model_n_presets, const char *);
    const char *list = "";
    for (size_t i = 0; i < su_model_n_presets; i++) {
        names[i] = su_model_presets[i].name;
        list = su_fmt(arena, "%s%s%s", list, i == 0 ? "" : ", ", names[i]);
    }
    const char *word = without_org(spec);
    const char *near = su_str_nearest(word == NULL ? spec : word, names, su_model_n_presets);
    if (near != NULL)
        return SU_FAIL(err, SU_ERR_INPUT, spec,
                       "is no preset, config.json or folder with one, did you mean \"%s\"?", near);
    return SU_FAIL(err, SU_ERR_INPUT, spec,
                   "is no preset, config.json or folder with one; presets: %s", list);
}

enum su_status su_model_load(struct su_arena *arena, const char *spec, struct su_model *model,
                             struct su_err *err)
{
    bool is_path = su_file_exists(spec);
    const struct su_model_preset *preset = su_model_find_preset(spec);
    if (preset != NULL && !(is_path && strchr(spec, '/') != NULL))
        return load_preset(arena, preset, model, err);
    return is_path ? load_path(arena, spec, model, err) : refuse(arena, spec, err);
}
