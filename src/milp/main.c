/* suanli-milp: reads a mixed-integer linear program as MPS, solves it with CBC, writes one JSON
 * document. A program of its own because CBC is slow to load, is not thread-safe, and may end the
 * process that it runs in. One model, one solve, one thread, no random seed: the same text gives
 * the same answer, unless the time limit cuts the search short.
 *
 * Nothing that CBC says is believed unchecked: the solution is held against rows, bounds and
 * integrality here, and an answer that breaks them is "error". */
#define _GNU_SOURCE
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/doc.h"
#include "base/file.h"
#include "milp/cbc.h"
#include "milp/mps.h"

#define SECONDS_MAX 1e6
#define SECONDS_MIN 1e-3 /* of the search: CBC takes 0 for no limit */

static const char usage[] =
    "usage: suanli-milp [--gap FRAC] [--seconds S] [--threads 1] [FILE|-]\n"
    "Solves the mixed-integer linear program in FILE (free-format MPS; - or nothing: standard\n"
    "input) and writes {status, objective, bound, gap_frac, values} as JSON. status is optimal\n"
    "(proven within the gap), feasible (time was up: best found), infeasible, unbounded, time_out\n"
    "(nothing found) or error. values has what is not zero.\n";

struct options {
    double gap_frac;
    double seconds; /* 0 = no limit */
    const char *path;
    bool help;
    bool version;
};

struct outcome {
    const char *status;
    const double *values; /* [n_cols], NULL when there is no solution */
    double objective;
    bool bound_known;
    double bound;
};

static enum su_status read_number(const char *name, const char *text, double max, double *value,
                                  struct su_err *err)
{
    if (text == NULL || !su_str_to_double(su_str_c(text), value) || *value < 0 || *value > max)
        return SU_FAIL(err, SU_ERR_INPUT, name, "is \"%s\", expected a number 0..%g",
                       text == NULL ? "" : text, max);
    return SU_OK;
}

static enum su_status read_options(int argc, char **argv, struct options *o, struct su_err *err)
{
    double threads = 1;
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i];
        const char *next = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(arg, "--help") == 0) {
            o->help = true;
        } else if (strcmp(arg, "--version") == 0) {
            o->version = true;
        } else if (strcmp(arg, "--gap") == 0) {
            SU_TRY(read_number(arg, next, 1, &o->gap_frac, err));
            i++;
        } else if (strcmp(arg, "--seconds") == 0) {
            SU_TRY(read_number(arg, next, SECONDS_MAX, &o->seconds, err));
            i++;
        } else if (strcmp(arg, "--threads") == 0) {
            SU_TRY(read_number(arg, next, 1, &threads, err));
            i++;
        } else if (arg[0] == '-' && arg[1] != '\0') {
            return SU_FAIL(err, SU_ERR_INPUT, arg,
                           "is unknown, expected --gap, --seconds, --threads, --help or --version");
        } else if (o->path != NULL) {
            return SU_FAIL(err, SU_ERR_INPUT, arg, "is a second file, expected one");
        } else {
            o->path = arg;
        }
    }
    if (threads != 1)
        return SU_FAIL(err, SU_ERR_INPUT, "--threads", "expected 1: answers must repeat");
    return SU_OK;
}

static enum su_status read_problem(struct su_arena *arena, const char *path, struct su_mps *mps,
                                   struct su_err *err)
{
    struct su_str text;
    const char *name = path;
    if (path == NULL || strcmp(path, "-") == 0) {
        name = "stdin";
        SU_TRY(su_file_read_stdin(arena, SU_MPS_BYTES_MAX, &text, err));
    } else {
        SU_TRY(su_file_read(arena, path, SU_MPS_BYTES_MAX, &text, err));
    }
    return su_mps_read(arena, text, name, mps, err);
}

/* ---- solving ---- */

static void take_solution(struct su_arena *arena, const struct su_mps *m, const double *found,
                          struct outcome *out)
{
    double *x = SU_NEW_ARRAY(arena, m->n_cols, double);
    memcpy(x, found, m->n_cols * sizeof(x[0]));
    if (!su_cbc_check(arena, m, x)) {
        out->status = "error";
        return;
    }
    out->objective = m->offset;
    for (size_t i = 0; i < m->n_cols; i++)
        out->objective += m->objective[i] * x[i];
    out->values = x;
}

static void give_start(struct su_arena *arena, const struct su_mps *m, const double *start,
                       Cbc_Model *model)
{
    int *cols = SU_NEW_ARRAY(arena, m->n_cols, int);
    for (size_t i = 0; i < m->n_cols; i++)
        cols[i] = (int)i;
    Cbc_setMIPStartI(model, (int)m->n_cols, cols, start);
}

/* CBC calls a linear program without integers infeasible when it is unbounded. */
static bool has_solution(struct su_arena *arena, const struct su_mps *m, const struct options *o)
{
    Cbc_Model *model = su_cbc_load(arena, m, (struct su_cbc_effort){0, o->seconds, 0, false}, 0);
    Cbc_solve(model);
    bool found = Cbc_isProvenOptimal(model) != 0;
    Cbc_deleteModel(model);
    return found;
}

