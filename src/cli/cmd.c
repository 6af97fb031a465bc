#include "cli/cmd_table.h"

const struct su_cmd su_cmds[] = {
#define SU_X(name, bit, operands, usage) \
    {#name, bit, operands, usage, SU_MSG_cmd_##name, SU_MSG_examples_##name, su_app_##name},
    SU_CMD_TABLE(SU_X)
#undef SU_X
};
const size_t su_n_cmds = sizeof(su_cmds) / sizeof(su_cmds[0]);
