/* Private to app: the parts of `why`. A brief states claims with the article's figures and names
 * the calculator of each; the calculators compute from the catalog and the models, and judge. */
#ifndef SU_APP_WHY_PARTS_H
#define SU_APP_WHY_PARTS_H

#include "app/facts.h"

/* X(name, keys of the claim that it reads, beside id, claim, article, calculate) */
#define SU_CALC_TABLE(X)                                                                           \
    X(compute_share, "chip", "against", "dtype", "at_most")                                        \
    X(sales, "chip", "units", "claimed")                                                           \
    X(exceeds, "chip", "units", "metric", "period")                                                \
    X(currency, "amount", "from", "to", "claimed")                                                 \
    X(price_fall, "server", "months", "claimed")                                                   \
    X(pretrain, "chip", "against", "model", "tokens", "cards", "limit_days")                       \
    X(decode, "chip", "against", "model", "isl", "osl", "concurrency")                             \
    X(fits, "chip", "against", "model", "dtype", "cards")                                          \
    X(export_class, "chip", "against")                                                             \
    X(software, "chip", "against")                                                                 \
    X(supply, "metric", "against", "discount")                                                     \
    X(efficiency, "chip", "against", "model", "isl", "osl", "concurrency", "claimed")              \
    X(lettable, "chip", "servers", "rent_low", "rent_high", "months")                              \
    X(card_price_print, "chip", "usd", "cny", "month")                                             \
    X(server_price_print, "server", "units", "printed", "cards")                                   \
    X(profit_print, "chip", "units", "claimed")                                                    \
    X(forecast, "chip", "units_low", "units", "units_high", "claimed", "metric", "period", "sold", \
      "revenue")

enum su_verdict { SU_HOLDS, SU_HOLDS_ONLY_IF, SU_DOES_NOT_HOLD };
const char *su_verdict_name(enum su_verdict verdict);

struct su_claim {
    const struct su_doc *doc;
    const char *id;
    const char *text;    /* in the view's language */
    const char *article; /* the figure as the article has it */
};

/* What a calculator finds. All texts in the view's language. */
struct su_finding {
    const char *computed;
    const char *words; /* the verdict in a sentence: the condition, or what is wrong */
    enum su_verdict verdict;
    struct su_doc *arithmetic; /* list of text */
    struct su_doc *sources;    /* list of text, each once */
};

struct su_why {
    struct su_arena *arena;
    const struct su_view *view;
    struct su_facts facts;
    uint64_t seed;
};

typedef enum su_status su_calc(struct su_why *w, const struct su_claim *claim,
                               struct su_finding *finding, struct su_err *err);
#define SU_X(name, ...) su_calc su_why_##name;
SU_CALC_TABLE(SU_X)
#undef SU_X

/** The answer to a brief that is already read. */
SU_MUST_CHECK enum su_status su_why_answer(struct su_arena *arena, const struct su_request *request,
                                           const struct su_doc *doc, const struct su_view *view,
                                           struct su_answer *answer, struct su_err *err);

/** Adds a step of the arithmetic, or a source that is not there yet. */
void su_finding_step(struct su_why *w, struct su_finding *f, const char *text);
void su_finding_source(struct su_why *w, struct su_finding *f, const char *source);
/** "296", "15.0 %", "CNY 1.20 M" for texts. */
const char *su_why_number(struct su_why *w, double v);
const char *su_why_percent(struct su_why *w, double frac);
const char *su_why_money(struct su_why *w, double amount, enum su_currency currency);

/* Members of a claim; SU_ERR_INPUT at their place. */
SU_MUST_CHECK enum su_status su_claim_chip(struct su_why *w, const struct su_claim *claim,
                                           const char *key, const struct su_accel **accel,
                                           struct su_err *err);
/** A list of chips, or one. */
SU_MUST_CHECK enum su_status su_claim_chips(struct su_why *w, const struct su_claim *claim,
                                            const char *key, const struct su_accel *const **accels,
                                            size_t *n, struct su_err *err);
SU_MUST_CHECK enum su_status su_claim_real(const struct su_claim *claim, const char *key,
                                           double min, double max, double *value,
                                           struct su_err *err);
/** Figure of data/market by the metric that the claim names under key. */
SU_MUST_CHECK enum su_status su_claim_market(struct su_why *w, const struct su_claim *claim,
                                             const char *key, const struct su_market **row,
                                             struct su_err *err);

/* What a card sells at: newest dollar price of the maker on the date. */
struct su_card_price {
    double low;
    double high;
    enum su_currency currency;
    const struct su_price *row;
};
SU_MUST_CHECK enum su_status su_why_card_price(struct su_why *w, const struct su_claim *claim,
                                               const struct su_accel *accel,
                                               struct su_card_price *price, struct su_err *err);

/* What an hour of a card costs its owner in China, in CNY: the rent at which buying for three years
 * and renting every hour cost the same. known == false when no price is on record by the date. */
SU_MUST_CHECK enum su_status su_why_card_hour(struct su_why *w, const struct su_accel *accel,
                                              bool *known, double *cny, const char **source,
                                              struct su_err *err);

#endif
