// The only file that knows the command line of Tern.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** The root of the repository. */
export const root = path.resolve(import.meta.dirname, '..', '..');

const command = path.join(root, process.platform === 'win32' ? 'tern.cmd' : 'tern');

/** Why Tern cannot be run, or null where it can. */
export function ternMissing() {
  return existsSync(command) ? null : `${command} does not exist: run this from a complete checkout`;
}

/** Speed of one file: {"model", "pp_tps", "tg_tps", "load_ms", "first_token_ms", "peak_rss_bytes", "read_gbps", ...}. */
export function bench(model, { prompt, predict, threads }) {
  return JSON.parse(run(['bench', '-m', model, '-p', prompt, '-n', predict, '-t', threads, '--json']));
}

/** A GGUF file of random weights in a format (`q4_0`) and a shape (`1.1b`): good for speed, without meaning. */
export function writeRandom(file, format, shape) {
  run(['bench', '--write-random', file, '--type', format, '--shape', shape]);
}

/** Any model that Tern reads, as a GGUF file. */
export function convert(source, file) {
  run(['convert', source, file]);
}

/** Greedy continuation: {"prompt_tokens": [ids], "tokens": [ids], "text"}. */
export function greedy(model, prompt, predict) {
  return JSON.parse(run(['run', '-m', model, '-p', prompt, '-n', predict, '--temp', '0', '--json']));
}

/** The commit that was measured, with a + where the tree has changes. */
export function revision() {
  const git = (...words) => spawnSync('git', words, { cwd: root, encoding: 'utf8' }).stdout?.trim();
  const commit = git('rev-parse', '--short', 'HEAD');
  return commit ? commit + (git('status', '--porcelain') ? '+' : '') : null;
}

function run(words) {
  const result = spawnSync(command, words.map(String), { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, shell: process.platform === 'win32' });
  if (result.error) throw result.error;
  if (result.status === 0) return result.stdout;
  const reason = result.stderr.trim().split('\n').slice(-3).join(' | ') || `exit code ${result.status ?? result.signal}`;
  const shown = words.map(word => path.isAbsolute(String(word)) ? path.basename(word) : word);       // results are published
  throw new Error(`tern ${shown.join(' ')}: ${reason}`);
}
