/* Hugging Face's config.json to sizes. The row of arch_table.h is found by "architectures", else by
 * "model_type"; its reader takes what its family has. Defaults are those of the transformers
 * library's config classes. Keys that change no cost (rope_theta, rms_norm_eps, token ids …) are
 * ignored, whatever they hold. */
#include "model/hf_config.h"

#include <assert.h>
#include <string.h>

#include "model/arch_table.h"

struct arch_row {
    const char *architecture;
    const char *model_type;
    su_arch_read_fn *read;
};

static const struct arch_row arch_rows[] = {
#define SU_X(architecture, model_type, read) {#architecture, #model_type, read},
    SU_ARCH_TABLE(SU_X)
#undef SU_X
};
#define N_ARCH_ROWS (sizeof(arch_rows) / sizeof(arch_rows[0]))

enum su_status su_config_u32(const struct su_doc *doc, const char *key, enum su_doc_need need,
                             uint32_t min, uint32_t max, uint32_t *out, struct su_err *err)
{
    int64_t value = *out;
    SU_TRY(su_doc_int(doc, key, need, min, max, &value, err));
    *out = (uint32_t)value;
    return SU_OK;
}

enum su_status su_config_read_common(const struct su_doc *doc, struct su_model *model,
                                     struct su_err *err)
{
    SU_TRY(su_config_u32(doc, "hidden_size", SU_DOC_REQUIRED, 1, SU_HIDDEN_MAX, &model->hidden_size,
                         err));
    SU_TRY(su_config_u32(doc, "num_hidden_layers", SU_DOC_REQUIRED, 1, SU_LAYERS_MAX,
                         &model->n_layers, err));
    SU_TRY(su_config_u32(doc, "vocab_size", SU_DOC_REQUIRED, 1, SU_VOCAB_MAX, &model->vocab_size,
                         err));
    SU_TRY(su_config_u32(doc, "max_position_embeddings", SU_DOC_REQUIRED, 1, SU_POSITION_MAX,
                         &model->max_position, err));
    SU_TRY(su_config_u32(doc, "intermediate_size", SU_DOC_REQUIRED, 1, SU_WIDTH_MAX,
                         &model->intermediate_size, err));
    SU_TRY(su_config_u32(doc, "num_attention_heads", SU_DOC_REQUIRED, 1, SU_HEADS_MAX,
                         &model->n_heads, err));
    return su_doc_bool(doc, "tie_word_embeddings", SU_DOC_OPTIONAL, &model->tied_embeddings, err);
}

enum su_status su_config_read_gqa(const struct su_doc *doc, struct su_model *model,
                                  struct su_err *err)
{
    model->attention = SU_ATTENTION_GQA;
    model->n_kv_heads = model->n_heads;
    SU_TRY(su_config_u32(doc, "num_key_value_heads", SU_DOC_OPTIONAL, 1, SU_HEADS_MAX,
                         &model->n_kv_heads, err));
    if (model->n_heads % model->n_kv_heads != 0)
        return SU_DOC_FAIL(err, doc,
                           "num_attention_heads %u is not divisible by num_key_value_heads %u",
                           model->n_heads, model->n_kv_heads);
    SU_TRY(
        su_config_u32(doc, "head_dim", SU_DOC_OPTIONAL, 1, SU_HEAD_DIM_MAX, &model->head_dim, err));
    if (model->head_dim != 0)
        return SU_OK;
    if (model->hidden_size % model->n_heads != 0)
        return SU_DOC_FAIL(err, doc, "hidden_size %u is not divisible by num_attention_heads %u",
                           model->hidden_size, model->n_heads);
    model->head_dim = model->hidden_size / model->n_heads;
    if (model->head_dim > SU_HEAD_DIM_MAX)
        return SU_DOC_FAIL(err, doc,
                           "hidden_size %u over num_attention_heads %u is %u, expected 1..%u",
                           model->hidden_size, model->n_heads, model->head_dim, SU_HEAD_DIM_MAX);
    return SU_OK;
}

