/* `plan`: the main job. */
#include <math.h>

#include "app/mix_parts.h"

static void approximate(const struct su_plan_words *w, struct su_notes *notes)
{
    enum su_lang lang = w->view->lang;
    su_notes_approximate(notes, su_text(lang, SU_MSG_approx_efficiency));
    su_notes_approximate(notes, su_text(lang, SU_MSG_approx_overlap));
    su_notes_approximate(notes, su_text(lang, SU_MSG_approx_share));
    if (w->request->graph->model->n_experts > 0)
        su_notes_approximate(notes, su_text(lang, SU_MSG_approx_moe_balance));
    su_notes_approximate(notes, su_text(lang, SU_MSG_approx_one_server));
    su_notes_approximate(notes, su_text(lang, SU_MSG_approx_cost_scope));
    su_notes_approximate(notes, su_text(lang, SU_MSG_approx_software_today));
    bool tdp = true;
    for (size_t i = 0; i < w->result->n_plans; i++)
        tdp =
            tdp && (w->result->plans[i].power.chassis_known || w->result->plans[i].power.tdp_known);
    if (!tdp)
        su_notes_approximate(notes, su_text(lang, SU_MSG_approx_tdp_unknown));
    const struct su_plan_request *r = w->request;
    su_notes_positions(notes, w->view, r->graph->model, r->load.isl + r->load.osl);
    if (!su_region_has_figures(r->catalog, r->region))
        su_notes_approximate(
            notes, su_text_fill(w->arena, lang, SU_MSG_approx_region, "region", r->region, NULL));
}

/* Files of the first plan, named in the answer. */
static enum su_status deploy(const struct su_plan_words *w, struct su_answer *answer,
                             struct su_err *err)
{
    struct su_arena *a = w->arena;
    const struct su_plan *plan = &w->result->plans[0];
    struct su_deploy d = su_plan_deploy(w, plan);
    struct su_deploy_files files;
    SU_TRY(su_deploy_write(a, &d, w->view, w->asked->out, &files, err));
    struct su_doc *doc = su_doc_put_obj(a, answer->doc, "deploy");
    su_doc_put_int(a, doc, "rank", 1);
    su_doc_put_str(a, doc, "chip", plan->accel->id);
    struct su_doc *list = su_doc_put_arr(a, doc, "files");
    for (size_t i = 0; i < files.n; i++)
        su_doc_push_str(a, list, files.paths[i]);
    if (files.missing == NULL)
        su_doc_put_null(a, doc, "missing");
    else
        su_doc_put_str(a, doc, "missing", files.missing);
    struct su_buf *text = &answer->text;
    su_buf_putc(text, '\n');
    su_report_heading(text, su_text(w->view->lang, SU_MSG_deploy_written));
    for (size_t i = 0; i < files.n; i++)
        su_buf_printf(text, "  %s\n", files.paths[i]);
    if (files.missing != NULL)
        su_report_paragraph(text, files.missing, 0, w->view->width);
    return SU_OK;
}

enum su_status su_app_plan(struct su_arena *arena, const struct su_request *request,
                           const struct su_view *view, struct su_answer *answer, struct su_err *err)
{
    if (su_mix_asked(request))
        return su_app_plan_mix(arena, request, view, answer, err);
    struct su_facts facts;
    SU_TRY(su_facts_init(arena, request, &facts, err));
    struct su_doc *notes_doc = su_doc_new(arena, SU_DOC_OBJ);
    struct su_notes notes;
    su_notes_init(&notes, arena, notes_doc);
    struct su_plan_request plan_request;
    SU_TRY(su_plan_request_read(arena, request, view, &facts, &notes, &plan_request, err));
    struct su_plan_result result;
    SU_TRY(su_plan_search(arena, &plan_request, &result, err));
    struct su_plan_words words = {
        .arena = arena,
        .view = view,
        .request = &plan_request,
        .result = &result,
        .asked = request,
    };
    if (result.n_plans == 0)
        SU_TRY(su_plan_infeasible(&words, &words.why, err));
    struct su_verdict verdict;
    SU_TRY(su_verdict_init(&words, &verdict, err));
    SU_TRY(su_compare_init(&words, &verdict, err));
    words.verdict = &verdict;
    su_notes_costs(&notes, view, &result.cost_basis);
    su_notes_assume(&notes, "prices", "10–90 %", su_text(view->lang, SU_MSG_default_price_spread));
    su_notes_prices(&notes, view, &result);
    approximate(&words, &notes);
    answer->doc = su_doc_new(arena, SU_DOC_OBJ);
    su_plan_put(&words, answer->doc);
    su_doc_put(arena, answer->doc, "assumptions", notes.assumptions);
    su_doc_put(arena, answer->doc, "approximations", notes.approximations);
    answer->table = su_plan_table(&words);
    su_plan_write(&words, &answer->text, &facts, &notes, answer->table);
    answer->feasible = result.n_plans > 0;
    answer->why = words.why;
    if (answer->feasible && su_request_has(request, SU_OPTION_out))
        return deploy(&words, answer, err);
    return SU_OK;
}
