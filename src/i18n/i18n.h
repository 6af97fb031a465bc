/* Text for people, in English and Chinese. data/i18n/messages.tsv holds both side by side;
 * tools/embed makes the enum and the table, so a missing message does not compile. */
#ifndef SU_I18N_I18N_H
#define SU_I18N_I18N_H

#include <stddef.h>

#include "base/arena.h"
#include "base/money.h"
#include "base/str.h"
#include "i18n/messages.gen.h" /* enum su_msg: SU_MSG_<id> */

enum su_lang { SU_LANG_EN, SU_LANG_ZH };

/** "zh", "zh_CN.UTF-8", "en" …; anything else is English. NULL too. */
enum su_lang su_lang_from_locale(const char *locale);

/** The message as written in the table. */
const char *su_text(enum su_lang lang, enum su_msg msg);

/** The message with each {name} replaced: su_text_fill(arena, lang, SU_MSG_X, "chip", id, NULL).
 * A placeholder without a value stays as it is. */
const char *su_text_fill(struct su_arena *arena, enum su_lang lang, enum su_msg msg, ...);

/** Columns a terminal uses for UTF-8 text (CJK = 2, combining = 0), locale-independent. */
size_t su_text_width(const char *utf8);
/** Bytes of the first character of utf8 with the combining marks on it, and its columns; 0 at the
 * end. For those who break lines. */
size_t su_text_next(const char *utf8, size_t *width);
/** Copy cut to at most width columns, ending in "…" when cut. */
const char *su_text_clip(struct su_arena *arena, const char *utf8, size_t width);

/* Numbers as people read them; every result lives in the arena. */
/** 3 significant digits, all digits of larger ones, grouped: 1,234,567; 12.0; 0.00123; 0. Below
 * 1e-6 and from 1e15 on 1.23e-07; "-" for NaN. A count is su_number_int's: 12, not 12.0. */
const char *su_number(struct su_arena *arena, double v);
/** Grouped integer: 8,030,261,248. */
const char *su_number_int(struct su_arena *arena, int64_t v);
/** 1.50 TB, 96.0 GB (decimal), 512 B. */
const char *su_number_bytes(struct su_arena *arena, double bytes);
/** "12.3 ms", "1.20 s", and from two of a unit on "2.00 min", "5.50 h", "30.0 d". */
const char *su_number_time(struct su_arena *arena, double s);
/** A currency as it stands beside an amount: "CNY", "元". */
const char *su_currency_word(enum su_lang lang, enum su_currency currency);
/** English: "CNY 980", "CNY 12.3 k", "CNY 1.23 M", "USD 12.0 B". Chinese: "980 元", "1.23 万元",
 * "123.4 万元", "1,234 万元", "1.23 亿元", "123.4 万美元". */
const char *su_number_money(struct su_arena *arena, enum su_lang lang, struct su_money m);

#endif
