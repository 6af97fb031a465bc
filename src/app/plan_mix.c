/* `plan` for several classes of traffic, or with limits on the whole fleet. */
#include "app/mix_parts.h"

static void approximate(const struct su_mix_words *w, struct su_notes *notes)
{
    enum su_lang lang = w->view->lang;
    static const enum su_msg always[] = {SU_MSG_approx_efficiency, SU_MSG_approx_overlap,
                                         SU_MSG_approx_share,      SU_MSG_approx_one_server,
                                         SU_MSG_approx_cost_scope, SU_MSG_approx_software_today,
                                         SU_MSG_approx_mix_cost,   SU_MSG_approx_mix_hours};
    for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
        su_notes_approximate(notes, su_text(lang, always[i]));
    bool experts = false;
    for (size_t c = 0; c < w->question->request.n_classes; c++) {
        const struct su_plan_request *r = &w->question->request.classes[c].request;
        experts = experts || r->graph->model->n_experts > 0;
        su_notes_positions(notes, w->view, r->graph->model, r->load.isl + r->load.osl);
    }
    const char *unlinked = "";
    for (size_t i = 0; i < w->result->n_unlinked; i++)
        unlinked =
            su_fmt(w->arena, "%s%s%s", unlinked, i == 0 ? "" : su_text(lang, SU_MSG_list_comma),
                   w->result->unlinked[i]->id);
    if (unlinked[0] != '\0')
        su_notes_approximate(
            notes, su_text_fill(w->arena, lang, SU_MSG_approx_unlinked, "chips", unlinked, NULL));
    if (experts)
        su_notes_approximate(notes, su_text(lang, SU_MSG_approx_moe_balance));
    const struct su_plan_request *common = w->question->request.common;
    if (!su_region_has_figures(common->catalog, common->region))
        su_notes_approximate(notes, su_text_fill(w->arena, lang, SU_MSG_approx_region, "region",
                                                 common->region, NULL));
}

enum su_status su_app_plan_mix(struct su_arena *arena, const struct su_request *request,
                               const struct su_view *view, struct su_answer *answer,
                               struct su_err *err)
{
    struct su_facts facts;
    SU_TRY(su_facts_init(arena, request, &facts, err));
    struct su_notes notes;
    su_notes_init(&notes, arena, su_doc_new(arena, SU_DOC_OBJ));
    struct su_mix_question question;
    SU_TRY(su_mix_read(arena, request, view, &facts, &notes, &question, err));
    struct su_mix_result result;
    SU_TRY(su_mix_search(arena, &question.request, &result, err));
    struct su_mix_words words = {arena, view, &question, &result, NULL};
    if (result.n_fleets == 0)
        words.why = su_mix_why(&words);
    su_notes_costs(&notes, view, &result.cost_basis);
    approximate(&words, &notes);
    answer->doc = su_doc_new(arena, SU_DOC_OBJ);
    su_mix_put(&words, answer->doc);
    su_doc_put(arena, answer->doc, "assumptions", notes.assumptions);
    su_doc_put(arena, answer->doc, "approximations", notes.approximations);
    answer->table = su_mix_table(&words);
    su_mix_write(&words, &answer->text, &facts, &notes, answer->table);
    answer->feasible = result.n_fleets > 0;
    answer->why = words.why;
    if (answer->feasible && su_request_has(request, SU_OPTION_out))
        return su_mix_deploy(&words, request->out, answer, err);
    return SU_OK;
}
