#!/bin/sh
# The commands that the README shows, and the answers it promises.
set -eu
LC_ALL=C COLUMNS=100
export LC_ALL COLUMNS
cd "$SU_SOURCE_DIR"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
fail() {
    echo "FAILED: $1"
    failed=1
}
run() {
    "$SUANLI" "$@" >"$dir/out" 2>"$dir/err" || fail "exit $?: suanli $*: $(cat "$dir/err")"
    [ -s "$dir/err" ] && fail "stderr of suanli $*: $(cat "$dir/err")"
    grep -nE '(^|[^a-z])(nan|inf)([^a-z-]|$)|\(null\)|\{[a-z_]+\}' "$dir/out" &&
        fail "suanli $* shows a broken figure"
    return 0
}

run plan --model qwen3-32b --rate 2 --isl 2000 --osl 500 --region cn
run plan examples/private-chat.yaml
run plan examples/private-chat.yaml --lang zh
run plan examples/private-chat.yaml --vendors-only domestic --slo ttft_p99=1s,tpot_p99=40ms
run plan examples/private-chat.yaml --csv
head -c 3 "$dir/out" | od -An -tx1 | grep -q 'ef bb bf' || fail 'CSV has no byte-order mark'
run plan examples/private-chat-2024.yaml --compare h20_sxm_96g,ascend_910b3_64g
grep -q 'h20_sxm_96g is 10 % cheaper than ascend_910b3_64g' "$dir/out" || fail 'no verdict of the two'
run plan examples/private-chat-2024.yaml --compare h20_sxm_96g,h100_sxm_80g --lang zh
run estimate --model deepseek-v3 --chip h20_sxm_96g --tp 8 --dtype fp8 --isl 4096 --osl 1024 --rate 0.2
run sim examples/sim-chat.yaml
run sim examples/sim-chat.yaml --lang zh
run sim examples/sim-chat.yaml --csv
run sim examples/sim-chat.yaml --find replicas
run sim --model qwen3-8b --chip h20_sxm_96g --count 4 --prefill-count 2 --isl 2000 --osl 300 --rate 4
run model qwen3-30b-a3b
run model
run chips
run chips --where 'mem_gb>=96 && stack=CANN'
run chips h20_sxm_96g ascend_910b3_64g h100_sxm_80g --lang zh
run chips h20_sxm_96g --csv
run export
run export --as-of 2021-01-01 --lang zh
run export h20_sxm_96g --as-of 2024-07-14
run export ascend_910b3_64g h200_sxm_141g rtx_6000d --lang zh
run export rtx_6000d
run export h200_sxm_141g --lang zh
run tco examples/lessor-128-servers.yaml --lang zh
run tco examples/h20-server-price.yaml
run tco examples/h100-rents.yaml --csv
run plan examples/h20-against-h100.yaml --csv --lang zh
run plan examples/private-chat-2024.yaml --channels rental --lang zh
run plan examples/private-chat-2024.yaml --channels second_hand --region us
run sim examples/sim-chat.yaml --channels official,rental
run tco --chip ascend_910b3_64g --servers 4 --vat deducted --assume 'discount=6%,loan=0'
run tco --chip l20_48g --server-price 300k --rent-per-card-hour '1 USD' --output-tok-s 5000
run tco --chip h20_sxm_96g --view rent --currency USD
run why examples/h20-2024.yaml
run why examples/h20-2024.yaml --lang zh
run why examples/h20-2024.yaml --as-of 2026-11-01 --csv

# A brief that is printed is a brief.
run plan --model qwen3-32b --rate 2 --isl 2000 --osl 500 --region cn --print-brief
cp "$dir/out" "$dir/b.yaml"
run plan "$dir/b.yaml" --json
cp "$dir/out" "$dir/from_brief.json"
run plan --model qwen3-32b --rate 2 --isl 2000 --osl 500 --region cn --json
cmp -s "$dir/out" "$dir/from_brief.json" || fail 'the printed brief answers differently'

# Two runs give the same bytes.
run plan examples/private-chat-2024.yaml --json
cp "$dir/out" "$dir/2024.json"
run plan examples/private-chat-2024.yaml --json
cmp -s "$dir/out" "$dir/2024.json" || fail 'two runs differ'

# July 2024: three chips or more, the H20 among them; the H100 is out by the export rule, at
# 1,978.9 TOPS x 8 bit = 15,831 against 4,800.
plans=$(sed -n '/"plans"/,/"excluded": \[/p' "$dir/2024.json" | grep -c '"rank":')
[ "$plans" -ge 3 ] || fail "2024: $plans plans"
sed -n '/"plans"/,/"excluded": \[/p' "$dir/2024.json" | grep -q '"chip": "h20_sxm_96g"' ||
    fail '2024: no H20 among the plans'
sed -n '/"excluded": \[/,/"pareto"/p' "$dir/2024.json" | grep -A5 '"chip": "h100_sxm_80g"' >"$dir/h100" ||
    fail '2024: H100 is not excluded'
grep -q '"constraint": "export"' "$dir/h100" || fail "2024: H100: $(cat "$dir/h100")"
value=$(sed -n 's/.*"value": \([0-9]*\).*/\1/p' "$dir/h100")
[ "$value" -ge 15830 ] && [ "$value" -le 15832 ] || fail "2024: H100 has TPP $value, not 15831"

# Output that cannot be written is a failure, not a success.
rc=0
if [ -w /dev/full ]; then
    "$SUANLI" chips >/dev/full 2>"$dir/err" || rc=$?
    [ "$rc" = 1 ] && [ "$(wc -l <"$dir/err")" = 1 ] || fail "full disk: exit $rc"
fi
exit "$failed"
