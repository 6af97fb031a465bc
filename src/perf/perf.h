/* Time of an operator, a collective, an engine step, and a deployment in steady state.
 * Pure: (graph, device, parallelism, efficiencies) -> seconds with a breakdown. All in SI units. */
#ifndef SU_PERF_PERF_H
#define SU_PERF_PERF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "catalog/catalog.h"
#include "model/model.h"

/* How a figure was come by, best first. */
enum su_basis { SU_BASIS_MEASURED, SU_BASIS_CALIBRATED, SU_BASIS_TRANSFERRED, SU_BASIS_DATASHEET };
const char *su_basis_name(enum su_basis basis);

/* What an operator's time is limited by. */
enum su_bound { SU_BOUND_COMPUTE, SU_BOUND_MEMORY, SU_BOUND_NETWORK, SU_BOUND_LATENCY };
const char *su_bound_name(enum su_bound bound);

/* ---- the device ---- */

/* One card in its server, as the roofline sees it. Peaks, before any efficiency. */
struct su_device {
    double flop16_per_s;    /* 16-bit dense peak: attention, and GEMMs in bf16/fp16 */
    double flop_gemm_per_s; /* peak of the format the quantised GEMMs compute in */
    double mem_bytes_per_s;
    double link_bytes_per_s; /* card to card, one direction */
    double nic_bytes_per_s;  /* out of the server, one card's share, one direction; 0 = not known */
    enum su_topology topology;
    uint32_t domain_cards; /* cards that reach each other over the link (one server) */
    double sm_count;       /* multiprocessors or their like; 0 = not known */
    double l2_bytes;       /* 0 = not known */
    bool fp16_for_bf16;    /* no bf16 rate is published: the fp16 rate stands in */
    bool splits_keys;      /* decode attention spreads a long sequence over multiprocessors */
    bool weight_only;      /* weights are stored narrower than the format they compute in */
};

/** True when the chip publishes what is needed to compute in this weight format: int4 and fp8
 * without a native rate run weight-only at the 16-bit rate only when weight_only_ok. */
bool su_device_has_dtype(const struct su_accel *accel, enum su_dtype weight_dtype,
                         bool weight_only_ok);

/** server may be NULL: then 8 cards over the chip's own link, or PCIe when it has none.
 * SU_ERR_INPUT naming the missing fact when peak or bandwidth is not published. */
SU_MUST_CHECK enum su_status su_device_init(struct su_device *device, const struct su_accel *accel,
                                            const struct su_server *server,
                                            enum su_dtype weight_dtype, struct su_err *err);

/* ---- one operator ---- */

/* An operator of the graph on one card, sizes after sharding, for one step. Kernel tables are keyed
 * by these sizes, so calibrated efficiencies plug in here. */
struct su_op_work {
    enum su_op_kind kind;
    enum su_dtype weight_dtype;
    enum su_dtype kv_dtype;
    bool decode; /* attention: one query token per sequence */
    double m;    /* GEMM rows; MoE: token-expert pairs on this card */
    double n;
    double k;
    double batch; /* attention: sequences */
    double q_len;
    double kv_len;
    double heads;
    double kv_heads;
    double head_dim;
    double experts;        /* MoE: experts held */
    double experts_active; /* MoE: expected number of them that get a token */
    double experts_total;  /* MoE: of the whole model */
    double top_k;          /* MoE */
    double tokens;         /* MoE: that enter the card's expert group */
    double ep;             /* MoE */
    double skew;           /* MoE: exponent of the router's power law, 0 = balanced */
    double imbalance;      /* MoE: load of the fullest card over the mean's; m is the mean's */
    double window;         /* attention: tokens, 0 = full */
    bool module;           /* MLA: the whole block with its projections, not the core */
    double flop;
    double bytes; /* memory traffic */
};

struct su_op_time {
    double time_s;
    double compute_s; /* flop / (peak * efficiency) */
    double memory_s;  /* bytes / (bandwidth * efficiency) */
    enum su_bound bound;
    enum su_basis basis;
};

