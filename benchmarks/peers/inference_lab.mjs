// Seconds that inference-lab (WASM) takes for N requests of the load of bench_serve: Llama-3.1-8B on
// an H100, Poisson, lognormal 1000 in / 200 out (cv 0.5). Its generator draws its own lengths from
// the same distributions. Prints the seconds alone.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { initSync, run_simulation } from '@doublewordai/inference-lab';

const wasm = createRequire(import.meta.url).resolve(
    '@doublewordai/inference-lab/inference_lab_bg.wasm');
initSync({ module: readFileSync(wasm) });

const [rate, n] = process.argv.slice(2).map(Number);
const lognormal = (mean, cv) => {
    const variance = Math.log(1 + cv * cv);
    return { type: 'lognormal', mean: Math.log(mean) - variance / 2, std_dev: Math.sqrt(variance) };
};
const config = {
    hardware: {
        name: 'H100', compute_flops: 9.89e14, memory_bandwidth: 3.35e12, memory_capacity: 80e9,
        kv_cache_capacity: 50e9, gpu_utilization: 0.9, bytes_per_param: 2,
    },
    model: {
        name: 'Llama-3.1-8B', num_parameters: 8030261248, num_layers: 32, hidden_dim: 4096,
        num_heads: 32, num_kv_heads: 8, head_dim: 128, max_seq_len: 131072,
    },
    scheduler: {
        max_num_batched_tokens: 8192, max_num_seqs: 256, policy: 'fcfs',
        enable_chunked_prefill: true, block_size: 16,
    },
    workload: {
        arrival_pattern: 'poisson', arrival_rate: rate, num_requests: n, seed: 1,
        input_len_dist: lognormal(1000, 0.5), output_len_dist: lognormal(200, 0.5),
    },
    simulation: { log_interval: 1000000 },
};
const start = performance.now();
const result = run_simulation(JSON.stringify(config));
const seconds = (performance.now() - start) / 1000;
const metrics = result instanceof Map ? result.get('metrics') : result.metrics;
const done = metrics instanceof Map ? metrics.get('completed_requests') : metrics.completed_requests;
if (done !== n) throw new Error(`inference-lab finished ${done} of ${n} requests`);
console.log(seconds.toFixed(6));
