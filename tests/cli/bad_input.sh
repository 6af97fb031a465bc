#!/bin/sh
# Every bad input exits 2 with one line on stderr that names the file or the flag, and nothing on
# stdout.
set -eu
LC_ALL=C COLUMNS=100
export LC_ALL COLUMNS
dir=$(mktemp -d)
trap 'chmod -R u+rwx "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
failed=0
n=0

# refuse NAMES COMMAND…: the one line of stderr holds NAMES.
refuse() {
    names=$1
    shift
    n=$((n + 1))
    rc=0
    "$SUANLI" "$@" >out 2>err || rc=$?
    lines=$(wc -l <err)
    if [ "$rc" != 2 ] || [ "$lines" != 1 ] || [ -s out ] || ! grep -qF -- "$names" err; then
        printf 'FAILED: suanli %.200s\n  exit %s, %s lines on stderr, %s bytes on stdout, wanted "%s":\n' \
            "$*" "$rc" "$lines" "$(wc -c <out)" "$names"
        head -c 1000 err | sed 's/^/  /'
        failed=1
    fi
}
# brief NAMES TEXT: a YAML brief of plan. json NAMES TEXT: the same in JSON. config NAMES TEXT.
brief() {
    printf -- "$2" >b.yaml
    refuse "$1" plan b.yaml
}
json() {
    printf -- "$2" >b.json
    refuse "$1" plan b.json
}
config() {
    printf '%s' "$2" >config.json
    refuse "$1" model config.json
}
L='--isl 100 --osl 100'

# ---- files ----
refuse 'nofile.yaml' plan nofile.yaml
refuse "$dir" plan "$dir"
refuse 'nofile.json' model nofile.json
refuse "$dir/config.json" model "$dir"
refuse '/nonexistent' chips --catalog /nonexistent
refuse 'takes one brief' plan a.yaml b.yaml
refuse 'takes one model' model qwen3-8b qwen3-32b
if [ "$(id -u)" != 0 ]; then
    echo 'model: qwen3-8b' >locked.yaml
    chmod 0 locked.yaml
    refuse 'locked.yaml' plan locked.yaml
fi

# ---- documents that are none ----
json 'b.json:1' '{"model": "qwen3-32b", "rate": 2'
json 'b.json:1' '{"model": "qwen3-32b", "rate": NaN}'
json 'b.json:1' '{"model": "qwen3-32b", "rate": 1e999}'
json 'b.json:1' '{"model": "a", "model": "b"}'
json 'b.json:1' '{"model": "\377\376"}'
json 'b.json:1' '{} {}'
json 'b.json' '[1]'
head -c 100000 /dev/zero | tr '\0' '[' >deep.json
refuse 'deep.json' plan deep.json
cp deep.json deep.yaml
refuse 'deep.yaml' plan deep.yaml
cp deep.json config.json
refuse 'config.json' model config.json
head -c 17000000 /dev/zero | tr '\0' ' ' >huge.json
refuse 'huge.json' plan huge.json
refuse 'huge.json' model huge.json
brief 'b.yaml' ''
brief 'b.yaml:1' '- a\n'
brief 'b.yaml:1' 'model: \377\376\n'
brief 'b.yaml:1' 'model: &x qwen3-8b\n'
brief 'b.yaml:1' 'model: !!str qwen3-8b\n'
brief 'b.yaml:2' 'model: a\nmodel: b\n'
brief 'b.yaml' 'model: "a\n'
brief 'b.yaml:1' 'model: "a\\0b"\n'
head -c 4096 /dev/urandom >noise.yaml
refuse 'noise.yaml' plan noise.yaml

