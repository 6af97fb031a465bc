#define _GNU_SOURCE
#include "cli/progress.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#define CELLS 24

/* The one mutable global: a signal handler has nothing else to write to. Atomic and lock-free,
 * since the work may run on several threads. */
static atomic_int interrupted;

static void on_interrupt(int signal)
{
    (void)signal;
    atomic_store(&interrupted, 1);
}

static double seconds_between(struct timespec a, struct timespec b)
{
    return (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) * 1e-9;
}

void su_bar_init(struct su_bar *bar)
{
    *bar = (struct su_bar){.shown = isatty(STDERR_FILENO) != 0};
}

static void begin(struct su_bar *bar, const struct su_progress *p, struct timespec now)
{
    bar->started = true;
    bar->start = bar->last = now;
    bar->start_frac = p->done_frac;
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    struct sigaction before;
    /* Who started us with Ctrl-C ignored (nohup, a job in the background) means it. */
    if (sigaction(SIGINT, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(SIGINT, &action, NULL);
}

static void put_left(double s)
{
    if (s < 90)
        fprintf(stderr, "%.0f s", s);
    else if (s < 5400)
        fprintf(stderr, "%.0f min", s / 60);
    else
        fprintf(stderr, "%.1f h", s / 3600);
}

static void draw(struct su_bar *bar, const struct su_progress *p, double elapsed_s)
{
    bar->drawn = true;
    fputs("\r\033[K", stderr);
    if (p->done_frac >= 0) {
        int full = (int)(p->done_frac * CELLS);
        fputc('[', stderr);
        for (int i = 0; i < CELLS; i++)
            fputc(i < full ? '#' : '.', stderr);
        fprintf(stderr, "] %3.0f %%  ", p->done_frac * 100);
        double done = p->done_frac - bar->start_frac;
        if (done > 0) {
            fputs("ETA ", stderr);
            put_left(elapsed_s / done * (1 - p->done_frac));
            fputs("  ", stderr);
        }
    }
    fprintf(stderr, "%llu req, %.1f s", (unsigned long long)p->n_done, p->simulated_s);
    fflush(stderr);
}

bool su_bar_going_on(void *ctx, const struct su_progress *progress)
{
    struct su_bar *bar = ctx;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!bar->started)
        begin(bar, progress, now);
    double elapsed_s = seconds_between(bar->start, now);
    if (bar->shown && elapsed_s >= 1 && seconds_between(bar->last, now) >= 0.1) {
        bar->last = now;
        draw(bar, progress, elapsed_s);
    }
    return atomic_load(&interrupted) == 0;
}

void su_bar_end(struct su_bar *bar)
{
    if (bar->drawn)
        fputs("\r\033[K", stderr);
    bar->drawn = false;
}
