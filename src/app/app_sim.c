/* `sim`: one deployment under traffic, or the search for the most it takes. */
#include <math.h>

#include "app/sim.h"
#include "base/pool.h"

struct work {
    struct su_arena *arena;
    const struct su_request *request;
    const struct su_view *view;
    struct su_notes notes;
    struct su_sim sim;
    struct su_sim_answer words;
};

static void approximate(struct work *w)
{
    struct su_notes *notes = &w->notes;
    enum su_lang lang = w->view->lang;
    const struct su_sim_run *run = w->words.run;
    su_notes_approximate(notes, su_text(lang, SU_MSG_approx_efficiency));
    su_notes_approximate(notes, su_text(lang, SU_MSG_sim_approx_scheduler));
    if (w->sim.config.engine.prefix_caching)
        su_notes_approximate(notes, su_text(lang, SU_MSG_sim_approx_prefix));
    double decode_tokens = 1;
    if (run != NULL) {
        su_doc_put_str(w->arena, w->words.doc, "basis",
                       su_basis_name(su_sim_basis(&w->sim, run, &decode_tokens)));
        bool cut = w->sim.spec.path == NULL && w->sim.spec.duration_s <= 0 &&
                   run->result.n_arrived < w->sim.spec.n_requests && !run->result.interrupted &&
                   run->result.waiting_max <= SU_SERVE_WAITING_MAX;
        if (cut)
            su_notes_approximate(
                notes,
                su_text_fill(
                    w->arena, lang, SU_MSG_sim_clock_ended, "n",
                    su_number_int(w->arena, (int64_t)run->result.n_arrived), "days",
                    su_fmt(w->arena, "%.0f", (double)SU_SERVE_END_PS / SU_PS_PER_S / 86400), NULL));
        su_notes_positions(notes, w->view, w->sim.setup.model, (double)run->tokens_max);
    }
    su_setup_approximate(notes, &w->sim.setup, w->view, decode_tokens);
    const struct su_sim_files *files = w->words.files;
    if (files != NULL && su_sim_files_dropped(files) > 0)
        su_notes_approximate(
            notes,
            su_text_fill(w->arena, lang, SU_MSG_sim_timeline_full, "n",
                         su_number_int(w->arena, (int64_t)su_sim_files_dropped(files)), NULL));
    if (files != NULL && su_sim_files_widened(files))
        su_notes_approximate(
            notes,
            su_text_fill(
                w->arena, lang, SU_MSG_sim_ticks_wider, "tick",
                su_number_time(w->arena, (double)su_sim_files_tick_ps(files) / SU_PS_PER_S), NULL));
}

/* The search; the question becomes that of its answer. */
static enum su_status search(struct work *w, enum su_sim_find what, bool *run_it,
                             struct su_err *err)
{
    struct su_sim_found *found = SU_NEW(w->arena, struct su_sim_found);
    uint32_t threads = su_request_has(w->request, SU_OPTION_threads) ? (uint32_t)w->request->threads
                                                                     : su_pool_threads();
    SU_TRY(su_sim_find(w->arena, &w->sim, what, threads, w->view, found, err));
    w->words.found = found;
    *run_it = found->best != NULL && !found->interrupted;
    if (*run_it)
        su_sim_apply(&w->sim, what, found->best->at);
    else if (!found->interrupted)
        w->words.why =
            su_text(w->view->lang, what == SU_SIM_FIND_RATE ? SU_MSG_sim_find_no_rate
                                                            : SU_MSG_sim_find_no_replicas);
    return SU_OK;
}

static enum su_status run_one(struct work *w, struct su_err *err)
{
    struct su_sim_run *run = SU_NEW(w->arena, struct su_sim_run);
    struct su_sim_watcher watcher = {w->view->going_on, w->view->going_on_ctx, 0};
    if (w->view->shows_progress && w->sim.spec.path != NULL)
        SU_TRY(su_sim_count(&w->sim, &watcher.n_total, err));
    struct su_sim_files *files = NULL;
    if (w->request->per_request != NULL || w->request->time_series != NULL ||
        w->request->timeline != NULL) {
        enum su_status opened = su_sim_files_open(w->arena, w->request, &w->sim, &files, err);
        if (opened != SU_OK) {
            (void)!su_sim_files_close(files, NULL);
            return opened;
        }
    }
    enum su_status st = su_sim_run(w->arena, &w->sim, files, &watcher, run, err);
    enum su_status closed = su_sim_files_close(files, st == SU_OK ? err : NULL);
    SU_TRY(st);
    SU_TRY(closed);
    struct su_sim_cost *cost = SU_NEW(w->arena, struct su_sim_cost);
    SU_TRY(su_sim_cost_of(w->arena, w->request, w->view, &w->notes, &w->sim, run, cost, err));
    w->words.run = run;
    w->words.cost = cost;
    w->words.files = files;
    return SU_OK;
}

enum su_status su_app_sim(struct su_arena *arena, const struct su_request *request,
                          const struct su_view *view, struct su_answer *answer, struct su_err *err)
{
    struct work *w = SU_NEW(arena, struct work);
    w->arena = arena;
    w->request = request;
    w->view = view;
    su_notes_init(&w->notes, arena, su_doc_new(arena, SU_DOC_OBJ));
    SU_TRY(su_sim_read(arena, request, view, &w->notes, &w->sim, err));
    w->words =
        (struct su_sim_answer){.arena = arena, .view = view, .request = request, .sim = &w->sim};
    answer->doc = w->words.doc = su_doc_new(arena, SU_DOC_OBJ);
    double tokens = fmax(w->sim.isl + w->sim.osl, 1);
    enum su_sim_find what = SU_SIM_FIND_NOTHING;
    SU_TRY(su_sim_find_read(request, &what, err));
    bool run_it = su_setup_fits(&w->sim.setup, tokens);
    if (!run_it)
        w->words.why = su_setup_why_not(arena, request, &w->sim.setup, view, tokens);
    else if (what != SU_SIM_FIND_NOTHING)
        SU_TRY(search(w, what, &run_it, err));
    if (run_it)
        SU_TRY(run_one(w, err));
    su_sim_put(&w->words, answer->doc);
    approximate(w);
    su_doc_put(arena, answer->doc, "approximations", w->notes.approximations);
    su_doc_put(arena, answer->doc, "assumptions", w->notes.assumptions);
    answer->feasible = w->words.why == NULL;
    answer->why = w->words.why;
    answer->table = su_sim_table(&w->words);
    if (answer->why != NULL && w->words.found == NULL) {
        su_report_paragraph(&answer->text, answer->why, 0, view->width);
        return SU_OK;
    }
    su_sim_write(&w->words, &answer->text);
    su_notes_write(&answer->text, &w->notes, view);
    return SU_OK;
}
