#!/bin/sh
# Written by suanli plan --out
# qwen3-32b on ascend_910b3_64g, vllm 0.11.0: one replica, 8 devices
set -eu
# Usage: serve.sh [REPLICA]   0..0 on this server; its port is 8000 + REPLICA.
REPLICA=${1:-0}
PORT=${PORT:-$((8000 + REPLICA))}
export PORT
first=$((REPLICA * 8))
cards=$first
card=$((first + 1))
while [ "$card" -lt $((first + 8)) ]; do
    cards=$cards,$card
    card=$((card + 1))
done
export ASCEND_RT_VISIBLE_DEVICES="${ASCEND_RT_VISIBLE_DEVICES:-$cards}"
MODEL=${MODEL:-Qwen/Qwen3-32B}
exec vllm serve "$MODEL" \
    --tensor-parallel-size 8 \
    --max-model-len 7168 \
    --max-num-seqs 256 \
    --max-num-batched-tokens 2048 \
    --gpu-memory-utilization 0.9 \
    --served-model-name qwen3-32b \
    --host 0.0.0.0 \
    --port "$PORT"
