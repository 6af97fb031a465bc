/* One table for flags, YAML keys and JSON keys. A flag is the id with '-' for '_', a key the id
 * itself; the help text is the message opt_<id>. `alias` is the engine's own long name. */
#ifndef SU_APP_OPTION_TABLE_H
#define SU_APP_OPTION_TABLE_H

/* Commands that take an option; bits. */
#define SU_ON_CHIPS 1u
#define SU_ON_MODEL 2u
#define SU_ON_ESTIMATE 4u
#define SU_ON_PLAN 8u
#define SU_ON_CALIBRATE 16u
#define SU_ON_VALIDATE 32u
#define SU_ON_FIT (SU_ON_CALIBRATE | SU_ON_VALIDATE)
#define SU_ON_SIM 64u
#define SU_ON_EXPORT 128u
#define SU_ON_TCO 256u
#define SU_ON_WHY 512u
#define SU_ON_ALL 1023u
/* Those that serve requests: given a deployment, or in search of one. */
#define SU_ON_DEPLOY (SU_ON_ESTIMATE | SU_ON_SIM)
#define SU_ON_RUN (SU_ON_DEPLOY | SU_ON_PLAN)
#define SU_ON_TRAFFIC (SU_ON_SIM | SU_ON_PLAN) /* simulates */
#define SU_ON_PRICED (SU_ON_PLAN | SU_ON_SIM | SU_ON_TCO)
#define SU_ON_CHIP (SU_ON_DEPLOY | SU_ON_FIT | SU_ON_TCO)
#define SU_ON_BRIEF (SU_ON_RUN | SU_ON_TCO)
/* Commands with one main table, for --csv. */
#define SU_ON_TABLE \
    (SU_ON_PLAN | SU_ON_SIM | SU_ON_CHIPS | SU_ON_VALIDATE | SU_ON_EXPORT | SU_ON_TCO | SU_ON_WHY)

