// What llama.cpp thinks of a prompt: the most probable next tokens after every position, and the greedy continuation.
//
//   node logits.mjs -m model.gguf --tokens 1,403,407,261,378 -n 8 --top 5
//   {"prompt":[...],"positions":[{"token":1,"top":[{"token":403,"logit":17.2,"logprob":-0.01},...]},...],
//    "continuation":[{"token":432,"top":[...]},...],"text":"...","ended":false}
//
// positions[i] is what follows prompt[0..i]; continuation[i].top is the distribution that continuation[i].token was the best of.
// Log-probabilities are natural logarithms of the plain softmax over the whole vocabulary.

import { leaveWith, readArguments } from './arguments.mjs';
import { openPeer, peerMissing } from './peer.mjs';

/** Text to ids as the model's own tokenizer does it, with the first token that the model asks for. */
export function promptIds(model, text) {
  const ids = Array.from(model.tokenize(text));
  return model.tokens.shouldPrependBosToken && model.tokens.bos !== null ? [model.tokens.bos, ...ids] : ids;
}

/** The `top` most probable tokens after each of `ids`, which are appended to the sequence. */
export async function distributions(sequence, ids, top) {
  const wanted = { generateNext: { logits: { filter: { includeTop: top, includeMax: true } }, totalLogitWeight: true, options: { temperature: 0 } } };
  const results = await sequence.controlledEvaluate(ids.map(id => [id, wanted]));
  return results.map(({ next }) => {
    const sorted = [...next.logits].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    // totalLogitWeight = sum of exp(logit - largest logit), so this is the log-sum-exp.
    const logSumExp = sorted[0][1] + Math.log(next.totalLogitWeight);
    return sorted.slice(0, top).map(([token, logit]) => ({ token, logit, logprob: logit - logSumExp }));
  });
}

/** Prompt and greedy continuation of up to `count` tokens; an end-of-text token is listed and ends it. */
export async function greedy({ model, sequence }, prompt, count, top) {
  const positions = (await distributions(sequence, prompt, top)).map((best, i) => ({ token: prompt[i], top: best }));
  const continuation = [];
  let best = positions.at(-1).top;
  let ended = false;
  while (continuation.length < count && !ended) {
    const { token } = best[0];
    continuation.push({ token, top: best });
    ended = model.isEogToken(token);
    if (!ended && continuation.length < count) [best] = await distributions(sequence, [token], top);
  }
  return { prompt, positions, continuation, text: model.detokenize(continuation.map(step => step.token)), ended };
}

async function main() {
  const options = readArguments('logits.mjs -m model.gguf (--tokens 1,2,3 | -p text) [options]', {
    model: { short: 'm', description: 'the GGUF file' },
    tokens: { description: 'the prompt as ids, with commas' },
    prompt: { short: 'p', description: "the prompt as text, for the model's own tokenizer" },
    predict: { short: 'n', number: true, default: 32, description: 'greedy tokens' },
    top: { number: true, default: 5, description: 'tokens listed per position' },
    threads: { short: 't', number: true, default: 2, description: 'threads' },
    context: { short: 'c', number: true, default: 512, description: 'context size' },
  });
  if (!options.model) leaveWith('no model: give -m model.gguf');
  if ((options.tokens === undefined) === (options.prompt === undefined)) leaveWith('give either --tokens or -p');
  const ids = options.tokens?.split(',').map(Number);
  if (ids?.some(id => !Number.isInteger(id) || id < 0)) leaveWith(`--tokens must be ids with commas, not '${options.tokens}'`);
  const missing = await peerMissing();
  if (missing) leaveWith(missing);

  const peer = await openPeer(options.model, { threads: options.threads, contextSize: options.context });
  const prompt = ids ?? promptIds(peer.model, options.prompt);
  if (prompt.length === 0) leaveWith('the prompt has no tokens');
  if (prompt.length + options.predict >= options.context)
    leaveWith(`${prompt.length} + ${options.predict} tokens do not fit a context of ${options.context}: give a larger -c`);
  console.log(JSON.stringify(await greedy(peer, prompt, options.predict, options.top)));
  process.exit(0);
}

if (import.meta.filename === process.argv[1]) await main();
