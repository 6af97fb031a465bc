/* Collectives, alpha-beta, inside a server and between servers. Left out: contention with other
 * traffic and in the network's upper tiers, NVLink SHARP (which halves the bytes of an all-reduce),
 * the switch to other algorithms at large sizes. */
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
    const struct su_profile *p = eff->curves;
    const struct su_curve *curve = p == NULL ? NULL : su_profile_curve(p, op, n_ranks);
    if (curve == NULL)
        return 0;
    double floor_s = su_curve_time_s(curve, 1);
    double all_s = su_curve_time_s(curve, bytes);
    double t = floor_s + (all_s - floor_s) * eff->curve_link_ratio;
    double sign = eff->level == SU_EFF_LOW ? 1 : eff->level == SU_EFF_HIGH ? -1 : 0;
    return t * exp(sign * (double)p->log_curve_error);
}

/* One-shot for small messages: every rank reads all others in one step. Else a ring. */
static double allreduce_on_s(double n, double bytes, double bytes_per_s, double hop_s)
{
    double one_shot = (n - 1) * bytes / bytes_per_s + 2 * hop_s;
    double ring = 2 * (n - 1) / n * bytes / bytes_per_s + 2 * (n - 1) * hop_s;
    return one_shot < ring ? one_shot : ring;
}

static double allreduce_inside_s(const struct su_device *device, const struct su_eff *eff,
                                 uint32_t n_ranks, double bytes)
{
    if (n_ranks <= 1)
        return 0;
    double measured_s = curve_s(eff, SU_COLLECTIVE_ALLREDUCE, n_ranks, bytes);
    if (measured_s > 0)
        return measured_s;
    return allreduce_on_s(n_ranks, bytes, peer_bytes_per_s(device, eff, n_ranks), eff->hop_s);
}

/* The fewest servers that hold the ranks, and the most ranks that one of them then has. */
struct span {
    uint32_t servers;
    uint32_t inside;
};

static struct span span_of(const struct su_device *device, uint32_t n_ranks)
{
    struct span s = {.servers = (n_ranks + device->domain_cards - 1) / device->domain_cards};
    s.inside = (n_ranks + s.servers - 1) / s.servers;
    return s;
}

double su_allreduce_s(const struct su_device *device, const struct su_eff *eff, uint32_t n_ranks,
                      double bytes)
{
    if (n_ranks <= 1 || bytes <= 0)
        return 0;
    if (n_ranks <= device->domain_cards)
        return allreduce_inside_s(device, eff, n_ranks, bytes);
    /* Reduce-scatter and all-gather are the two halves of the all-reduce inside. */
    struct span s = span_of(device, n_ranks);
    return allreduce_inside_s(device, eff, s.inside, bytes) +
           allreduce_on_s(s.servers, bytes / s.inside, device->nic_bytes_per_s * eff->nic_frac,
                          eff->nic_hop_s);
}

double su_sendrecv_s(const struct su_device *device, const struct su_eff *eff, bool over_nic,
                     double bytes)
{
    if (bytes <= 0)
        return 0;
    return over_nic ? bytes / (device->nic_bytes_per_s * eff->nic_frac) + eff->nic_hop_s
                    : bytes / peer_bytes_per_s(device, eff, 2) + eff->hop_s;
}

static double alltoall_inside_s(const struct su_device *device, const struct su_eff *eff,
                                uint32_t n_ranks, double bytes)
{
    if (n_ranks <= 1)
        return 0;
    double measured_s = curve_s(eff, SU_COLLECTIVE_ALLTOALL, n_ranks, bytes);
    if (measured_s > 0)
        return measured_s;
    double n = n_ranks;
    return (n - 1) / n * bytes / peer_bytes_per_s(device, eff, n_ranks) + 4 * eff->hop_s;
}

double su_alltoall_s(const struct su_device *device, const struct su_eff *eff, uint32_t n_ranks,
                     double bytes)
{
    if (n_ranks <= 1 || bytes <= 0)
        return 0;
    if (n_ranks <= device->domain_cards)
        return alltoall_inside_s(device, eff, n_ranks, bytes);
    struct span s = span_of(device, n_ranks);
    double n = n_ranks;
    double inside_s = alltoall_inside_s(device, eff, s.inside, bytes * s.inside / n);
    double outside_s = (n - s.inside) / n * bytes / (device->nic_bytes_per_s * eff->nic_frac);
    /* Two steps of the NIC's latency: counts, then tokens. The link works meanwhile. */
    return fmax(inside_s, outside_s + 2 * eff->nic_hop_s);
}