/* X(id, type, unit, min, max, alias, argument shown in help, commands) */
#define SU_OPTION_TABLE(X)                                                             \
    X(model, TEXT, NONE, 0, 0, NULL, "NAME|PATH", SU_ON_RUN)                           \
    X(chip, TEXT, NONE, 0, 0, NULL, "ID", SU_ON_CHIP)                                  \
    X(chips, LIST, NONE, 0, 0, NULL, "ID,…", SU_ON_PLAN)                               \
    X(where, TEXT, NONE, 0, 0, NULL, "EXPR", SU_ON_CHIPS | SU_ON_EXPORT)               \
    X(count, INT, NONE, 1, 1e6, NULL, "CARDS", SU_ON_DEPLOY)                           \
    X(tp, INT, NONE, 1, 1024, "tensor-parallel-size", "N", SU_ON_DEPLOY | SU_ON_MODEL) \
    X(pp, INT, NONE, 1, 1024, "pipeline-parallel-size", "N", SU_ON_DEPLOY)             \
    X(dp, INT, NONE, 1, 1024, "data-parallel-size", "N", SU_ON_DEPLOY)                 \
    X(ep, INT, NONE, 1, 1024, NULL, "N", SU_ON_DEPLOY | SU_ON_MODEL)                   \
    X(num_speculative_tokens, INT, NONE, 0, 16, NULL, "K", SU_ON_DEPLOY)               \
    X(acceptance_rate, REAL, FRAC, 0, 1, NULL, "FRAC", SU_ON_DEPLOY)                   \
    X(expert_skew, REAL, NONE, 0, 2, NULL, "X", SU_ON_DEPLOY)                          \
    X(dtype, LIST, NONE, 0, 0, NULL, "bf16|fp8|int8|int4", SU_ON_RUN | SU_ON_MODEL)    \
    X(kv_dtype, TEXT, NONE, 0, 0, "kv-cache-dtype", "bf16|fp8", SU_ON_RUN)             \
    X(engine, TEXT, NONE, 0, 0, NULL, "vllm|sglang|trtllm|mindie", SU_ON_RUN)          \
    X(isl, REAL, NONE, 1, 1e7, NULL, "TOKENS", SU_ON_RUN)                              \
    X(osl, REAL, NONE, 1, 1e7, NULL, "TOKENS", SU_ON_RUN)                              \
    X(isl_cv, REAL, NONE, 0, 10, NULL, "X", SU_ON_RUN)                                 \
    X(osl_cv, REAL, NONE, 0, 10, NULL, "X", SU_ON_RUN)                                 \
    X(concurrency, REAL, NONE, 1, 1e7, "max-concurrency", "N", SU_ON_DEPLOY)           \
    X(rate, REAL, RATE, 1e-6, 1e7, "request-rate", "R", SU_ON_RUN)                     \
    X(users, REAL, NONE, 1, 1e10, NULL, "N", SU_ON_PLAN)                               \
    X(requests_per_user_day, REAL, NONE, 1e-3, 1e6, NULL, "N", SU_ON_PLAN)             \
    X(active_hours_per_day, REAL, NONE, 0.1, 24, NULL, "H", SU_ON_PLAN)                \
    X(peak_factor, REAL, NONE, 1, 100, NULL, "X", SU_ON_PLAN)                          \
    X(slo, SLO, NONE, 0, 0, NULL, "ttft_p99=2s,tpot_p99=50ms", SU_ON_RUN)              \
    X(max_num_seqs, INT, NONE, 1, 65536, NULL, "N", SU_ON_RUN)                         \
    X(max_num_batched_tokens, INT, NONE, 16, 1048576, NULL, "N", SU_ON_RUN)            \
    X(block_size, INT, NONE, 1, 1024, NULL, "TOKENS", SU_ON_RUN)                       \
    X(gpu_memory_utilization, REAL, FRAC, 0.05, 1, NULL, "FRAC", SU_ON_RUN)            \
    X(num_gpu_blocks, INT, NONE, 1, 1e9, "num-gpu-blocks-override", "N", SU_ON_DEPLOY) \
    X(region, TEXT, NONE, 0, 0, NULL, "cn|us|eu|…", SU_ON_PRICED)                      \
    X(channels, LIST, NONE, 0, 0, NULL, "official,rental,…", SU_ON_PRICED)             \
    X(authorisation, TEXT, NONE, 0, 0, NULL, "none|nac|case_by_case", SU_ON_PLAN)      \
    X(markets, LIST, NONE, 0, 0, NULL, "datacenter,workstation,consumer", SU_ON_PLAN)  \
    X(vendors_only, LIST, NONE, 0, 0, NULL, "domestic|NAME,…", SU_ON_PLAN)             \
    X(vendors_forbidden, LIST, NONE, 0, 0, NULL, "NAME,…", SU_ON_PLAN)                 \
    X(horizon_months, REAL, NONE, 1, 240, NULL, "N", SU_ON_PRICED)                     \
    X(currency, TEXT, NONE, 0, 0, NULL, "CNY|USD|EUR", SU_ON_PRICED)                   \
    X(budget, REAL, NONE, 1, 1e12, NULL, "AMOUNT", SU_ON_PLAN)                         \
    X(power_max, REAL, POWER, 1, 1e10, NULL, "POWER", SU_ON_PLAN)                      \
    X(workload, TEXT, NONE, 0, 0, NULL, "FILE", SU_ON_TRAFFIC)                         \
    X(prefix_blocks, TEXT, NONE, 0, 0, NULL, "FILE", SU_ON_SIM)                        \
    X(rate_scale, REAL, NONE, 1e-6, 1e6, NULL, "X", SU_ON_SIM)                         \
    X(num_requests, INT, NONE, 1, 1e10, "num-prompts", "N", SU_ON_TRAFFIC)             \
    X(duration, REAL, TIME, 1e-3, 8e6, NULL, "TIME", SU_ON_SIM)                        \
    X(isl_dist, TEXT, NONE, 0, 0, NULL, "DIST", SU_ON_SIM)                             \
    X(osl_dist, TEXT, NONE, 0, 0, NULL, "DIST", SU_ON_SIM)                             \
    X(burstiness, REAL, NONE, 0.01, 1e6, NULL, "X", SU_ON_TRAFFIC)                     \
    X(ramp_to, REAL, RATE, 1e-6, 1e7, NULL, "R", SU_ON_SIM)                            \
    X(ramp_time, REAL, TIME, 1e-3, 8e6, NULL, "TIME", SU_ON_SIM)                       \
    X(daily, LIST, NONE, 0, 0, NULL, "F0,…,F23", SU_ON_TRAFFIC)                        \
    X(turns, REAL, NONE, 1, 1000, NULL, "N", SU_ON_SIM)                                \
    X(think_time, REAL, TIME, 0, 86400, NULL, "TIME", SU_ON_SIM)                       \
    X(system_prompts, INT, NONE, 1, 32768, NULL, "N", SU_ON_SIM)                       \
    X(system_tokens, INT, NONE, 1, 1e6, NULL, "TOKENS", SU_ON_SIM)                     \
    X(system_zipf, REAL, NONE, 0, 10, NULL, "X", SU_ON_SIM)                            \
    X(enable_prefix_caching, SWITCH, NONE, 0, 0, NULL, NULL, SU_ON_SIM)                \
    X(long_prefill_token_threshold, INT, NONE, 0, 1048576, NULL, "TOKENS", SU_ON_SIM)  \
    X(scheduling_policy, TEXT, NONE, 0, 0, NULL, "fcfs|priority", SU_ON_SIM)           \
    X(engine_version, TEXT, NONE, 0, 0, NULL, "ROW", SU_ON_SIM)                        \
    X(router, TEXT, NONE, 0, 0, NULL, "NAME", SU_ON_SIM)                               \
    X(prefill_count, INT, NONE, 1, 1e6, NULL, "CARDS", SU_ON_SIM)                      \
    X(prefill_tp, INT, NONE, 1, 1024, NULL, "N", SU_ON_SIM)                            \
    X(transfer_bandwidth, REAL, BYTES, 1e3, 1e15, NULL, "BYTES", SU_ON_SIM)            \
    X(transfer_latency, REAL, TIME, 0, 60, NULL, "TIME", SU_ON_SIM)                    \
    X(step_by_step, FLAG, NONE, 0, 0, NULL, NULL, SU_ON_SIM)                           \
    X(per_request, TEXT, NONE, 0, 0, NULL, "FILE", SU_ON_SIM)                          \
    X(time_series, TEXT, NONE, 0, 0, NULL, "FILE", SU_ON_SIM)                          \
    X(tick, REAL, TIME, 1e-3, 86400, NULL, "TIME", SU_ON_SIM)                          \
    X(timeline, TEXT, NONE, 0, 0, NULL, "FILE", SU_ON_SIM)                             \
    X(find, TEXT, NONE, 0, 0, NULL, "rate|replicas", SU_ON_SIM)                        \
    X(threads, INT, NONE, 1, 256, NULL, "N", SU_ON_TRAFFIC)                            \
    X(kernels, LIST, NONE, 0, 0, NULL, "DIR,…", SU_ON_FIT)                             \
    X(measured, TEXT, NONE, 0, 0, NULL, "FILE", SU_ON_VALIDATE)                        \
    X(out, TEXT, NONE, 0, 0, NULL, "DIR", SU_ON_CALIBRATE | SU_ON_PLAN)                \
    X(context, REAL, NONE, 1, 1e7, NULL, "TOKENS", SU_ON_MODEL)                        \
    X(catalog, TEXT, NONE, 0, 0, NULL, "DIR", SU_ON_ALL)                               \
    X(as_of, TEXT, NONE, 0, 0, NULL, "YYYY-MM-DD", SU_ON_ALL)                          \
    X(lang, TEXT, NONE, 0, 0, NULL, "zh|en", SU_ON_ALL)                                \
    X(seed, INT, NONE, 0, 9e15, NULL, "N", SU_ON_ALL)                                  \
    X(json, FLAG, NONE, 0, 0, NULL, NULL, SU_ON_ALL)                                   \
    X(csv, FLAG, NONE, 0, 0, NULL, NULL, SU_ON_TABLE)                                  \
    X(explain, FLAG, NONE, 0, 0, NULL, NULL, SU_ON_ESTIMATE)                           \
    X(print_brief, FLAG, NONE, 0, 0, NULL, NULL, SU_ON_BRIEF)                          \
    X(view, TEXT, NONE, 0, 0, NULL, "buy|rent|lease_out|all", SU_ON_TCO)               \
    X(server, TEXT, NONE, 0, 0, NULL, "ID", SU_ON_TCO)                                 \
    X(servers, INT, NONE, 1, 1e6, NULL, "N", SU_ON_TCO)                                \
    X(server_price, TEXT, NONE, 0, 0, NULL, "AMOUNT", SU_ON_TCO)                       \
    X(rent_per_card_hour, TEXT, NONE, 0, 0, NULL, "AMOUNT", SU_ON_TCO)                 \
    X(vacancy, TEXT, NONE, 0, 0, NULL, "SHARE", SU_ON_TCO)                             \
    X(utilisation, TEXT, NONE, 0, 0, NULL, "SHARE", SU_ON_TCO)                         \
    X(output_tok_s, TEXT, NONE, 0, 0, NULL, "RATE", SU_ON_TCO)                         \
    X(vat, TEXT, NONE, 0, 0, NULL, "as_quoted|deducted", SU_ON_TCO)                    \
    X(draws, INT, NONE, 1000, 1e6, NULL, "N", SU_ON_TCO)                               \
    X(assume, LIST, NONE, 0, 0, NULL, "NAME=VALUE,…", SU_ON_TCO)                       \
    X(compare, LIST, NONE, 0, 0, NULL, "ID,ID", SU_ON_PLAN)                            \
    X(disaggregate, SWITCH, NONE, 0, 0, NULL, NULL, SU_ON_PLAN)                        \
    X(supply, LIST, NONE, 0, 0, NULL, "CHIP=CARDS,…", SU_ON_PLAN)                      \
    X(delivery, LIST, NONE, 0, 0, NULL, "CHIP=YYYY-MM,…", SU_ON_PLAN)                  \
    X(existing, LIST, NONE, 0, 0, NULL, "CHIP=CARDS,…", SU_ON_PLAN)                    \
    X(growth, REAL, NONE, 0.1, 10, NULL, "X", SU_ON_PLAN)                              \
    X(spares, TEXT, NONE, 0, 0, NULL, "none|n_plus_1", SU_ON_PLAN)                     \
    X(rack_units, INT, NONE, 1, 1e6, NULL, "N", SU_ON_PLAN)

#endif
