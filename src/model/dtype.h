/* Number formats of weights, activations and KV cache. */
#ifndef SU_MODEL_DTYPE_H
#define SU_MODEL_DTYPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* X(name, bits per value). Order: widest first; the ids are what flags accept. */
#define SU_DTYPE_TABLE(X) \
    X(fp32, 32) X(bf16, 16) X(fp16, 16) X(fp8, 8) X(int8, 8) X(int4, 4) X(fp4, 4)

enum su_dtype {
#define SU_X(name, bits) SU_DTYPE_##name,
    SU_DTYPE_TABLE(SU_X)
#undef SU_X
        SU_DTYPE_COUNT
};

/** Names above, and "bfloat16", "float16", "float32", "half", "fp8_e4m3", "w8a8", "w4a16". */
bool su_dtype_parse(struct su_str text, enum su_dtype *dtype);
const char *su_dtype_name(enum su_dtype dtype);
/** Bits of one stored value, without scales. */
uint32_t su_dtype_bits(enum su_dtype dtype);
/** Bytes of one stored weight with its share of scales: fp8 and int8 one float32 scale per 128×128
 * block or channel (negligible, counted as 0.1 %), int4/fp4 one 16-bit scale per 128 values. */
double su_dtype_weight_bytes(enum su_dtype dtype);

#endif
