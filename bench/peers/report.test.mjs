import assert from 'node:assert/strict';
import test from 'node:test';
import { batchTable, caseName, summarise, toTable } from './report.mjs';

const peer = { pp_tps: 100, tg_tps: 10, weight_bytes_per_token: 2e9, release: 'b1' };
const tern = { pp_tps: 150, tg_tps: 12, load_ms: 5 };

function report(rounds) {
  return {
    machine: { cpu: 'a processor' }, threads: 2, memory_gbps: 40, tern: { revision: 'abc' }, prompt_tokens: 512, decoded_tokens: 64,
    formats: [{ format: 'q4_0', file_bytes: 1e9, ...summarise(rounds, 40), rounds }],
  };
}

test('both engines are charged the same bytes per token', () => {
  const summary = summarise({ peer: [peer, peer], tern: [tern, tern] }, 40);
  assert.equal(summary.peer.gbps, 20);
  assert.equal(summary.tern.gbps, 24);
  assert.equal(summary.tern.share_of_memory, 0.6);
  assert.equal(summary.pp_ratio, 1.5);
});

test('an engine that could not run is a dash in the table', () => {
  const line = toTable(report({ peer: [peer], tern: [] })).split('\n').at(-1);
  assert.equal(line, '| q4_0 | 1000 | 100.0 | - | - | 10.0 | - | - | 20.0 | - | - |');
});

test('every line of the table has as many cells as its head', () => {
  const [, , ...table] = toTable(report({ peer: [peer], tern: [tern] })).split('\n');
  assert.deepEqual(table.map(line => line.split('|').length), [13, 13, 13]);
});

test('a step of several sequences reads the weights once', () => {
  const several = { ...peer, tg_tps: 40, sequences: 8 };
  assert.equal(summarise({ peer: [several], tern: [] }, 40).peer.gbps, 10);
});

test('rows are named by format, sequences and depth', () => {
  assert.equal(caseName({ format: 'q4_0', depth: null, sequences: 1 }), 'q4_0');
  assert.equal(caseName({ format: 'q4_0', depth: 0, sequences: 8 }), 'q4_0 x8 @ d0');
});

test('several sequences are compared with one of the same format and depth', () => {
  const row = (sequences, depth, tg) => ({ format: 'f16', sequences, depth, tern: { tg_tps: tg } });
  const lines = batchTable({ formats: [row(1, 0, 10), row(8, 0, 45), row(1, 4096, 5), row(8, 4096, 10)] }).split('\n').slice(2);
  assert.deepEqual(lines, ['| f16 x8 @ d0 | - | - | 45.0 | 4.50x |', '| f16 x8 @ d4096 | - | - | 10.0 | 2.00x |']);
});
