/* Fitted efficiencies in place of the defaults. A chip without tables borrows the profile of the
 * nearest measured chip: the physical form is computed with its own peaks, bandwidth and
 * multiprocessors, only the correction is borrowed, and the range widens by a stated prior. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "perf/surface.h"

/* What borrowing a correction adds to the 10-90 % range, ln: within one architecture (H100 for
 * H800 differ by this much), across architectures of one stack, across stacks. Our judgement:
 * published end-to-end figures are too few to fit it. */
#define SPREAD_SAME_ARCH 0.10
#define SPREAD_SAME_STACK 0.25
#define SPREAD_OTHER_STACK 0.50

/* Rows as the engine runs them: decode graphs are captured for 1, 2, 4 and multiples of 8. Row
 * counts in between would meet the unaligned kernels of the tables, which an engine avoids. */
static double padded_rows(double m)
{
    if (m <= 2)
        return m <= 1 ? 1 : 2;
    return m <= 4 ? 4 : ceil(m / 8) * 8;
}

/* The slot of a GEMM; its key tells whether it is this one. */
static uint32_t memo_slot(const struct su_op_work *run, uint32_t key)
{
    uint64_t h = (uint64_t)(run->m * 4) * 0x9e3779b97f4a7c15u;
    h = (h ^ (uint64_t)(run->n * 4)) * 0xbf58476d1ce4e5b9u;
    h = (h ^ (uint64_t)(run->k * 4) ^ key) * 0x94d049bb133111ebu;
    return (uint32_t)(h >> 32) % SU_MEMO_SLOTS;
}

static bool memo_get(const struct su_memo *memo, const struct su_op_work *run, uint32_t key,
                     struct su_op_time *time)
{
    uint32_t i = memo_slot(run, key);
    if (memo->slots[i].key != key || memo->slots[i].m != run->m || memo->slots[i].n != run->n ||
        memo->slots[i].k != run->k)
        return false;
    *time = memo->slots[i].time;
    return true;
}

static void memo_put(struct su_memo *memo, const struct su_op_work *run, uint32_t key,
                     const struct su_op_time *time)
{
    uint32_t i = memo_slot(run, key);
    memo->slots[i].m = run->m;
    memo->slots[i].n = run->n;
    memo->slots[i].k = run->k;
    memo->slots[i].key = key;
    memo->slots[i].time = *time;
}

static void price(const struct su_eff *eff, const struct su_device *device,
                  const struct su_op_work *work, struct su_op_time *time)
{
    struct su_op_work run = *work;
    bool gemm = work->kind == SU_OP_GEMM;
    if (gemm)
        run.m = padded_rows(work->m);
    /* The weight format of an operator decides its surface; with the level it is the key. */
    uint32_t key = 1 + (uint32_t)work->weight_dtype * 3 + (uint32_t)eff->level;
    if (gemm && eff->memo != NULL && memo_get(eff->memo, &run, key, time))
        return;
    struct su_eff plain = su_eff_default(eff->level);
    plain.price(&plain, device, work, time);
    const struct su_surface *surface = NULL;
    uint32_t at = 0;
    while (at < eff->n_chain && (surface = su_profile_surface(eff->chain[at], work)) == NULL)
        at++;
    if (surface == NULL)
        return;
    bool own = eff->own && at == 0 && surface->id == su_surface_of(work) &&
               work->weight_dtype != SU_DTYPE_int8; /* INT8 goes by the FP8 kernels */
    enum su_basis basis = own ? SU_BASIS_CALIBRATED : SU_BASIS_TRANSFERRED;
    /* The query tokens of a drafting sequence read its keys together: kernels see more heads. */
    if (run.decode && run.q_len > 1) {
        run.heads *= run.q_len;
        run.q_len = 1;
    }
    /* Tables with a skew were measured on the fullest card, so such a surface knows. */
    if (run.kind == SU_OP_MOE && run.imbalance > 1 && !su_surface_knows_skew(surface))
        run.m *= run.imbalance;
    int quantile = eff->level == SU_EFF_LOW ? 1 : eff->level == SU_EFF_HIGH ? -1 : 0;
    bool outside = false;
    time->time_s = su_surface_time_s(surface, device, &run, quantile, &outside);
    time->basis = basis;
    /* What limits it is a question of the physics, asked of the peaks. */
    time->bound = time->compute_s > time->memory_s ? SU_BOUND_COMPUTE : SU_BOUND_MEMORY;
    double ideal_s = fmax(time->compute_s, time->memory_s);
    if (time->time_s > 3 * ideal_s)
        time->bound = SU_BOUND_LATENCY;
    if (gemm && eff->memo != NULL)
        memo_put(eff->memo, &run, key, time);
}

