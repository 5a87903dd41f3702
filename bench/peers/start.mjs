// From the start of a process to the first token that it prints, seen from outside: spawn to the first byte on stdout.
//
//   node start.mjs                          the model that comes with Tern, five rounds, all programs in turns
//   node start.mjs -m model.gguf --rounds 9
//
//   tern --version   the runtime and nothing else: the floor
//   tern run         the command line
//   Tern.Minimal     the library: the example of docs/library.md as a program (bench/Tern.Minimal), compiled just in time, and as native code
//   llama.cpp        logits.mjs, which Node.js starts; its floor is `node --version`
//
// Every file was read before, so that nothing waits for a disk. The machine must be idle.

import { spawn, spawnSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { leaveWith, readArguments } from './arguments.mjs';
import { busyShare, describeMachine } from './machine.mjs';
import { peerMissing } from './peer.mjs';
import { resultFile, writeReport } from './report.mjs';
import { median, spread } from './statistics.mjs';
import * as tern from './tern.mjs';

const options = readArguments('start.mjs [options]', {
  model: { short: 'm', default: path.join(tern.root, 'models', 'gutenberg-2m'), description: 'the model' },
  prompt: { short: 'p', default: 'It was a bright', description: 'the text before the first token' },
  rounds: { number: true, default: 5, description: 'rounds' },
  threads: { short: 't', number: true, default: os.availableParallelism(), description: 'threads' },
  out: { short: 'o', description: 'result file (default docs/results/peers/start-<date>.json)' },
  'busy-ok': { flag: true, description: 'measure although the machine is not idle' },
});
const noTern = tern.ternMissing();
if (noTern) leaveWith(noTern);
const model = path.resolve(options.model);
const { command, minimal, native } = tern.programs();

const programs = {
  'tern --version': [command, '--version'],
  'tern run': [command, 'run', '-m', model, '-p', options.prompt, '-n', 1, '-t', options.threads, '--no-display-prompt'],
  'Tern.Minimal': [minimal, model, options.prompt, 1],
};
if (native) programs['Tern.Minimal, Native AOT'] = [native, model, options.prompt, 1];
if (await peerMissing() === null && model.endsWith('.gguf')) {
  programs['node --version'] = [process.execPath, '--version'];
  programs['llama.cpp'] = [process.execPath, path.join(import.meta.dirname, 'logits.mjs'), '-m', model, '-p', options.prompt, '-n', 1, '--top', 1, '-t', options.threads];
}

const busy = await busyShare();
if (busy > 0.1 && !options['busy-ok'])
  leaveWith(`the machine is ${Math.round(100 * busy)} % busy: wait until it is idle, or give --busy-ok and do not publish the numbers`);

for (const words of Object.values(programs)) await firstByte(words);          // from here on everything is in the page cache
const milliseconds = Object.fromEntries(Object.keys(programs).map(name => [name, []]));
for (let round = 0; round < options.rounds; round++)
  for (const [name, words] of Object.entries(programs)) milliseconds[name].push(await firstByte(words));

const report = {
  date: new Date().toISOString(),
  machine: describeMachine(),
  busy_share_before: busy,
  tern: { revision: tern.revision() },
  model: path.basename(model),
  threads: options.threads,
  programs: Object.entries(milliseconds).map(([name, values]) => ({ name, median_ms: median(values), least_ms: Math.min(...values), spread: spread(values), values })),
};
const target = options.out ?? resultFile(`start-${report.date.slice(0, 10)}`);
writeReport(target, report);
console.log(`${report.model}, ${options.threads} threads, ${options.rounds} rounds\n\n| program | median ms | least ms |\n|---|--:|--:|`);
for (const { name, median_ms, least_ms } of report.programs) console.log(`| ${name} | ${median_ms.toFixed(0)} | ${least_ms.toFixed(0)} |`);
console.error(`written to ${target}`);

/** Milliseconds until a program says something; it is left to end by itself. */
function firstByte([program, ...words]) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    let first;
    const running = spawn(program, words.map(String), { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, DOTNET_ROOT: tern.dotnetRoot() } });
    const complaints = [];
    running.stdout.on('data', () => first ??= performance.now() - started);
    running.stderr.on('data', text => complaints.push(text));
    running.on('error', reject);
    running.on('close', status => status === 0 && first !== undefined
      ? resolve(first)
      : reject(new Error(`${path.basename(program)} ended with ${status} and said nothing: ${Buffer.concat(complaints)}`)));
  });
}
