/* What the published weights are stored in: torch_dtype, or quantization_config when there is one.
 * An unknown method is refused: guessing its bits would give a wrong memory map silently. */
#include <string.h>

#include "model/hf_config.h"

typedef enum su_status quant_read_fn(const struct su_doc *quant, enum su_dtype *dtype,
                                     struct su_err *err);

/* The message carries the wrong node's place and names what is stored there. */
static enum su_status bits_to_int(const struct su_doc *quant, const char *key, enum su_dtype *dtype,
                                  struct su_err *err)
{
    int64_t bits = 0;
    SU_TRY(su_doc_int(quant, key, SU_DOC_REQUIRED, 1, 16, &bits, err));
    if (bits != 4 && bits != 8)
        return SU_DOC_FAIL(err, su_doc_get(quant, key), "is %d, expected 4 or 8", (int)bits);
    *dtype = bits == 4 ? SU_DTYPE_int4 : SU_DTYPE_int8;
    return SU_OK;
}

/* weight_block_size, when given, is the block one scale covers: its cost is inside
 * su_dtype_weight_bytes for any block of 64 x 64 and more. */
static enum su_status read_fp8(const struct su_doc *quant, enum su_dtype *dtype, struct su_err *err)
{
    const struct su_doc *block = su_doc_get(quant, "weight_block_size");
    if (block != NULL && block->kind != SU_DOC_NULL) {
        if (block->kind != SU_DOC_ARR || block->u.arr.n != 2)
            return SU_DOC_FAIL(err, block, "is %s, expected a list of two integers",
                               su_doc_kind_name(block->kind));
        for (size_t i = 0; i < 2; i++) {
            const struct su_doc *side = block->u.arr.items[i];
            if (side->kind != SU_DOC_INT || side->u.integer < 1 || side->u.integer > 65536)
                return SU_DOC_FAIL(err, side, "is not a block side, expected 1..65536");
        }
    }
    *dtype = SU_DTYPE_fp8;
    return SU_OK;
}

static enum su_status read_bits(const struct su_doc *quant, enum su_dtype *dtype,
                                struct su_err *err)
{
    return bits_to_int(quant, "bits", dtype, err);
}

/* config_groups is a mapping of groups; published checkpoints have one, and its weights decide. */
static enum su_status read_compressed_tensors(const struct su_doc *quant, enum su_dtype *dtype,
                                              struct su_err *err)
{
    const struct su_doc *groups = su_doc_get(quant, "config_groups");
    if (groups == NULL || groups->kind != SU_DOC_OBJ || groups->u.obj.n == 0)
        return SU_DOC_FAIL(err, quant, "has no \"config_groups\" with a group, which is required");
    const struct su_doc *weights = su_doc_get(groups->u.obj.items[0].value, "weights");
    if (weights == NULL || weights->kind != SU_DOC_OBJ)
        return SU_DOC_FAIL(err, groups->u.obj.items[0].value,
                           "has no \"weights\", which is required");
    const char *type = "int";
    SU_TRY(su_doc_str(weights, "type", SU_DOC_OPTIONAL, &type, err));
    bool is_float = strcmp(type, "float") == 0;
    if (!is_float && strcmp(type, "int") != 0)
        return SU_DOC_FAIL(err, su_doc_get(weights, "type"), "is \"%.80s\", expected int or float",
                           type);
    SU_TRY(bits_to_int(weights, "num_bits", dtype, err));
    if (is_float)
        *dtype = *dtype == SU_DTYPE_int8 ? SU_DTYPE_fp8 : SU_DTYPE_fp4;
    return SU_OK;
}

static enum su_status read_bitsandbytes(const struct su_doc *quant, enum su_dtype *dtype,
                                        struct su_err *err)
{
    bool four = false;
    bool eight = false;
    SU_TRY(su_doc_bool(quant, "load_in_4bit", SU_DOC_OPTIONAL, &four, err));
    SU_TRY(su_doc_bool(quant, "load_in_8bit", SU_DOC_OPTIONAL, &eight, err));
    if (four == eight)
        return SU_DOC_FAIL(err, quant,
                           "has load_in_4bit and load_in_8bit both %s, expected one of them true",
                           four ? "true" : "false");
    *dtype = four ? SU_DTYPE_int4 : SU_DTYPE_int8;
    return SU_OK;
}

static const struct {
    const char *method;
    quant_read_fn *read;
} quant_rows[] = {
    {"fp8", read_fp8},
    {"awq", read_bits},
    {"gptq", read_bits},
    {"compressed-tensors", read_compressed_tensors},
    {"bitsandbytes", read_bitsandbytes},
};

static enum su_status read_quant(const struct su_doc *quant, struct su_model *model,
                                 struct su_err *err)
{
    if (quant->kind != SU_DOC_OBJ)
        return SU_DOC_FAIL(err, quant, "is %s, expected a mapping", su_doc_kind_name(quant->kind));
    const char *method = NULL;
    SU_TRY(su_doc_str(quant, "quant_method", SU_DOC_REQUIRED, &method, err));
    for (size_t i = 0; i < sizeof(quant_rows) / sizeof(quant_rows[0]); i++) {
        if (strcmp(method, quant_rows[i].method) != 0)
            continue;
        model->quant_method = quant_rows[i].method;
        return quant_rows[i].read(quant, &model->checkpoint_dtype, err);
    }
    return SU_DOC_FAIL(err, su_doc_get(quant, "quant_method"),
                       "is \"%.80s\", expected fp8, awq, gptq, compressed-tensors or bitsandbytes",
                       method);
}

enum su_status su_config_read_storage(const struct su_doc *doc, struct su_model *model,
                                      struct su_err *err)
{
    /* transformers 4.56 renamed torch_dtype to dtype; an absent one is bfloat16 in practice. */
    const char *key = su_doc_get(doc, "torch_dtype") != NULL ? "torch_dtype" : "dtype";
    const char *name = "bfloat16";
    SU_TRY(su_doc_str(doc, key, SU_DOC_OPTIONAL, &name, err));
    if (!su_dtype_parse(su_str_c(name), &model->checkpoint_dtype))
        return SU_DOC_FAIL(err, su_doc_get(doc, key),
                           "is \"%.80s\", expected bfloat16, float16 or float32", name);
    const struct su_doc *quant = su_doc_get(doc, "quantization_config");
    if (quant == NULL || quant->kind == SU_DOC_NULL)
        return SU_OK;
    return read_quant(quant, model, err);
}
