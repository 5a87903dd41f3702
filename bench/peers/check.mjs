// Does llama.cpp read what Tern writes, and do the two agree on the words?
//
// Each model is converted to GGUF by Tern; llama.cpp loads that file; both tokenize the same prompt and continue it greedily.
// Prompt ids must be equal, and so must the tokens, up to a place where llama.cpp itself finds two tokens equally good:
// there the order of additions decides, and what follows is no longer comparable.

import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { leaveWith, readArguments } from './arguments.mjs';
import { greedy, promptIds } from './logits.mjs';
import { openPeer, peerMissing } from './peer.mjs';
import * as tern from './tern.mjs';

const tie = 0.02;                                                // nats between the best two that rounding may turn around

const options = readArguments('check.mjs [options]', {
  predict: { short: 'n', number: true, default: 100, description: 'greedy tokens' },
  threads: { short: 't', number: true, default: 2, description: 'threads' },
  data: { description: 'folder of the test data (default TERN_TEST_DATA, then ../shared/data beside the repository)' },
});
const data = tern.dataFolder(options.data);

const models = [
  { name: 'gutenberg-2m', source: path.join(tern.root, 'models', 'gutenberg-2m'), prompt: 'It was a dark and stormy night' },
  { name: 'stories260K', source: path.join(data, 'weights', 'stories260K', 'stories260K.bin'), prompt: 'Once upon a time' },
];

const missing = await peerMissing();
if (missing) {
  console.log(`skipped: ${missing}`);
  process.exit(0);
}
const noTern = tern.ternMissing();
if (noTern) leaveWith(noTern);

let failed = 0;
for (const { name, source, prompt } of models) {
  if (!existsSync(source)) {
    console.log(`${name}: skipped, ${source} not found`);
    continue;
  }
  const problem = await disagreement(name, source, prompt).catch(error => error.message);
  if (problem) failed++;
  console.log(`${name}: ${problem ?? 'same prompt ids, same greedy tokens'}`);
}
process.exit(failed ? 1 : 0);

/** Converts, runs both, compares; a sentence about the first difference, or null. */
async function disagreement(name, source, prompt) {
  const file = path.join(import.meta.dirname, 'work', `${name}.gguf`);
  mkdirSync(path.dirname(file), { recursive: true });
  tern.convert(source, file);
  const peer = await openPeer(file, { threads: options.threads, contextSize: 512 });
  const theirs = await greedy(peer, promptIds(peer.model, prompt), options.predict, 2);
  const ours = tern.greedy(file, prompt, options.predict);

  const ids = difference(theirs.prompt, ours.prompt_tokens);
  if (ids >= 0) return `prompt ids differ at ${ids}: llama.cpp [${theirs.prompt}], Tern [${ours.prompt_tokens}]`;
  return compareTokens(theirs, ours.tokens);
}

function compareTokens(theirs, tokens) {
  // A token that ends the text is listed by llama.cpp here; Tern may list it or stop before it.
  const expected = theirs.continuation.map(step => step.token);
  if (theirs.ended && tokens.length === expected.length - 1) expected.pop();
  const at = difference(expected, tokens);
  if (at < 0) return null;
  const [best, second] = theirs.continuation[at]?.top ?? [];
  if (best && second && tokens[at] === second.token && best.logprob - second.logprob < tie) return null;
  return `greedy token ${at} differs: llama.cpp ${expected[at]}, Tern ${tokens[at]}`
    + (best && second ? ` (llama.cpp finds ${best.token} ${(best.logprob - second.logprob).toFixed(3)} nats better than ${second.token})` : '');
}

/** The first place where two lists differ, a missing element included; -1 where they are equal. */
function difference(a, b) {
  for (let i = 0; i < Math.max(a.length, b.length); i++) if (a[i] !== b[i]) return i;
  return -1;
}
