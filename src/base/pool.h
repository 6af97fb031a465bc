/* Independent jobs on several threads. */
#ifndef SU_BASE_POOL_H
#define SU_BASE_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* Job number `job` of [0, n_jobs). It may write only what belongs to it; arena is its own and reset
 * before the next job of the same thread. */
typedef void su_pool_job(void *ctx, size_t job, struct su_arena *arena);

/** Runs every job once, on at most n_threads threads (1: the caller's alone), and returns when all
 * have ended. Jobs are started in order; where a thread cannot be had, the others do its work. */
void su_pool_run(uint32_t n_threads, size_t n_jobs, su_pool_job *run, void *ctx);

/** Processors of this machine, 1 to 16. */
uint32_t su_pool_threads(void);

#endif
