/* Export rules on a date, dated prices, and what a deployment costs over a horizon. */
#ifndef SU_ECON_ECON_H
#define SU_ECON_ECON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/date.h"
#include "base/err.h"
#include "base/money.h"
#include "catalog/catalog.h"

/* ---- export rules ---- */

enum su_export_class {
    SU_EXPORT_FREE,
    SU_EXPORT_NAC,     /* licence exception with advance notice */
    SU_EXPORT_LICENCE, /* licence needed */
    SU_EXPORT_UNKNOWN, /* a figure the rule needs is not published */
    SU_EXPORT_NOT_US_ORIGIN,
};
const char *su_export_class_name(enum su_export_class c);

enum su_export_policy {
    SU_EXPORT_POLICY_NONE,
    SU_EXPORT_POLICY_CASE_BY_CASE,
    SU_EXPORT_POLICY_DENIAL
};
const char *su_export_policy_name(enum su_export_policy p);

struct su_export {
    enum su_export_class klass;
    enum su_export_policy policy;
    /* Total processing performance: the largest dense TOPS x bit length; 0 = not computable. */
    double tpp;
    const char *tpp_format;     /* "fp8" */
    double tpp_rate;            /* TOPS or TFLOPS of that format */
    double perf_density;        /* tpp / die area in mm2; 0 = not computable */
    const struct su_rule *rule; /* the row that decided, NULL when free or not of US origin */
    const struct su_rule *policy_rule; /* the row that set the policy, may differ */
};

/** Class of a chip for delivery to China on a date. Arithmetic for a planner, not legal advice;
 * docs/theory/export.md states the reading of each rule. */
struct su_export su_export_classify(const struct su_catalog *catalog, const struct su_accel *accel,
                                    struct su_date date);

enum su_export_truth { SU_EXPORT_NO, SU_EXPORT_YES, SU_EXPORT_CANNOT_SAY };

/* One criterion (row) of a US rule in force, against the chip's figure. */
struct su_export_test {
    const struct su_rule *row;
    bool first;                      /* of its rule; a rule's rows follow each other */
    bool about;                      /* the rule speaks about this market and chip */
    double value;                    /* in the unit of the row; NAN = not published */
    enum su_export_truth holds;      /* this row */
    enum su_export_truth rule_holds; /* all rows of the rule, as they are joined */
};

/** Every criterion in force on the date, in the order of the file; the array lives in arena. A
 * chip of no US maker is tested all the same: what would hold if it were one. */
size_t su_export_tests(struct su_arena *arena, const struct su_catalog *catalog,
                       const struct su_accel *accel, struct su_date date,
                       const struct su_export_test **tests);

/** US rows in force that state no threshold: definitions, guidance, tariffs, notices. */
size_t su_export_context(struct su_arena *arena, const struct su_catalog *catalog,
                         struct su_date date, const struct su_rule *const **rows);

/** The buyer's side: Chinese rules in force that stop or restrict this chip's way in, each once.
 * They concern chips made elsewhere. */
size_t su_export_gates(struct su_arena *arena, const struct su_catalog *catalog,
                       const struct su_accel *accel, struct su_date date,
                       const struct su_rule *const **rules);

/** True where the US rules above apply: China, Hong Kong (the EAR counts it to China) and Macau. */
bool su_export_applies_to(const char *region);

/* ---- prices ---- */

/* What a server of a chip costs, and how that was come by. In the currency asked for. Rented
 * (channel SU_CHANNEL_CLOUD), the amounts are the rent of all its cards for a month of
 * SU_HOURS_PER_MONTH. */
struct su_quote {
    bool known;
    enum su_price_channel channel; /* asked for, also when nothing is known */
    struct su_money low;
    struct su_money mid;
    struct su_money high;
    const struct su_price *row; /* the row it rests on */
    bool from_cards;    /* cards' price plus a host, or divided by their share of a server */
    bool other_region;  /* no quote for the region: another region's was converted */
    bool open_ended;    /* the source says "more than" */
    int32_t age_months; /* of the row on the date asked for */
    uint32_t n_rows;    /* rents: behind it, when more than one; else 0 */
    double card_hours;  /* rents: of one server in a month; else 0 */
};

/* Cards' share of a server's price where only cards have one: 8 H20 cards of 110 k CNY in a server
 * of 1.5 M CNY are 59 %, 8 H100 of 30.7 k USD in one of 310 k USD 79 %. */
#define SU_CARD_SHARE_LOW_FRAC 0.60
#define SU_CARD_SHARE_MID_FRAC 0.70
#define SU_CARD_SHARE_HIGH_FRAC 0.80
/* Least that a host for 8 cards costs (two processors, memory, chassis, network): our assumption,
 * no quote for a bare host is in the catalog. */
#define SU_HOST_USD 15000.0
#define SU_HOST_LOW_FRAC 0.6
#define SU_HOST_HIGH_FRAC 1.6

struct su_channels {
    bool official;
    bool grey;
    bool second_hand;
    bool rental; /* of cards that stand in the region's country */
};

