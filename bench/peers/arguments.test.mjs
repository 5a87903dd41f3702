import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import test from 'node:test';

/** What run.mjs says about wrong arguments, before it measures anything. */
function refusal(...words) {
  const { status, stderr } = spawnSync(process.execPath, [path.join(import.meta.dirname, 'run.mjs'), ...words], { encoding: 'utf8' });
  assert.equal(status, 2);
  return stderr.trim();
}

test('a list of counts is checked number by number', () => {
  assert.equal(refusal('--batch', '1,0'), "--batch must be a whole number of at least 1, not '0'");
  assert.equal(refusal('--depth', '0,x'), "--depth must be a whole number of at least 0, not 'x'");
  assert.equal(refusal('--depth', '4096,'), "--depth must be a whole number of at least 0, not ''");
});
