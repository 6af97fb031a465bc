/* One child, three streams, one poll loop. The child's input is a socket, so that writing to a
 * child that has gone away is an error and not a SIGPIPE in the program that embeds us. */
#define _GNU_SOURCE
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"

#define COMPLAINT_BYTES_MAX 512

extern char **environ;

const char *su_child_find(struct su_arena *arena, const char *name, const char *variable)
{
    const char *chosen = getenv(variable);
    if (chosen != NULL && chosen[0] != '\0')
        return su_str_dup_c(arena, chosen);
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (n <= 0)
        return name;
    self[n] = '\0';
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(self, '/');
        if (slash == NULL)
            break;
        *slash = '\0';
        const char *path = su_fmt(arena, "%s/%s", self, name);
        if (su_file_exists(path) && !su_file_is_dir(path))
            return path;
    }
    return name;
}

/* Our ends of the child's streams; -1 when closed. */
struct streams {
    int in;
    int out;
    int err;
    pid_t pid;
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static int open_streams(int in[2], int out[2], int err[2])
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) != 0 || pipe2(out, O_CLOEXEC) != 0 ||
        pipe2(err, O_CLOEXEC) != 0)
        return errno;
    /* [0] is the child's end of in, [1] its ends of out and err */
    if (fcntl(in[1], F_SETFL, O_NONBLOCK) != 0)
        return errno;
    return 0;
}

/* 0, or the errno that says why the child does not run. */
static int start(const struct su_child *child, struct streams *s)
{
    int in[2] = {-1, -1};
    int out[2] = {-1, -1};
    int err[2] = {-1, -1};
    int failure = open_streams(in, out, err);
    if (failure == 0) {
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
        /* argv is not written to: the cast only satisfies a signature older than const */
        failure = posix_spawnp(&s->pid, child->argv[0], &actions, NULL, (char *const *)child->argv,
                               environ);
        posix_spawn_file_actions_destroy(&actions);
    }
    close_fd(&in[0]);
    close_fd(&out[1]);
    close_fd(&err[1]);
    if (failure != 0) {
        close_fd(&in[1]);
        close_fd(&out[0]);
        close_fd(&err[0]);
    }
    s->in = in[1];
    s->out = out[0];
    s->err = err[0];
    return failure;
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void feed(struct streams *s, struct su_str input, size_t *n_sent)
{
    ssize_t n = send(s->in, input.p + *n_sent, input.n - *n_sent, MSG_NOSIGNAL);
    if (n > 0)
        *n_sent += (size_t)n;
    bool over = n < 0 && errno != EAGAIN && errno != EINTR;
    if (over || *n_sent == input.n)
        close_fd(&s->in);
}

/* Takes what is there; keeps at most max bytes and counts no more. False when there was more. */
static bool drain(int *fd, struct su_buf *buf, size_t max)
{
    char chunk[16384];
    ssize_t n = read(*fd, chunk, sizeof(chunk));
    if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
        close_fd(fd);
    if (n <= 0)
        return true;
    size_t room = max > buf->n ? max - buf->n : 0;
    su_buf_add(buf, chunk, (size_t)n < room ? (size_t)n : room);
    return (size_t)n <= room;
}

enum talk { TALK_DONE, TALK_TOO_LONG, TALK_TOO_MUCH };

static enum talk talk(const struct su_child *child, struct streams *s, struct su_buf *out,
                      struct su_buf *complaint)
{
    double end_s = now_s() + child->seconds_max;
    size_t n_sent = 0;
    if (child->input.n == 0)
        close_fd(&s->in);
    while (s->out >= 0 || s->err >= 0) {
        int wait_ms = -1;
        if (child->seconds_max > 0) {
            double left_s = end_s - now_s();
            if (left_s <= 0)
                return TALK_TOO_LONG;
            wait_ms = left_s > 1e6 ? 1000000000 : (int)(left_s * 1e3) + 1;
        }
        struct pollfd p[3] = {{s->in, POLLOUT, 0}, {s->out, POLLIN, 0}, {s->err, POLLIN, 0}};
        int n = poll(p, 3, wait_ms); /* a negative fd is skipped */
        if (n < 0 && errno != EINTR)
            return TALK_DONE;
        if (n <= 0)
            continue;
        if (p[0].revents != 0)
            feed(s, child->input, &n_sent);
        if (p[1].revents != 0 && !drain(&s->out, out, child->output_bytes_max))
            return TALK_TOO_MUCH;
        if (p[2].revents != 0)
            (void)drain(&s->err, complaint, COMPLAINT_BYTES_MAX);
    }
    return TALK_DONE;
}

static void reap(pid_t pid, struct su_child_result *result)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) { /* somebody else took it: how it ended is not known */
            result->exit_code = -1;
            return;
        }
    }
    result->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    result->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static struct su_str take(struct su_arena *arena, const struct su_buf *buf, size_t n)
{
    return (struct su_str){su_str_dup(arena, (struct su_str){n == 0 ? "" : buf->p, n}), n};
}

enum su_status su_child_run(struct su_arena *arena, const struct su_child *child,
                            struct su_child_result *result, struct su_err *err)
{
    *result = (struct su_child_result){0};
    struct streams s = {-1, -1, -1, 0};
    int failure = start(child, &s);
    if (failure != 0)
        return SU_FAIL(err, SU_ERR_IO, child->argv[0], "cannot be started: %s", strerror(failure));
    struct su_buf out;
    struct su_buf complaint;
    su_buf_init(&out);
    su_buf_init(&complaint);
    enum talk how = talk(child, &s, &out, &complaint);
    if (how != TALK_DONE)
        kill(s.pid, SIGKILL);
    close_fd(&s.in);
    close_fd(&s.out);
    close_fd(&s.err);
    reap(s.pid, result);
    result->timed_out = how == TALK_TOO_LONG;
    result->output = take(arena, &out, out.n);
    size_t n_line = complaint.n == 0 ? 0 : strcspn(complaint.p, "\n");
    result->complaint = take(arena, &complaint, n_line);
    su_buf_release(&out);
    su_buf_release(&complaint);
    if (how == TALK_TOO_MUCH)
        return SU_FAIL(err, SU_ERR_LIMIT, child->argv[0],
                       "wrote more than %zu bytes, the limit here", child->output_bytes_max);
    return SU_OK;
}
