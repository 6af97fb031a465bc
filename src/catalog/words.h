/* The words of enumerations as data files spell them. Private to catalog. */
#ifndef SU_CATALOG_WORDS_H
#define SU_CATALOG_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* words[i] is enumerator i. A "" means that the enumerator is what an absent or empty field says.
 */
struct su_catalog_words {
    const char *const *words;
    size_t n;
};

extern const struct su_catalog_words su_catalog_words_confidence;
extern const struct su_catalog_words su_catalog_words_market;
extern const struct su_catalog_words su_catalog_words_topology;
extern const struct su_catalog_words su_catalog_words_price_kind;
extern const struct su_catalog_words su_catalog_words_channel;
extern const struct su_catalog_words su_catalog_words_scope;
extern const struct su_catalog_words su_catalog_words_tax;
extern const struct su_catalog_words su_catalog_words_use;
extern const struct su_catalog_words su_catalog_words_support;
extern const struct su_catalog_words su_catalog_words_applies;
extern const struct su_catalog_words su_catalog_words_join;
extern const struct su_catalog_words su_catalog_words_quantity;
extern const struct su_catalog_words su_catalog_words_class;
extern const struct su_catalog_words su_catalog_words_policy;
extern const struct su_catalog_words su_catalog_words_engine;

/** Index of word, false when it is none of them. */
bool su_catalog_words_find(const struct su_catalog_words *words, const char *word, size_t *index);

/** "a, b, c" of the words that are not empty, for messages. */
void su_catalog_words_list(const struct su_catalog_words *words, char *out, size_t n_out);

/** A name of letters, digits, '_', '-' and '.', as ids and file names are made of. */
bool su_catalog_id_valid(const char *id);

#endif
