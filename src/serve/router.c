#include "serve/router.h"

#include <math.h>

/* Runs that were routed, by id; an entry is overwritten by whoever falls on it, so that memory
 * stays bounded. */
struct su_owner {
    uint64_t id;
    uint32_t replica;
    uint32_t used;
};
#define N_OWNERS (UINT64_C(1) << 20)

const char *su_router_name(enum su_router router)
{
    static const char *const names[SU_ROUTER_COUNT] = {
        [SU_ROUTER_ROUND_ROBIN] = "round-robin",   [SU_ROUTER_LEAST_LOADED] = "least-loaded",
        [SU_ROUTER_POWER_OF_TWO] = "power-of-two", [SU_ROUTER_PREFIX_AWARE] = "prefix-aware",
        [SU_ROUTER_KV_AWARE] = "kv-aware",
    };
    return names[router];
}

void su_fleet_init(struct su_fleet *fleet, struct su_arena *arena,
                   const struct su_serve_config *config, bool prefill, struct su_metrics *metrics)
{
    const struct su_serve_engine *engine = prefill ? &config->prefill_engine : &config->engine;
    uint32_t n = prefill ? config->n_prefill : config->n_replicas;
    bool plain = engine->step_by_step || su_replica_needs_plain(engine) != NULL;
    *fleet = (struct su_fleet){
        .ops = plain ? &su_replica_plain : &su_replica_fast,
        .replicas = SU_NEW_ARRAY(arena, n, struct su_replica *),
        .n = n,
        .block_tokens = engine->block_tokens,
        .n_blocks = engine->n_blocks * engine->n_ranks,
        .router = config->router,
    };
    su_rng_init(&fleet->rng, config->seed, prefill ? "router_prefill" : "router", 0);
    if (n > 1 && config->router == SU_ROUTER_KV_AWARE)
        fleet->owners = SU_NEW_ARRAY(arena, N_OWNERS, struct su_owner);
    const struct su_pricer *pricer = prefill ? config->prefill_pricer : config->pricer;
    uint32_t first = prefill ? config->n_replicas : 0;
    for (uint32_t i = 0; i < n; i++)
        fleet->replicas[i] =
            fleet->ops->create(arena, engine, pricer, first + i, config->seed, metrics);
}

static struct su_replica_load look(struct su_fleet *fleet, uint32_t i, int64_t now_ps)
{
    fleet->ops->advance(fleet->replicas[i], now_ps, false);
    return fleet->ops->load(fleet->replicas[i]);
}

/* vLLM's balancer: a waiting request weighs as much as four running ones. */
static uint64_t weight(struct su_replica_load load)
{
    return 4 * load.n_waiting + load.n_running;
}

static uint32_t random_replica(struct su_fleet *fleet)
{
    return (uint32_t)(su_rng_u64(&fleet->rng) % fleet->n);
}

static uint32_t least_loaded(struct su_fleet *fleet, int64_t now_ps)
{
    uint32_t best = 0;
    uint64_t best_weight = UINT64_MAX;
    for (uint32_t i = 0; i < fleet->n; i++) {
        uint64_t w = weight(look(fleet, i, now_ps));
        if (w < best_weight) {
            best = i;
            best_weight = w;
        }
    }
    return best;
}

static uint32_t power_of_two(struct su_fleet *fleet, int64_t now_ps)
{
    uint32_t a = random_replica(fleet);
    uint32_t b = random_replica(fleet);
    return weight(look(fleet, b, now_ps)) < weight(look(fleet, a, now_ps)) ? b : a;
}

static uint64_t mix(uint64_t x)
{
    x *= 0x9e3779b97f4a7c15u;
    return x ^ x >> 29;
}

/* The replica that a hash of the first run names, unless it has more than twice the load of the
 * lesser of two others. */
