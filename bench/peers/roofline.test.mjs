import assert from 'node:assert/strict';
import test from 'node:test';
import { readPoints, spreadOut } from './roofline.mjs';

test('labels that have room stay, those that touch are moved apart around their middle', () => {
  assert.deepEqual(spreadOut([0, 50, 100], 10), [0, 50, 100]);
  assert.deepEqual(spreadOut([0, 50, 50], 10), [0, 45, 55]);
  assert.deepEqual(spreadOut([50, 51, 52, 80], 10), [41, 51, 61, 80]);
});

test('a step of eight sequences does eight times the operations for a byte', () => {
  const row = { gflops: 20, tokens_per_second: 10 };                          // 2e9 operations for a token
  const round = { rows: [row], weight_bytes_per_token: 1e9, limits: { read_gbps: 40, fp32_gflops: 500, int8_gops: 2000, bf16_gflops: null } };
  const { points, roofs } = readPoints({
    prompt_tokens: 512,
    formats: [
      { format: 'q8_0', sequences: 1, tern: { tg_tps: 15, pp_tps: 300 }, rounds: { tern: [round] } },
      { format: 'q8_0', sequences: 8, tern: { tg_tps: 100, pp_tps: 300 }, rounds: { tern: [round] } },
    ],
  });
  assert.deepEqual(points, [
    { format: 'q8_0', kind: 0, intensity: 2, gops: 30 },
    { format: 'q8_0', kind: 2, intensity: 1024, gops: 600 },
    { format: 'q8_0', kind: 1, intensity: 16, gops: 200 },
  ]);
  assert.deepEqual(roofs, { read: 40, int8: 2000, bf16: 0, fp32: 500 });
});
