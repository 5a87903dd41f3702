// The files of `tern eval perplexity --save-logits` (src/Tern.Run/Evaluation/SavedLogits.cs): tokens, windows and the logits of each target.

import { readFileSync } from 'node:fs';

const magic = 'TERNLGT1';
const hashBytes = 32;

/**
 * {windows, rows}: what the model read, window by window (as many tokens as the window has targets), and the logits after each of these
 * tokens, in the same order. Windows must not overlap.
 */
export function readLogits(file) {
  const bytes = readFileSync(file);
  if (bytes.toString('latin1', 0, magic.length) !== magic) throw new Error(`${file} holds no logits that Tern saved`);
  let at = magic.length;
  const int = () => bytes.readInt32LE((at += 4) - 4);
  const [vocabulary, context, stride, , targets, bos, count] = Array.from({ length: 7 }, int);
  if (stride !== context) throw new Error(`${file}: the windows overlap`);
  const skipText = () => {
    const length = int();
    at += length;
  };
  skipText();                                                    // the model's name
  skipText();                                                    // the text
  const tokens = Array.from({ length: count }, int);
  at += hashBytes;
  if (bytes.length !== at + 4 * vocabulary * targets) throw new Error(`${file} has the wrong length`);

  // A window reads BOS, or the token before its first target where the model knows no BOS, then all its targets but the last.
  const first = bos < 0 ? 1 : 0;
  const windows = [];
  for (let start = first; start < first + targets; start += context) {
    const end = Math.min(start + context, first + targets);
    windows.push([bos < 0 ? tokens[start - 1] : bos, ...tokens.slice(start, end - 1)]);
  }
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset + at, bytes.byteOffset + bytes.length));
  const rows = Array.from({ length: targets }, (_, i) => values.subarray(i * vocabulary, (i + 1) * vocabulary));
  return { windows, rows };
}
