#!/bin/sh
# `plan` for several classes from outside: bad input with its exact line, limits that contradict,
# a brief that repeats, threads that change nothing.
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
base='classes:
  - {name: a, model: qwen3-8b, rate: 5, isl: 1000, osl: 200}
  - {name: b, model: qwen3-8b, rate: 2, isl: 500, osl: 100}
num_requests: 200
as_of: 2024-07-14'
# says CODE LINE: brief.yaml on stdin; exit code and the one line of stderr.
says() {
    cat >brief.yaml
    rc=0
    "$SUANLI" plan brief.yaml --lang en >out 2>err || rc=$?
    [ "$rc" = "$1" ] && [ "$(cat err)" = "suanli: $2" ] || fail "exit $rc: $(cat err), expected $2"
    [ "$1" != 2 ] || [ ! -s out ] || fail "exit 2 with an answer: $2"
}
with() {
    printf '%s\n%s\n' "$base" "$1"
}

with 'supply: {h20_sxm_96g: 0}' | says 2 'supply: has 0 for h20_sxm_96g, expected cards, an integer 1..1000000 (chips: names those that may be bought)'
with 'supply: {h20_sxm: 8}' | says 2 'accelerator: "h20_sxm" is not a known accelerator, did you mean h20_sxm_96g?'
with 'supply: h20_sxm_96g' | says 2 'supply: has "h20_sxm_96g", expected CHIP=VALUE'
with 'horizon_months: 0' | says 2 'brief.yaml:6: /horizon_months: is 0, expected 1..240'
with 'growth: 0' | says 2 'brief.yaml:6: /growth: is 0, expected 0.1..10'
with 'spares: two' | says 2 'spares: is "two", expected none or n_plus_1'
with 'model: qwen3-8b' | says 2 'model: contradicts classes: it differs by class, say it inside each'
with 'delivery: {h20_sxm_96g: 2029-01}' | says 2 'delivery: of h20_sxm_96g in 2029-01 contradicts horizon_months, which ends after 36 months'
with 'delivery: {h20_sxm_96g: soon}' | says 2 'delivery: has "soon" for h20_sxm_96g, expected a month such as 2027-03'
says 2 'class a: qwen3-8bb: is no preset, config.json or folder with one, did you mean "qwen3-8b"?' <<EOF
classes:
  - {name: a, model: qwen3-8bb, rate: 5, isl: 1000, osl: 200}
EOF
says 2 'brief.yaml:1: /classes: expected a list of 1 to 64 classes' <<EOF
classes: []
EOF
says 2 'brief.yaml:2: /classes/0: has no name' <<EOF
classes:
  - {model: qwen3-8b, rate: 5, isl: 1000, osl: 200}
EOF
says 2 'brief.yaml:2: /classes/0/region: is the same for all classes: it belongs beside classes' <<EOF
classes:
  - {name: a, model: qwen3-8b, rate: 5, isl: 1000, osl: 200, region: us}
EOF
says 2 'brief.yaml:2: /classes/0/slp: is not a key of a brief, did you mean "slo"?' <<EOF
classes:
  - {name: a, model: qwen3-8b, slp: 1}
EOF
says 2 'daily: has 2 factors that sum to 2, expected 24, one of them above 0' <<EOF
model: qwen3-8b
rate: 5
isl: 1000
osl: 200
daily: [1, 1]
EOF

# ---- limits ----
with 'chips: [h20_sxm_96g, ascend_910b3_64g]
supply: {h20_sxm_96g: 1, ascend_910b3_64g: 1}' >brief.yaml
rc=0
"$SUANLI" plan brief.yaml --lang en >out 2>err || rc=$?
[ "$rc" = 3 ] || fail "contradicting supplies: exit $rc"
grep -q 'these limits contradict each other: supply of 1 cards of .* (8 would do); supply of 1 cards' err ||
    fail "contradicting supplies: $(cat err)"

# ---- the same bytes on any number of threads, and from the brief it prints ----
with 'supply: {h20_sxm_96g: 8}
growth: 1.3
spares: n_plus_1' >brief.yaml
"$SUANLI" plan brief.yaml --json --threads 1 >one.json || fail 'one thread'
"$SUANLI" plan brief.yaml --json --threads 3 >three.json || fail 'three threads'
cmp one.json three.json || fail 'threads change the answer'
"$SUANLI" plan brief.yaml --print-brief >printed.yaml
"$SUANLI" plan printed.yaml --json >again.json
cmp one.json again.json || fail 'the printed brief gives another answer'
grep -q '"parts": \[' one.json || fail 'no parts'
exit "$failed"
