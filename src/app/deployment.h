/* Private to app: the deployment that flags or a brief describe, checked against the chip and the
 * model; `estimate` and `sim` start from it. */
#ifndef SU_APP_DEPLOYMENT_H
#define SU_APP_DEPLOYMENT_H

#include "app/facts.h"
#include "memory/memory.h"

struct su_setup {
    struct su_facts facts;
    const struct su_accel *accel;
    const struct su_server *server; /* NULL: none is known */
    struct su_model *model;
    struct su_deployment deployment; /* of one replica */
    struct su_memory memory;         /* of one card */
    struct su_engine_limits limits;
    uint64_t blocks_max; /* KV blocks that memory allows; --num-gpu-blocks may ask for fewer */
    uint32_t block_tokens;
    uint32_t n_replicas; /* those that only prefill not counted */
    uint32_t n_cards;    /* of the whole deployment */
};

/** The option, or SU_ERR_INPUT that it is missing. */
SU_MUST_CHECK enum su_status su_request_need(const struct su_request *request, enum su_option_id id,
                                             const char *flag, struct su_err *err);

/** Everything but the load; what was left out becomes an assumption in notes. */
SU_MUST_CHECK enum su_status su_setup_read(struct su_arena *arena, const struct su_request *request,
                                           const struct su_view *view, struct su_notes *notes,
                                           struct su_setup *setup, struct su_err *err);

/** The same chip, model and engine cut another way; n_replicas and n_cards stay. */
SU_MUST_CHECK enum su_status su_setup_recut(struct su_arena *arena,
                                            const struct su_request *request,
                                            const struct su_view *view, struct su_parallel par,
                                            struct su_setup *setup, struct su_err *err);

/** tp * pp * dp */
uint32_t su_setup_replica_cards(const struct su_setup *setup);

/** Memory holds the blocks, and the blocks hold one request of so many tokens. */
bool su_setup_fits(const struct su_setup *setup, double tokens);
/** When they do not: a sentence with what is missing and the nearest change. */
const char *su_setup_why_not(struct su_arena *arena, const struct su_request *request,
                             const struct su_setup *setup, const struct su_view *view,
                             double tokens);

/** What is approximate about this cut of this model on this chip. decode_tokens: that one rank puts
 * into a decode step. */
void su_setup_approximate(struct su_notes *notes, const struct su_setup *setup,
                          const struct su_view *view, double decode_tokens);

#endif
