/* Default efficiencies: what share of the data-sheet peak each kind of operator typically reaches,
 * with a range. They stand in where no kernel table of the chip exists; docs/theory/roofline.md
 * gives the source of every figure. Not modelled: tile quantisation, L2 hits, clocks under power
 * limits; the range has to cover them. */
#include "perf/perf.h"

struct range {
    double low;
    double mid;
    double high;
};

static double at(struct range r, enum su_eff_level level)
{
    return level == SU_EFF_LOW ? r.low : level == SU_EFF_MID ? r.mid : r.high;
}

struct kind_eff {
    struct range compute; /* share of the peak rate */
    struct range memory;  /* share of the peak bandwidth */
    double launch_s;      /* floor of one kernel inside a captured graph */
};

static struct kind_eff kind_eff(const struct su_op_work *work)
{
    switch (work->kind) {
    case SU_OP_GEMM:
        return (struct kind_eff){{0.50, 0.68, 0.80}, {0.55, 0.75, 0.90}, 2e-6};
    case SU_OP_ATTENTION:
        if (work->decode)
            return (struct kind_eff){{0.20, 0.35, 0.60}, {0.55, 0.75, 0.90}, 4e-6};
        return (struct kind_eff){{0.40, 0.55, 0.75}, {0.55, 0.75, 0.90}, 4e-6};
    case SU_OP_MLA:
        return (struct kind_eff){{0.30, 0.50, 0.66}, {0.50, 0.70, 0.90}, 4e-6};
    case SU_OP_MOE:
        return (struct kind_eff){{0.30, 0.50, 0.70}, {0.45, 0.65, 0.85}, 8e-6};
    case SU_OP_EMBEDDING:
    case SU_OP_ELEMENTWISE:
        break;
    }
    return (struct kind_eff){{0.05, 0.10, 0.20}, {0.45, 0.65, 0.85}, 1.5e-6};
}

static void price_default(const struct su_eff *eff, const struct su_device *device,
                          const struct su_op_work *work, struct su_op_time *time)
{
    struct kind_eff e = kind_eff(work);
    bool gemm_rate = (work->kind == SU_OP_GEMM || work->kind == SU_OP_MOE) &&
                     work->weight_dtype != SU_DTYPE_bf16 && work->weight_dtype != SU_DTYPE_fp16;
    double peak = gemm_rate ? device->flop_gemm_per_s : device->flop16_per_s;
    time->compute_s = work->flop / (peak * at(e.compute, eff->level));
    time->memory_s = work->bytes / (device->mem_bytes_per_s * at(e.memory, eff->level));
    bool compute = time->compute_s > time->memory_s;
    double work_s = compute ? time->compute_s : time->memory_s;
    time->time_s = work_s + e.launch_s;
    time->bound = e.launch_s > work_s ? SU_BOUND_LATENCY
                  : compute           ? SU_BOUND_COMPUTE
                                      : SU_BOUND_MEMORY;
    time->basis = SU_BASIS_DATASHEET;
}

struct su_eff su_eff_default(enum su_eff_level level)
{
    static const struct range overhead = {5e-3, 1.2e-3, 0.4e-3};
    return (struct su_eff){
        .price = price_default,
        .link_frac = at((struct range){0.45, 0.70, 0.90}, level),
        .hop_s = at((struct range){6e-6, 2.5e-6, 1.2e-6}, level),
        .nic_frac = at((struct range){0.45, 0.70, 0.90}, level),
        .nic_hop_s = at((struct range){25e-6, 14e-6, 7e-6}, level),
        .overhead_s = at(overhead, level),
        .overhead_levels_s = {overhead.low, overhead.mid, overhead.high},
        .factor_attention = 1,
        .factor_experts = 1,
        .factor_rest = 1,
        .level = level,
        .basis = SU_BASIS_DATASHEET,
    };
}
