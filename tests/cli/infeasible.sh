#!/bin/sh
# What cannot be done exits 3 with one line that names the binding constraint and the nearest
# change; with that change the same command succeeds.
set -eu
LC_ALL=C COLUMNS=100
export LC_ALL COLUMNS
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0

fail() {
    echo "FAILED: $1"
    sed 's/^/  /' "$dir/err"
    failed=1
}

# bound CONSTRAINT COMMAND…: infeasible by it; the flags after "Nearest change:" (or before "would
# fit") make it feasible.
bound() {
    constraint=$1
    shift
    rc=0
    "$SUANLI" "$@" >"$dir/out" 2>"$dir/err" || rc=$?
    if [ "$rc" != 3 ] || [ "$(wc -l <"$dir/err")" != 1 ] || ! grep -q "$constraint" "$dir/err"; then
        fail "exit $rc, wanted 3 and one line with \"$constraint\": suanli $*"
        return
    fi
    change=$(sed -n -e 's/.*Nearest change: \(--.*\) (tried.*/\1/p' -e 's/.*; \(--.*\) would fit/\1/p' "$dir/err")
    if [ -z "$change" ]; then
        fail "no change is named: suanli $*"
        return
    fi
    # A flag of the change takes the place of the one that was too tight.
    for flag in $(printf '%s\n' "$change" | tr ' ' '\n' | grep '^--'); do
        kept=
        skip=0
        for word in "$@"; do
            if [ "$skip" = 1 ]; then
                skip=0
            elif [ "$word" = "$flag" ]; then
                skip=1
            else
                kept="$kept $word"
            fi
        done
        set -- $kept
    done
    rc=0
    "$SUANLI" "$@" $change >"$dir/out" 2>"$dir/err" || rc=$?
    [ "$rc" = 0 ] || fail "exit $rc after the named change: suanli $* $change"
}

plan='plan --model qwen3-32b --rate 2 --isl 2000 --osl 500 --as-of 2024-07-14'
bound 'service level' $plan --slo ttft_p99=1ms
bound 'service level' $plan --slo tpot_p99=1ms,ttft_p99=2ms
bound 'service level' $plan --slo tpot_mean=1us --chips h20_sxm_96g
bound 'power' $plan --power-max 1kW
bound 'budget' $plan --budget 1000 --chips h20_sxm_96g
bound 'budget' $plan --budget 1000 --currency USD --chips h20_sxm_96g,ascend_910b3_64g
bound 'export rule' $plan --chips h100_sxm_80g
bound 'market' $plan --chips rtx_4090_24g
bound 'release date' $plan --chips b200_sxm_180g
bound 'memory' plan --model deepseek-v3 --rate 1 --isl 2000 --osl 500 --chips ascend_910b3_64g
# Two limits at once: both are in the named change.
bound 'service level' $plan --slo tpot_p99=1ms --budget 1000 --chips h20_sxm_96g
bound 'does not fit' estimate --model llama-3-70b --chip h20_sxm_96g --isl 2000 --osl 500
bound 'num-gpu-blocks' estimate --model qwen3-8b --chip h20_sxm_96g --isl 1000 --osl 10 \
    --num-gpu-blocks 3

# Where no flag helps, words say what would.
words() {
    says=$1
    shift
    rc=0
    "$SUANLI" "$@" >"$dir/out" 2>"$dir/err" || rc=$?
    [ "$rc" = 3 ] && [ "$(wc -l <"$dir/err")" = 1 ] && grep -qF -- "$says" "$dir/err" ||
        fail "exit $rc, wanted 3 and one line with \"$says\": suanli $*"
}
words 'allow more vendors' $plan --vendors-only domestic --chips h20_sxm_96g
words 'smaller model' plan --model llama-3.1-405b --rate 1 --isl 2000 --osl 500 --chips t4_16g
words '最小改动' $plan --slo ttft_p99=1ms --lang zh

# --json: the document says the same, and is still the only thing on stdout.
rc=0
"$SUANLI" $plan --slo ttft_p99=1ms --json >"$dir/out" 2>"$dir/err" || rc=$?
[ "$rc" = 3 ] && [ "$(head -c 1 "$dir/out")" = '{' ] && grep -q '"feasible": false' "$dir/out" &&
    grep -q '"why": "no feasible plan' "$dir/out" || fail "exit $rc, --json of an infeasible plan"
exit "$failed"