/* Efficiencies behind one interface. `level` picks the 10 %, the middle or the 90 % value of their
 * range, so that a figure's interval is the same computation done three times. */
enum su_eff_level { SU_EFF_LOW, SU_EFF_MID, SU_EFF_HIGH };

struct su_profile; /* perf/surface.h */
#define SU_PROFILES_MAX 16
/* Half-width, ln, of the 10-90 % range between summed kernels and a published run of an engine
 * whose constants are not known: 80 % of the 20 decode rows of use=fit (Qwen3-4B on H20,
 * Llama-3.1-8B on H100) lie within 0.29. An early engine on a new model can be several times slower
 * (docs/accuracy.md). */
#define SU_COMPOSITION_LOG_SPREAD 0.29
/* The same where the engine's constants were fitted: 0.10 on the rows fitted on. */
#define SU_COMPOSITION_FITTED_LOG_SPREAD 0.12

/* GEMM times already computed for one deployment: a search asks for the same padded row counts over
 * and over. Zeroed by its owner, for one device and weight format; one thread at a time. */
#define SU_MEMO_SLOTS 1024
struct su_memo {
    struct {
        double m;
        double n;
        double k;
        uint32_t key; /* surface and level, 0 = empty */
        struct su_op_time time;
    } slots[SU_MEMO_SLOTS];
};

struct su_eff {
    void (*price)(const struct su_eff *eff, const struct su_device *device,
                  const struct su_op_work *work, struct su_op_time *time);
    double link_frac; /* share of the link that collectives reach */
    double hop_s;     /* latency of one collective step */
    double nic_frac;  /* the same two between servers */
    double nic_hop_s;
    double overhead_s;           /* per engine step: scheduler, sampling, graph launch */
    double overhead_levels_s[3]; /* at the low, middle and high efficiency */
    /* On the time of attention (MLA too), of experts, and of all else: an engine's constants. */
    double factor_attention;
    double factor_experts;
    double factor_rest;
    enum su_eff_level level;
    enum su_basis basis; /* of collectives */
    /* Fitted profiles, nearest first: the chip's own where it has one. An operator is priced by the
     * first that measured it. chain[0] NULL: the defaults. */
    const struct su_profile *chain[SU_PROFILES_MAX];
    uint32_t n_chain;
    bool own;                        /* chain[0] is of this chip */
    const struct su_profile *curves; /* of collectives, NULL: none fits the chip's links */
    struct su_memo *memo;            /* may be NULL */
    double curve_link_ratio;         /* link of the profile's chip over this one's; 0: no curves */
    double transfer_log_spread;    /* half-width of what borrowing adds, ln; 0 for an own profile */
    double composition_log_spread; /* of what lies between kernels and an engine's step, ln */
};

/** Published typical efficiencies per operator kind (docs/theory/roofline.md names each source). */
struct su_eff su_eff_default(enum su_eff_level level);

/** The best that is known of a chip: its own fitted profile, else the nearest measured chip's by
 * architecture, stack and balance (basis `transferred`), else the defaults when none is compiled
 * in. Operators a profile lacks fall through to the second and then to the defaults. */
struct su_eff su_eff_of(const struct su_catalog *catalog, const struct su_accel *accel,
                        enum su_eff_level level);
/** The same efficiencies at another level. */
struct su_eff su_eff_at(const struct su_eff *eff, enum su_eff_level level);

/* ---- collectives ---- */

/** Ring or direct all-reduce of `bytes` per rank over n_ranks cards; 0 for one rank.
 * T = 2(n-1)/n * bytes / bandwidth + steps * hop; in a mesh only (n-1) of (domain-1) links carry.
 * More ranks than domain_cards span servers, as few as hold them, evenly: reduce-scatter inside,
 * all-reduce of each card's part over its NIC, all-gather inside. INFINITY where the link or NIC it
 * needs is not known. Source: docs/theory/collectives.md */
