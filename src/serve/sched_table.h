/* Private to serve: the schedulers it knows, a row for each engine version where the rules changed,
 * oldest first within an engine. docs/theory/serving.md says what each does. */
#ifndef SU_SERVE_SCHED_TABLE_H
#define SU_SERVE_SCHED_TABLE_H

#include "serve/serve.h"

/* X(engine, first version, kind, async, whole_prompt_fits) */
#define SU_SCHED_TABLE(X)                            \
    X("vllm", "0.8", SU_SCHED_VLLM_V1, false, false) \
    X("vllm", "0.14", SU_SCHED_VLLM_V1, true, false) \
    X("vllm", "0.19", SU_SCHED_VLLM_V1, true, true)  \
    X("sglang", "0.5", SU_SCHED_SGLANG, true, true)

#endif
