/* The door's side of long work: a bar on a terminal's stderr, and Ctrl-C. */
#ifndef SU_CLI_PROGRESS_H
#define SU_CLI_PROGRESS_H

#include <stdbool.h>
#include <time.h>

#include "app/app.h"

struct su_bar {
    bool shown; /* stderr is a terminal */
    bool started;
    bool drawn;
    struct timespec start;
    struct timespec last;
    double start_frac;
};

void su_bar_init(struct su_bar *bar);
/** su_view.going_on; ctx is the bar. Draws from a second on, ten times a second. The first call
 * takes over Ctrl-C: once it asks for an early answer, twice it ends the program as ever. */
bool su_bar_going_on(void *bar, const struct su_progress *progress);
/** Takes the bar off the screen. */
void su_bar_end(struct su_bar *bar);

#endif
