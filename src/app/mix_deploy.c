/* `plan --out` of a mixed fleet: a folder for each part, and one bill for all servers. */
#include <string.h>

#include "app/mix_parts.h"

static const char *part_dir(const struct su_mix_words *w, const struct su_mix_part *part,
                            const char *dir)
{
    const char *role = part->role == SU_FLEET_PREFILL  ? "-prefill"
                       : part->role == SU_FLEET_DECODE ? "-decode"
                                                       : "";
    size_t n = strlen(dir);
    return su_fmt(w->arena, "%s%s%s-%s%s", dir, n > 0 && dir[n - 1] == '/' ? "" : "/",
                  w->question->request.classes[part->klass].name, part->plan.accel->id, role);
}

/* A part on servers of this kind, for its price and power. */
static const struct su_mix_part *part_on(const struct su_mix_fleet *f, const struct su_accel *accel)
{
    for (size_t i = 0; i < f->n_parts; i++) {
        if (f->parts[i].plan.accel == accel)
            return &f->parts[i];
    }
    return NULL;
}

/* Servers to be bought, with what they cost; existing ones are in the total alone. */
static enum su_status bill(const struct su_mix_words *w, const struct su_mix_fleet *f,
                           const char *dir, const char **path, struct su_err *err)
{
    struct su_arena *a = w->arena;
    struct su_deploy *kinds = SU_NEW_ARRAY(a, f->n_kinds, struct su_deploy);
    size_t n = 0;
    for (size_t i = 0; i < f->n_kinds; i++) {
        const struct su_mix_servers *s = &f->servers[i];
        const struct su_mix_part *part = part_on(f, s->accel);
        if (part == NULL || s->n_bought == 0)
            continue;
        struct su_plan_words words = su_mix_part_words(w, part);
        struct su_cost *cost = SU_NEW(a, struct su_cost);
        if (part->plan.quote.known)
            SU_TRY(su_cost_of_quote(&w->result->cost_basis, &part->plan.quote, part->plan.quote.mid,
                                    s->n_bought, part->plan.power, words.request->horizon_months,
                                    cost, err));
        kinds[n] = su_plan_deploy(&words, &part->plan);
        kinds[n].basis = &w->result->cost_basis;
        kinds[n].n_servers = s->n_bought;
        kinds[n].power_kw = part->plan.power.server_w * s->n_bought / 1e3;
        kinds[n].cost = cost;
        n++;
    }
    return su_deploy_write_bom(a, kinds, n, f->cost.total, w->view, dir, path, err);
}

static void add_missing(const struct su_mix_words *w, struct su_doc *doc, struct su_buf *text,
                        const char *dir, const char *missing)
{
    if (missing == NULL)
        return;
    const char *line = su_fmt(w->arena, "%s: %s", dir, missing);
    su_doc_push_str(w->arena, doc, line);
    su_report_paragraph(text, line, 0, w->view->width);
}

enum su_status su_mix_deploy(const struct su_mix_words *w, const char *dir,
                             struct su_answer *answer, struct su_err *err)
{
    struct su_arena *a = w->arena;
    const struct su_mix_fleet *f = &w->result->fleets[0];
    const char *path = NULL;
    SU_TRY(bill(w, f, dir, &path, err));
    struct su_doc *doc = su_doc_put_obj(a, answer->doc, "deploy");
    su_doc_put_int(a, doc, "rank", 1);
    struct su_doc *list = su_doc_put_arr(a, doc, "files");
    struct su_doc *gaps = su_doc_put_arr(a, doc, "missing");
    struct su_buf *text = &answer->text;
    su_buf_putc(text, '\n');
    su_report_heading(text, su_text(w->view->lang, SU_MSG_deploy_written));
    su_doc_push_str(a, list, path);
    su_buf_printf(text, "  %s\n", path);
    for (size_t i = 0; i < f->n_parts; i++) {
        struct su_plan_words words = su_mix_part_words(w, &f->parts[i]);
        struct su_deploy d = su_plan_deploy(&words, &f->parts[i].plan);
        const char *folder = part_dir(w, &f->parts[i], dir);
        struct su_deploy_files files;
        SU_TRY(su_deploy_write(a, &d, w->view, folder, &files, err));
        for (size_t k = 0; k < files.n; k++) {
            su_doc_push_str(a, list, files.paths[k]);
            su_buf_printf(text, "  %s\n", files.paths[k]);
        }
        add_missing(w, gaps, text, folder, files.missing);
    }
    return SU_OK;
}
