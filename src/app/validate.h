/* Private to app: the halves of `validate`. */
#ifndef SU_APP_VALIDATE_H
#define SU_APP_VALIDATE_H

#include "app/facts.h"

/** Scores the chip's own profile on the tables of --kernels; nothing is fitted. Adds chip,
 * kernel_rows, heldout[] and rejected[] to answer->doc (made when NULL), appends to answer->text,
 * and sets answer->table when there is none. SU_ERR_INPUT when --kernels or --chip is missing, or
 * the chip has no profile of its own. */
SU_MUST_CHECK enum su_status su_validate_kernels(struct su_arena *arena,
                                                 const struct su_request *request,
                                                 const struct su_view *view,
                                                 const struct su_facts *facts,
                                                 struct su_answer *answer, struct su_err *err);

#endif
