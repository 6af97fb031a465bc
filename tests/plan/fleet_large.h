/* A fleet problem of a given size made from a seed: what the solver is timed on and checked with.
 */
#ifndef SU_TEST_FLEET_LARGE_H
#define SU_TEST_FLEET_LARGE_H

#include "base/rng.h"
#include "plan/fleet.h"

#define LARGE_STAGES 10u
#define LARGE_CLASSES 11u
#define LARGE_KINDS 6u

struct fleet_large {
    uint32_t months[LARGE_STAGES];
    double demand[LARGE_CLASSES][LARGE_STAGES];
    uint32_t supply[LARGE_KINDS][LARGE_STAGES];
    double power[LARGE_STAGES];
    struct su_fleet_class classes[LARGE_CLASSES];
    struct su_fleet_chip chips[LARGE_KINDS];
    struct su_fleet_server servers[LARGE_KINDS];
    struct su_fleet_source sources[3 * LARGE_KINDS];
    struct su_fleet_option options[2 * LARGE_KINDS * LARGE_CLASSES];
    struct su_fleet_problem problem;
};

static inline double large_draw(struct su_rng *rng, double low, double high)
{
    return low + (high - low) * su_rng_uniform(rng);
}

static inline struct su_money large_price(struct su_rng *rng, double low, double high)
{
    /* whole thousands, as quotes are */
    return (struct su_money){(int64_t)(large_draw(rng, low, high) / 1e3) * 1000000000, SU_CNY};
}

static inline void large_kind(struct fleet_large *f, struct su_rng *rng, uint32_t k)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f"};
    uint32_t there = 0;
    for (uint32_t t = 0; t < LARGE_STAGES; t++) {
        there += 8 * (uint32_t)large_draw(rng, 4, 24);
        f->supply[k][t] = there;
    }
    f->chips[k] = (struct su_fleet_chip){names[k], k % 2 == 0 ? f->supply[k] : NULL};
    f->servers[k] =
        (struct su_fleet_server){names[k], k, k == 5 ? 16 : 8, large_draw(rng, 4e3, 14e3), 8};
    struct su_money capital = large_price(rng, 8e5, 25e5);
    struct su_money running = large_price(rng, 8e3, 20e3);
    struct su_money rent = {capital.micro / 20, SU_CNY};
    f->sources[3 * k] = (struct su_fleet_source){.name = "bought",
                                                 .server = k,
                                                 .channel = SU_FLEET_BUY,
                                                 .capital = capital,
                                                 .running_month = running};
    f->sources[3 * k + 1] = (struct su_fleet_source){.name = "rented",
                                                     .server = k,
                                                     .channel = SU_FLEET_RENT,
                                                     .rent_month = rent,
                                                     .off_site = true,
                                                     .count_known = true,
                                                     .n_servers_max = 100};
    f->sources[3 * k + 2] = (struct su_fleet_source){.name = "existing",
                                                     .server = k,
                                                     .channel = SU_FLEET_EXISTING,
                                                     .running_month = running,
                                                     .count_known = true,
                                                     .n_servers_max = k % 3};
}

/* Two deployments of every class on every kind: small replicas and large ones, which do more per
 * card; on the last kind the halves of a split deployment. 10 x (132 + 18) = 1,500 integers. */
static inline void fleet_large_init(struct fleet_large *f, uint64_t seed)
{
    struct su_rng rng;
    su_rng_init(&rng, seed, "fleet_large", 0);
    for (uint32_t t = 0; t < LARGE_STAGES; t++) {
        f->months[t] = 3;
        f->power[t] = 15e6;
    }
    for (uint32_t c = 0; c < LARGE_CLASSES; c++) {
        double demand = large_draw(&rng, 20, 200);
        for (uint32_t t = 0; t < LARGE_STAGES; t++) {
            f->demand[c][t] = demand;
            demand *= large_draw(&rng, 0.95, 1.25);
        }
        f->classes[c] = (struct su_fleet_class){"class", f->demand[c]};
    }
    for (uint32_t k = 0; k < LARGE_KINDS; k++)
        large_kind(f, &rng, k);
    uint32_t n = 0;
    for (uint32_t c = 0; c < LARGE_CLASSES; c++) {
        for (uint32_t k = 0; k < LARGE_KINDS; k++) {
            double card_req_s = large_draw(&rng, 0.2, 1.2);
            for (uint32_t i = 0; i < 2; i++) {
                bool half = k == 5;
                uint32_t cards = i == 0 ? 2 : 8;
                double gain = half     ? large_draw(&rng, 1.5, 3)
                              : i == 0 ? 1
                                       : large_draw(&rng, 0.9, 1.2);
                f->options[n++] = (struct su_fleet_option){"option",
                                                           c,
                                                           k,
                                                           !half    ? SU_FLEET_AGGREGATED
                                                           : i == 0 ? SU_FLEET_PREFILL
                                                                    : SU_FLEET_DECODE,
                                                           0,
                                                           cards,
                                                           gain * cards * card_req_s};
            }
        }
    }
    f->problem = (struct su_fleet_problem){.stage_months = f->months,
                                           .n_stages = LARGE_STAGES,
                                           .classes = f->classes,
                                           .n_classes = LARGE_CLASSES,
                                           .chips = f->chips,
                                           .n_chips = LARGE_KINDS,
                                           .servers = f->servers,
                                           .n_servers = LARGE_KINDS,
                                           .sources = f->sources,
                                           .n_sources = 3 * LARGE_KINDS,
                                           .options = f->options,
                                           .n_options = n,
                                           .currency = SU_CNY,
                                           .power_w_max = f->power,
                                           .gap_frac = 1e-3};
}

#endif