# ---- keys and values of a brief ----
brief 'b.yaml:2: /modle: is not a key of a brief, did you mean "model"?' 'isl: 3\nmodle: b\n'
brief 'did you mean "max_num_seqs"' 'max_num_seq: 4\n'
brief '/vendors' 'vendors: domestic\n'
brief '/vendors/onyl' 'vendors: {onyl: domestic}\n'
brief '/isl' 'isl: true\n'
brief '/isl' 'isl: .nan\n'
brief '/isl' 'isl: .inf\n'
brief '/isl' 'isl: -3\n'
brief '/isl' 'isl: 1e300\n'
brief '/isl' 'isl: 99999999999999999999\n'
brief '/isl' 'isl: [1]\n'
brief '/isl' 'isl: "many"\n'
brief '/rate' 'rate: 3 GB\n'
brief '/model' 'model: {a: b}\n'
brief '/channels' 'channels: []\n'
brief '/slo' 'slo: {ttft: 2s}\n'
brief '/slo' 'slo: 2s\n'
brief '/slo' 'slo: {ttft_p99: -2s}\n'

# ---- flags ----
refuse 'bogus: is not a command' bogus
refuse 'did you mean "plan"' paln
refuse 'did you mean "--model"' plan --modle a
refuse '--tp: is not a flag of plan' plan --tp 2
refuse '--where: is not a flag of plan' --where 'mem_gb>1' plan
refuse '-x' plan -x
refuse '--isl: needs a value' plan --isl
refuse '--isl: is given twice' plan --isl 1 --isl 2
refuse '--request-rate: is given twice' plan --rate 1 --request-rate 2
refuse '--json: takes no value' plan --json=yes
refuse '--csv: contradicts --json' chips --json --csv
refuse '--lang' chips --lang fr
refuse '--as-of' chips --as-of 2024-13-01
refuse '--as-of' chips --as-of 2023-02-29
refuse '--where' chips --where 'mem_gbs>1'
refuse '--where' chips --where ''
refuse 'did you mean h20_sxm_96g' export h20_sxm_96
refuse '--as-of' export h20_sxm_96g --as-of 2024-7-14
refuse '--isl: is not a flag of export' export --isl 3

# ---- money ----
T='tco --chip h20_sxm_96g --as-of 2024-07-14'
refuse '--chip: is missing' tco
refuse 'did you mean h20_sxm_96g' tco --chip h20_sxm_96
refuse 'did you mean hgx_h20_8' tco --server hgx_h20_9
refuse 'hgx_h20_8 holds h20_sxm_96g' tco --server hgx_h20_8 --chip h100_sxm_80g
refuse '--horizon-months: is 0' $T --horizon-months 0
refuse '--horizon-months: is 1.5' $T --horizon-months 1.5
refuse '--servers: is 0' $T --servers 0
refuse 'server_price: is -5' $T --server-price -5
refuse 'rent_per_card_hour: is -1' $T --rent-per-card-hour -1..2
refuse 'rent_per_card_hour: "3..2" does not rise' $T --rent-per-card-hour 3..2
refuse 'more than low..middle..high' $T --rent-per-card-hour 1..2..3..4
refuse 'expected a number' $T --server-price '10 yen'
refuse 'no exchange rate from INR to CNY' $T --server-price '100000 INR'
refuse 'vacancy: is 1.5' $T --vacancy 1.5
refuse '--vacancy: is 1' $T --vacancy 1 --view lease_out --rent-per-card-hour 5
refuse '--view: is "lease"' $T --view lease
refuse '--vat: is "no"' $T --vat no
refuse 'did you mean "pue"' $T --assume pu=1.2
refuse 'expected name=value' $T --assume pue
refuse 'pue: is 0.9' $T --assume pue=0.9
refuse 'server_price is given twice' $T --server-price 1M --assume server_price=2M
refuse '--draws: is 10' $T --draws 10
refuse 'no price of h20_sxm_96g is known by then' tco --chip h20_sxm_96g --as-of 2023-06-01
refuse 'there is no exchange rate' tco --chip h20_sxm_96g --as-of 2019-01-01
refuse 'no rent of h20_sxm_96g is known by then' $T --view rent
refuse 'currency: is "RMB"' $T --currency RMB
printf 'chip: h20_sxm_96g\nassume: {pue: [1, 2]}\n' >t.yaml
refuse '/assume' tco t.yaml
printf 'chip: h20_sxm_96g\nrate: 3\n' >t.yaml
refuse 't.yaml:2: /rate: is not a key of a brief' tco t.yaml

