/* Words of the catalog and the models, in the view's language. An unknown word stays as it is: a
 * user's own catalog may bring one. */
#include <string.h>

#include "app/facts.h"

struct name {
    const char *word;
    enum su_msg msg;
};

static const char *name_of(const struct su_view *view, const struct name *names, size_t n,
                           const char *word)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(names[i].word, word) == 0)
            return su_text(view->lang, names[i].msg);
    }
    return word;
}
#define NAME_OF(view, names, word) name_of(view, names, sizeof(names) / sizeof((names)[0]), word)

const char *su_market_text(const struct su_view *view, const char *market)
{
    static const struct name names[] = {{"datacenter", SU_MSG_market_datacenter},
                                        {"workstation", SU_MSG_market_workstation},
                                        {"consumer", SU_MSG_market_consumer},
                                        {"cpu", SU_MSG_market_cpu}};
    return NAME_OF(view, names, market);
}

const char *su_support_text(const struct su_view *view, enum su_support_level level)
{
    static const struct name names[] = {{"none", SU_MSG_support_none},
                                        {"partial", SU_MSG_support_partial},
                                        {"plugin", SU_MSG_support_plugin},
                                        {"native", SU_MSG_support_native},
                                        {"unknown", SU_MSG_unknown}};
    return NAME_OF(view, names, su_support_level_name(level));
}

const char *su_engine_text(const struct su_view *view, const char *component)
{
    static const struct name names[] = {{"vendor engine", SU_MSG_engine_vendor}};
    return NAME_OF(view, names, component);
}

const char *su_bound_text(const struct su_view *view, const char *bound)
{
    static const struct name names[] = {{"compute", SU_MSG_bound_compute},
                                        {"memory", SU_MSG_bound_memory},
                                        {"network", SU_MSG_bound_network},
                                        {"latency", SU_MSG_bound_latency}};
    return NAME_OF(view, names, bound);
}

const char *su_phase_text(const struct su_view *view, const char *phase)
{
    static const struct name names[] = {{"decode", SU_MSG_phase_decode},
                                        {"mixed", SU_MSG_phase_mixed}};
    return NAME_OF(view, names, phase);
}

const char *su_basis_text(const struct su_view *view, enum su_basis basis)
{
    static const enum su_msg msgs[] = {SU_MSG_basis_measured, SU_MSG_basis_calibrated,
                                       SU_MSG_basis_transferred, SU_MSG_basis_datasheet};
    return su_text(view->lang, msgs[basis]);
}

const char *su_channel_text(const struct su_view *view, enum su_price_channel channel)
{
    static const enum su_msg msgs[] = {
        [SU_CHANNEL_OFFICIAL] = SU_MSG_channel_official,
        [SU_CHANNEL_GREY] = SU_MSG_channel_grey,
        [SU_CHANNEL_CLOUD] = SU_MSG_channel_rental,
        [SU_CHANNEL_SECOND_HAND] = SU_MSG_channel_second_hand,
    };
    return su_text(view->lang, msgs[channel]);
}

const char *su_tax_text(const struct su_view *view, enum su_price_tax tax)
{
    static const enum su_msg msgs[] = {
        [SU_PRICE_TAX_UNKNOWN] = SU_MSG_bom_tax_unstated,
        [SU_PRICE_TAX_INCLUDED] = SU_MSG_bom_tax_yes,
        [SU_PRICE_TAX_EXCLUDED] = SU_MSG_bom_tax_no,
    };
    return su_text(view->lang, msgs[tax]);
}
