// How far Tern and llama.cpp are from each other, and which of them is nearer to the truth.
//
//   node kl.mjs                            every format on the models at hand, docs/results/peers/kl-<date>.json
//   node kl.mjs --formats q4_0,q4_k -n 500
//   node kl.mjs --model any.gguf --text text.txt
//
// Both read the same GGUF file and the same tokens, in windows as `tern eval` cuts them. The truth is the F32 model of the same weights: the file,
// converted back to F32 ("exact": weights dequantised, activations never rounded). So KL(exact || ours) is what Tern's 8-bit activations cost,
// and nothing of what the format itself cost. KL is taken over the whole vocabulary, in nats per token, and the means are reported.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { leaveWith, readArguments } from './arguments.mjs';
import { compare, logSoftmax } from './divergence.mjs';
import { describeMachine } from './machine.mjs';
import { work } from './models.mjs';
import { peerMissing } from './peer.mjs';
import { resultFile, writeReport } from './report.mjs';
import { readLogits } from './saved-logits.mjs';
import * as tern from './tern.mjs';

const everyFormat = 'f32,f16,bf16,q8_0,q4_0,q4_1,q5_0,q5_1,q2_k,q3_k,q4_k,q5_k,q6_k,iq4_nl,iq4_xs,tq1_0,tq2_0';

const options = readArguments('kl.mjs [options]', {
  formats: { default: everyFormat, description: 'weight formats, with commas' },
  model: { short: 'm', description: 'one model of your own instead of those at hand' },
  text: { short: 'f', description: 'the text for it' },
  targets: { short: 'n', number: true, default: 2048, description: 'tokens that are predicted' },
  context: { short: 'c', number: true, default: 512, description: 'tokens in a window' },
  threads: { short: 't', number: true, default: 2, description: 'threads' },
  'cache-type': { default: 'f32', description: 'keys and values of both: f32 or f16' },
  data: { description: 'folder of the test data (default TERN_TEST_DATA, then ../shared/data beside the repository)' },
  out: { short: 'o', description: 'result file (default docs/results/peers/kl-<date>.json)' },
});
if (!['f32', 'f16'].includes(options['cache-type'])) leaveWith(`--cache-type takes f32 or f16, not '${options['cache-type']}'`);
if ((options.model === undefined) !== (options.text === undefined)) leaveWith('give both, -m and -f');
const missing = await peerMissing() ?? tern.ternMissing();
if (missing) leaveWith(missing);

const report = {
  date: new Date().toISOString(),
  machine: describeMachine(),
  tern: { revision: tern.revision() },
  cache_type: options['cache-type'],
  context: options.context,
  targets: options.targets,
  models: [],
};
const target = options.out ?? resultFile(`kl-${report.date.slice(0, 10)}`);
mkdirSync(work, { recursive: true });
for (const model of modelsAtHand()) {
  if (!existsSync(model.source) || !existsSync(model.text)) {
    console.error(`${model.name}: skipped, ${existsSync(model.source) ? model.text : model.source} not found`);
    continue;
  }
  const rows = [];
  report.models.push({ name: model.name, rows });
  for (const format of options.formats.split(',')) {
    console.error(`${model.name} ${format}`);
    const row = await distances(model, format);
    if (row) rows.push({ format, ...row });
    else console.error('  left out: no matrix has rows of whole blocks');
    writeReport(target, report);
  }
}
console.log(toTable(report));
console.error(`written to ${target}`);
process.exit(0);

function modelsAtHand() {
  if (options.model) return [{ name: path.parse(options.model).name, source: path.resolve(options.model), text: path.resolve(options.text) }];
  const data = tern.dataFolder(options.data);
  const [shipped, stories] = [path.join(tern.root, 'models', 'gutenberg-2m'), path.join(data, 'text', 'tinystories', 'tinystories.txt')];
  return [
    { name: 'gutenberg-2m', source: shipped, text: path.join(shipped, 'held-out.txt') },
    { name: 'stories260K', source: path.join(data, 'weights', 'stories260K', 'stories260K.bin'), text: stories },
    { name: 'babyllama-105', source: path.join(data, 'weights', 'babyllama-105', 'model5000.bin'), text: stories },
  ];
}

