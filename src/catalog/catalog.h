/* The facts: accelerators, servers, prices, exchange rates, running costs, software support and
 * export rules. Files under data/ are the truth; tools/embed compiles them into the program, a
 * user's overlay directory is read at run time by the same parser. Units of fields are those of
 * data/README.md; the accessors below convert to the one unit system (bytes, FLOP/s, …). */
#ifndef SU_CATALOG_CATALOG_H
#define SU_CATALOG_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/date.h"
#include "base/err.h"
#include "base/money.h"

enum su_confidence {
    SU_CONFIDENCE_UNSTATED,
    SU_CONFIDENCE_LOW,
    SU_CONFIDENCE_MEDIUM,
    SU_CONFIDENCE_HIGH,
};
const char *su_confidence_name(enum su_confidence c);

/* One value of a fact with who says so. source NULL: the source of the file it stands in. */
struct su_fact_value {
    double value;
    const char *source;
    enum su_confidence confidence;
};

/* A fact: n_values 0 means not known (never read as 0). values[0] is the one used, the others are
 * what contradicting sources say. */
struct su_fact {
    const struct su_fact_value *values;
    uint32_t n_values;
};
bool su_fact_known(struct su_fact fact);
/** The value used; the fact must be known. */
double su_fact_value(struct su_fact fact);

/* Text and number fields of an accelerator file: name in the file = name in the struct. */
/* clang-format off */
#define SU_ACCEL_TEXT_TABLE(X)                                                                  \
    X(id) X(vendor) X(name) X(origin) X(market) X(stack) X(arch) X(process_node) X(release)     \
    X(form_factor) X(mem_type) X(link_name) X(pcie) X(software_stack) X(notes) X(source)
/* X(field, unit shown) */
#define SU_ACCEL_FACT_TABLE(X)                                                                  \
    X(mem_gb, "GB") X(mem_bw_gbs, "GB/s") X(l2_mb, "MB") X(sm_or_core_count, "")                \
    X(boost_mhz, "MHz") X(fp64_tensor, "TFLOPS") X(tf32, "TFLOPS") X(bf16, "TFLOPS")            \
    X(fp16, "TFLOPS") X(fp8, "TFLOPS") X(int8, "TOPS") X(fp4, "TFLOPS")                         \
    X(link_gbs_total_bidir, "GB/s") X(tdp_w, "W") X(die_area_mm2, "mm2")
/* clang-format on */

struct su_accel {
#define SU_X(field) const char *field;
    SU_ACCEL_TEXT_TABLE(SU_X) /* NULL when absent, but id, vendor, name, origin, market, stack */
#undef SU_X
#define SU_X(field, unit) struct su_fact field;
    SU_ACCEL_FACT_TABLE(SU_X)
#undef SU_X
    struct su_date as_of;
    enum su_confidence confidence;
    bool cloud_only;
    bool splits_long_sequences; /* its usual decode kernel shares one sequence's keys out */
};

/* Iterating over the facts of an accelerator by name, for tables and --where. */
struct su_accel_field {
    const char *name;
    const char *unit;
    size_t offset; /* of the struct su_fact in struct su_accel */
};
extern const struct su_accel_field su_accel_fields[];
extern const size_t su_accel_n_fields;
struct su_fact su_accel_fact(const struct su_accel *accel, const struct su_accel_field *field);

/** Device memory. Vendors say GB and mean 2^30: an H20 "96 GB" shows 97,871 MiB (95.6 GiB).
 * 0 when not known. */
uint64_t su_accel_mem_bytes(const struct su_accel *accel);
/** Peak memory bandwidth in bytes/s, 0 when not known. */
double su_accel_mem_bw_bytes_per_s(const struct su_accel *accel);
/** Chip-to-chip bandwidth, one direction, bytes/s; falls back to the host slot (PCIe) when the chip
 * has no link of its own. 0 when neither is known. */
double su_accel_link_bytes_per_s(const struct su_accel *accel);
/** One direction of the host slot in bytes/s from text like "5.0 x16"; 0 when not known. */
double su_accel_pcie_bytes_per_s(const struct su_accel *accel);

enum su_topology {
    SU_TOPOLOGY_UNSTATED,
    SU_TOPOLOGY_SWITCH, /* every card reaches every other at full link speed */
    SU_TOPOLOGY_MESH,   /* the link is split over the peers */
    SU_TOPOLOGY_FABRIC,
    SU_TOPOLOGY_TORUS,
    SU_TOPOLOGY_PCIE,
};
const char *su_topology_name(enum su_topology topology);

struct su_server {
    const char *id;
    const char *name;
    const char *accelerator_id;
    const char *cpu;
    const char *intra_link;
    const char *nic;
    const char *notes;
    const char *source;
    struct su_fact accel_count;
    struct su_fact nic_gbps_total;
    struct su_fact chassis_power_kw;
    enum su_topology topology;
    struct su_date as_of;
    enum su_confidence confidence;
};

