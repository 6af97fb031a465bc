#!/bin/sh
# `plan --out` from outside: which files there are, scripts that a shell reads, folders that hold
# something else, and a system that fails.
set -eu
LC_ALL=C COLUMNS=100
export LC_ALL COLUMNS
dir=$(mktemp -d)
trap 'chmod -R u+rwx "$dir"; rm -rf "$dir"' EXIT
brief=$SU_SOURCE_DIR/examples/private-chat.yaml
failed=0
fail() {
    echo "FAILED: $1"
    failed=1
}
# plan OUT FLAGS…: exit code in rc.
plan() {
    out=$1
    shift
    rc=0
    "$SUANLI" plan "$brief" --as-of 2026-11-01 --out "$out" "$@" >"$dir/stdout" 2>"$dir/stderr" || rc=$?
}

# Every engine's scripts are shell; what --json lists is what lies there.
for engine in vllm sglang mindie; do
    plan "$dir/$engine" --chips ascend_910b3_64g --engine $engine --json
    [ "$rc" = 0 ] || fail "$engine: exit $rc: $(cat "$dir/stderr")"
    for script in "$dir/$engine"/*.sh; do
        shell=sh
        head -1 "$script" | grep -q bash && shell=bash
        command -v $shell >/dev/null || continue
        $shell -n "$script" || fail "$script"
        [ -x "$script" ] || fail "$script is not executable"
    done
    sed -n '/"files"/,/\]/s/.*"\(.*\/[^"]*\)".*/\1/p' "$dir/stdout" | sort >"$dir/listed"
    find "$dir/$engine" -type f | sort >"$dir/found"
    cmp -s "$dir/listed" "$dir/found" || fail "$engine: listed $(cat "$dir/listed"), found $(cat "$dir/found")"
done
[ -e "$dir/vllm/kubernetes.yaml" ] || fail 'vllm: no kubernetes.yaml'

# The command that the answer shows is the one in the script, word for word.
plan "$dir/vllm" --chips ascend_910b3_64g
line=$(sed -n 's/^  \(vllm serve .*\)/\1/p' "$dir/stdout")
[ -n "$line" ] || fail 'no launch line'
words=$(sed -n '/^exec /,$p' "$dir/vllm/serve.sh" | tr -d '\\\n' | tr -s ' ' | sed 's/^exec //; s/"$MODEL"/Qwen\/Qwen3-32B/')
case $words in "$line "*) ;; *) fail "shown: $line; written: $words" ;; esac

# serve.sh runs that command with the cards and the port of its replica.
mkdir "$dir/bin"
cat >"$dir/bin/vllm" <<'STUB'
#!/bin/sh
echo "$ASCEND_RT_VISIBLE_DEVICES $*"
STUB
chmod +x "$dir/bin/vllm"
plan "$dir/two" --chips ascend_910c_128g
PATH="$dir/bin:$PATH" "$dir/two/serve.sh" 1 >"$dir/stub"
grep -q '^4,5,6,7 serve Qwen/Qwen3-32B .*--port 8001$' "$dir/stub" || fail "serve.sh 1: $(cat "$dir/stub")"

# The model's prediction and bench.sh's rate are the plan's.
grep -q 'RATE:-3.333' "$dir/vllm/bench.sh" || fail 'bench.sh has another rate'

# A foreign file stays, with one line that names it; nothing else is written.
mkdir "$dir/mine"
echo 'my own' >"$dir/mine/compose.yaml"
plan "$dir/mine" --chips ascend_910b3_64g
[ "$rc" = 2 ] && [ "$(wc -l <"$dir/stderr")" = 1 ] && [ ! -s "$dir/stdout" ] || fail "foreign: exit $rc"
grep -qF "$dir/mine/compose.yaml" "$dir/stderr" || fail "foreign: $(cat "$dir/stderr")"
[ "$(cat "$dir/mine/compose.yaml")" = 'my own' ] || fail 'a foreign file was replaced'
[ "$(ls "$dir/mine")" = compose.yaml ] || fail 'files beside a foreign one were written'
# Another name in the folder does not matter.
mv "$dir/mine/compose.yaml" "$dir/mine/notes.txt"
plan "$dir/mine" --chips ascend_910b3_64g
[ "$rc" = 0 ] && [ -s "$dir/mine/notes.txt" ] || fail "a folder with notes: exit $rc"

# What is no folder, or cannot be made, is bad input.
echo >"$dir/file"
for out in "$dir/file" "$dir/no/such/parent" "$dir/file/below"; do
    plan "$out"
    [ "$rc" = 2 ] && [ "$(wc -l <"$dir/stderr")" = 1 ] || fail "$out: exit $rc"
done
# A folder that cannot be written to is the system's failure.
if [ "$(id -u)" != 0 ]; then
    mkdir "$dir/locked"
    chmod 0555 "$dir/locked"
    plan "$dir/locked"
    [ "$rc" = 1 ] && [ "$(wc -l <"$dir/stderr")" = 1 ] || fail "locked: exit $rc"
fi
[ -d /proc/self ] && { plan /proc/suanli-out; [ "$rc" != 0 ] || fail '/proc: exit 0'; }

# Nothing feasible: exit 3 and no folder.
plan "$dir/none" --budget 1000
[ "$rc" = 3 ] && [ ! -e "$dir/none" ] || fail "infeasible: exit $rc"

# An image of one's own: a row of an overlay gives containers to a chip that had none.
plan "$dir/metax" --chips metax_c500
[ ! -e "$dir/metax/kubernetes.yaml" ] || fail 'MetaX has an image already'
mkdir -p "$dir/own/engines"
head -1 "$SU_SOURCE_DIR/data/engines/engines.csv" >"$dir/own/engines/engines.csv"
grep '^MXMACA' "$SU_SOURCE_DIR/data/engines/engines.csv" |
    sed 's/,vllm,,,/,vllm,,registry.example.com\/vllm-metax:1.0,/' >>"$dir/own/engines/engines.csv"
plan "$dir/metax" --chips metax_c500 --catalog "$dir/own"
grep -q 'registry.example.com/vllm-metax:1.0' "$dir/metax/kubernetes.yaml" || fail 'the overlay gives no image'
# A brief says what is asked, not where the answer goes.
"$SUANLI" plan "$brief" --out x --print-brief | grep -q '^out' && fail 'out is in the brief'
# A mixed fleet: one bill, whose rows add up to its last line, and a folder for each part.
"$SUANLI" plan "$SU_SOURCE_DIR/examples/mixed-fleet.yaml" --json --out "$dir/mix" >"$dir/out" ||
    fail 'mixed fleet with --out'
for file in bom.csv chat-h20_sxm_96g/serve.sh documents-ascend_910b3_64g/kubernetes.yaml; do
    [ -s "$dir/mix/$file" ] || fail "mixed fleet: no $file"
    grep -q "mix/$file" "$dir/out" || fail "mixed fleet: $file is not named in the answer"
done
[ ! -e "$dir/mix/chat-h20_sxm_96g/bom.csv" ] || fail 'a part has a bill of its own'
awk -F',CNY,' '{ n = split($1, cell, ","); last = cell[n] } NR > 1 && NF > 1 { sum += last; total = last }
    END { d = sum - 2 * total; exit !(total > 0 && d < 0.1 && d > -0.1) }' "$dir/mix/bom.csv" ||
    fail 'the rows of the bill do not add up to its total'

exit "$failed"