/** One row: the file, then its three readings. Null where nothing of the model could be stored in the format. */
async function distances(model, format) {
  const file = name => path.join(work, `kl-${model.name}-${name}`);
  const [stored, exact] = [file(`${format}.gguf`), file(`${format}-exact.gguf`)];
  tern.convert(model.source, stored, format);
  const share = await shareOf(stored, format);
  if (share === 0) {
    rmSync(stored);
    return null;
  }
  tern.convert(stored, exact, 'f32');
  const ours = ternLogits(stored, model.text);
  const truth = ternLogits(exact, model.text);
  const theirs = peerLogits(stored, ours.windows);
  const row = { share, ours_from_exact: compare(truth.rows, ours.rows) };
  for (const path of [stored, exact]) rmSync(path);
  if (theirs.failure) return { ...row, failure: theirs.failure };
  return { ...row, theirs_from_exact: compare(truth.rows, theirs.rows), ours_from_theirs: compare(theirs.rows, ours.rows) };
}

/** What the model read, and ln p after each token of it. */
function ternLogits(model, text) {
  const saved = path.join(work, 'kl.logits');
  tern.saveLogits(model, text, saved, { targets: options.targets, context: options.context, threads: options.threads, cacheType: options['cache-type'] });
  const { windows, rows } = readLogits(saved);
  rmSync(saved);
  return { windows, rows: rows.map(logSoftmax) };
}

/** The same of llama.cpp, or why it could not. */
function peerLogits(model, windows) {
  const [asked, answered] = [path.join(work, 'kl-windows.json'), path.join(work, 'kl-rows.f32')];
  writeFileSync(asked, JSON.stringify(windows));
  const words = ['rows.mjs', '-m', model, '--windows', asked, '-o', answered, '-t', options.threads, '--cache-type', options['cache-type']];
  const result = spawnSync(process.execPath, words.map(String), { cwd: import.meta.dirname, encoding: 'utf8' });
  rmSync(asked);
  if (result.status !== 0) return { failure: `llama.cpp: ${result.stderr.trim().split('\n').at(-1) || (result.status ?? result.signal)}` };
  report.peer ??= JSON.parse(result.stdout);
  const bytes = readFileSync(answered);
  rmSync(answered);
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const count = windows.reduce((sum, window) => sum + window.length, 0);
  const vocabulary = values.length / count;
  return { rows: Array.from({ length: count }, (_, i) => logSoftmax(values.subarray(i * vocabulary, (i + 1) * vocabulary))) };
}

/** The share of the weights in matrices that a file stores in a format: rows that are not whole blocks are stored in another one. */
async function shareOf(file, format) {
  const { GgmlType, readGgufFileInfo } = await import('node-llama-cpp');
  const { tensorInfo } = await readGgufFileInfo(file, { fetchRetryOptions: { retries: 0 }, sourceType: 'filesystem' });
  const matrices = tensorInfo.filter(tensor => tensor.dimensions.length > 1);
  const weights = tensors => tensors.reduce((sum, { dimensions }) => sum + dimensions.reduce((product, size) => product * Number(size), 1), 0);
  return weights(matrices.filter(tensor => GgmlType[tensor.ggmlType]?.toLowerCase() === format)) / weights(matrices);
}

function toTable({ peer, tern: { revision }, cache_type, targets, context, models }) {
  const lines = [
    `llama.cpp ${peer?.release ?? ''} and Tern ${revision}; ${targets} targets in windows of ${context}, ${cache_type} cache; mean KL over the whole vocabulary, nats per token`,
    '',
    '| model | format | weights in it | KL(exact \\|\\| Tern) | KL(exact \\|\\| llama.cpp) | KL(llama.cpp \\|\\| Tern) | same top token |',
    '|---|---|--:|--:|--:|--:|--:|',
  ];
  for (const { name, rows } of models) {
    for (const { format, share, ours_from_exact, theirs_from_exact, ours_from_theirs } of rows) {
      const cells = [
        name, format, percent(share, 0), scientific(ours_from_exact?.mean), scientific(theirs_from_exact?.mean), scientific(ours_from_theirs?.mean), percent(ours_from_theirs?.same_top, 2),
      ];
      lines.push(`| ${cells.join(' | ')} |`);
    }
  }
  return lines.join('\n');
}

function percent(value, digits) {
  return Number.isFinite(value) ? `${(100 * value).toFixed(digits)} %` : '-';
}

function scientific(value) {
  return Number.isFinite(value) ? value.toExponential(1) : '-';
}
