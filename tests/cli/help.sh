#!/bin/sh
# Every command has --help with its flags and examples, in both languages; the examples work.
set -eu
LC_ALL=C COLUMNS=100
export LC_ALL COLUMNS
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
fail() {
    echo "FAILED: $1"
    failed=1
}

for lang in en zh; do
    [ "$lang" = en ] && heading='Examples:' || heading='示例：'
    "$SUANLI" --help --lang $lang >"$dir/all" 2>"$dir/err" || fail "suanli --help --lang $lang"
    for command in plan estimate sim model chips; do
        grep -q "^$command " "$dir/all" || fail "--help --lang $lang does not list $command"
        "$SUANLI" $command --help --lang $lang >"$dir/out" 2>"$dir/err" ||
            fail "suanli $command --help --lang $lang"
        [ -s "$dir/err" ] && fail "$command --help writes to stderr"
        grep -q "^$heading" "$dir/out" || fail "$command --help --lang $lang has no examples"
        grep -q -- '^--json' "$dir/out" || fail "$command --help --lang $lang does not list --json"
        [ "$(grep -c "^  suanli $command" "$dir/out")" -ge 2 ] ||
            fail "$command --help --lang $lang has fewer than two examples"
        # No line is wider than asked (bytes are an upper bound in English only).
        if [ $lang = en ]; then
            wide=$(grep -v '^  suanli\|─' "$dir/out" | awk 'length > 100' | wc -l)
            [ "$wide" = 0 ] || fail "$command --help has $wide lines beyond 100 columns"
        fi
        grep "^  suanli $command" "$dir/out" | grep -v my-model >"$dir/examples"
        while read -r example; do
            (cd "$SU_SOURCE_DIR" && eval "\"\$SUANLI\" ${example#suanli }") >"$dir/run" \
                2>"$dir/err" || fail "$example: $(cat "$dir/err")"
        done <"$dir/examples"
    done
done
# Chinese help is Chinese: every meaning has a character beyond ASCII.
"$SUANLI" plan --help --lang zh | grep '^--[a-z-]* ' | LC_ALL=C grep -v "$(printf '[\200-\377]')" >"$dir/out" || true
[ -s "$dir/out" ] && fail "flags without Chinese: $(cat "$dir/out")"
"$SUANLI" -h >"$dir/out" || fail 'suanli -h'
"$SUANLI" --version | grep -q '^suanli [0-9]' || fail 'suanli --version'
rc=0
"$SUANLI" >"$dir/out" 2>"$dir/err" || rc=$?
[ "$rc" = 2 ] && [ "$(wc -l <"$dir/err")" = 1 ] || fail "suanli alone: exit $rc"
exit "$failed"
