/* Whole commands as a user runs them: wall time and peak memory of a fresh process.
 * usage: bench_start SUANLI EXAMPLES_DIR */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define N_RUNS 21

/* One run with its output thrown away; false when the command fails. */
static int run_once(char *const argv[], double *wall_ms, double *peak_mb)
{
    double start_s = bench_now_s();
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, STDOUT_FILENO);
        execv(argv[0], argv);
        _exit(127);
    }
    int status = 0;
    struct rusage usage;
    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
        return 0;
    *wall_ms = (bench_now_s() - start_s) * 1e3;
    *peak_mb = (double)usage.ru_maxrss * 1024 / 1e6;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void bench(const char *name, char *const argv[])
{
    double wall_ms[N_RUNS];
    double peak_mb[N_RUNS];
    run_once(argv, &wall_ms[0], &peak_mb[0]); /* warm-up */
    for (int i = 0; i < N_RUNS; i++) {
        if (!run_once(argv, &wall_ms[i], &peak_mb[i])) {
            fprintf(stderr, "bench_start: %s failed\n", name);
            exit(1);
        }
    }
    bench_print(name, "wall", wall_ms, N_RUNS, "ms");
    bench_print(name, "peak", peak_mb, N_RUNS, "MB");
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: bench_start SUANLI EXAMPLES_DIR\n", stderr);
        return 2;
    }
    char brief[4096];
    snprintf(brief, sizeof(brief), "%s/private-chat.yaml", argv[2]);
    char brief_2024[4096];
    snprintf(brief_2024, sizeof(brief_2024), "%s/private-chat-2024.yaml", argv[2]);
    bench("start_version", (char *[]){argv[1], "--version", NULL});
    bench("start_chips_h20", (char *[]){argv[1], "chips", "h20_sxm_96g", NULL});
    bench("start_model_deepseek", (char *[]){argv[1], "model", "deepseek-v3", NULL});
    bench("plan_private_chat", (char *[]){argv[1], "plan", brief, NULL});
    bench("plan_private_chat_2024", (char *[]){argv[1], "plan", brief_2024, NULL});
    bench("plan_moe_us", (char *[]){argv[1], "plan", "--model", "qwen3-235b-a22b", "--rate", "5",
                                    "--isl", "2000", "--osl", "500", "--region", "us", NULL});
    return 0;
}
