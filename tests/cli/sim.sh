#!/bin/sh
# `sim` from outside: bad inputs with their exact line, files, interruption, bytes that repeat.
set -eu
LC_ALL=C COLUMNS=100
export LC_ALL COLUMNS
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
failed=0
fail() {
    echo "FAILED: $1"
    failed=1
}
M='--model qwen3-8b --chip h20_sxm_96g'
L="$M --isl 2000 --osl 300"

# says CODE LINE FLAGS…: exit code and the one line of stderr; with code 2 nothing on stdout.
says() {
    code=$1
    line=$2
    shift 2
    rc=0
    "$SUANLI" sim "$@" >out 2>err || rc=$?
    [ "$rc" = "$code" ] && [ "$(cat err)" = "suanli: $line" ] || fail "sim $*: exit $rc: $(cat err)"
    [ "$code" != 2 ] || [ ! -s out ] || fail "sim $*: exit 2 with an answer"
}
# trace FILE ROWS: a CSV with our header.
trace() {
    printf 'arrival_s,input_tokens,output_tokens\n%b' "$2" >"$1"
}

# ---- traces ----
trace unsorted.csv '1,10,10\n0,10,10\n'
says 2 'unsorted.csv:3: arrives -1.000000000 s after the first request, the one before it 0.000000000 s: expected rows in order of time' $M --workload unsorted.csv
trace zero.csv '1,0,10\n'
says 2 'zero.csv:2: a prompt of 0 tokens, expected 1..100000000' $M --workload zero.csv
trace none.csv '1,10,0\n'
says 2 'none.csv:2: an answer of 0 tokens, expected 1..100000000' $M --workload none.csv
trace huge.csv '1,1000000000,10\n'
says 2 'huge.csv:2: a prompt of 1000000000 tokens, expected 1..100000000' $M --workload huge.csv
trace mixed.csv '1,10,10\n{"timestamp": 3, "input_length": 3}\n'
says 2 'mixed.csv:3: 2 cells, expected 3 as in the header' $M --workload mixed.csv
trace empty.csv ''
says 2 'empty.csv:1: no requests were found, 0 were skipped as failed' $M --workload empty.csv
: >nothing.csv
says 2 'nothing.csv: is empty' $M --workload nothing.csv
awk 'BEGIN { print "arrival_s,input_tokens,output_tokens"; for (i = 1; i <= 20000; i++) print i ",100," 10 + i % 7 }' |
    gzip >whole.csv.gz
head -c 20000 whole.csv.gz >cut.csv.gz
rc=0
"$SUANLI" sim $M --workload cut.csv.gz >out 2>err || rc=$?
[ "$rc" = 2 ] && grep -q 'cut.csv.gz: the gzip stream is cut off' err || fail "cut gzip: exit $rc: $(cat err)"
says 2 'nofile.csv: cannot be opened: No such file or directory' $M --workload nofile.csv
says 2 '--isl: contradicts --workload: the trace says that' $M --workload whole.csv.gz --isl 5
says 2 '--rate: contradicts --workload: the trace has its own arrivals, change their speed with --rate-scale' $M --workload whole.csv.gz --rate 5

# Larger than the KV cache: refused, counted, never a hang.
trace large.csv '0,100,10\n1,90000000,10\n2,100,10\n'
"$SUANLI" sim $M --workload large.csv --json >out 2>err || fail "large: $(cat err)"
grep -q '"rejected": 1,' out && grep -q '"completed": 2,' out || fail 'a large request is not counted'

