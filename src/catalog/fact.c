/* Facts and the accessors that turn the units of data files into bytes and bytes per second.
 * Decimal GB/s for rates; memory is binary (see su_accel_mem_bytes). */
#include "catalog/catalog.h"

#include <assert.h>
#include <ctype.h>
#include <stddef.h>

#include "base/units.h"

bool su_fact_known(struct su_fact fact)
{
    return fact.n_values > 0;
}

double su_fact_value(struct su_fact fact)
{
    assert(fact.n_values > 0);
    return fact.values[0].value;
}

const struct su_accel_field su_accel_fields[] = {
#define SU_X(field, unit) {#field, unit, offsetof(struct su_accel, field)},
    SU_ACCEL_FACT_TABLE(SU_X)
#undef SU_X
};
const size_t su_accel_n_fields = sizeof(su_accel_fields) / sizeof(su_accel_fields[0]);

struct su_fact su_accel_fact(const struct su_accel *accel, const struct su_accel_field *field)
{
    return *(const struct su_fact *)(const void *)((const char *)accel + field->offset);
}

uint64_t su_accel_mem_bytes(const struct su_accel *accel)
{
    return su_fact_known(accel->mem_gb) ? (uint64_t)(su_fact_value(accel->mem_gb) * SU_GIB + 0.5)
                                        : 0;
}

double su_accel_mem_bw_bytes_per_s(const struct su_accel *accel)
{
    return su_fact_known(accel->mem_bw_gbs) ? su_fact_value(accel->mem_bw_gbs) * SU_GB : 0;
}

double su_accel_link_bytes_per_s(const struct su_accel *accel)
{
    if (su_fact_known(accel->link_gbs_total_bidir) &&
        su_fact_value(accel->link_gbs_total_bidir) > 0)
        return su_fact_value(accel->link_gbs_total_bidir) / 2 * SU_GB;
    return su_accel_pcie_bytes_per_s(accel);
}

/* One lane, one direction, GB/s, of generations 3 to 6: 8, 16 and 32 GT/s times 128/130 (the line
 * code) over 8 bits; 64 GT/s times 242/256 (payload of a flit) over 8. Source: PCI Express Base
 * Specification 3.0, 4.0, 5.0, 6.0. */
static const double lane_gbs[] = {0.985, 1.969, 3.938, 7.563};
#define FIRST_GEN 3

double su_accel_pcie_bytes_per_s(const struct su_accel *accel)
{
    const char *s = accel->pcie;
    if (s == NULL || !isdigit((unsigned char)s[0]) || s[1] != '.' ||
        !isdigit((unsigned char)s[2]) || s[3] != ' ' || s[4] != 'x')
        return 0;
    int gen = s[0] - '0';
    int lanes = 0;
    for (const char *c = s + 5; isdigit((unsigned char)*c) && lanes < 1000; c++)
        lanes = lanes * 10 + (*c - '0');
    if (gen < FIRST_GEN || gen - FIRST_GEN >= (int)(sizeof(lane_gbs) / sizeof(lane_gbs[0])))
        return 0;
    return lane_gbs[gen - FIRST_GEN] * lanes * SU_GB;
}
