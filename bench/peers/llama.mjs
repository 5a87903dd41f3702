// Speed of llama.cpp on one GGUF file, as one JSON object on stdout.
//
//   pp_tps  prompt tokens per second: `-p` tokens in one batch, up to and including the first token that follows
//   tg_tps  decode tokens per second: `-n` further greedy tokens, one by one, behind that prompt
//
// One repetition that is not counted warms up the page cache, the threads and the buffers. With --reps n the counted
// repetitions are listed and the medians reported.

import { statSync } from 'node:fs';
import { leaveWith, readArguments } from './arguments.mjs';
import { openPeer, peerMissing } from './peer.mjs';
import { median } from './statistics.mjs';

const options = readArguments('llama.mjs -m model.gguf [options]', {
  model: { short: 'm', description: 'the GGUF file' },
  prompt: { short: 'p', number: true, default: 512, description: 'prompt tokens' },
  predict: { short: 'n', number: true, default: 64, description: 'decoded tokens' },
  threads: { short: 't', number: true, default: 2, description: 'threads' },
  reps: { short: 'r', number: true, default: 1, description: 'counted repetitions in this process' },
});
if (!options.model) leaveWith('no model: give -m model.gguf');
const missing = await peerMissing();
if (missing) leaveWith(missing);

const { model, sequence, loadMs, about } = await openPeer(options.model, {
  threads: options.threads,
  contextSize: options.prompt + options.predict + 8,       // one more than needed makes llama.cpp shift the context
});
const prompt = spreadOut(options.prompt, model.fileInfo.metadata.tokenizer.ggml.tokens.length);

await repetition();
const repetitions = [];
for (let i = 0; i < options.reps; i++) repetitions.push(await repetition());

console.log(JSON.stringify({
  engine: 'llama.cpp',
  model: options.model,
  threads: options.threads,
  prompt_tokens: options.prompt,
  decoded_tokens: options.predict,
  pp_tps: round(median(repetitions.map(r => r.pp_tps))),
  tg_tps: round(median(repetitions.map(r => r.tg_tps))),
  load_ms: round(loadMs),
  weight_bytes_per_token: weightBytesPerToken(model.fileInfo, statSync(options.model).size),
  peak_rss_bytes: process.resourceUsage().maxRSS * 1024,
  repetitions,
  ...about,
}));
process.exit(0);

/** Prefill, then decode, each timed; the tokens are greedy, and an end-of-text token does not end it. */
async function repetition() {
  await sequence.clearHistory();
  const generated = sequence.evaluate(prompt, { temperature: 0, yieldEogToken: true });
  const started = performance.now();
  await generated.next();
  const prefilled = performance.now();
  for (let i = 0; i < options.predict; i++) await generated.next();
  const decoded = performance.now();
  await generated.return();
  return {
    pp_tps: round(options.prompt / ((prefilled - started) / 1000)),
    tg_tps: round(options.predict / ((decoded - prefilled) / 1000)),
  };
}

/** Ids all over the vocabulary, without its first 300 (special tokens and bytes): 7919 is prime, so they hardly repeat. */
function spreadOut(count, vocabularySize) {
  const first = Math.min(300, vocabularySize >> 1);
  return Array.from({ length: count }, (_, i) => first + (i * 7919) % (vocabularySize - first));
}

/**
 * The bytes of weights that one decoded token reads: all tensors, but not the embedding where the output has a matrix of its own
 * (of the embedding a token reads one row). Sizes are the distances between offsets, so they include padding.
 */
function weightBytesPerToken({ tensorInfo }, fileBytes) {
  const starts = tensorInfo.map(tensor => Number(tensor.fileOffset));
  const ends = [...starts, fileBytes].sort((a, b) => a - b);
  const sizeOf = start => ends[ends.lastIndexOf(start) + 1] - start;
  const untied = tensorInfo.some(tensor => tensor.name === 'output.weight');
  return tensorInfo.reduce((sum, tensor, i) => untied && tensor.name === 'token_embd.weight' ? sum : sum + sizeOf(starts[i]), 0);
}

function round(value) {
  return Number(value.toFixed(2));
}
