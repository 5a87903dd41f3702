// llama.cpp and Tern on the same files, taking turns: peer, Tern, peer, Tern, ... in fresh processes.
//
//   node run.mjs                                   makes its models, measures, writes docs/results/peers/<date>.json
//   node run.mjs --models folder --formats q4_0    takes folder/*-q4_0.gguf instead
//
// The table goes to stdout, progress to stderr. Fairness: README.md.

import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readSync, renameSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { leaveWith, readArguments } from './arguments.mjs';
import { busyShare, describeMachine, memoryBandwidth } from './machine.mjs';
import { peerMissing } from './peer.mjs';
import { summarise, toTable } from './report.mjs';
import * as tern from './tern.mjs';

const options = readArguments('run.mjs [options]', {
  formats: { default: 'f16,q8_0,q4_0,q4_k,q6_k,tq2_0', description: 'weight formats, with commas' },
  shape: { default: '1.1b', description: 'shape of the random models that Tern makes' },
  models: { description: 'folder with files that end in -<format>.gguf, instead of making them' },
  rounds: { number: true, default: 5, description: 'rounds per format' },
  prompt: { short: 'p', number: true, default: 512, description: 'prompt tokens' },
  predict: { short: 'n', number: true, default: 64, description: 'decoded tokens, behind the prompt' },
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
  prompt_tokens: options.prompt,
  decoded_tokens: options.predict,
  threads: options.threads,
  formats: [],
};
console.error(`memory: ${report.memory_gbps.toFixed(1)} GB/s with ${options.threads} threads`);

for (const format of options.formats.split(',')) {
  const file = modelOf(format);
  readOnce(file);                                                // from here on the file is in the page cache for both
  const rounds = { peer: [], tern: [] };
  const failures = {};
  for (let round = 1; round <= options.rounds; round++) {
    for (const [name, bench] of Object.entries(engines)) {
      if (failures[name]) continue;                              // a format that an engine lacks fails once, not five times
      try {
        rounds[name].push(bench(file));
        const { pp_tps, tg_tps } = rounds[name].at(-1);
        console.error(`${format} ${round}/${options.rounds} ${name.padEnd(4)} pp ${pp_tps} tg ${tg_tps}`);
      } catch (error) {
        failures[name] = error.message;
        console.error(`${format} ${name}: ${error.message}`);
      }
    }
  }
  report.formats.push({ format, file_bytes: statSync(file).size, ...summarise(rounds, report.memory_gbps), failures, rounds });
}

const target = options.out ?? path.join(tern.root, 'docs', 'results', 'peers', `${report.date.slice(0, 10)}.json`);
mkdirSync(path.dirname(path.resolve(target)), { recursive: true });
writeFileSync(`${target}.partial`, `${JSON.stringify(report, null, 2)}\n`);
renameSync(`${target}.partial`, target);
console.log(toTable(report));
console.error(`written to ${target}`);
process.exitCode = report.formats.some(f => Object.keys(f.failures).length > 0) ? 1 : 0;

/** llama.cpp in a process of its own, so that neither engine inherits threads or memory from the other. */
function benchPeer(file) {
  const words = ['llama.mjs', '-m', path.resolve(file), '-p', options.prompt, '-n', options.predict, '-t', options.threads];
  const result = spawnSync(process.execPath, words.map(String), { cwd: import.meta.dirname, encoding: 'utf8' });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Error(result.stderr.trim().split('\n').at(-1) || `llama.mjs ended with ${result.status ?? result.signal}`);
  return withoutPath(JSON.parse(result.stdout));
}

function benchTern(file) {
  return withoutPath(tern.bench(path.resolve(file), options));
}

/** Where the model lies on this machine is nobody's business. */
function withoutPath({ model, ...answer }) {
  return answer;
}

/** The file to measure: a given one, or one of random weights that is made once and kept in work/. */
function modelOf(format) {
  if (options.models) {
    const found = readdirSync(options.models).filter(name => name.endsWith(`-${format}.gguf`));
    if (found.length !== 1) leaveWith(`${options.models} has ${found.length} files that end in -${format}.gguf, not one`);
    return path.resolve(options.models, found[0]);
  }
  const file = path.join(import.meta.dirname, 'work', `${options.shape}-${format}.gguf`);
  mkdirSync(path.dirname(file), { recursive: true });
  if (!existsSync(file)) {
    console.error(`making ${path.basename(file)}`);
    tern.writeRandom(file, format, options.shape);
  }
  return file;
}

function readOnce(file) {
  const chunk = Buffer.allocUnsafe(8 << 20);
  const handle = openSync(file, 'r');
  while (readSync(handle, chunk) > 0);
  closeSync(handle);
}
