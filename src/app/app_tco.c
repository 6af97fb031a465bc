/* `tco`: buy, rent or lease out servers of one chip over a horizon. */

#include "app/plan_parts.h"
#include "app/tco_parts.h"

static enum su_status compute(struct su_tco_case *c, struct su_err *err)
{
    for (int v = 0; v < SU_TCO_VIEW_COUNT; v++) {
        if (su_tco_can(&c->tco, (enum su_tco_view)v))
            SU_TRY(su_tco_run(&c->tco, (enum su_tco_view)v, &c->result[v], err));
    }
    size_t mark = su_arena_mark(c->arena);
    su_tco_simulate(c->arena, &c->tco, c->seed, c->n_draws, &c->risk);
    su_arena_rewind(c->arena, mark);
    c->n_swings = su_tco_tornado(&c->tco, c->main, c->swings);
    return SU_OK;
}

static void approximate(const struct su_tco_case *c, struct su_notes *notes)
{
    enum su_lang lang = c->view->lang;
    su_notes_approximate(notes, su_text(lang, SU_MSG_tco_approx_scope));
    su_notes_approximate(
        notes, su_text(lang, c->tco.deduct_vat ? SU_MSG_tco_vat_deducted : SU_MSG_tco_vat_quoted));
    su_notes_approximate(notes, su_text(lang, SU_MSG_tco_approx_draws));
    if (!c->tco.power.chassis_known && !c->tco.power.tdp_known)
        su_notes_approximate(notes, su_text(lang, SU_MSG_approx_tdp_unknown));
    if (c->quote.known && c->quote.other_region && !c->given[SU_TCO_server_price])
        su_notes_approximate(notes, su_text_fill(c->arena, lang, SU_MSG_tco_other_region, "region",
                                                 c->quote.row->region, NULL));
    if (c->all && !su_tco_can(&c->tco, SU_TCO_RENT))
        su_notes_approximate(notes, su_text(lang, SU_MSG_tco_no_rent));
    if (!su_region_has_figures(c->facts.catalog, c->region))
        su_notes_approximate(
            notes, su_text_fill(c->arena, lang, SU_MSG_approx_region, "region", c->region, NULL));
}

enum su_status su_app_tco(struct su_arena *arena, const struct su_request *request,
                          const struct su_view *view, struct su_answer *answer, struct su_err *err)
{
    struct su_tco_case *c = SU_NEW(arena, struct su_tco_case);
    SU_TRY(su_tco_request_read(arena, request, view, c, err));
    SU_TRY(compute(c, err));
    answer->feasible = true;
    answer->doc = su_doc_new(arena, SU_DOC_OBJ);
    struct su_doc *notes_doc = su_doc_new(arena, SU_DOC_OBJ);
    struct su_notes notes;
    su_notes_init(&notes, arena, notes_doc);
    su_notes_assume_date(&notes, &c->facts, view);
    if (c->default_region)
        su_notes_assume(&notes, "region", "cn", su_text(view->lang, SU_MSG_default_region));
    if (c->default_channels)
        su_notes_assume(&notes, "channels", "official",
                        su_text(view->lang, SU_MSG_default_official));
    approximate(c, &notes);
    su_tco_put(c, answer->doc, &notes);
    answer->table = su_tco_table(c);
    su_tco_write(c, &answer->text, answer->table, &notes);
    return SU_OK;
}
