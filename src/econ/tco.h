/* Total cost of ownership: buy, rent, or lease out servers of one chip over a horizon, as cash
 * flows by month; what they are worth today, what is uncertain about that, and what it hangs on.
 * docs/theory/tco.md derives it. */
#ifndef SU_ECON_TCO_H
#define SU_ECON_TCO_H

#include "econ/econ.h"

/* ---- prices and rents over time ---- */

/* Straight line through ln(price) over time, one intercept per series (item, what it buys, country,
 * channel, currency), one slope for all. */
struct su_decay {
    bool known;
    bool pooled;     /* over all chips of the catalog: the chip's own rows say too little */
    double per_year; /* continuous: the price falls by 1 - exp(-per_year) in a year */
    double low;      /* 80 % interval of the slope, by Student's t */
    double high;
    uint32_t n_rows;
    uint32_t n_series;
    double span_years;
};

/** Rows of a chip and of servers holding it, of use "yes", up to the date, by date: rents (by card
 * hour or server month) or purchase prices. The array lives in arena. */
size_t su_series_rows(struct su_arena *arena, const struct su_catalog *catalog,
                      const struct su_accel *accel, bool rents, struct su_date date,
                      const struct su_price *const **rows);

/** The row before rows[i] of the same series (item, what it buys, country, channel, currency); NULL
 * when it is the first. */
const struct su_price *su_series_before(const struct su_price *const *rows, size_t i);
/** Change of the middle price from one row to another, as a share of the first. */
double su_series_change(const struct su_price *from, const struct su_price *to);

/** Fit to these rows, or when fewer than two degrees of freedom or five months are there, to
 * those of all chips. known == false when neither is enough. */
struct su_decay su_decay_fit(struct su_arena *arena, const struct su_catalog *catalog,
                             const struct su_accel *accel, bool rents, struct su_date date);

/** What a card hour rents at: middle, least and most of the rows of the last half year up to the
 * newest on or before the date; of the region, else of any. False when there is none. Server months
 * are divided by cards and hours. SU_ERR_INPUT when no exchange rate reaches currency. */
SU_MUST_CHECK enum su_status su_rent_quote(struct su_arena *arena, const struct su_catalog *catalog,
                                           const struct su_accel *accel, const char *region,
                                           struct su_date date, enum su_currency currency,
                                           bool *known, struct su_assumption *quote,
                                           struct su_err *err);

/* ---- assumptions ---- */

/* X(id, unit, kind, least, most): money is positive and skewed, the rest lies between its ends. */
#define SU_TCO_TABLE(X)                                                       \
    X(server_price, "", MONEY, 0, 1e12)                                       \
    X(network, "of the servers' price", SHARE, 0, 10)                         \
    X(spares, "of the servers' price", SHARE, 0, 1)                           \
    X(electricity, "/kWh", MONEY, 0, 1e6)                                     \
    X(pue, "ratio", SHARE, 1, 10)                                             \
    X(load, "of rated power", SHARE, 0, 1)                                    \
    X(hosting, "/kW/month", MONEY, 0, 1e9)                                    \
    X(upkeep, "of capital per year", SHARE, 0, 1)                             \
    X(staff_per_server, "full-time staff", SHARE, 0, 1e3)                     \
    X(salary, "/year", MONEY, 0, 1e9)                                         \
    X(porting_months, "months of one engineer", SHARE, 0, 1e5)                \
    X(loan, "of capital", SHARE, 0, 1)                                        \
    X(interest, "per year", SHARE, 0, 1)                                      \
    X(discount, "per year", SHARE, 0, 1)                                      \
    X(residual, "of the servers' price", SHARE, 0, 1)                         \
    X(rent_per_card_hour, "/card/hour", MONEY, 0, 1e6)                        \
    X(rent_decay, "per year, continuous", SHARE, -5, 5)                       \
    X(vacancy, "of card hours", SHARE, 0, 1)                                  \
    X(utilisation, "of the time", SHARE, 0, 1)                                \
    X(output_tok_s, "output tokens/s per server at full load", SHARE, 0, 1e9) \
    X(vat_rate, "of the price without tax", SHARE, 0, 1)

enum su_tco_id {
#define SU_X(id, unit, kind, min, max) SU_TCO_##id,
    SU_TCO_TABLE(SU_X)
#undef SU_X
        SU_TCO_COUNT
};

struct su_tco_field {
    const char *name;
    const char *unit;
    bool money;
    double min;
    double max;
};
extern const struct su_tco_field su_tco_fields[SU_TCO_COUNT];

enum su_tco_view { SU_TCO_BUY, SU_TCO_RENT, SU_TCO_LEASE_OUT, SU_TCO_VIEW_COUNT };
const char *su_tco_view_name(enum su_tco_view view);

/* One case. x[i].value, low and high are in `currency` where the field is money; known[i] is false
 * where nobody said and no row does. */
