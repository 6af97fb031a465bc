/* The program in one text to suanli-milp, the answer in one JSON document back. A fresh process per
 * solve: see docs/adr on the solver as a child process. */
#include "plan/lp.h"

#include <string.h>

#include "base/child.h"
#include "base/doc.h"

#define ANSWER_BYTES_MAX ((size_t)16 * 1024 * 1024)
/* The solver looks at its clock between steps only; past this it hangs and is killed. */
#define GRACE_FACTOR 3.0
#define GRACE_S 30.0

static enum su_status read_status(const struct su_doc *doc, enum su_lp_status *status,
                                  struct su_err *err)
{
    static const char *const words[] = {"optimal", "feasible", "infeasible", "unbounded",
                                        "time_out"};
    const char *word = "";
    SU_TRY(su_doc_str(doc, "status", SU_DOC_REQUIRED, &word, err));
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(word, words[i]) == 0) {
            *status = (enum su_lp_status)i;
            return SU_OK;
        }
    }
    return SU_FAIL(err, SU_ERR_INTERNAL, "suanli-milp", "the solver failed (status \"%s\")", word);
}

/* Values come in the order of the columns, those that are 0 left out. */
static enum su_status read_values(const struct su_doc *values, const struct su_lp *lp, double *x,
                                  struct su_err *err)
{
    size_t var = 0;
    for (size_t i = 0; values != NULL && i < values->u.obj.n; i++) {
        const struct su_doc_member *m = &values->u.obj.items[i];
        while (var < lp->vars.n && strcmp(lp->vars.items[var].name, m->key) != 0)
            var++;
        if (var == lp->vars.n || m->value->kind != SU_DOC_REAL)
            return SU_FAIL(err, SU_ERR_INTERNAL, "suanli-milp", "answered with a value of \"%s\"",
                           m->key);
        x[var++] = m->value->u.real;
    }
    return SU_OK;
}

static enum su_status read_answer(struct su_arena *arena, struct su_str text,
                                  const struct su_lp *lp, struct su_lp_answer *answer,
                                  struct su_err *err)
{
    struct su_doc *doc = NULL;
    if (su_doc_parse_json(arena, text, "suanli-milp", &doc, err) != SU_OK)
        return SU_FAIL(err, SU_ERR_INTERNAL, "suanli-milp", "answered with no JSON document");
    SU_TRY(read_status(doc, &answer->status, err));
    const struct su_doc *bound = su_doc_get(doc, "bound");
    answer->bound_known = bound != NULL && bound->kind == SU_DOC_REAL;
    if (answer->bound_known)
        answer->bound = bound->u.real;
    if (answer->status != SU_LP_OPTIMAL && answer->status != SU_LP_FEASIBLE)
        return SU_OK;
    SU_TRY(su_doc_real(doc, "objective", SU_DOC_REQUIRED, -1e300, 1e300, &answer->objective, err));
    answer->x = SU_NEW_ARRAY(arena, lp->vars.n, double);
    return read_values(su_doc_get(doc, "values"), lp, answer->x, err);
}

static enum su_status run(struct su_arena *arena, const char *program, struct su_str text,
                          const struct su_lp *lp, struct su_lp_effort effort,
                          struct su_lp_answer *answer, struct su_err *err)
{
    const char *gap = su_fmt(arena, "%.9g", effort.gap_frac);
    const char *seconds = su_fmt(arena, "%.9g", effort.seconds_max);
    const char *const argv[] = {program, "--gap", gap, "--seconds", seconds, "-", NULL};
    double limit_s = effort.seconds_max > 0 ? GRACE_FACTOR * effort.seconds_max + GRACE_S : 0;
    struct su_child child = {argv, text, limit_s, ANSWER_BYTES_MAX};
    struct su_child_result result;
    enum su_status st = su_child_run(arena, &child, &result, err);
    if (st == SU_ERR_IO)
        return SU_FAIL(err, SU_ERR_IO, program,
                       "the solver program suanli-milp is missing or cannot be started; it is "
                       "built beside suanli (SUANLI_MILP names another)");
    if (st != SU_OK)
        return st;
    if (result.timed_out) {
        answer->status = SU_LP_TIME_OUT;
        return SU_OK;
    }
    if (result.signal != 0)
        return SU_FAIL(err, SU_ERR_IO, program, "was ended by signal %d", result.signal);
    if (result.exit_code != 0)
        return SU_FAIL(err, SU_ERR_IO, program, "ended with %d: %s", result.exit_code,
                       result.complaint.p);
    return read_answer(arena, result.output, lp, answer, err);
}

enum su_status su_lp_solve(struct su_arena *arena, const struct su_lp *lp,
                           struct su_lp_effort effort, struct su_lp_answer *answer,
                           struct su_err *err)
{
    *answer = (struct su_lp_answer){0};
    const char *program = su_child_find(arena, "suanli-milp", "SUANLI_MILP");
    struct su_buf text;
    su_buf_init(&text);
    su_lp_write_mps(arena, lp, &text);
    enum su_status st =
        run(arena, program, (struct su_str){text.p, text.n}, lp, effort, answer, err);
    su_buf_release(&text);
    return st;
}
