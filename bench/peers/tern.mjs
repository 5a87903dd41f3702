// The only file that knows the command line of Tern.

import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { median } from './statistics.mjs';

/** The root of the repository. */
export const root = path.resolve(import.meta.dirname, '..', '..');

const command = path.join(root, process.platform === 'win32' ? 'tern.cmd' : 'tern');

/** Why Tern cannot be run, or null where it can. */
export function ternMissing() {
  return existsSync(command) ? null : `${command} does not exist: run this from a complete checkout`;
}

/**
 * Speed of one file: {"model", "pp_tps", "tg_tps", "load_ms", "first_token_ms", "peak_rss_bytes", "read_gbps", "limits", "rows", ...}; of
 * several repetitions the median, as for the peer. Keys and values are F16, the peer's default.
 */
export function bench(model, { prompt, predict, depth = null, batch = 1, threads, reps }) {
  const words = ['-m', model, '-p', prompt, '-n', predict, '-b', batch, '-t', threads, '-r', reps, '--cache-type', 'f16', ...(depth !== null ? ['-d', depth] : [])];
  const report = JSON.parse(run(['bench', ...words, '--json']));
  const speedOf = kind => median(report.rows.filter(row => row[kind] > 0).flatMap(row => row.repetitions));
  return { ...report, pp_tps: speedOf('prompt_tokens'), tg_tps: speedOf('generated_tokens') };
}

/** A GGUF file of random weights in a format (`q4_0`) and a shape (`1.1b`): good for speed, without meaning. */
export function writeRandom(file, format, shape) {
  run(['bench', '--write-random', file, '--type', format, '--shape', shape]);
}

/** Any model that Tern reads, as a GGUF file; with its weights in a format, or as they are. */
export function convert(source, file, format) {
  run(['convert', source, file, ...(format ? ['--type', format] : [])]);
}

/** Runs a model over a text and keeps its logits in a file: saved-logits.mjs. */
export function saveLogits(model, text, file, { targets, context, threads, cacheType }) {
  run(['eval', 'perplexity', '-m', model, '-f', text, '-n', targets, '-c', context, '-t', threads, '--cache-type', cacheType, '--save-logits', file]);
}

/** Where the real weights and texts of the tests lie. */
export function dataFolder(given) {
  return given ?? (process.env.TERN_TEST_DATA || path.join(root, '..', 'shared', 'data'));
}

/** Greedy continuation: {"prompt_tokens": [ids], "tokens": [ids], "text"}. */
export function greedy(model, prompt, predict) {
  return JSON.parse(run(['run', '-m', model, '-p', prompt, '-n', predict, '--temp', '0', '--json']));
}

/** The command line without the script around it, which looks for changed sources, and the smallest program that uses the library; built. */
export function programs() {
  const project = path.join(root, 'bench', 'Tern.Minimal');
  dotnet(['build', project, '-c', 'Release']);
  run(['--version']);                                              // builds it, ahead of time
  const executable = name => process.platform === 'win32' ? `${name}.exe` : name;
  return {
    command: path.join(root, '.tern-build', 'bin', executable('tern')),
    minimal: path.join(project, 'bin', 'Release', 'net10.0', executable('Tern.Minimal')),
    native: nativeMinimal(project, executable('Tern.Minimal')),
  };
}

/** The smallest program as native code for this processor, or null where the tools for that are missing (a linker, the compiler package). */
function nativeMinimal(project, name) {
  const folder = path.join(import.meta.dirname, 'work', 'native');
  try {
    dotnet(['publish', project, '-c', 'Release', '--use-current-runtime', '-p:PublishAot=true', '-p:IlcInstructionSet=native',
      '-p:NuGetLockFilePath=obj/publish.lock.json', '--artifacts-path', path.join(folder, 'artifacts'), '-o', folder]);
    return path.join(folder, name);
  } catch (error) {
    console.error(`no native program: ${error.message.trim().split('\n').at(-1)}`);
    return null;
  }
}

function dotnet(words) {
  const result = spawnSync('dotnet', [...words, '--nologo', '-v', 'q'], { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`dotnet ${words.slice(0, 2).join(' ')} failed: ${result.stdout || result.error}`);
}

/** Where programs find the runtime: DOTNET_ROOT, or where `dotnet` on the path lies. */
export function dotnetRoot() {
  if (process.env.DOTNET_ROOT) return process.env.DOTNET_ROOT;
  const host = process.platform === 'win32' ? 'dotnet.exe' : 'dotnet';
  const found = process.env.PATH.split(path.delimiter).map(folder => path.join(folder, host)).find(existsSync);
  return found ? path.dirname(realpathSync(found)) : undefined;
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
