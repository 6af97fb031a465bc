#!/bin/sh
# `calibrate` from outside: what it refuses, what it prints, and that it writes only with --out.
set -eu
LC_ALL=C COLUMNS=100
export LC_ALL COLUMNS
dir=$(mktemp -d)
trap 'chmod -R u+rwx "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
failed=0
fail() {
    echo "FAILED: $1"
    failed=1
}
# refuse NAMES COMMAND…: exit 2, nothing on stdout, one line on stderr that holds NAMES.
refuse() {
    names=$1
    shift
    rc=0
    "$SUANLI" "$@" >out 2>err || rc=$?
    [ "$rc" = 2 ] && [ ! -s out ] && [ "$(wc -l <err)" = 1 ] && grep -qF -- "$names" err ||
        fail "suanli $*: exit $rc, wanted $names: $(cat err)"
}

# A card of 148 TFLOPS that does BF16 GEMMs at 100 after 6 us.
mkdir tables bad empty
awk 'BEGIN {
    print "dtype,m,n,k,latency_us"
    for (m = 16; m <= 16384; m *= 4)
        for (n = 512; n <= 16384; n *= 2)
            for (k = 512; k <= 16384; k *= 2)
                printf "bf16,%d,%d,%d,%.3f\n", m, n, k, 6 + 2e-8 * m * n * k
}' >tables/gemm.csv
sed '5s/[0-9.]*$/quick/' tables/gemm.csv >bad/gemm.csv

refuse '--kernels: is missing' calibrate
refuse '--chip: is missing' calibrate --kernels tables
refuse 'h20_sxm_96g' calibrate --kernels tables --chip h20_sxm
refuse 'nowhere: is no folder' calibrate --kernels nowhere --chip h20_sxm_96g
refuse 'empty: holds no kernel table' calibrate --kernels empty --chip h20_sxm_96g
refuse 'bad/gemm.csv:5' calibrate --kernels bad --chip h20_sxm_96g
refuse 'takes flags only' calibrate tables
refuse '--out: is "nowhere"' calibrate --kernels tables --chip h20_sxm_96g --out nowhere
if [ "$(id -u)" != 0 ]; then
    mkdir locked
    chmod 555 locked
    refuse '--out: is "locked"' calibrate --kernels tables --chip h20_sxm_96g --out locked
fi
refuse '--chip: is missing' validate --kernels tables
refuse 'h800_sxm_80g' validate --kernels tables --chip mi300x_192g

"$SUANLI" calibrate --kernels tables --chip h20_sxm_96g --json >out 2>err || fail "calibrate: $(cat err)"
[ -s err ] && fail 'calibrate writes to stderr'
for key in chip rows heldout op dtype n n_fit median_abs_pct p90_abs_pct coverage_frac rejected; do
    grep -q "\"$key\":" out || fail "calibrate --json has no $key"
done
grep -q '"written"' out && fail 'something was written without --out'
[ -z "$(find . -name '*.json*')" ] || fail "a file appeared: $(find . -name '*.json*')"

mkdir profiles
for i in 1 2; do
    "$SUANLI" calibrate --kernels tables --chip h20_sxm_96g --out profiles --lang zh >text 2>err ||
        fail "calibrate --out: $(cat err)"
    [ "$(ls profiles)" = h20_sxm_96g.json ] || fail "profiles: $(ls profiles)"
    cp profiles/h20_sxm_96g.json "$i.json"
done
cmp -s 1.json 2.json || fail 'two fits differ'
grep -qF 'profiles/h20_sxm_96g.json' text || fail 'the text does not say what was written'

"$SUANLI" validate --kernels tables --chip h100_sxm_80g --json >out 2>err ||
    fail "validate --kernels: $(cat err)"
for key in chip kernel_rows heldout rejected; do
    grep -q "\"$key\":" out || fail "validate --kernels --json has no $key"
done
"$SUANLI" validate --kernels tables --chip h100_sxm_80g --csv >out 2>err || fail 'validate --csv'
[ "$(wc -l <out)" = 2 ] || fail "CSV: $(cat out)"
exit "$failed"
