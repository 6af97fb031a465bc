#!/bin/sh
# The guide's own chip and price, taken from the page itself, work as it says; a file of a known
# chip replaces it.
set -eu
LC_ALL=C COLUMNS=100
export LC_ALL COLUMNS
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$SU_SOURCE_DIR"
page=docs/guide/quickstart.md
failed=0
fail() {
    echo "FAILED: $1"
    failed=1
}
# block FILE: the indented lines that follow the line naming it.
block() {
    awk -v file="\`mine/$1\`:" '$0 == file { on = 1; next } on && /^    / { print substr($0, 5); seen = 1; next }
        on && seen { exit }' "$page"
}
mkdir -p "$dir/accelerators" "$dir/prices"
for file in accelerators/acme_x1.json prices/acme_x1.csv; do
    block $file >"$dir/$file"
    [ -s "$dir/$file" ] || fail "$page shows no $file"
done

"$SUANLI" chips acme_x1 --catalog "$dir" --json >"$dir/out" || fail 'chips acme_x1'
grep -q '"source": "our quote"' "$dir/out" || fail 'the chip has no source'
"$SUANLI" plan examples/private-chat.yaml --as-of 2026-11-01 --catalog "$dir" --json >"$dir/out" ||
    fail 'plan with the chip'
sed -n '/"plans"/,/"excluded": \[/p' "$dir/out" | grep -A90 '"chip": "acme_x1"' >"$dir/plan" ||
    fail 'acme_x1 is not planned'
grep -q '"cost": {' "$dir/plan" || fail 'acme_x1 has no cost'
# Before its quote there is no price.
"$SUANLI" plan examples/private-chat.yaml --as-of 2026-04-01 --catalog "$dir" --chips acme_x1 --json \
    >"$dir/out" || fail 'plan before the quote'
grep -q '"cost": null' "$dir/out" || fail 'a price of the future is used'

# A better memory for a known chip.
sed 's/"mem_gb": *[0-9.]*/"mem_gb": 144/' data/accelerators/h20_sxm_96g.json \
    >"$dir/accelerators/h20_sxm_96g.json"
"$SUANLI" chips --where 'id=h20_sxm_96g,mem_gb=144' --catalog "$dir" --json | grep -q h20_sxm_96g ||
    fail 'a known chip is not replaced'
"$SUANLI" chips --where 'id=h20_sxm_96g,mem_gb=144' --json | grep -q h20_sxm_96g &&
    fail 'the overlay outlives its flag'

# Every flag that the guide and the pages of docs/api name is one.
"$SUANLI" plan --help >"$dir/flags"
for command in estimate sim model chips calibrate validate export tco why; do "$SUANLI" $command --help >>"$dir/flags"; done
for flag in $(grep -hoE -- '--[a-z][a-z-]+' $page docs/api/*.md | sort -u); do
    grep -qE -- "(^|[( ])$flag([ )]|\$)" "$dir/flags" || fail "$flag is in the pages, but no command has it"
done
exit "$failed"