# ---- claims ----
# claims NAMES TEXT: a brief of why.
claims() {
    printf -- "$2" >w.yaml
    refuse "$1" why w.yaml
}
C='claims:\n  - {id: a, claim: b, article: c, calculate: compute_share, chip: h20_sxm_96g, against: h100_sxm_80g, dtype: bf16, at_most: 0.15'
refuse 'takes one brief with claims' why
refuse 'takes one brief with claims' why a.yaml b.yaml
refuse 'nofile.yaml' why nofile.yaml
refuse '--isl: is not a flag of why' why w.yaml --isl 3
claims 'w.yaml:1' '- a\n'
claims 'expected claims: with a list' 'as_of: 2024-07-14\n'
claims 'did you mean "claims"' 'claim: []\n'
claims '/claims/0' 'claims: [1]\n'
claims '/as_of' 'as_of: July\nclaims: [1]\n'
claims 'did you mean "sales"' 'claims:\n  - {id: a, calculate: sale}\n'
claims 'did you mean "at_most"' "$C, at_mots: 1}\n"
claims '/claims/0/at_most' 'claims:\n  - {id: a, claim: b, article: c, calculate: compute_share, chip: h20_sxm_96g, against: h100_sxm_80g, dtype: bf16, at_most: 15}\n'
claims 'did you mean h20_sxm_96g' 'claims:\n  - {id: a, claim: b, article: c, calculate: compute_share, chip: h20_sxm_96, against: h100_sxm_80g, dtype: bf16, at_most: 0.15}\n'
claims 'publishes no rate for fp3' 'claims:\n  - {id: a, claim: b, article: c, calculate: compute_share, chip: h20_sxm_96g, against: h100_sxm_80g, dtype: fp3, at_most: 0.15}\n'
claims 'did you mean "h20_units_forecast"' 'claims:\n  - {id: a, claim: b, article: c, calculate: sales, chip: h20_sxm_96g, units: h20_units_forecas, claimed: 1}\n'
claims 'no official card price of h100_pcie_80g' 'as_of: 2022-01-01\nclaims:\n  - {id: a, claim: b, article: c, calculate: sales, chip: h100_pcie_80g, units: h20_units_forecast, claimed: 1}\n'
claims 'did you mean' 'claims:\n  - {id: a, claim: b, article: c, calculate: fits, chip: h20_sxm_96g, against: h100_sxm_80g, model: deepseek-r2, dtype: fp8, cards: 8}\n'
claims '/claims/0/claim/fr' 'claims:\n  - {id: a, claim: {fr: b}, article: c, calculate: software, chip: h20_sxm_96g, against: ascend_910b3_64g}\n'
refuse '--isl' plan --isl 0
refuse '--isl' plan --isl -5
refuse '--isl' plan --isl nan
refuse '--isl' plan --isl 1e99
refuse '--isl' plan --isl ''
refuse '--rate' plan --rate 0
refuse '--gpu-memory-utilization' plan --gpu-memory-utilization 1.5
refuse '--seed' plan --seed -1
refuse '--slo' plan --slo ttft=2s
refuse '--dtype' plan --dtype bf16,
refuse '--tp' estimate --tp 1.5
refuse '--tp' estimate --tp 99999999999999999999

