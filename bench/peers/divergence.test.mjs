import assert from 'node:assert/strict';
import test from 'node:test';
import { compare, divergence, logSoftmax } from './divergence.mjs';

const rows = [[1, 2, 3], [0, -1, 500]].map(logSoftmax);

test('the softmax sums to one, however large the logits are', () => {
  for (const row of rows) assert.ok(Math.abs(row.reduce((sum, value) => sum + Math.exp(value), 0) - 1) < 1e-15);
});

test('the divergence is that of the definition', () => {
  const [p, q] = [[0.5, 0.25, 0.25], [0.25, 0.25, 0.5]].map(row => row.map(Math.log));
  assert.ok(Math.abs(divergence(p, q) - 0.25 * Math.log(2)) < 1e-15);      // 0.5 ln 2 + 0 - 0.25 ln 2
});

test('equal predictions differ by nothing, other ones by more than nothing', () => {
  assert.deepEqual(compare(rows, rows), { mean: 0, largest: 0, same_top: 1 });
  const other = [[1, 3, 2], [0, -1, 500]].map(logSoftmax);
  const { mean, largest, same_top } = compare(rows, other);
  assert.ok(mean > 0 && Math.abs(largest - 2 * mean) < 1e-15);             // the second row is the same
  assert.equal(same_top, 0.5);
});