enum su_price_kind {
    SU_PRICE_BUY_CARD,
    SU_PRICE_BUY_SERVER,
    SU_PRICE_RENT_GPU_HOUR,
    SU_PRICE_RENT_SERVER_MONTH,
};
enum su_price_channel {
    SU_CHANNEL_OFFICIAL,
    SU_CHANNEL_GREY,
    SU_CHANNEL_CLOUD,
    SU_CHANNEL_SECOND_HAND
};
enum su_price_scope {
    SU_SCOPE_CARD,
    SU_SCOPE_SERVER,
    SU_SCOPE_MODULE, /* the cards on their board, no chassis */
    SU_SCOPE_KIT,    /* the cards and board, no host */
    SU_SCOPE_RACK,
    SU_SCOPE_CARD_HOUR,
    SU_SCOPE_SERVER_MONTH,
};
/* Whether value-added tax is in the price, where the source says so. */
enum su_price_tax { SU_PRICE_TAX_UNKNOWN, SU_PRICE_TAX_INCLUDED, SU_PRICE_TAX_EXCLUDED };
enum su_price_use { SU_PRICE_USE_YES, SU_PRICE_USE_CONTEXT, SU_PRICE_USE_NO };
/* The words of the price files: "buy_card", "grey", "server_month", "context" … */
const char *su_price_kind_name(enum su_price_kind kind);
const char *su_price_channel_name(enum su_price_channel channel);
const char *su_price_scope_name(enum su_price_scope scope);
const char *su_price_tax_name(enum su_price_tax tax);
const char *su_price_use_name(enum su_price_use use);

struct su_price {
    const char *item; /* id of an accelerator or a server */
    enum su_price_kind kind;
    enum su_currency currency;
    double low;  /* in currency units */
    double high; /* == low when one figure; NAN when the source says "more than low" */
    const char *region;
    struct su_date date;
    enum su_price_channel channel;
    enum su_price_scope scope;
    enum su_price_tax tax;
    enum su_price_use use;
    const char *notes;
    const char *source;
    struct su_date as_of;
    enum su_confidence confidence;
};

struct su_fx_rate {
    enum su_currency base;  /* one unit of this … */
    enum su_currency quote; /* … costs rate units of this */
    struct su_date date;
    double rate;
    const char *source;
    enum su_confidence confidence;
};

struct su_opex {
    const char *item;
    const char *region;
    double low;
    double high;
    const char *unit;
    const char *notes;
    const char *source;
    struct su_date as_of;
    enum su_confidence confidence;
};

/* What was sold, forecast, ordered: one figure of the market with its period. */
struct su_market {
    const char *metric; /* "h20_units_forecast" */
    double value;
    const char *unit;   /* "units (more than)", "USD bn" … as the source prints it */
    const char *period; /* "FY2024 (to Jan 2024)" */
    const char *notes;
    const char *source;
    struct su_date as_of;
    enum su_confidence confidence;
};

enum su_support_level {
    SU_SUPPORT_UNKNOWN,
    SU_SUPPORT_NONE,
    SU_SUPPORT_PARTIAL,
    SU_SUPPORT_PLUGIN,
    SU_SUPPORT_NATIVE,
};
const char *su_support_level_name(enum su_support_level level);

struct su_support {
    const char *stack;
    const char *component;
    enum su_support_level level;
    const char *notes;
    const char *source;
    struct su_date as_of;
    enum su_confidence confidence;
};

/* How an engine is run on the chips of a stack: image, device plugin and what a container needs.
 * One row of engines/engines.csv; an empty text is "none", image == "" none that is known. */
struct su_engine {
    const char *stack;
    const char *component; /* as software_support.csv names it */
    const char *engine;    /* "vllm", "sglang", "trtllm", "mindie": whose command line it takes */
    const char *chips;     /* starts of accelerator ids, by spaces; "" = every chip of the stack */
    const char *image;     /* with its tag */
    const char *version;
    const char *resource;    /* of the Kubernetes device plugin: "nvidia.com/gpu" */
    const char *visible_env; /* variable that lists the cards a process may use */
    /* Lists by spaces; {i} in a device node is the card's number. */
    const char *device_nodes;
    const char *mounts;
    const char *security;  /* "seccomp=unconfined", "group=video" */
    const char *args;      /* of every command line of it */
    const char *int8_args; /* where the weights are int8 */
    const char *health;    /* path that answers 200 once it serves */
    const char *notes;
    const char *source;
    double shm_gib;            /* shared memory of a container */
    uint32_t devices_per_card; /* what driver and device plugin count: dies, where a card has two */
    struct su_date as_of;
    enum su_confidence confidence;
};

enum su_rule_applies { SU_RULE_ANY, SU_RULE_DATACENTER, SU_RULE_NOT_DATACENTER };
enum su_rule_quantity {
    SU_RULE_NO_QUANTITY, /* the row is for reading only */
    SU_RULE_TPP,
    SU_RULE_PERF_DENSITY,
    SU_RULE_LINK_GBS,
    SU_RULE_MEM_BW_GBS,
    SU_RULE_MEM_PLUS_LINK_GBS,
};