/** Price of one server with n_cards of the chip, from the newest usable row on or before the date:
 * rows of the region before other regions, a server's own price before cards of about the same
 * date. known == false when there is none. SU_ERR_INPUT when no exchange rate reaches currency. */
SU_MUST_CHECK enum su_status su_price_server(const struct su_catalog *catalog,
                                             const struct su_accel *accel,
                                             const struct su_server *server, uint32_t n_cards,
                                             const char *region, struct su_date date,
                                             struct su_channels channels, enum su_currency currency,
                                             struct su_quote *quote, struct su_err *err);

/** Rent of a server's cards for a month, from the rents of the region's country up to the date (see
 * su_rent_quote): what stands in another country is not for rent here. known == false when there is
 * none. SU_ERR_INPUT when no exchange rate reaches currency. */
SU_MUST_CHECK enum su_status su_price_rent(struct su_arena *arena, const struct su_catalog *catalog,
                                           const struct su_accel *accel, uint32_t n_cards,
                                           const char *region, struct su_date date,
                                           enum su_currency currency, struct su_quote *quote,
                                           struct su_err *err);

/** Currency that prices of a region are shown in: cn* CNY, us* USD, eu*, de* EUR …; else USD. */
enum su_currency su_currency_of_region(const char *region);

/* ---- cost over a horizon ---- */

#define SU_HOURS_PER_MONTH 730.5 /* 365.25 days */

/* An assumption with where it comes from; printed with every result that used it. */
struct su_assumption {
    const char *name; /* "electricity", "pue" … : a message key for the doors */
    double value;
    double low;
    double high;
    const char *unit;
    const char *source;
    const char *as_of;
    bool later_than_date; /* only a figure newer than the asked date is known */
    enum su_confidence confidence;
    /* Why, where no source says it or a source was changed: a word for the doors, "assumed_staff";
     * NULL when the source says all. */
    const char *note;
    uint32_t n_rows; /* of the catalog behind it, when more than one; else 0 */
};

/* Running-cost figures of a region on a date, in the result's currency. */
struct su_cost_basis {
    enum su_currency currency;
    struct su_assumption electricity; /* per kWh */
    struct su_assumption pue;
    struct su_assumption hosting;      /* per kW and month */
    struct su_assumption upkeep_frac;  /* of capital and year: maintenance, staff share */
    struct su_assumption network_frac; /* of server capital, when more than one server */
    struct su_assumption load_frac;    /* mean draw over rated power */
};

SU_MUST_CHECK enum su_status su_cost_basis_init(const struct su_catalog *catalog,
                                                const char *region, struct su_date date,
                                                enum su_currency currency,
                                                struct su_cost_basis *basis, struct su_err *err);

/* Rated power of one server. */
struct su_power {
    double server_w;
    bool chassis_known; /* the server's own figure, else cards over their share of it */
    bool tdp_known;     /* else a stated typical card */
};
struct su_power su_power_of_server(const struct su_accel *accel, const struct su_server *server,
                                   uint32_t n_cards);

struct su_cost {
    struct su_money servers;
    struct su_money network;
    struct su_money electricity;
    struct su_money hosting;
    struct su_money upkeep;
    struct su_money rent; /* of rented servers, and then all there is */
    struct su_money total;
    double power_kw; /* rated, of all servers, at the wall before PUE */
};

/** Capital plus running cost of n_servers for horizon_months. unit: price of one server. */
SU_MUST_CHECK enum su_status su_cost_of_fleet(const struct su_cost_basis *basis,
                                              struct su_money unit, uint32_t n_servers,
                                              struct su_power power, double horizon_months,
                                              struct su_cost *cost, struct su_err *err);

/** The same for a quote of any channel; unit: one of its amounts, or another for the same thing.
 * Rented servers cost their rent for every hour of the horizon: it has power, space and upkeep in
 * it, and the network between servers. */
SU_MUST_CHECK enum su_status su_cost_of_quote(const struct su_cost_basis *basis,
                                              const struct su_quote *quote, struct su_money unit,
                                              uint32_t n_servers, struct su_power power,
                                              double horizon_months, struct su_cost *cost,
                                              struct su_err *err);

/** The price of one server at which the fleet's total would equal `total`; negative amounts mean
 * that running costs alone exceed it. */
SU_MUST_CHECK enum su_status su_cost_price_to_win(const struct su_cost_basis *basis,
                                                  struct su_money total, uint32_t n_servers,
                                                  struct su_power power, double horizon_months,
                                                  struct su_money *unit, struct su_err *err);

/** The same for a channel: rented, the rent of one server for a month. */
SU_MUST_CHECK enum su_status su_cost_quote_to_win(const struct su_cost_basis *basis,
                                                  enum su_price_channel channel,
                                                  struct su_money total, uint32_t n_servers,
                                                  struct su_power power, double horizon_months,
                                                  struct su_money *unit, struct su_err *err);

#endif
