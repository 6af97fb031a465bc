/* A chip of the catalog as the roofline sees it: peaks in SI units, chosen by number format. */
#include "perf/perf.h"

const char *su_basis_name(enum su_basis basis)
{
    static const char *const names[] = {"measured", "calibrated", "transferred", "datasheet"};
    return names[basis];
}

const char *su_bound_name(enum su_bound bound)
{
    static const char *const names[] = {"compute", "memory", "network", "latency"};
    return names[bound];
}

/* TFLOPS of a fact in FLOP/s, 0 when not known. */
static double peak(struct su_fact fact)
{
    return su_fact_known(fact) ? su_fact_value(fact) * 1e12 : 0;
}

static double peak16(const struct su_accel *accel)
{
    double bf16 = peak(accel->bf16);
    return bf16 > 0 ? bf16 : peak(accel->fp16);
}

/* The format's own rate, 0 when the chip publishes none. */
static double native_peak(const struct su_accel *accel, enum su_dtype dtype)
{
    switch (dtype) {
    case SU_DTYPE_fp8:
        return peak(accel->fp8);
    case SU_DTYPE_int8:
        return peak(accel->int8);
    case SU_DTYPE_fp4:
        return peak(accel->fp4);
    case SU_DTYPE_fp16:
        return peak(accel->fp16);
    case SU_DTYPE_bf16:
        return peak16(accel);
    case SU_DTYPE_fp32:
        return peak(accel->tf32);
    case SU_DTYPE_int4: /* W4A16: stored in 4 bit, computed in 16 */
    case SU_DTYPE_COUNT:
        break;
    }
    return 0;
}

bool su_device_has_dtype(const struct su_accel *accel, enum su_dtype weight_dtype,
                         bool weight_only_ok)
{
    if (native_peak(accel, weight_dtype) > 0)
        return true;
    return weight_only_ok && su_dtype_bits(weight_dtype) < 16 && peak16(accel) > 0;
}

enum su_status su_device_init(struct su_device *device, const struct su_accel *accel,
                              const struct su_server *server, enum su_dtype weight_dtype,
                              struct su_err *err)
{
    double native = native_peak(accel, weight_dtype);
    *device = (struct su_device){
        .flop16_per_s = peak16(accel),
        .flop_gemm_per_s = native,
        .mem_bytes_per_s = su_accel_mem_bw_bytes_per_s(accel),
        .link_bytes_per_s = su_accel_link_bytes_per_s(accel),
        .topology = SU_TOPOLOGY_PCIE,
        .domain_cards = 8,
        .fp16_for_bf16 = !su_fact_known(accel->bf16),
        .splits_keys = accel->splits_long_sequences,
        .sm_count =
            su_fact_known(accel->sm_or_core_count) ? su_fact_value(accel->sm_or_core_count) : 0,
        .l2_bytes = su_fact_known(accel->l2_mb) ? su_fact_value(accel->l2_mb) * 1e6 : 0,
    };
    if (device->flop16_per_s <= 0)
        return SU_FAIL(err, SU_ERR_INPUT, accel->id,
                       "publishes no bf16 or fp16 rate, so its speed cannot be computed");
    if (device->mem_bytes_per_s <= 0)
        return SU_FAIL(err, SU_ERR_INPUT, accel->id,
                       "publishes no memory bandwidth, so its speed cannot be computed");
    if (native <= 0) {
        if (su_dtype_bits(weight_dtype) >= 16)
            return SU_FAIL(err, SU_ERR_INPUT, accel->id, "publishes no %s rate",
                           su_dtype_name(weight_dtype));
        device->flop_gemm_per_s = device->flop16_per_s;
        device->weight_only = true;
    }
    bool own_link = su_fact_known(accel->link_gbs_total_bidir) &&
                    su_fact_value(accel->link_gbs_total_bidir) > 0;
    if (own_link)
        device->topology = SU_TOPOLOGY_MESH; /* the pessimistic reading of an unstated wiring */
    if (server != NULL) {
        if (server->topology != SU_TOPOLOGY_UNSTATED)
            device->topology = server->topology;
        if (su_fact_known(server->accel_count))
            device->domain_cards = (uint32_t)su_fact_value(server->accel_count);
        /* The data sheet's rate of a port is one direction. */
        if (su_fact_known(server->nic_gbps_total))
            device->nic_bytes_per_s =
                su_fact_value(server->nic_gbps_total) * 1e9 / 8 / device->domain_cards;
    }
    return SU_OK;
}
