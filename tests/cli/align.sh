#!/bin/sh
# Columns of tables line up in both languages, by display width. The width rule here is its own:
# three-byte UTF-8 characters from U+1100 that are CJK or full-width take two columns.
set -eu
LC_ALL=C COLUMNS=100
export LC_ALL COLUMNS
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0

# flat: every character becomes as many x as it takes columns; spaces stay. Reads bytes.
flat() {
    od -An -v -tu1 | tr -s ' ' '\n' | awk '
        NF == 0 { next }
        function put(code, n) {
            wide = code >= 4352 && code <= 4447 || code >= 11904 && code <= 42191 ||
                   code >= 44032 && code <= 55203 || code >= 63744 && code <= 64255 ||
                   code >= 65072 && code <= 65135 || code >= 65280 && code <= 65376
            printf "%s", wide ? "xx" : code == 32 ? " " : code == 9472 ? "-" : "x"
        }
        left > 0 { code = code * 64 + $1 - 128; if (--left == 0) put(code); next }
        $1 == 10 { printf "\n"; next }
        $1 < 128 { put($1); next }
        $1 < 224 { code = $1 - 192; left = 1; next }
        $1 < 240 { code = $1 - 224; left = 2; next }
        { code = $1 - 240; left = 3 }'
}

# aligned FILE: in the first table (title, rule, rows up to an empty line) the columns are those
# where some row has ink; two blank columns stand between them in every row of one line each. So
# each title must start or end where its column does: no ink of any row in the gaps of the others.
aligned() {
    awk '
        /^-+$/ && title ~ /  / && !done { rule = length($0); rows[++n] = title; on = 1; next }
        on && NF == 0 { done = 1; on = 0 }
        on { rows[++n] = $0 }
        { title = $0 }
        END {
            if (n < 4) { print "only " n " rows"; exit 1 }
            for (r = 1; r <= n; r++) {
                if (length(rows[r]) > rule) { print "row " r " is wider than its rule: " length(rows[r]) " > " rule; bad = 1 }
                for (i = 1; i <= length(rows[r]); i++) if (substr(rows[r], i, 1) != " ") ink[i] = 1
            }
            gaps = 0
            for (i = 2; i < rule; i++) if (!ink[i] && !ink[i - 1]) { gaps++; while (i < rule && !ink[i]) i++ }
            if (gaps < want) { print "only " gaps " clear gaps between columns, expected " want; bad = 1 }
            exit bad
        }' want="$2" "$1"
}

# check COLUMNS COMMAND…
check() {
    columns=$1
    shift
    "$SUANLI" "$@" >"$dir/out"
    flat <"$dir/out" >"$dir/flat"
    if ! aligned "$dir/flat" $((columns - 1)) >"$dir/why"; then
        echo "FAILED: suanli $*: $(cat "$dir/why")"
        head -8 "$dir/out"
        failed=1
    fi
}

for lang in en zh; do
    check 4 chips h20_sxm_96g ascend_910b3_64g h100_sxm_80g --lang $lang
    check 13 chips --lang $lang
    check 13 chips --where 'stack=CANN' --lang $lang
    check 2 model deepseek-v3 --lang $lang
    check 4 estimate --model qwen3-8b --chip h20_sxm_96g --isl 2000 --osl 500 --concurrency 8 --lang $lang
    check 7 sim --model qwen3-8b --chip h20_sxm_96g --isl 2000 --osl 300 --rate 2 --num-requests 200 --lang $lang
    check 4 sim --model qwen3-8b --chip h20_sxm_96g --isl 2000 --osl 300 --num-requests 50 \
        --find rate --slo ttft_p99=2s --lang $lang
    check 2 plan --help --lang $lang
    # The ranking comes after the cost table; take it alone.
    "$SUANLI" plan "$SU_SOURCE_DIR/examples/private-chat-2024.yaml" --lang $lang >"$dir/plan"
    sed -n '/10–90 %/,/^TTFT/p' "$dir/plan" | sed '/^TTFT/s/.*//' >"$dir/ranking"
    flat <"$dir/ranking" >"$dir/flat"
    if ! aligned "$dir/flat" 11 >"$dir/why"; then
        echo "FAILED: ranking of plan --lang $lang: $(cat "$dir/why")"
        cat "$dir/ranking"
        failed=1
    fi
done

# The check can fail: a shifted cell closes the gaps.
printf 'aa  bb\n------\n1   22\n333333\n4   5\n\n' >"$dir/flat"
if aligned "$dir/flat" 1 >/dev/null; then
    echo 'FAILED: the check accepts a table that is not aligned'
    failed=1
fi
exit "$failed"