/* One row of rules/export_rules.csv; rows with one rule_id form one rule (data/README.md). */
struct su_rule {
    const char *rule;
    const char *criterion;
    const char *bound;
    const char *notes;
    const char *source;
    const char *rule_id;
    /* "licence", "nac" or ""; on the buyer's side "restricted" (some buyers) or "stopped" */
    const char *klass;
    const char *policy; /* "denial", "case_by_case", "none" or "" */
    const char *jurisdiction;
    const char *chips; /* ids it is about, separated by spaces; "" = all */
    struct su_date effective;
    struct su_date until; /* year 0: open */
    struct su_date as_of;
    enum su_rule_applies applies;
    bool join_any; /* any row is enough; else all */
    enum su_rule_quantity quantity;
    double min; /* -INFINITY when open */
    double max; /* INFINITY when open; exclusive */
    enum su_confidence confidence;
};

struct su_catalog {
    const struct su_accel *accels; /* sorted by id */
    size_t n_accels;
    const struct su_server *servers; /* sorted by id */
    size_t n_servers;
    const struct su_price *prices; /* sorted by item, then date, then file order */
    size_t n_prices;
    const struct su_fx_rate *fx; /* sorted by pair, then date */
    size_t n_fx;
    const struct su_opex *opex;
    size_t n_opex;
    const struct su_market *market; /* file order */
    size_t n_market;
    const struct su_support *support;
    size_t n_support;
    const struct su_rule *rules; /* file order */
    size_t n_rules;
    const struct su_engine *engines; /* file order */
    size_t n_engines;
    /* Newest date of a price, rate or rule in it that is not after the newest as_of: a rule
     * announced for a later day does not make the catalog newer than what was known. */
    struct su_date newest;
};

/** The facts compiled in. Constant, never fails. */
const struct su_catalog *su_catalog_embedded(void);

/** Reads a directory laid out as data/ (any subfolder may be missing). Checks every field: unknown
 * keys, types, ranges, duplicate ids, dates, references from servers and prices to ids. */
SU_MUST_CHECK enum su_status su_catalog_read_dir(struct su_arena *arena, const char *dir,
                                                 struct su_catalog *catalog, struct su_err *err);

/** base plus the user's directory: an accelerator, server, price item or rule_id named in dir
 * replaces the one of base; other rows are added, before those of base, so that at equal dates the
 * user's row is found. References may point into either. What it does not change is shared with
 * base, which must live as long. */
SU_MUST_CHECK enum su_status su_catalog_overlay(struct su_arena *arena,
                                                const struct su_catalog *base, const char *dir,
                                                struct su_catalog *catalog, struct su_err *err);

/** NULL when there is none. */
const struct su_accel *su_catalog_accel(const struct su_catalog *catalog, const char *id);
const struct su_server *su_catalog_server(const struct su_catalog *catalog, const char *id);
/** The server to buy for a chip: of those holding it, the one with 8 cards, else the smallest; NULL
 * when none is known. */
const struct su_server *su_catalog_server_for(const struct su_catalog *catalog,
                                              const char *accel_id);
/** As su_catalog_accel, with a message that names the nearest ids. */
SU_MUST_CHECK enum su_status su_catalog_find_accel(const struct su_catalog *catalog, const char *id,
                                                   const struct su_accel **accel,
                                                   struct su_err *err);

/** Rows of an item: prices[*first .. *first + n). */
size_t su_catalog_prices(const struct su_catalog *catalog, const char *item, size_t *first);

/** Level of a component ("vLLM", "FP8", "MoE EP" …) on a stack; row may be NULL. */
enum su_support_level su_catalog_support(const struct su_catalog *catalog, const char *stack,
                                         const char *component, const struct su_support **row);

/** The row for a chip, of several the one that names most of its id; NULL when there is none. */
const struct su_engine *su_catalog_engine(const struct su_catalog *catalog, const char *stack,
                                          const char *component, const char *accel_id);

/** Exchange rate (units of `to` for one of `from`) from the newest row on or before date, directly
 * or over USD. SU_ERR_INPUT when there is none. used (may be NULL): the oldest row that entered. */
SU_MUST_CHECK enum su_status su_catalog_fx(const struct su_catalog *catalog, enum su_currency from,
                                           enum su_currency to, struct su_date date, double *rate,
                                           const struct su_fx_rate **used, struct su_err *err);

/** First row of a metric whose period starts with `period` (NULL: any); NULL when there is none. */
const struct su_market *su_catalog_market(const struct su_catalog *catalog, const char *metric,
                                          const char *period);

/** Newest row of a running cost for a region on or before date: exact region, else its prefix
 * ("CN-east" → "CN"), else "global"; NULL when there is none. Regions compare without regard to
 * case. A date like "2024" counts from its first day; of rows with one date the first is taken. */
const struct su_opex *su_catalog_opex(const struct su_catalog *catalog, const char *item,
                                      const char *region, struct su_date date);

#endif
