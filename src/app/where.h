/* Private to app: `chips --where` conditions such as "mem_gb>=96 && vendor=Huawei". */
#ifndef SU_APP_WHERE_H
#define SU_APP_WHERE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "catalog/catalog.h"

struct su_where;

/** Conditions joined by && (or a comma): field op value, op one of = != < <= > >=. Text fields
 * know = and != only. SU_ERR_INPUT names the unknown field with the nearest one. */
SU_MUST_CHECK enum su_status su_where_parse(struct su_arena *arena, const char *text,
                                            struct su_where **where, struct su_err *err);
/** A number that is not known satisfies nothing. */
bool su_where_holds(const struct su_where *where, const struct su_accel *accel);

#endif