# ---- flags ----
says 2 '--isl: is missing: give it, --isl-dist, or a trace with --workload' $M
says 2 '--rate: is missing: give it, --concurrency, or a trace with --workload' $L
says 2 '--rate: contradicts --concurrency: the load is an open or a closed loop, give one' $L --rate 1 --concurrency 2
says 2 '--concurrency: is 1.5, expected an integer up to 1000000' $L --concurrency 1.5
says 2 '--max-num-batched-tokens: is 16, expected at least one KV block of 32 tokens (--block-size)' $L --rate 1 --max-num-batched-tokens 16 --block-size 32
says 2 '--pp: is 2, expected 1: sim has no pipeline stages, estimate does' $L --rate 1 --pp 2
says 2 '--engine: is "trtllm", whose scheduler is not known: sim takes vllm or sglang' $L --rate 1 --engine trtllm
says 2 '--engine-version: is "0.1", expected a version of vllm from one of these on: 0.8, 0.14, 0.19' $L --rate 1 --engine-version 0.1
says 2 '--router: is "x", expected one of round-robin, least-loaded, power-of-two, prefix-aware, kv-aware' $L --rate 1 --router x
says 2 '--scheduling-policy: is "lifo", expected fcfs or priority' $L --rate 1 --scheduling-policy lifo
says 2 '--scheduling-policy: is an option of vLLM'"'"'s scheduler, not of SGLang'"'"'s' $L --rate 1 --engine sglang --scheduling-policy fcfs
says 2 '--daily: has 2 factors that sum to 3, expected 24, one of them above 0' $L --rate 1 --daily 1,2
says 2 '--daily: has "x" at place 2, expected 24 factors from 0 to 1e6' $L --rate 1 --daily 1,x
says 2 '--ramp-to: needs --ramp-time beside it' $L --rate 1 --ramp-to 3
says 2 '--burstiness: needs --rate: users of a closed loop ask when answered' $L --concurrency 2 --burstiness 2
says 2 '--think-time: needs --turns beside it' $L --rate 1 --think-time 3s
says 2 '--system-prompts: needs --system-tokens beside it' $L --rate 1 --system-prompts 3
says 2 '--rate-scale: needs --workload' $L --rate 1 --rate-scale 3
says 2 '--isl: contradicts --isl-dist, give one' $M --isl-dist const:10 --isl 3 --osl 3 --rate 1
says 2 '--isl-dist: const is 1e+09, expected a whole number 1..100000000' $M --isl-dist const:1000000000 --osl 3 --rate 1
says 2 '--prefill-tp: needs --prefill-count: cards that only prefill' $L --rate 1 --prefill-tp 2
says 2 '--prefill-count: is 1, expected a multiple of --prefill-tp, 2' $L --rate 1 --prefill-count 1 --prefill-tp 2
says 2 '--count: is 2, expected --prefill-count and a multiple of tp*pp*dp = 1' $L --rate 1 --prefill-count 2 --count 2
says 2 '--find: is "speed", expected rate or replicas' $L --find speed
says 2 '--slo: is missing: --find needs service levels such as ttft_p99=2s,tpot_p99=50ms' $L --find rate
says 2 '--threads: needs --find: one simulation runs on one thread' $L --rate 1 --threads 2
says 2 '--tick: needs --time-series beside it' $L --rate 1 --tick 2s
says 2 '--no-enable-prefix-caching: takes no value, found "3"' $L --rate 1 --no-enable-prefix-caching=3
says 3 'not even the lowest rate simulated is within the service levels: relax --slo, or take a faster chip or a larger --tp' $L --find rate --slo ttft_p99=1ms --num-requests 20
says 3 '--num-gpu-blocks 100 cannot serve: memory allows up to 29753 blocks; --num-gpu-blocks 144 would fit' $L --rate 1 --num-gpu-blocks 100

# ---- files ----
says 2 'no/dir/x: cannot be written: No such file or directory' $L --rate 1 --timeline no/dir/x
if [ -w /dev/full ]; then
    for flag in --per-request --time-series --timeline; do
        says 1 '/dev/full: cannot be written: No space left on device' $L --rate 1 $flag /dev/full
    done
fi
"$SUANLI" sim $L --rate 1 --num-requests 50 --per-request r.csv --time-series t.csv --timeline l.json >out 2>err ||
    fail "files: $(cat err)"
[ "$(wc -l <r.csv)" = 51 ] || fail "r.csv has $(wc -l <r.csv) lines"
head -1 t.csv | grep -q '^t_s,prompt_tok_s,gen_tok_s,running,waiting,kv_frac' || fail 't.csv has no header'
grep -q '"steps_left_out":"0"' l.json || fail 'l.json does not end as it should'
"$SUANLI" sim $L --rate 1 --num-requests 50 --csv >out 2>err || fail "csv: $(cat err)"
head -c 3 out | od -An -tx1 | grep -q 'ef bb bf' || fail 'CSV has no byte-order mark'
grep -q '^ttft_ms.p99,[0-9.]*' out || fail 'CSV has no ttft_ms.p99'

# ---- the same bytes ----
"$SUANLI" sim $L --rate 2 --num-requests 300 --json >a 2>err
"$SUANLI" sim $L --rate 2 --num-requests 300 --json >b 2>err
cmp -s a b || fail 'two runs differ'
"$SUANLI" sim $L --rate 2 --num-requests 300 --seed 1 --json >b 2>err
cmp -s a b && fail 'the seed changes nothing'
"$SUANLI" sim $L --rate 2 --num-requests 300 --json --step-by-step >b 2>err
sed '/"simulator"/,/}/d' a >a1
sed '/"simulator"/,/}/d' b >b1
cmp -s a1 b1 || fail 'step by step gives another result'
for threads in 1 3; do
    "$SUANLI" sim $L --num-requests 100 --find rate --slo ttft_p99=2s --threads $threads --json >$threads 2>err
done
cmp -s 1 3 || fail 'the number of threads changes the search'
"$SUANLI" sim $L --rate 2 --no-enable-prefix-caching --print-brief >brief.yaml
grep -q 'enable_prefix_caching: false' brief.yaml || fail "brief: $(cat brief.yaml)"

# ---- overload and interruption ----
"$SUANLI" sim $L --rate 20 --num-requests 3000 >out 2>err || fail "overload: $(cat err)"
grep -q '^Unstable, queue grows by [0-9.]* req/s' out || fail "overload: $(sed -n 3p out)"
"$SUANLI" sim $L --rate 20 --num-requests 3000 --lang zh | grep -q '^不稳定，队列每秒增长 [0-9.]* 个请求' ||
    fail 'overload in Chinese'
if command -v timeout >/dev/null; then
    rc=0
    timeout -s INT --preserve-status 1 "$SUANLI" sim $L --rate 2 --num-requests 2000000000 --json >out 2>err || rc=$?
    [ "$rc" = 0 ] && grep -q '"interrupted": true' out && grep -q '"ttft_ms"' out ||
        fail "Ctrl-C: exit $rc: $(cat err)"
    [ -s err ] && fail "Ctrl-C writes to stderr: $(cat err)"
fi
exit "$failed"
