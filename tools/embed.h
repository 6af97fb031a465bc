/* The generator that compiles data/ into C tables. Each part reads one kind of data and writes its
 * files into out_dir; the same data give the same bytes. */
#ifndef SU_TOOLS_EMBED_H
#define SU_TOOLS_EMBED_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/** embedded_catalog.c: su_catalog_embedded(). */
SU_MUST_CHECK enum su_status embed_catalog(struct su_arena *arena, const char *data_dir,
                                           const char *out_dir, struct su_err *err);
/** embedded_models.c: su_model_presets. */
SU_MUST_CHECK enum su_status embed_models(struct su_arena *arena, const char *data_dir,
                                          const char *out_dir, struct su_err *err);
/** i18n/messages.gen.h: enum su_msg; embedded_messages.c: su_messages. */
SU_MUST_CHECK enum su_status embed_messages(struct su_arena *arena, const char *data_dir,
                                            const char *out_dir, struct su_err *err);

/** embedded_measured.c: su_measured_csv, su_measured_models_csv. */
SU_MUST_CHECK enum su_status embed_measured(struct su_arena *arena, const char *data_dir,
                                            const char *out_dir, struct su_err *err);

/** embedded_efficiency.c: su_profiles. */
SU_MUST_CHECK enum su_status embed_efficiency(struct su_arena *arena, const char *data_dir,
                                              const char *out_dir, struct su_err *err);

/** embedded_overheads.c: su_engine_overheads. */
SU_MUST_CHECK enum su_status embed_overheads(struct su_arena *arena, const char *data_dir,
                                             const char *out_dir, struct su_err *err);

/** A C string literal that gives s back byte for byte; NULL for no string. */
void embed_string(struct su_buf *out, const char *s);
/** A C constant expression with the value v, also when it is not finite. */
void embed_number(struct su_buf *out, double v);
/** Writes out_dir/name by way of a temporary file, or leaves it alone when it holds text already.
 */
SU_MUST_CHECK enum su_status embed_write(struct su_arena *arena, const char *out_dir,
                                         const char *name, const struct su_buf *text,
                                         struct su_err *err);

#endif