static void read_outcome(struct su_arena *arena, const struct su_mps *m, const struct options *o,
                         Cbc_Model *model, struct outcome *out)
{
    bool mixed = su_cbc_has_integers(m);
    const double *best = mixed ? Cbc_bestSolution(model) : Cbc_getColSolution(model);
    bool optimal = Cbc_isProvenOptimal(model) != 0;
    if (Cbc_isContinuousUnbounded(model) || Cbc_secondaryStatus(model) == 7) {
        out->status = "unbounded";
        return;
    }
    if (Cbc_isProvenInfeasible(model)) {
        out->status = !mixed && has_solution(arena, m, o) ? "unbounded" : "infeasible";
        return;
    }
    if (Cbc_isAbandoned(model) || (!mixed && !optimal)) {
        out->status = "error";
        return;
    }
    out->status = optimal ? "optimal" : best != NULL ? "feasible" : "time_out";
    if (best != NULL)
        take_solution(arena, m, best, out);
    double sign = m->maximise ? -1 : 1;
    double bound = mixed ? sign * Cbc_getBestPossibleObjValue(model) + m->offset : out->objective;
    out->bound_known = isfinite(bound) && fabs(bound) < 1e49; /* CBC's "none yet" is 1e50 */
    /* A bound past the solution found is rounding. */
    if (out->values != NULL && sign * (bound - out->objective) > 0)
        bound = out->objective;
    out->bound = bound;
}

/* With stdout and stderr at /dev/null: CBC writes there whatever its log level says. */
static void solve(struct su_arena *arena, const struct su_mps *m, const struct options *o,
                  struct outcome *out)
{
    fflush(stdout);
    int null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    int out_fd = dup(STDOUT_FILENO);
    int err_fd = dup(STDERR_FILENO);
    if (null_fd >= 0) {
        dup2(null_fd, STDOUT_FILENO);
        dup2(null_fd, STDERR_FILENO);
    }
    struct su_cbc_effort effort = {o->gap_frac, o->seconds, 0, false};
    double begin_s = su_cbc_now_s();
    const double *start = su_cbc_has_integers(m) ? su_cbc_find_start(arena, m, effort) : NULL;
    if (effort.seconds > 0)
        effort.seconds = fmax(effort.seconds - (su_cbc_now_s() - begin_s), SECONDS_MIN);
    Cbc_Model *model = su_cbc_load(arena, m, effort, m->maximise ? -1 : 1);
    if (start != NULL)
        give_start(arena, m, start, model);
    Cbc_solve(model);
    read_outcome(arena, m, o, model, out);
    Cbc_deleteModel(model);
    fflush(stdout);
    if (out_fd >= 0)
        dup2(out_fd, STDOUT_FILENO);
    if (err_fd >= 0)
        dup2(err_fd, STDERR_FILENO);
}

/* ---- the answer ---- */

/* CBC cannot load a problem without columns; such a one is its rows' sides around 0. */
static void solve_empty(const struct su_mps *m, struct outcome *out)
{
    static const double nothing[1] = {0};
    for (size_t i = 0; i < m->n_rows; i++) {
        if (m->row_lower[i] > 0 || m->row_upper[i] < 0) {
            out->status = "infeasible";
            return;
        }
    }
    *out = (struct outcome){"optimal", nothing, m->offset, true, m->offset};
}

static void write_answer(struct su_arena *arena, const struct su_mps *m, const struct outcome *a,
                         struct su_buf *text)
{
    struct su_doc *doc = su_doc_new(arena, SU_DOC_OBJ);
    su_doc_put_str(arena, doc, "status", a->status);
    if (a->values != NULL)
        su_doc_put_real(arena, doc, "objective", a->objective);
    else
        su_doc_put_null(arena, doc, "objective");
    if (a->bound_known)
        su_doc_put_real(arena, doc, "bound", a->bound);
    else
        su_doc_put_null(arena, doc, "bound");
    if (a->values != NULL && a->bound_known) {
        double gap = fabs(a->objective - a->bound);
        double size = fabs(a->objective);
        su_doc_put_real(arena, doc, "gap_frac", gap == 0 ? 0 : size == 0 ? 1 : gap / size);
    } else {
        su_doc_put_null(arena, doc, "gap_frac");
    }
    struct su_doc *values = su_doc_put_obj(arena, doc, "values");
    for (size_t i = 0; a->values != NULL && i < m->n_cols; i++) {
        if (a->values[i] != 0)
            su_doc_put_real(arena, values, m->col_names[i], a->values[i]);
    }
    su_doc_write_json(text, doc);
}

static enum su_status run(struct su_arena *arena, int argc, char **argv, struct su_buf *text,
                          struct su_err *err)
{
    struct options o = {0};
    SU_TRY(read_options(argc, argv, &o, err));
    if (o.help || o.version) {
        su_buf_puts(text, o.help ? usage : "suanli-milp " SUANLI_VERSION "\n");
    } else {
        struct su_mps mps;
        SU_TRY(read_problem(arena, o.path, &mps, err));
        struct outcome answer = {0};
        if (mps.n_cols == 0)
            solve_empty(&mps, &answer);
        else
            solve(arena, &mps, &o, &answer);
        write_answer(arena, &mps, &answer, text);
    }
    if (fwrite(text->p, 1, text->n, stdout) != text->n || fflush(stdout) != 0)
        return SU_FAIL(err, SU_ERR_IO, "stdout", "cannot be written");
    return SU_OK;
}

int main(int argc, char **argv)
{
    struct su_arena arena;
    su_arena_init(&arena);
    struct su_buf text;
    su_buf_init(&text);
    struct su_err err = {0};
    enum su_status st = run(&arena, argc, argv, &text, &err);
    if (st != SU_OK)
        fprintf(stderr, "suanli-milp: %s: %s\n", err.where, err.message);
    su_buf_release(&text);
    su_arena_release(&arena);
    return st == SU_OK ? 0 : st == SU_ERR_INPUT || st == SU_ERR_LIMIT ? 2 : 1;
}