double su_allreduce_s(const struct su_device *device, const struct su_eff *eff, uint32_t n_ranks,
                      double bytes);
/** All-to-all in which each rank sends `bytes` in all, (n-1)/n of it to others; what leaves the
 * server goes over the NIC while the rest goes over the link. */
double su_alltoall_s(const struct su_device *device, const struct su_eff *eff, uint32_t n_ranks,
                     double bytes);
/** `bytes` from a card to one peer: in its server, or over the NIC. */
double su_sendrecv_s(const struct su_device *device, const struct su_eff *eff, bool over_nic,
                     double bytes);

/* ---- one engine step ---- */

/* Speculative decoding: each decode step verifies n_drafts guessed tokens beside the next one. */
struct su_drafting {
    uint32_t n_drafts;      /* 0 = off */
    double acceptance_frac; /* of a guess whose predecessors were all accepted */
};
/** Tokens a sequence gets from one step: 1 + a + ... + a^n. */
double su_drafting_tokens_per_step(struct su_drafting drafting);

struct su_deployment {
    const struct su_graph *graph;
    struct su_device device;
    struct su_parallel par;
    enum su_dtype weight_dtype;
    enum su_dtype kv_dtype;
    struct su_eff eff;
    struct su_drafting drafting;
    double expert_skew; /* exponent of the power law of expert loads, 0 = balanced */
};
/** Load of the fullest of ep cards over the mean, when expert loads are drawn from a density
 * x^-skew and experts are placed without regard to them; docs/theory/roofline.md. 1 when skew is 0.
 * tokens: that the experts see in a step. */
double su_expert_imbalance(double skew, double n_experts, double top_k, double ep, double tokens);

/* What one data-parallel rank runs in one step. Numbers may be fractional: they are expectations.
 * With pipeline stages a step is one micro-batch on the fullest stage: pp of them are in flight, so
 * a step ends every su_step_s, and a token needs pp of these. A decoding sequence has 1 +
 * drafting.n_drafts query tokens. */
struct su_step {
    double prefill_tokens;    /* new prompt tokens in all */
    double prefill_seqs;      /* prompts they belong to */
    double prefill_kv_tokens; /* keys at the end of the chunk, per prompt */
    double decode_seqs;
    double decode_kv_tokens; /* mean context of a decoding sequence */
};

/* One line of a breakdown: an operator over all layers, or a collective, or the overhead. */
struct su_cost_line {
    const char *name;
    uint32_t n_calls;
    double time_s;
    double flop;
    double bytes;
    enum su_bound bound;
    enum su_basis basis;
    double ideal_s; /* at the peaks, no efficiency; 0 for collectives and overhead */
    bool has_work;
    struct su_op_work work; /* sizes of one call */
};

#define SU_COST_LINES_MAX 96

struct su_step_cost {
    double total_s;
    double compute_s; /* of total: lines bound by compute; likewise below */
    double memory_s;
    double network_s;
    double overhead_s;
    enum su_basis basis; /* that four fifths of the time have, or a better one */
    uint32_t n_lines;    /* 0 when no breakdown was asked for */
    struct su_cost_line lines[SU_COST_LINES_MAX];
};

/** Seconds of one step. */
double su_step_s(const struct su_deployment *deployment, const struct su_step *step);
/** The same with a line per operator. */
void su_step_explain(const struct su_deployment *deployment, const struct su_step *step,
                     struct su_step_cost *cost);

/* Parts of a step. Within the two of attention a prompt alone or decodes alone; in a step with both
 * the operator is priced whole if either is asked for. */
