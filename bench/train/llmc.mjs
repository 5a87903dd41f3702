// llm.c and Tern training models of one shape, taking turns in fresh processes: node llmc.mjs PATH_TO_LLM_C. What is compared: README.md.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { leaveWith, readArguments } from '../peers/arguments.mjs';
import { busyShare, describeMachine } from '../peers/machine.mjs';
import { median, ratio, spread } from '../peers/statistics.mjs';
import { revision, root, ternMissing } from '../peers/tern.mjs';

const options = readArguments('llmc.mjs [options] PATH_TO_LLM_C', {
  layers: { number: true, default: 6, description: 'layers' },
  hidden: { number: true, default: 384, description: 'width of the residual stream' },
  heads: { number: true, default: 6, description: 'attention heads' },
  vocabulary: { number: true, default: 4096, least: 257, description: 'entries of the vocabulary' },
  length: { number: true, default: 256, description: 'tokens of a sequence' },
  sequences: { number: true, default: 8, description: 'sequences of a step, all at once' },
  steps: { number: true, default: 12, least: 3, description: 'steps of a process; the first two warm up' },
  rounds: { number: true, default: 5, description: 'turns of each' },
  threads: { short: 't', number: true, default: os.availableParallelism(), description: 'threads of both' },
  precision: { default: 'float32', description: 'of Tern\'s products: float32, as llm.c, or bfloat16' },
  compiler: { default: process.env.CC || 'gcc', description: 'C compiler with OpenMP' },
  flags: { default: '-Ofast -march=native -fopenmp -DOMP', description: 'of the compiler: those of llm.c\'s Makefile' },
  out: { short: 'o', description: 'result file (default docs/results/train/llmc-<date>.json)' },
  'busy-ok': { flag: true, description: 'measure although the machine is not idle' },
}, 1);
const WarmUp = 2;
const Flags = options.flags.split(' ').filter(Boolean);

const checkout = path.resolve(options.positions[0]);
if (!existsSync(path.join(checkout, 'train_gpt2.c')))
  leaveWith(`${checkout}: there is no train_gpt2.c; name a checkout of https://github.com/karpathy/llm.c`);
if (spawnSync(options.compiler, ['--version']).status !== 0)
  leaveWith(`the C compiler '${options.compiler}' was not found: install one (Debian and Ubuntu: apt-get install gcc), or name one with --compiler`);
if (options.hidden % options.heads !== 0) leaveWith(`--heads must divide --hidden: ${options.hidden} is not a multiple of ${options.heads}`);
if (ternMissing()) leaveWith(ternMissing());

const busy = await busyShare();
if (busy > 0.1 && !options['busy-ok'])
  leaveWith(`the machine is ${Math.round(100 * busy)} % busy: wait until it is idle, or give --busy-ok and do not publish the numbers`);