static uint32_t prefix_aware(struct su_fleet *fleet, const struct su_arrival *arrival)
{
    int64_t now_ps = arrival->arrival_ps;
    uint32_t other = power_of_two(fleet, now_ps);
    if (arrival->n_runs == 0)
        return other;
    uint32_t home = (uint32_t)(mix(arrival->runs[0].id) % fleet->n);
    uint64_t home_weight = weight(look(fleet, home, now_ps));
    return home_weight > 2 * weight(look(fleet, other, now_ps)) + 4 ? other : home;
}

static struct su_owner *owner_of(const struct su_fleet *fleet, uint64_t id)
{
    return &fleet->owners[mix(id) & (N_OWNERS - 1)];
}

/* Blocks that the request would compute there, and blocks in use and waited for: the cost that
 * NVIDIA Dynamo's KV router weighs (docs/theory/serving.md, R1). */
static double kv_cost(const struct su_fleet *fleet, struct su_replica_load load,
                      uint32_t new_tokens, double mean_prompt)
{
    double tokens = new_tokens + mean_prompt * (double)load.n_waiting;
    return tokens / fleet->block_tokens + (double)(fleet->n_blocks - load.n_free_blocks);
}

/* INFINITY when it is not below limit: its cache is not asked when its load alone is too much. */
static double kv_cost_below(struct su_fleet *fleet, uint32_t i, const struct su_arrival *arrival,
                            double mean_prompt, double limit)
{
    struct su_replica_load load = look(fleet, i, arrival->arrival_ps);
    if (kv_cost(fleet, load, 0, mean_prompt) >= limit)
        return INFINITY;
    uint32_t cached = fleet->ops->cached_tokens(fleet->replicas[i], arrival);
    double cost = kv_cost(fleet, load, arrival->input_tokens - cached, mean_prompt);
    return cost < limit ? cost : INFINITY;
}

static uint32_t kv_aware(struct su_fleet *fleet, const struct su_arrival *arrival)
{
    uint32_t candidates[3] = {random_replica(fleet), random_replica(fleet), 0};
    uint32_t n = 2;
    for (uint32_t r = arrival->n_runs; r-- > 0;) {
        const struct su_owner *owner = owner_of(fleet, arrival->runs[r].id);
        if (owner->used && owner->id == arrival->runs[r].id) {
            candidates[n++] = owner->replica;
            break;
        }
    }
    uint32_t best = candidates[n - 1];
    double mean_prompt = fleet->n_routed > 0 ? fleet->prompt_tokens / (double)fleet->n_routed : 0;
    double best_cost = kv_cost_below(fleet, best, arrival, mean_prompt, INFINITY);
    for (uint32_t c = 0; c + 1 < n; c++) {
        double cost = kv_cost_below(fleet, candidates[c], arrival, mean_prompt, best_cost);
        if (cost < best_cost) {
            best = candidates[c];
            best_cost = cost;
        }
    }
    for (uint32_t r = 0; r < arrival->n_runs; r++)
        *owner_of(fleet, arrival->runs[r].id) = (struct su_owner){arrival->runs[r].id, best, 1};
    return best;
}

/* Out of line, so that a single replica costs no call frame. */
__attribute__((noinline)) static uint32_t choose(struct su_fleet *fleet,
                                                 const struct su_arrival *arrival)
{
    switch (fleet->router) {
    case SU_ROUTER_LEAST_LOADED:
        return least_loaded(fleet, arrival->arrival_ps);
    case SU_ROUTER_POWER_OF_TWO:
        return power_of_two(fleet, arrival->arrival_ps);
    case SU_ROUTER_PREFIX_AWARE:
        return prefix_aware(fleet, arrival);
    case SU_ROUTER_KV_AWARE:
        return kv_aware(fleet, arrival);
    default:
        return (uint32_t)(fleet->n_routed % fleet->n);
    }
}

uint32_t su_fleet_route(struct su_fleet *fleet, const struct su_arrival *arrival)
{
    uint32_t i = fleet->n == 1 ? 0 : choose(fleet, arrival);
    fleet->ops->advance(fleet->replicas[i], arrival->arrival_ps, false);
    fleet->n_routed++;
    fleet->prompt_tokens += arrival->input_tokens;
    return i;
}
