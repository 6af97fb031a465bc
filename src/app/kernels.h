/* Private to app: what `calibrate` and `validate --kernels` share. */
#ifndef SU_APP_KERNELS_H
#define SU_APP_KERNELS_H

#include "app/facts.h"
#include "calib/calib.h"

/** --kernels and --chip of a request as calib takes them; *accel: the chip. SU_ERR_INPUT naming the
 * flag that is missing, an unknown chip, or a path that is no folder. */
SU_MUST_CHECK enum su_status su_kernels_input(struct su_arena *arena,
                                              const struct su_request *request,
                                              const struct su_facts *facts,
                                              struct su_calib_input *in,
                                              const struct su_accel **accel, struct su_err *err);

/** heldout[] and rejected[] of docs/api/calibrate.md into doc. */
void su_kernels_put(struct su_arena *arena, struct su_doc *doc, const struct su_view *view,
                    const struct su_calib_result *result);

/** The errors as a table. */
struct su_table *su_kernels_table(struct su_arena *arena, const struct su_view *view,
                                  const struct su_calib_result *result);

/** That table, and the rows that were left out. */
void su_kernels_write(struct su_arena *arena, struct su_buf *out, const struct su_view *view,
                      const struct su_table *errors, const struct su_calib_result *result);

#endif