const inner = innerSize(options);
const work = mkdtempSync(path.join(os.tmpdir(), 'tern-llmc-'));
try {
  const program = compile();
  writeFileSync(path.join(work, 'text.txt'), randomText());
  writeFileSync(path.join(work, 'recipe.yaml'), recipe());

  const rounds = { llmc: [], tern: [] };
  for (let round = 1; round <= options.rounds; round++) {
    for (const [name, measure] of [['llmc', () => measureLlmc(program)], ['tern', measureTern]]) {
      rounds[name].push(median(measure()));
      console.error(`${round}/${options.rounds} ${name} ${Math.round(rounds[name].at(-1))} tok/s`);
    }
  }
  const date = new Date().toISOString();
  const speed = name => ({ tokens_per_second: median(rounds[name]), spread: spread(rounds[name]), rounds: rounds[name] });
  const report = {
    date, machine: describeMachine(), busy_share_before: busy, threads: options.threads,
    shape: { layers: options.layers, hidden_size: options.hidden, heads: options.heads, vocabulary: options.vocabulary, length: options.length, sequences: options.sequences },
    tokens_per_step: options.sequences * options.length, steps: options.steps, warm_up: WarmUp,
    llmc: { revision: revisionOf(checkout), compiler: firstLine(options.compiler, '--version'), flags: Flags.join(' '), parameters: gpt2Parameters(options), ...speed('llmc') },
    tern: { revision: revision(), precision: options.precision, intermediate_size: inner, parameters: llamaParameters(options, inner), ...speed('tern') },
    ratio: ratio(rounds.tern, rounds.llmc),
  };
  const target = options.out ?? path.join(root, 'docs', 'results', 'train', `llmc-${date.slice(0, 10)}.json`);
  mkdirSync(path.dirname(path.resolve(target)), { recursive: true });
  writeFileSync(target, JSON.stringify(report, null, 2) + '\n');
  console.log(`llm.c ${report.llmc.tokens_per_second.toFixed(0)} tok/s (${report.llmc.parameters} parameters), Tern ${report.tern.tokens_per_second.toFixed(0)} tok/s (${report.tern.parameters}), ratio ${report.ratio.toFixed(2)}`);
  console.error(`written to ${target}`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** GPT-2's feed-forward is two matrices [4 C, C], Llama's three of [inner, C]: inner is 8/3 C, in steps of 8, so that a layer has as many weights. */
function innerSize({ hidden }) {
  return Math.round(hidden * 8 / 3 / 8) * 8;
}

/** With positions, biases and the padding of the vocabulary to a multiple of 128; the output is the embedding. */
function gpt2Parameters({ layers, hidden, vocabulary, length }) {
  return (Math.ceil(vocabulary / 128) * 128 + length) * hidden + layers * (12 * hidden * hidden + 13 * hidden) + 2 * hidden;
}

function llamaParameters({ layers, hidden, vocabulary }, inner) {
  return vocabulary * hidden + layers * (4 * hidden * hidden + 3 * inner * hidden + 2 * hidden) + hidden;
}

function compile() {
  const program = path.join(work, 'llmc');
  const made = spawnSync(options.compiler, [...Flags, '-I', checkout, path.join(import.meta.dirname, 'llmc.c'), '-o', program, '-lm'], { encoding: 'utf8' });
  if (made.status !== 0) leaveWith(`${options.compiler} cannot compile llm.c:\n${made.stderr}`);
  return program;
}

/** Tokens per second of each step of a process but the first ones. */
function measureLlmc(program) {
  const { layers, heads, hidden, vocabulary, length, sequences, steps } = options;
  const output = run(program, [layers, heads, hidden, vocabulary, length, sequences, steps], { OMP_NUM_THREADS: options.threads });
  return [...output.matchAll(/^step \d+ ms ([\d.]+)/gm)].slice(WarmUp).map(([, ms]) => sequences * length / (Number(ms) / 1000));
}

function measureTern() {
  rmSync(path.join(work, 'run'), { recursive: true, force: true });
  run(path.join(root, 'tern'), ['train', path.join(work, 'recipe.yaml')], { OMP_NUM_THREADS: options.threads });
  const lines = readFileSync(path.join(work, 'run', 'metrics.jsonl'), 'utf8').trim().split('\n').map(line => JSON.parse(line));
  return lines.filter(line => line.tokens_per_second > 0).slice(WarmUp).map(line => line.tokens_per_second);
}

/** AdamW in float32 with llm.c's settings; no evaluation or checkpoint within the steps, and attention across documents as llm.c has it. */
function recipe() {
  return `output: ${work}/run
model: { name: llama, hidden_size: ${options.hidden}, layers: ${options.layers}, heads: ${options.heads}, intermediate_size: ${inner}, tie_embeddings: true }
tokenizer: { name: train_bpe, vocab_size: ${options.vocabulary} }
data: { sources: [ { path: ${work}/text.txt } ], sequence_length: ${options.length}, held_out: 0.01, mask_documents: false }
optimizer: { name: adamw, learning_rate: 1e-4, weight_decay: 0 }
schedule: { name: constant }
batch: { sequences: ${options.sequences} }
steps: ${options.steps}
clip_gradient_norm: 0
precision: { name: ${options.precision} }
evaluation: { every: 0, sequences: 1 }
checkpoints: { every: 0 }
log: { every: 1, tensor_board: false }
`;
}

/** Words of random letters: more of them than the vocabulary has entries, and enough for two sequences of each step's size. */
function randomText() {
  let state = 1;
  const below = bound => (state = (state * 48271) % 2147483647) % bound;               // Park and Miller's generator
  const word = () => Array.from({ length: 3 + below(6) }, () => String.fromCharCode(97 + below(26))).join('');
  const words = Array.from({ length: 2 * options.vocabulary }, word);
  const count = Math.max(8 * options.vocabulary, 4 * options.sequences * options.length);
  return Array.from({ length: count }, (_, i) => words[i < words.length ? i : below(words.length)]).join(' ') + '\n';
}

function run(program, words, environment) {
  const result = spawnSync(program, words.map(String), { cwd: work, encoding: 'utf8', maxBuffer: 1 << 26, env: { ...process.env, ...Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)])) } });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Error(`${path.basename(program)}: ${result.stderr.trim().split('\n').slice(-3).join(' | ') || `exit code ${result.status ?? result.signal}`}`);
  return result.stdout;
}

function revisionOf(folder) {
  return spawnSync('git', ['-C', folder, 'rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).stdout?.trim() || null;
}

function firstLine(program, ...words) {
  return spawnSync(program, words, { encoding: 'utf8' }).stdout.split('\n')[0];
}
