#include "model/dtype.h"

/* Other names that configs, engines and people use for the formats of the table. */
#define DTYPE_ALIASES(X)         \
    X("bfloat16", SU_DTYPE_bf16) \
    X("float16", SU_DTYPE_fp16)  \
    X("half", SU_DTYPE_fp16)     \
    X("float32", SU_DTYPE_fp32)  \
    X("fp8_e4m3", SU_DTYPE_fp8)  \
    X("w8a8", SU_DTYPE_int8)     \
    X("w4a16", SU_DTYPE_int4)

struct dtype_row {
    const char *name;
    uint32_t bits;
};

static const struct dtype_row dtypes[SU_DTYPE_COUNT] = {
#define SU_X(name, bits) {#name, bits},
    SU_DTYPE_TABLE(SU_X)
#undef SU_X
};

bool su_dtype_parse(struct su_str text, enum su_dtype *dtype)
{
    static const struct {
        const char *name;
        enum su_dtype dtype;
    } aliases[] = {
#define SU_X(name, dtype) {name, dtype},
        DTYPE_ALIASES(SU_X)
#undef SU_X
    };
    for (int i = 0; i < SU_DTYPE_COUNT; i++) {
        if (su_str_eq_c(text, dtypes[i].name)) {
            *dtype = (enum su_dtype)i;
            return true;
        }
    }
    for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
        if (su_str_eq_c(text, aliases[i].name)) {
            *dtype = aliases[i].dtype;
            return true;
        }
    }
    return false;
}

const char *su_dtype_name(enum su_dtype dtype)
{
    return dtypes[dtype].name;
}

uint32_t su_dtype_bits(enum su_dtype dtype)
{
    return dtypes[dtype].bits;
}

double su_dtype_weight_bytes(enum su_dtype dtype)
{
    double bytes = (double)dtypes[dtype].bits / 8.0;
    switch (dtype) {
    case SU_DTYPE_fp8:
    case SU_DTYPE_int8:
        return bytes * 1.001;
    case SU_DTYPE_int4:
    case SU_DTYPE_fp4:
        return bytes + 2.0 / 128.0;
    default:
        return bytes;
    }
}
