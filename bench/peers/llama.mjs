// Speed of llama.cpp on one GGUF file, as one JSON object on stdout.
//
//   pp_tps  prompt tokens per second: `-p` tokens in one batch, up to and including the first token that follows
//   tg_tps  decode tokens per second: `-n` greedy tokens one by one; with --batch so many from each sequence, all of them counted
//
// With --depth both begin behind so many tokens, otherwise prompts begin in an empty context and decoding behind the prompt. A context is
// filled once, with real tokens; every repetition goes back to its end. One repetition that is not counted warms up the page cache, the threads
// and the buffers. With --reps n the counted repetitions are listed and the medians reported.

import { statSync } from 'node:fs';
import { leaveWith, readArguments } from './arguments.mjs';
import { openPeer, peerMissing } from './peer.mjs';
import { median } from './statistics.mjs';

const options = readArguments('llama.mjs -m model.gguf [options]', {
  model: { short: 'm', description: 'the GGUF file' },
  prompt: { short: 'p', number: true, default: 512, description: 'prompt tokens' },
  predict: { short: 'n', number: true, default: 64, description: 'decoded tokens' },
  depth: { short: 'd', number: true, least: 0, description: 'tokens in the context before (default: none for prompts, the prompt for decoding)' },
  batch: { short: 'b', number: true, default: 1, description: 'sequences decoded together' },
  threads: { short: 't', number: true, default: 2, description: 'threads' },
  reps: { short: 'r', number: true, default: 1, description: 'counted repetitions in this process' },
});
if (!options.model) leaveWith('no model: give -m model.gguf');
const missing = await peerMissing();
if (missing) leaveWith(missing);

const depth = { prompt: options.depth ?? 0, predict: options.depth ?? options.prompt };
const { model, sequences, loadMs, about } = await openPeer(options.model, {
  threads: options.threads,
  sequences: options.batch,
  // One position more than needed makes llama.cpp shift the context.
  contextSize: Math.max(depth.prompt + options.prompt, depth.predict + options.predict) + 8,
});
const tokens = spreadOut(depth.predict + options.prompt, model.fileInfo.metadata.tokenizer.ggml.tokens.length);

await repetition();
const repetitions = [];
for (let i = 0; i < options.reps; i++) repetitions.push(await repetition());

console.log(JSON.stringify({
  engine: 'llama.cpp',
  model: options.model,
  threads: options.threads,
  prompt_tokens: options.prompt,
  decoded_tokens: options.predict,
  depth: options.depth ?? null,
  sequences: options.batch,
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
  return { pp_tps: round(await promptSpeed()), tg_tps: round(await decodingSpeed()) };
}

async function promptSpeed() {
  await fill(sequences[0], depth.prompt);
  const generated = continuation(sequences[0], tokens.slice(depth.prompt, depth.prompt + options.prompt));
  const started = performance.now();
  await generated.next();
  const seconds = (performance.now() - started) / 1000;
  await generated.return();
  return options.prompt / seconds;
}

/** The sequences go step by step: what is asked for at once goes through the weights as one batch. */
async function decodingSpeed() {
  for (const sequence of sequences) await fill(sequence, depth.predict);
  const generated = sequences.map((sequence, i) => continuation(sequence, [tokens[i % tokens.length]]));
  const started = performance.now();
  for (let i = 0; i < options.predict; i++) await Promise.all(generated.map(texts => texts.next()));
  const seconds = (performance.now() - started) / 1000;
  await Promise.all(generated.map(texts => texts.return()));
  return options.predict * sequences.length / seconds;
}

function continuation(sequence, given) {
  return sequence.evaluate(given, { temperature: 0, yieldEogToken: true });
}

/** Brings a sequence to a length. What it holds of the right tokens already is not computed again. */
async function fill(sequence, length) {
  const { firstDifferentIndex: common } = sequence.compareContextTokens(tokens.slice(0, length));
  if (common < sequence.nextTokenIndex) await sequence.eraseContextTokenRanges([{ start: common, end: sequence.nextTokenIndex }]);
  if (common < length) await sequence.evaluateWithoutGeneratingNewTokens(tokens.slice(common, length));
  if (sequence.nextTokenIndex !== length) throw new Error(`the context holds ${sequence.nextTokenIndex} tokens instead of ${length}`);
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