enum su_step_part {
    SU_PART_PREFILL = 1,   /* attention of prompt chunks: by tokens, prompts and keys of these */
    SU_PART_DECODE = 2,    /* attention of decoding sequences, and drafting: by their number and
                              context */
    SU_PART_EXPERTS = 4,   /* routed experts, dispatch and reduction: by tokens */
    SU_PART_HEAD = 8,      /* by sequences that are sampled */
    SU_PART_REST = 16,     /* by tokens */
    SU_PART_OVERHEAD = 32, /* always the same */
    SU_PARTS_ALL = 63
};
/** Seconds of some parts of a step, for tables that are filled apart. Errors of all parts move
 * together at a low or high efficiency, unlike in su_step_s. */
double su_step_parts_s(const struct su_deployment *deployment, const struct su_step *step,
                       unsigned parts);

/* The longest sequence of a decode step: where there are blocks enough to fill the chip, a kernel
 * does not split a sequence's keys, and one multiprocessor reads them all. */
struct su_longest {
    double s_per_token; /* of its context, over all layers of the step */
    double seqs_min;    /* decoding sequences from which on it holds */
};
struct su_longest su_step_longest(const struct su_deployment *deployment);

/* ---- steady state ---- */

/* What the engine may put in a step, per data-parallel rank. */
struct su_engine_limits {
    uint32_t max_num_seqs;
    uint32_t max_num_batched_tokens;
    uint64_t kv_capacity_tokens;
};

struct su_load {
    double isl;    /* prompt tokens, mean */
    double isl_cv; /* coefficient of variation of the prompt length */
    double osl;    /* output tokens, mean, >= 1 */
    double osl_cv;
};

/* One replica (tp*pp*dp cards) in steady state; docs/theory/steady.md derives it. */
struct su_steady {
    double rate_req_s; /* requests served per second */
    double ttft_s;
    double ttft_p99_s;
    double tpot_s;
    double tpot_p99_s;
    double output_tok_s;
    double decode_seqs;      /* decoding at once, over all ranks and micro-batches */
    double utilization_frac; /* of the time steps carry prefill */
    double kv_used_frac;
    bool saturated;            /* the offered load is above what the replica can serve */
    struct su_step step;       /* a typical decode step of one rank, for a breakdown */
    struct su_step mixed_step; /* a typical step that carries prefill */
};

/** Open loop: requests arrive at rate_req_s at one replica. */
struct su_steady su_steady_at_rate(const struct su_deployment *deployment,
                                   const struct su_engine_limits *limits,
                                   const struct su_load *load, double rate_req_s);
/** Closed loop: `concurrency` requests in the replica at any time. */
struct su_steady su_steady_at_concurrency(const struct su_deployment *deployment,
                                          const struct su_engine_limits *limits,
                                          const struct su_load *load, double concurrency);

/** Closed loop of requests of equal length, as benchmarks run them: they stay in step, so all
 * `concurrency` prompts are prefilled together, in steps of the token budget, then all decode. */
struct su_steady su_steady_in_waves(const struct su_deployment *deployment,
                                    const struct su_engine_limits *limits,
                                    const struct su_load *load, double concurrency);

/* Service levels; 0 = not asked for. */
struct su_slo {
    double ttft_p99_s;
    double ttft_mean_s;
    double tpot_p99_s;
    double tpot_mean_s;
};
/** True when every level asked for is met. */
bool su_slo_met(const struct su_slo *slo, const struct su_steady *steady);

/** Highest arrival rate one replica serves within the service levels; 0 when not even a lone
 * request meets them. */
double su_steady_max_rate(const struct su_deployment *deployment,
                          const struct su_engine_limits *limits, const struct su_load *load,
                          const struct su_slo *slo);

/** Phase rates per card: prefill in steps of max_num_batched_tokens with
 * prompts of isl; decode at `decode_seqs` per rank with mean context isl + osl/2. */
double su_prefill_tok_s_per_gpu(const struct su_deployment *deployment,
                                const struct su_engine_limits *limits, const struct su_load *load);
double su_decode_tok_s_per_gpu(const struct su_deployment *deployment, const struct su_load *load,
                               double decode_seqs);

#endif
