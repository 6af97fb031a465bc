/* Can the model be cut so? The rules are vLLM's: heads and widths must divide, KV heads divide or
 * are replicated evenly, experts divide by the expert group's ranks. The vocabulary always can: it
 * is padded. Not checked: that a block-quantised width stays a multiple of its scale block. */
#include <assert.h>
#include <stdio.h>

#include "model/model.h"

/* Far beyond any cluster that serves one copy; keeps tp * dp inside 32 bits. */
#define PARALLEL_MAX 16384
/* The longest list of allowed values a message shows. */
#define LISTED_MAX 24

struct cut {
    const struct su_model *model;
    uint32_t cards; /* tp * dp, for ep */
};

typedef bool allowed_fn(const struct cut *cut, uint32_t value);

static bool tp_allowed(const struct cut *cut, uint32_t tp)
{
    const struct su_model *m = cut->model;
    if (m->n_heads % tp != 0)
        return false;
    if (m->attention == SU_ATTENTION_GQA && m->n_kv_heads % tp != 0 && tp % m->n_kv_heads != 0)
        return false;
    if (m->n_moe_layers < m->n_layers && m->intermediate_size % tp != 0)
        return false;
    return m->shared_intermediate_size % tp == 0;
}

static bool ep_allowed(const struct cut *cut, uint32_t ep)
{
    const struct su_model *m = cut->model;
    if (m->n_moe_layers == 0)
        return ep == 1;
    assert(ep > 0 && cut->cards > 0);
    return cut->cards % ep == 0 && m->n_experts % ep == 0 &&
           m->moe_intermediate_size % (cut->cards / ep) == 0;
}

/* "1, 2, 4": the values of 1..max that are allowed. "none" when there are none. */
static void list_allowed(const struct cut *cut, allowed_fn *allowed, uint32_t max, char *out,
                         size_t n_out)
{
    size_t n = 0;
    uint32_t n_listed = 0;
    snprintf(out, n_out, "none");
    for (uint32_t value = 1; value <= max && n < n_out; value++) {
        if (!allowed(cut, value))
            continue;
        if (++n_listed > LISTED_MAX) {
            snprintf(out + n, n_out - n, " ...");
            return;
        }
        n += (size_t)snprintf(out + n, n_out - n, "%s%u", n_listed == 1 ? "" : ", ", value);
    }
}

static enum su_status check_range(const char *flag, uint32_t value, uint32_t max,
                                  struct su_err *err)
{
    if (value < 1 || value > max)
        return SU_FAIL(err, SU_ERR_INPUT, flag, "is %u, expected 1..%u", value, max);
    return SU_OK;
}

static enum su_status check_tp(const struct cut *cut, uint32_t tp, struct su_err *err)
{
    const struct su_model *m = cut->model;
    if (tp_allowed(cut, tp))
        return SU_OK;
    char list[256];
    list_allowed(cut, tp_allowed, m->n_heads, list, sizeof(list));
    char width[64] = "";
    if (m->n_moe_layers < m->n_layers)
        snprintf(width, sizeof(width), ", intermediate_size %u", m->intermediate_size);
    return SU_FAIL(err, SU_ERR_INPUT, "--tp",
                   "is %u, expected one of %s (%s has %u heads, %u KV heads%s)", tp, list, m->name,
                   m->n_heads, m->n_kv_heads, width);
}

static enum su_status check_ep(const struct cut *cut, uint32_t ep, struct su_err *err)
{
    const struct su_model *m = cut->model;
    if (ep_allowed(cut, ep))
        return SU_OK;
    if (m->n_moe_layers == 0)
        return SU_FAIL(err, SU_ERR_INPUT, "--ep", "is %u, expected 1: %s has no experts", ep,
                       m->name);
    char list[256];
    uint32_t max = cut->cards < m->n_experts ? cut->cards : m->n_experts;
    list_allowed(cut, ep_allowed, max, list, sizeof(list));
    return SU_FAIL(err, SU_ERR_INPUT, "--ep",
                   "is %u, expected one of %s (tp*dp is %u; %s has %u experts of width %u)", ep,
                   list, cut->cards, m->name, m->n_experts, m->moe_intermediate_size);
}

enum su_status su_parallel_check(const struct su_model *model, struct su_parallel par,
                                 struct su_err *err)
{
    SU_TRY(check_range("--tp", par.tp, PARALLEL_MAX, err));
    SU_TRY(check_range("--pp", par.pp, model->n_layers, err));
    SU_TRY(check_range("--dp", par.dp, PARALLEL_MAX, err));
    SU_TRY(check_range("--ep", par.ep, PARALLEL_MAX, err));
    struct cut cut = {model, par.tp * par.dp};
    SU_TRY(check_tp(&cut, par.tp, err));
    return check_ep(&cut, par.ep, err);
}
