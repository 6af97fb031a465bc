/* One table per enumeration: the reader, the names shown and the messages all use the same words.
 */
#include "catalog/words.h"

#include <stdio.h>
#include <string.h>

#include "catalog/catalog.h"

#define WORDS(name, ...)                                      \
    static const char *const name##_words[] = {__VA_ARGS__};  \
    const struct su_catalog_words su_catalog_words_##name = { \
        name##_words, sizeof(name##_words) / sizeof(name##_words[0])}

WORDS(confidence, "", "low", "medium", "high");
WORDS(market, "datacenter", "workstation", "consumer", "cpu");
WORDS(topology, "", "switch", "mesh", "fabric", "torus", "pcie");
WORDS(price_kind, "buy_card", "buy_server", "rent_gpu_hour", "rent_server_month");
WORDS(channel, "official", "grey", "cloud", "second_hand");
WORDS(scope, "card", "server", "module", "kit", "rack", "card_hour", "server_month");
WORDS(tax, "unknown", "included", "excluded");
WORDS(use, "yes", "context", "no");
WORDS(support, "", "none", "partial", "plugin", "native");
WORDS(applies, "any", "datacenter", "not_datacenter");
WORDS(join, "all", "any");
WORDS(quantity, "", "tpp", "perf_density", "link_gbs", "mem_bw_gbs", "mem_plus_link_gbs");
WORDS(class, "", "licence", "nac", "restricted", "stopped");
WORDS(policy, "", "denial", "case_by_case", "none");
WORDS(engine, "vllm", "sglang", "trtllm", "mindie");

bool su_catalog_words_find(const struct su_catalog_words *words, const char *word, size_t *index)
{
    for (size_t i = 0; i < words->n; i++) {
        if (strcmp(words->words[i], word) == 0) {
            *index = i;
            return true;
        }
    }
    return false;
}

void su_catalog_words_list(const struct su_catalog_words *words, char *out, size_t n_out)
{
    out[0] = '\0';
    for (size_t i = 0; i < words->n; i++) {
        size_t n = strlen(out);
        if (words->words[i][0] != '\0')
            snprintf(out + n, n_out - n, "%s%s", n == 0 ? "" : ", ", words->words[i]);
    }
}

bool su_catalog_id_valid(const char *id)
{
    size_t n = strlen(id);
    if (n == 0 || n > 64 || strchr("-_.", id[0]) != NULL)
        return false;
    return strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_-.") == n;
}

static const char *name_of(const struct su_catalog_words *words, size_t index, const char *unstated)
{
    const char *word = words->words[index];
    return word[0] == '\0' ? unstated : word;
}

const char *su_confidence_name(enum su_confidence c)
{
    return name_of(&su_catalog_words_confidence, c, "unstated");
}

const char *su_support_level_name(enum su_support_level level)
{
    return name_of(&su_catalog_words_support, level, "unknown");
}

const char *su_topology_name(enum su_topology topology)
{
    return name_of(&su_catalog_words_topology, topology, "unstated");
}

const char *su_price_kind_name(enum su_price_kind kind)
{
    return su_catalog_words_price_kind.words[kind];
}

const char *su_price_channel_name(enum su_price_channel channel)
{
    return su_catalog_words_channel.words[channel];
}

const char *su_price_scope_name(enum su_price_scope scope)
{
    return su_catalog_words_scope.words[scope];
}

const char *su_price_tax_name(enum su_price_tax tax)
{
    return su_catalog_words_tax.words[tax];
}

const char *su_price_use_name(enum su_price_use use)
{
    return su_catalog_words_use.words[use];
}