# ---- requests that make no sense ----
refuse 'model' plan
refuse 'rate' plan --model qwen3-8b $L
refuse 'isl' plan --model qwen3-8b --rate 1
refuse 'users' plan --model qwen3-8b --rate 1 --users 10 $L
refuse 'needs users' plan --model qwen3-8b --rate 1 --requests-per-user-day 10 $L
refuse 'did you mean "qwen3-8b"' plan --model qwen3-8 --rate 1 $L
refuse 'region' plan --model qwen3-8b --rate 1 $L --region china
refuse 'expected official, second_hand or rental' plan --model qwen3-8b --rate 1 $L --channels ebay
refuse '--view rent' $T --channels rental
refuse 'none of INR is known' plan --model qwen3-8b --rate 1 $L --currency INR
refuse 'expected a date from 2022-01 on' plan --model qwen3-8b --rate 1 $L --as-of 2019-01-01
refuse 'markets' plan --model qwen3-8b --rate 1 $L --markets cpu
refuse 'vendors' plan --model qwen3-8b --rate 1 $L --vendors-only Huawie
refuse 'vendors_only' plan --model qwen3-8b --rate 1 $L --vendors-only domestic,NVIDIA
refuse 'h20_sxm_96g' plan --model qwen3-8b --rate 1 $L --chips h20
refuse 'currency' plan --model qwen3-8b --rate 1 $L --currency RMB
refuse 'authorisation' plan --model qwen3-8b --rate 1 $L --authorisation all
refuse 'dtype' plan --model qwen3-8b --rate 1 $L --dtype fp9
refuse '--engine' plan --model qwen3-8b --rate 1 $L --engine tgi
refuse '--chip: is missing' estimate --model qwen3-8b $L
refuse 'h20' estimate --model qwen3-8b --chip h20 $L
refuse '--concurrency' estimate --model qwen3-8b --chip h20_sxm_96g $L --rate 1 --concurrency 2
refuse '--count' estimate --model qwen3-8b --chip h20_sxm_96g $L --tp 4 --count 6
refuse '--tp' estimate --model qwen3-8b --chip h20_sxm_96g $L --tp 3
refuse '--acceptance-rate' estimate --model qwen3-8b --chip h20_sxm_96g $L --acceptance-rate 0.5
refuse '--acceptance-rate' estimate --model qwen3-8b --chip h20_sxm_96g $L --num-speculative-tokens 2
refuse '--expert-skew' estimate --model qwen3-8b --chip h20_sxm_96g $L --expert-skew 1
refuse '--ep' estimate --model qwen3-8b --chip h20_sxm_96g $L --ep 2
refuse 'bi_v150' estimate --model qwen3-8b --chip bi_v150 $L
refuse '--dtype' estimate --model qwen3-8b --chip h20_sxm_96g $L --dtype fp8,bf16
refuse '--tp' model llama-3-70b --tp 7

# ---- configs ----
ok='"architectures":["LlamaForCausalLM"],"hidden_size":4096,"num_hidden_layers":32,"num_attention_heads":32,"num_key_value_heads":8,"intermediate_size":14336,"vocab_size":128256,"max_position_embeddings":8192'
printf '{%s}' "$ok" >config.json
"$SUANLI" model config.json >out 2>err || { echo "FAILED: the config that the bad ones vary is refused: $(cat err)"; failed=1; }
config 'config.json' '{'
config 'config.json' '[]'
config 'config.json' '{}'
config 'config.json' '{"architectures":["SkynetForCausalLM"]}'
config 'config.json' "{$ok,\"hidden_size\":4096}"
for change in 's/"hidden_size":4096/"hidden_size":-4096/' 's/"hidden_size":4096/"hidden_size":1e30/' \
    's/"hidden_size":4096/"hidden_size":"wide"/' 's/"hidden_size":4096/"hidden_size":4097/' \
    's/"num_attention_heads":32/"num_attention_heads":0/' \
    's/"num_attention_heads":32/"num_attention_heads":30/' \
    's/"num_key_value_heads":8/"num_key_value_heads":5/' \
    's/"num_hidden_layers":32/"num_hidden_layers":99999999/' \
    's/"vocab_size":128256/"vocab_size":null/'; do
    config 'config.json' "{$(printf '%s' "$ok" | sed "$change")}"
done

[ "$n" -gt 100 ] || { echo "FAILED: only $n inputs were tried"; failed=1; }
[ "$failed" = 0 ] && echo "$n bad inputs refused"
exit "$failed"
