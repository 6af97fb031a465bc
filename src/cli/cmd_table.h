/* The subcommands, in the order shown to people. */
#ifndef SU_CLI_CMD_TABLE_H
#define SU_CLI_CMD_TABLE_H

#include "app/app.h"

/* What the words after the command are. */
enum su_operands {
    SU_OPERANDS_IDS,   /* chip ids */
    SU_OPERANDS_MODEL, /* a preset, a config.json or its folder */
    SU_OPERANDS_NONE,
    SU_OPERANDS_BRIEF, /* at most one brief, YAML or JSON */
};

/* X(name, bit, operands, usage of operands) */
#define SU_CMD_TABLE(X)                                       \
    X(plan, SU_ON_PLAN, SU_OPERANDS_BRIEF, "[BRIEF]")         \
    X(estimate, SU_ON_ESTIMATE, SU_OPERANDS_BRIEF, "[BRIEF]") \
    X(sim, SU_ON_SIM, SU_OPERANDS_BRIEF, "[BRIEF]")           \
    X(model, SU_ON_MODEL, SU_OPERANDS_MODEL, "[PRESET|PATH]") \
    X(chips, SU_ON_CHIPS, SU_OPERANDS_IDS, "[ID…]")           \
    X(calibrate, SU_ON_CALIBRATE, SU_OPERANDS_NONE, "")       \
    X(validate, SU_ON_VALIDATE, SU_OPERANDS_NONE, "")

struct su_cmd {
    const char *name;
    uint32_t bit; /* of su_option.commands */
    enum su_operands operands;
    const char *operands_usage;
    enum su_msg summary;
    enum su_msg examples;
    enum su_status (*run)(struct su_arena *arena, const struct su_request *request,
                          const struct su_view *view, struct su_answer *answer, struct su_err *err);
};
extern const struct su_cmd su_cmds[];
extern const size_t su_n_cmds;

#endif