/* How far a measured chip is from accel; smaller is nearer. */
static double distance(const struct su_accel *accel, const struct su_accel *measured)
{
    double d = 0;
    if (strcmp(accel->stack, measured->stack) != 0)
        d += 4;
    if (accel->arch == NULL || measured->arch == NULL || strcmp(accel->arch, measured->arch) != 0)
        d += 2;
    double mem = su_accel_mem_bw_bytes_per_s(accel) / su_accel_mem_bw_bytes_per_s(measured);
    double own16 = su_fact_known(accel->bf16)   ? su_fact_value(accel->bf16)
                   : su_fact_known(accel->fp16) ? su_fact_value(accel->fp16)
                                                : 0;
    double their16 = su_fact_value(measured->bf16);
    if (mem > 0 && own16 > 0)
        d += fabs(log(own16 / their16)) * 0.5 + fabs(log(mem)) * 0.25 +
             fabs(log(own16 / their16 / mem)) * 0.25;
    return d;
}

/* All profiles into eff's chain by distance; the accelerators they are of into of[]. */
static void sort_chain(const struct su_catalog *catalog, const struct su_accel *accel,
                       struct su_eff *eff, const struct su_accel **of)
{
    double distances[SU_PROFILES_MAX];
    for (uint32_t i = 0; i < su_n_profiles && eff->n_chain < SU_PROFILES_MAX; i++) {
        const struct su_accel *m = su_catalog_accel(catalog, su_profiles[i].chip);
        if (m == NULL || !su_fact_known(m->bf16))
            continue;
        double d = strcmp(m->id, accel->id) == 0 ? -1 : distance(accel, m);
        uint32_t at = eff->n_chain++;
        for (; at > 0 && distances[at - 1] > d; at--) {
            distances[at] = distances[at - 1];
            eff->chain[at] = eff->chain[at - 1];
            of[at] = of[at - 1];
        }
        distances[at] = d;
        eff->chain[at] = &su_profiles[i];
        of[at] = m;
    }
}

static double spread(const struct su_accel *accel, const struct su_accel *measured)
{
    if (strcmp(accel->stack, measured->stack) != 0)
        return SPREAD_OTHER_STACK;
    bool same =
        accel->arch != NULL && measured->arch != NULL && strcmp(accel->arch, measured->arch) == 0;
    return same ? SPREAD_SAME_ARCH : SPREAD_SAME_STACK;
}

static bool has_link(const struct su_accel *accel)
{
    return su_fact_known(accel->link_gbs_total_bidir) &&
           su_fact_value(accel->link_gbs_total_bidir) > 0;
}

struct su_eff su_eff_of(const struct su_catalog *catalog, const struct su_accel *accel,
                        enum su_eff_level level)
{
    struct su_eff eff = su_eff_default(level);
    const struct su_accel *of[SU_PROFILES_MAX] = {NULL};
    sort_chain(catalog, accel, &eff, of);
    if (eff.n_chain == 0)
        return eff;
    eff.price = price;
    eff.composition_log_spread = SU_COMPOSITION_LOG_SPREAD;
    assert(of[0] != NULL);
    eff.own = strcmp(of[0]->id, accel->id) == 0;
    if (!eff.own)
        eff.transfer_log_spread = spread(accel, of[0]);
    /* Curves are of a chip's own links: they travel only between chips of one stack that both have
     * links, or both have none. */
    for (uint32_t i = 0; i < eff.n_chain && eff.curves == NULL; i++) {
        if (eff.chain[i]->n_curves == 0 || strcmp(of[i]->stack, accel->stack) != 0 ||
            has_link(of[i]) != has_link(accel))
            continue;
        eff.curves = eff.chain[i];
        eff.curve_link_ratio = su_accel_link_bytes_per_s(of[i]) / su_accel_link_bytes_per_s(accel);
        eff.basis = of[i] == accel ? SU_BASIS_CALIBRATED : SU_BASIS_TRANSFERRED;
    }
    return eff;
}

struct su_eff su_eff_at(const struct su_eff *eff, enum su_eff_level level)
{
    struct su_eff plain = su_eff_default(level);
    struct su_eff at = *eff;
    at.level = level;
    at.link_frac = plain.link_frac;
    at.hop_s = plain.hop_s;
    at.nic_frac = plain.nic_frac;
    at.nic_hop_s = plain.nic_hop_s;
    at.overhead_s = eff->overhead_levels_s[level];
    return at;
}
