/* suanli-milp: reads a mixed-integer linear program as MPS, solves it with CBC, writes one JSON
 * document. A program of its own because CBC is slow to load, is not thread-safe, and may end the
 * process that it runs in. One model, one solve, one thread, no random seed: the same text gives
 * the same answer, unless the time limit cuts the search short.
 *
 * Nothing that CBC says is believed unchecked: the solution is held against rows, bounds and
 * integrality here, and an answer that breaks them is "error". */
#define _GNU_SOURCE
#include <Cbc_C_Interface.h>
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
#include "milp/mps.h"

/* CBC's own tolerances are 1e-7 (rows, scaled) and 1e-6 (integers); unscaled rows may be further
 * off by their size. */
#define ROW_TOLERANCE 1e-5
#define INTEGER_TOLERANCE 1e-5
#define SECONDS_MAX 1e6

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

static void set_real(Cbc_Model *model, const char *name, double value)
{
    char text[32];
    snprintf(text, sizeof(text), "%.17g", value);
    Cbc_setParameter(model, name, text);
}

/* sign 1 or -1 times the objective is minimised: CBC mixes up bounds when it maximises. 0: any
 * solution will do. */
static Cbc_Model *load(struct su_arena *arena, const struct su_mps *m, const struct options *o,
                       double sign)
{
    Cbc_Model *model = Cbc_newModel();
    double *cost = SU_NEW_ARRAY(arena, m->n_cols, double);
    for (size_t i = 0; i < m->n_cols; i++)
        cost[i] = sign * m->objective[i];
    Cbc_loadProblem(model, (int)m->n_cols, (int)m->n_rows, m->col_starts, m->rows, m->values,
                    m->col_lower, m->col_upper, cost, m->row_lower, m->row_upper);
    for (size_t i = 0; i < m->n_cols; i++) {
        if (m->is_integer[i])
            Cbc_setInteger(model, (int)i);
    }
    Cbc_setParameter(model, "log", "0");
    Cbc_setParameter(model, "threads", "0");
    set_real(model, "ratioGap", o->gap_frac);
    if (o->seconds > 0) {
        Cbc_setParameter(model, "timeMode", "elapsed");
        set_real(model, "seconds", o->seconds);
    }
    return model;
}

/* A solution rounded to integers where they must be; false when it is none. */
static bool check_solution(struct su_arena *arena, const struct su_mps *m, double *x)
{
    double *activity = SU_NEW_ARRAY(arena, m->n_rows, double);
    double *size = SU_NEW_ARRAY(arena, m->n_rows, double);
    for (size_t i = 0; i < m->n_cols; i++) {
        if (m->is_integer[i]) {
            double nearest = round(x[i]);
            if (!(fabs(x[i] - nearest) <= INTEGER_TOLERANCE))
                return false;
            x[i] = nearest == 0 ? 0 : nearest; /* no -0 */
        }
        double slack = ROW_TOLERANCE * (1 + fabs(x[i]));
        if (!(x[i] >= m->col_lower[i] - slack && x[i] <= m->col_upper[i] + slack))
            return false;
        for (int k = m->col_starts[i]; k < m->col_starts[i + 1]; k++) {
            activity[m->rows[k]] += m->values[k] * x[i];
            size[m->rows[k]] += fabs(m->values[k] * x[i]);
        }
    }
    for (size_t i = 0; i < m->n_rows; i++) {
        double slack = ROW_TOLERANCE * (1 + size[i]);
        if (!(activity[i] >= m->row_lower[i] - slack && activity[i] <= m->row_upper[i] + slack))
            return false;
    }
    return true;
}

static void take_solution(struct su_arena *arena, const struct su_mps *m, const double *found,
                          struct outcome *out)
{
    double *x = SU_NEW_ARRAY(arena, m->n_cols, double);
    memcpy(x, found, m->n_cols * sizeof(x[0]));
    if (!check_solution(arena, m, x)) {
        out->status = "error";
        return;
    }
    out->objective = m->offset;
    for (size_t i = 0; i < m->n_cols; i++)
        out->objective += m->objective[i] * x[i];
    out->values = x;
}

/* ---- a first solution ---- */

static bool has_integers(const struct su_mps *m)
{
    for (size_t i = 0; i < m->n_cols; i++) {
        if (m->is_integer[i])
            return true;
    }
    return false;
}

/* Solves m without integrality; NULL when it has no solution. */
static const double *relax(struct su_arena *arena, const struct su_mps *m, const struct options *o)
{
    struct su_mps relaxed = *m;
    relaxed.is_integer = SU_NEW_ARRAY(arena, m->n_cols, bool);
    Cbc_Model *model = load(arena, &relaxed, o, m->maximise ? -1 : 1);
    Cbc_solve(model);
    double *x = NULL;
    if (Cbc_isProvenOptimal(model)) {
        x = SU_NEW_ARRAY(arena, m->n_cols, double);
        memcpy(x, Cbc_getColSolution(model), m->n_cols * sizeof(x[0]));
    }
    Cbc_deleteModel(model);
    return x;
}

static double round_up(const struct su_mps *m, size_t col, double x)
{
    double up = ceil(x - INTEGER_TOLERANCE);
    return fmin(fmax(up, m->col_lower[col]), m->col_upper[col]);
}

/* CBC's own heuristics can be hours without any solution where work has to be covered by things
 * that come whole. There, rounding up works if it goes from what costs nothing to what does: first
 * the costless integers (replicas) of the relaxation, then, the relaxation solved again around
 * them, the others (servers). NULL when the result breaks a row. */
static double *find_start(struct su_arena *arena, const struct su_mps *m, const struct options *o)
{
    const double *x = relax(arena, m, o);
    if (x == NULL)
        return NULL;
    struct su_mps fixed = *m;
    fixed.col_lower = SU_NEW_ARRAY(arena, m->n_cols, double);
    fixed.col_upper = SU_NEW_ARRAY(arena, m->n_cols, double);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < m->n_cols; i++) {
            bool now = m->is_integer[i] && (pass == 1 || m->objective[i] == 0);
            fixed.col_lower[i] = now ? round_up(m, i, x[i]) : m->col_lower[i];
            fixed.col_upper[i] = now ? fixed.col_lower[i] : m->col_upper[i];
        }
        x = relax(arena, &fixed, o);
        if (x == NULL)
            return NULL;
    }
    double *start = SU_NEW_ARRAY(arena, m->n_cols, double);
    memcpy(start, x, m->n_cols * sizeof(start[0]));
    return check_solution(arena, m, start) ? start : NULL;
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
    Cbc_Model *model = load(arena, m, o, 0);
    Cbc_solve(model);
    bool found = Cbc_isProvenOptimal(model) != 0;
    Cbc_deleteModel(model);
    return found;
}

static void read_outcome(struct su_arena *arena, const struct su_mps *m, const struct options *o,
                         Cbc_Model *model, struct outcome *out)
{
    bool mixed = has_integers(m);
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
    const double *start = has_integers(m) ? find_start(arena, m, o) : NULL;
    Cbc_Model *model = load(arena, m, o, m->maximise ? -1 : 1);
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