struct su_tco {
    enum su_currency currency;
    struct su_assumption x[SU_TCO_COUNT];
    bool known[SU_TCO_COUNT];
    uint32_t n_servers;
    uint32_t n_cards; /* of one server */
    struct su_power power;
    uint32_t months;
    struct su_decay rent_fit;  /* what the market's rents did up to the date */
    struct su_decay price_fit; /* and its prices */
    bool deduct_vat;           /* quoted prices include the tax, and the owner gets it back */
};

/* Where the assumptions come from. */
struct su_tco_ask {
    const struct su_catalog *catalog;
    const struct su_accel *accel;
    const struct su_server *server; /* may be NULL */
    const char *region;
    struct su_date date;
    struct su_channels channels;
    enum su_currency currency;
    uint32_t n_servers;
    uint32_t n_cards;
    uint32_t months;
};

/** Every assumption from the catalog, with its source or the word of what we assume. quote: of the
 * server's price (known == false: none on the date). */
SU_MUST_CHECK enum su_status su_tco_init(struct su_arena *arena, const struct su_tco_ask *ask,
                                         struct su_tco *tco, struct su_quote *quote,
                                         struct su_err *err);

/* ---- the money ---- */

/* Lines of a view's cash flow. What flows out is negative. */
#define SU_TCO_LINE_TABLE(X) \
    X(servers)               \
    X(network)               \
    X(spares)                \
    X(porting)               \
    X(electricity)           \
    X(hosting)               \
    X(upkeep)                \
    X(staff)                 \
    X(financing)             \
    X(rent)                  \
    X(residual)
enum su_tco_line {
#define SU_X(id) SU_TCO_LINE_##id,
    SU_TCO_LINE_TABLE(SU_X)
#undef SU_X
        SU_TCO_LINE_COUNT
};
const char *su_tco_line_name(enum su_tco_line line);

/* Exact to the micro-unit, month by month. */
struct su_tco_result {
    struct su_money total[SU_TCO_LINE_COUNT]; /* as paid */
    struct su_money value[SU_TCO_LINE_COUNT]; /* discounted to today */
    struct su_money sum;
    struct su_money npv;
    double payback_months; /* NAN: not within the horizon, or nothing to pay back */
};

/** True when what the view needs is known: buying a price, the others a rent as well. */
bool su_tco_can(const struct su_tco *tco, enum su_tco_view view);

SU_MUST_CHECK enum su_status su_tco_run(const struct su_tco *tco, enum su_tco_view view,
                                        struct su_tco_result *result, struct su_err *err);

/* The same as a closed form in doubles, for many draws: values in the order of su_tco_id. */
struct su_tco_values {
    double v[SU_TCO_COUNT];
};
struct su_tco_values su_tco_middle(const struct su_tco *tco);
/** Net present values of the three views; those that cannot be told are NAN. */
void su_tco_npv(const struct su_tco *tco, const struct su_tco_values *values,
                double npv[SU_TCO_VIEW_COUNT]);

/** Rent of a card hour at which leasing out is worth nothing (with its vacancy), or at which buying
 * costs what renting costs (every hour paid). */
double su_tco_break_even_rent(const struct su_tco *tco, const struct su_tco_values *values,
                              enum su_tco_view view);
/** Share of card hours that must be let at the rent for leasing out to be worth nothing; above 1:
 * no occupancy is enough. INFINITY when every hour let loses money. */
double su_tco_break_even_occupancy(const struct su_tco *tco, const struct su_tco_values *values);
/** Million output tokens of the horizon, discounted like money, so that cost over them is the price
 * per million at which nothing is lost. 0 when no throughput is known. */
double su_tco_mtok(const struct su_tco *tco, const struct su_tco_values *values);

/* ---- uncertainty ---- */

#define SU_TCO_LEVELS 7
extern const double su_tco_levels[SU_TCO_LEVELS]; /* 0.05 .. 0.95 */

struct su_tco_risk {
    uint64_t n_draws;
    double npv[SU_TCO_VIEW_COUNT][SU_TCO_LEVELS];
    double positive_frac[SU_TCO_VIEW_COUNT]; /* of the draws, worth more than nothing */
    double buy_frac; /* of the draws in which buying costs less than renting */
};

/** n_draws >= 1 of all assumptions, each from its own stream, so that the views meet the same
 * worlds. Money: lognormal halves through low (10 %), value (50 %) and high (90 %). The rest:
 * triangular between low and high. */
void su_tco_simulate(struct su_arena *scratch, const struct su_tco *tco, uint64_t seed,
                     uint64_t n_draws, struct su_tco_risk *risk);

/* The view's value with one assumption at its low or high end, all else in the middle. */
struct su_tco_swing {
    enum su_tco_id id;
    double npv_low;
    double npv_high;
};
/** Largest swing first; those that move nothing are left out. Returns how many. */
size_t su_tco_tornado(const struct su_tco *tco, enum su_tco_view view,
                      struct su_tco_swing swings[SU_TCO_COUNT]);

#endif
