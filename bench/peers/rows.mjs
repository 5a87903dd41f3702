// llama.cpp's logits of whole windows: after each token the whole vocabulary, float32, row by row. In a process of its own, because llama.cpp ends the
// process where it cannot read a file.
//
//   node rows.mjs -m model.gguf --windows windows.json -o rows.f32      windows.json: [[ids], ...], each read from an empty context

import { readFileSync, writeFileSync } from 'node:fs';
import { leaveWith, readArguments } from './arguments.mjs';
import { openPeer, peerMissing } from './peer.mjs';

const options = readArguments('rows.mjs -m model.gguf --windows windows.json -o rows.f32 [options]', {
  model: { short: 'm', description: 'the GGUF file' },
  windows: { description: 'JSON file of lists of ids' },
  out: { short: 'o', description: 'file of the rows' },
  threads: { short: 't', number: true, default: 2, description: 'threads' },
  'cache-type': { default: 'f16', description: 'keys and values: f32 or f16' },
});
if (!options.model || !options.windows || !options.out) leaveWith('give -m, --windows and -o');
const missing = await peerMissing();
if (missing) leaveWith(missing);

const windows = JSON.parse(readFileSync(options.windows, 'utf8'));
const { sequence, about } = await openPeer(options.model, {
  threads: options.threads,
  contextSize: Math.max(...windows.map(window => window.length)) + 8,
  cacheType: options['cache-type'].toUpperCase(),
});
const rows = [];
for (const window of windows) {
  await sequence.clearHistory();
  const results = await sequence.controlledEvaluate(window.map(id => [id, { generateNext: { logits: true } }]));
  for (const { next } of results) {
    const row = new Float32Array(next.logits.size);
    for (const [id, logit] of next.logits) row[id] = logit;
    rows.push(row);
  }
}
writeFileSync(options.out, Buffer.concat(rows.map(row => Buffer.from(row.buffer))));
console.log(JSON.stringify(about));
process.exit(0);
