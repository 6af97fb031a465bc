#ifndef SU_CLI_HELP_H
#define SU_CLI_HELP_H

#include "cli/cmd_table.h"

/** Help of one command, or of the program when cmd is NULL. */
void su_help_write(struct su_buf *out, struct su_arena *arena, const struct su_cmd *cmd,
                   enum su_lang lang, size_t width);

#endif
