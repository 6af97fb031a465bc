/* Any bytes as a trace: streamed without a fault; an error is one line with the file's name, and
 * what is accepted keeps the promises of the stream. The first byte chooses how it is read. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "workload/workload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define N_REQUESTS 2000
#define HOW_BLOCKS 1 /* prefix blocks follow the trace after a NUL byte */
#define HOW_CLOSED 2 /* a closed loop, for traces without times */
#define HOW_SCALED 4

/* Not assert: a fuzz build may define NDEBUG. */
static void must(int holds)
{
    if (!holds)
        abort();
}

static int file_of(const uint8_t *data, size_t size, char *path, size_t n_path)
{
    int fd = memfd_create("trace", 0);
    must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, n_path, "/proc/self/fd/%d", fd);
    return fd;
}

static void check(const struct su_arrival *a, int64_t t_ps, int64_t last_ps, uint64_t index)
{
    must(a->arrival_ps == t_ps && t_ps >= last_ps && t_ps >= 0 && a->index == index);
    must(a->input_tokens >= 1 && a->input_tokens <= SU_REQUEST_TOKENS_MAX);
    must(a->output_tokens >= 1 && a->output_tokens <= SU_REQUEST_TOKENS_MAX);
    uint64_t covered = 0;
    for (uint32_t i = 0; i < a->n_runs; i++) {
        must(a->runs[i].n_tokens >= 1);
        covered += a->runs[i].n_tokens;
    }
    must(covered <= a->input_tokens);
}

static enum su_status drain(struct su_workload *w, struct su_err *err)
{
    int64_t last_ps = 0;
    int64_t t_ps = 0;
    for (uint64_t n = 0;; n++) {
        SU_TRY(su_workload_peek(w, &t_ps, err));
        if (t_ps == INT64_MAX)
            return SU_OK;
        struct su_arrival a;
        su_workload_take(w, &a);
        check(&a, t_ps, last_ps, n);
        last_ps = t_ps;
        if (su_workload_has_feedback(w))
            su_workload_done(w, a.index, a.session, a.arrival_ps + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    uint8_t how = data[0];
    const uint8_t *text = data + 1;
    size_t n = size - 1;
    const uint8_t *nul = (how & HOW_BLOCKS) != 0 && n > 0 ? memchr(text, 0, n) : NULL;
    size_t n_trace = nul != NULL ? (size_t)(nul - text) : n;
    char path[64];
    char blocks_path[64];
    int fd = file_of(text, n_trace, path, sizeof(path));
    int blocks_fd = -1;
    struct su_workload_spec spec = {.path = path, .n_requests = N_REQUESTS};
    if (nul != NULL) {
        blocks_fd = file_of(nul + 1, n - n_trace - 1, blocks_path, sizeof(blocks_path));
        spec.prefix_blocks_path = blocks_path;
        spec.prefix_block_tokens = 16;
    }
    if ((how & HOW_CLOSED) != 0)
        spec.concurrency = 3;
    if ((how & HOW_SCALED) != 0)
        spec.rate_scale = 3;
    struct su_arena arena;
    struct su_workload *w = NULL;
    struct su_err err = {0};
    su_arena_init(&arena);
    enum su_status st = su_workload_open(&arena, &spec, &w, &err);
    if (st == SU_OK) {
        st = drain(w, &err);
        must(su_workload_facts(w).n_taken <= N_REQUESTS);
        su_workload_close(w);
    }
    if (st != SU_OK) {
        must(st == SU_ERR_INPUT || st == SU_ERR_LIMIT);
        must(err.where[0] != '\0' && err.message[0] != '\0' && strchr(err.message, '\n') == NULL);
    }
    su_arena_release(&arena);
    close(fd);
    if (blocks_fd >= 0)
        close(blocks_fd);
    return 0;
}
