/* Collectives inside one server, alpha-beta. Left out: contention with other traffic, NVLink SHARP
 * (which halves the bytes of an all-reduce), the switch to other algorithms at large sizes. */
#include <math.h>

#include "perf/surface.h"

/* Bandwidth one rank reaches to n_ranks - 1 peers. In a full mesh the card's link is divided over
 * all domain_cards - 1 neighbours, and only the peers' share of it carries. */
static double peer_bytes_per_s(const struct su_device *device, const struct su_eff *eff,
                               uint32_t n_ranks)
{
    double bw = device->link_bytes_per_s * eff->link_frac;
    if (device->topology == SU_TOPOLOGY_MESH && device->domain_cards > n_ranks)
        bw *= (double)(n_ranks - 1) / (double)(device->domain_cards - 1);
    /* Cards behind PCIe share the host's root ports and cross sockets: half is what they keep. */
    if (device->topology == SU_TOPOLOGY_PCIE)
        bw *= 0.5;
    return bw;
}

/* The measured curve, where there is one: its latency as it is, the rest by the ratio of the links.
 * 0 when there is none. */
static double curve_s(const struct su_eff *eff, enum su_collective op, uint32_t n_ranks,
                      double bytes)
{
    if (eff->curve_link_ratio <= 0)
        return 0;
    const struct su_profile *p = eff->profile->n_curves > 0 ? eff->profile : eff->second;
    const struct su_curve *curve = su_profile_curve(p, op, n_ranks);
    if (curve == NULL)
        return 0;
    double floor_s = su_curve_time_s(curve, 1);
    double all_s = su_curve_time_s(curve, bytes);
    double t = floor_s + (all_s - floor_s) * eff->curve_link_ratio;
    double sign = eff->level == SU_EFF_LOW ? 1 : eff->level == SU_EFF_HIGH ? -1 : 0;
    return t * exp(sign * (double)p->log_curve_error);
}

double su_allreduce_s(const struct su_device *device, const struct su_eff *eff, uint32_t n_ranks,
                      double bytes)
{
    if (n_ranks <= 1 || bytes <= 0)
        return 0;
    double measured_s = curve_s(eff, SU_COLLECTIVE_ALLREDUCE, n_ranks, bytes);
    if (measured_s > 0)
        return measured_s;
    double n = n_ranks;
    double bw = peer_bytes_per_s(device, eff, n_ranks);
    /* One-shot for small messages: every rank reads all others in one step. */
    double one_shot = (n - 1) * bytes / bw + 2 * eff->hop_s;
    double ring = 2 * (n - 1) / n * bytes / bw + 2 * (n - 1) * eff->hop_s;
    return one_shot < ring ? one_shot : ring;
}

double su_alltoall_s(const struct su_device *device, const struct su_eff *eff, uint32_t n_ranks,
                     double bytes)
{
    if (n_ranks <= 1 || bytes <= 0)
        return 0;
    double measured_s = curve_s(eff, SU_COLLECTIVE_ALLTOALL, n_ranks, bytes);
    if (measured_s > 0)
        return measured_s;
    double n = n_ranks;
    return (n - 1) / n * bytes / peer_bytes_per_s(device, eff, n_ranks) + 4 * eff->hop_s;
}
