/* A model on a chip of the catalog, for the tests of perf and plan. */
#ifndef SU_TEST_PERF_DEPLOY_H
#define SU_TEST_PERF_DEPLOY_H

#include "model/fixture.h"
#include "perf/perf.h"

static inline struct su_parallel cut(uint32_t tp, uint32_t dp, uint32_t ep)
{
    return (struct su_parallel){tp, 1, dp, ep};
}

/* kv cache in 16 bit, middle efficiencies; the chip's usual server. */
static inline struct su_deployment deploy(struct fixture *f, const char *preset, const char *chip,
                                          struct su_parallel par, enum su_dtype weight_dtype)
{
    const struct su_catalog *catalog = su_catalog_embedded();
    const struct su_accel *accel = su_catalog_accel(catalog, chip);
    assert_non_null(accel);
    struct su_deployment d = {
        .graph = load_graph(f, preset),
        .par = par,
        .weight_dtype = weight_dtype,
        .kv_dtype = SU_DTYPE_bf16,
        .eff = su_eff_default(SU_EFF_MID),
    };
    assert_ok(su_parallel_check(d.graph->model, par, &f->err), f->err);
    assert_ok(su_device_init(&d.device, accel, su_catalog_server_for(catalog, chip), weight_dtype,
                             &f->err),
              f->err);
    return d;
}

static inline struct su_step decode_of(double seqs, double context)
{
    return (struct su_step){.decode_seqs = seqs, .decode_kv_tokens = context};
}

static inline struct su_step prefill_of(double tokens)
{
    return (struct su_step){
        .prefill_tokens = tokens, .prefill_seqs = 1, .prefill_kv_tokens = tokens};
}

#endif