enum su_status su_config_read_qwen_window(const struct su_doc *doc, struct su_model *model,
                                          struct su_err *err)
{
    bool used = false;
    SU_TRY(su_doc_bool(doc, "use_sliding_window", SU_DOC_OPTIONAL, &used, err));
    if (!used)
        return SU_OK;
    uint32_t first = 28;
    SU_TRY(su_config_u32(doc, "max_window_layers", SU_DOC_OPTIONAL, 0, SU_LAYERS_MAX, &first, err));
    SU_TRY(su_config_u32(doc, "sliding_window", SU_DOC_OPTIONAL, 1, SU_POSITION_MAX,
                         &model->sliding_window, err));
    if (model->sliding_window > 0 && first < model->n_layers)
        model->n_window_layers = model->n_layers - first;
    else
        model->sliding_window = 0;
    return SU_OK;
}

enum su_status su_config_read_mistral_window(const struct su_doc *doc, struct su_model *model,
                                             struct su_err *err)
{
    SU_TRY(su_config_u32(doc, "sliding_window", SU_DOC_OPTIONAL, 1, SU_POSITION_MAX,
                         &model->sliding_window, err));
    model->n_window_layers = model->sliding_window > 0 ? model->n_layers : 0;
    return SU_OK;
}

/* "A, B, C": the architectures we know, for a message. */
static const char *known_architectures(struct su_arena *arena)
{
    const char *list = arch_rows[0].architecture;
    for (size_t i = 1; i < N_ARCH_ROWS; i++)
        list = su_fmt(arena, "%s, %s", list, arch_rows[i].architecture);
    return list;
}

static enum su_status find_row(struct su_arena *arena, const struct su_doc *doc,
                               const struct arch_row **row, struct su_err *err)
{
    const struct su_doc *named = su_doc_get(doc, "architectures");
    if (named != NULL && named->kind != SU_DOC_ARR && named->kind != SU_DOC_NULL)
        return SU_DOC_FAIL(err, named, "is %s, expected a list", su_doc_kind_name(named->kind));
    bool by_type = named == NULL || named->kind == SU_DOC_NULL || named->u.arr.n == 0;
    named = by_type ? su_doc_get(doc, "model_type") : named->u.arr.items[0];
    if (named == NULL)
        return SU_DOC_FAIL(err, doc, "has neither \"architectures\" nor \"model_type\"");
    if (named->kind != SU_DOC_STR)
        return SU_DOC_FAIL(err, named, "is %s, expected text", su_doc_kind_name(named->kind));
    for (size_t i = 0; i < N_ARCH_ROWS; i++) {
        const char *key = by_type ? arch_rows[i].model_type : arch_rows[i].architecture;
        if (su_str_eq_c(named->u.str, key)) {
            *row = &arch_rows[i];
            return SU_OK;
        }
    }
    return SU_DOC_FAIL(err, named, "is \"%.80s\", expected one of %s", named->u.str.p,
                       known_architectures(arena));
}

enum su_status su_model_from_config(struct su_arena *arena, const struct su_doc *doc,
                                    const char *name, struct su_model *model, struct su_err *err)
{
    memset(model, 0, sizeof(*model));
    if (doc->kind != SU_DOC_OBJ)
        return SU_DOC_FAIL(err, doc, "is %s, expected a mapping", su_doc_kind_name(doc->kind));
    const struct arch_row *row = NULL;
    SU_TRY(find_row(arena, doc, &row, err));
    assert(row != NULL);
    model->name = su_str_dup_c(arena, name);
    model->hf_id = model->name;
    model->architecture = row->architecture;
    SU_TRY(su_config_read_common(doc, model, err));
    SU_TRY(row->read(doc, model, err));
    return su_config_read_storage(doc, model, err);
}
