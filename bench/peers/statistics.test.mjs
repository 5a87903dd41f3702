import assert from 'node:assert/strict';
import test from 'node:test';
import { median, ratio, spread } from './statistics.mjs';

test('the median of an even number of values is the mean of the middle two', () => {
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([]), undefined);
});

test('the ratio compares neighbours in time', () => {
  // The machine slows down by ten in the third round for both: the ratio does not notice, the ratio of medians would.
  assert.equal(ratio([20, 22, 2], [10, 11, 1]), 2);
  assert.equal(ratio([20, 22, 2], [10, 11]), 2);
});

test('the spread of equal values is zero, and of few values unknown', () => {
  assert.equal(spread([7, 7, 7, 7]), 0);
  assert.equal(spread([1, 2, 3]), undefined);
  assert.equal(spread([1, 2, 3, 4, 5]), 1 / 3);
});
