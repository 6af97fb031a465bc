#include "base/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define THREADS_MAX 256u

struct pool {
    su_pool_job *run;
    void *ctx;
    size_t n_jobs;
    atomic_size_t next;
};

static void *work(void *ctx)
{
    struct pool *pool = ctx;
    struct su_arena arena;
    su_arena_init(&arena);
    for (;;) {
        size_t job = atomic_fetch_add(&pool->next, 1);
        if (job >= pool->n_jobs)
            break;
        pool->run(pool->ctx, job, &arena);
        su_arena_reset(&arena);
    }
    su_arena_release(&arena);
    return NULL;
}

void su_pool_run(uint32_t n_threads, size_t n_jobs, su_pool_job *run, void *ctx)
{
    struct pool pool = {.run = run, .ctx = ctx, .n_jobs = n_jobs};
    atomic_init(&pool.next, 0);
    pthread_t threads[THREADS_MAX];
    size_t wanted = n_threads < n_jobs ? n_threads : n_jobs;
    size_t started = 0;
    while (started + 1 < wanted && started < THREADS_MAX &&
           pthread_create(&threads[started], NULL, work, &pool) == 0)
        started++;
    work(&pool);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

uint32_t su_pool_threads(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > 16 ? 16 : (uint32_t)n;
}
