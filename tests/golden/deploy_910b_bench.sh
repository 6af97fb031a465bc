#!/bin/sh
# Written by suanli plan --out
# Load test of the whole deployment of qwen3-32b at its peak. Predicted: TTFT p99 806 ms, TPOT p99 37.0 ms, 1667 output tokens/s.
# Usage: bench.sh [URL]   RATE and NUM_PROMPTS may be set; needs vLLM's own
# client (pip install vllm, or its image). Lengths are drawn uniformly with
# the mean of the brief and, up to a coefficient of variation of 0.57, its
# spread (the larger of both).
set -eu
URL=${1:-http://127.0.0.1:8000}
RATE=${RATE:-3.333}
NUM_PROMPTS=${NUM_PROMPTS:-1000}
exec vllm bench serve \
    --backend openai --endpoint /v1/completions --base-url "$URL" \
    --model qwen3-32b \
    --tokenizer Qwen/Qwen3-32B \
    --dataset-name random --seed 1 --ignore-eos \
    --random-input-len 2000 --random-output-len 500 --random-range-ratio 0.99 \
    --num-prompts "$NUM_PROMPTS" --request-rate "$RATE" \
    --percentile-metrics ttft,tpot,itl,e2el --metric-percentiles 50,90,99 \
    --goodput ttft:3000 tpot:60 \
    --save-result
