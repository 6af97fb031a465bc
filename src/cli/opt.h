/* Words of the command line into a request, by the option table. */
#ifndef SU_CLI_OPT_H
#define SU_CLI_OPT_H

#include <stdbool.h>

#include "cli/cmd_table.h"

struct su_command_line {
    const struct su_cmd *cmd; /* NULL: none was named */
    bool help;
    bool version;
    struct su_request request;
};

/** argv[1..argc): the command and its words, in any order after it. Unknown commands and flags are
 * refused with the nearest one; a flag given twice, without its value, or of another command too.
 */
SU_MUST_CHECK enum su_status su_command_line_parse(struct su_arena *arena, int argc,
                                                   const char *const *argv,
                                                   struct su_command_line *line,
                                                   struct su_err *err);

#endif
