// llama.cpp and Tern on the same files, taking turns: peer, Tern, peer, Tern, ... in fresh processes.
//
//   node run.mjs                                   makes its models, measures, writes docs/results/peers/<date>.json
//   node run.mjs --models folder --formats q4_0    takes folder/*-q4_0.gguf instead
//   node run.mjs --files a.gguf,b.gguf             takes these, whatever they are called
//   node run.mjs --depth 4096,16384 --batch 1,8    behind contexts of these lengths, one and eight sequences
//
// The tables go to stdout, progress to stderr. Fairness: README.md.

import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { leaveWith, readArguments } from './arguments.mjs';
import { busyShare, describeMachine, memoryBandwidth } from './machine.mjs';
import { modelOf, readOnce } from './models.mjs';
import { peerMissing } from './peer.mjs';
import { batchTable, caseName, resultFile, summarise, toTable, writeReport } from './report.mjs';
import * as tern from './tern.mjs';

const options = readArguments('run.mjs [options]', {
  formats: { default: 'f16,q8_0,q4_0,q4_k,q6_k,tq2_0', description: 'weight formats, with commas' },
  shape: { default: '1.1b', description: 'shape of the random models that Tern makes; 1.1b-4 has four layers' },
  models: { description: 'folder with files that end in -<format>.gguf, instead of making them' },
  files: { description: 'GGUF files to measure, with commas, instead of formats' },
  rounds: { number: true, default: 5, description: 'rounds per format' },
  reps: { short: 'r', number: true, default: 3, description: 'repetitions in each process, of which the median counts' },
  prompt: { short: 'p', number: true, default: 512, description: 'prompt tokens' },
  predict: { short: 'n', number: true, default: 64, description: 'decoded tokens' },
  depth: { short: 'd', counts: true, least: 0, description: 'tokens in the context before, with commas (default: none for prompts, the prompt for decoding)' },
  batch: { short: 'b', counts: true, default: '1', description: 'sequences decoded together, with commas' },
  threads: { short: 't', number: true, default: os.availableParallelism(), description: 'threads of both' },
  only: { description: 'run only one of the two: peer or tern' },
  out: { short: 'o', description: 'result file (default docs/results/peers/<date>.json)' },
  'busy-ok': { flag: true, description: 'measure although the machine is not idle' },
});
if (options.only && !['peer', 'tern'].includes(options.only)) leaveWith(`--only takes peer or tern, not '${options.only}'`);

const engines = { peer: benchPeer, tern: benchTern };
const missing = { peer: await peerMissing(), tern: tern.ternMissing() };
for (const name of Object.keys(engines)) {
  if (options.only && options.only !== name) delete engines[name];
  else if (missing[name]) leaveWith(missing[name]);
}

const busy = await busyShare();
if (busy > 0.1 && !options['busy-ok'])
  leaveWith(`the machine is ${Math.round(100 * busy)} % busy: wait until it is idle, or give --busy-ok and do not publish the numbers`);

const report = {
  date: new Date().toISOString(),
  machine: describeMachine(),
  busy_share_before: busy,
  memory_gbps: await memoryBandwidth(options.threads) / 1e9,
  tern: { revision: tern.revision() },
  shape: options.models || options.files ? null : options.shape,
  prompt_tokens: options.prompt,
  decoded_tokens: options.predict,
  repetitions: options.reps,
  threads: options.threads,
  formats: [],
};
console.error(`memory: ${report.memory_gbps.toFixed(1)} GB/s with ${options.threads} threads`);

const target = options.out ?? resultFile(report.date.slice(0, 10));
const files = options.files?.split(',').map(file => [path.parse(file).name, file])
  ?? options.formats.split(',').map(format => [format, modelOf(format, { folder: options.models, shape: options.shape })]);
for (const [format, file] of files) {
  readOnce(file);                                                // from here on the file is in the page cache for both
  for (const depth of options.depth ?? [null])
    for (const sequences of options.batch) {
      report.formats.push(measure(file, { format, depth, sequences }));
      writeReport(target, report);                               // long runs leave what they have
    }
}

console.log(toTable(report));
if (options.batch.length > 1) console.log(`\n${batchTable(report)}`);
console.error(`written to ${target}`);
process.exitCode = report.formats.some(f => Object.keys(f.failures).length > 0) ? 1 : 0;

/** All rounds of one row of the table. */
function measure(file, what) {
  const rounds = { peer: [], tern: [] };
  const failures = {};
  for (let round = 1; round <= options.rounds; round++) {
    for (const [name, bench] of Object.entries(engines)) {
      if (failures[name]) continue;                              // a format that an engine lacks fails once, not five times
      try {
        rounds[name].push(withoutPath(bench(file, { ...options, depth: what.depth, batch: what.sequences })));
        const { pp_tps, tg_tps } = rounds[name].at(-1);
        console.error(`${caseName(what)} ${round}/${options.rounds} ${name.padEnd(4)} pp ${pp_tps.toFixed(1)} tg ${tg_tps.toFixed(1)}`);
      } catch (error) {
        failures[name] = error.message;
        console.error(`${caseName(what)} ${name}: ${error.message}`);
      }
    }
  }
  return { ...what, file_bytes: statSync(file).size, ...summarise(rounds, report.memory_gbps), failures, rounds };
}

/** llama.cpp in a process of its own, so that neither engine inherits threads or memory from the other. */
function benchPeer(file, { prompt, predict, depth, batch, threads, reps }) {
  const words = ['llama.mjs', '-m', path.resolve(file), '-p', prompt, '-n', predict, '-b', batch, '-t', threads, '-r', reps, ...(depth !== null ? ['-d', depth] : [])];
  const result = spawnSync(process.execPath, words.map(String), { cwd: import.meta.dirname, encoding: 'utf8' });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Error(result.stderr.trim().split('\n').at(-1) || `llama.mjs ended with ${result.status ?? result.signal}`);
  return JSON.parse(result.stdout);
}

function benchTern(file, what) {
  return tern.bench(path.resolve(file), what);
}

/** Where the model lies on this machine is nobody's business. */
function withoutPath({ model, ...answer }) {
  return answer;
}
