// The files that are measured: given ones, or random weights that are made once and kept in work/.

import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readSync } from 'node:fs';
import path from 'node:path';
import { leaveWith } from './arguments.mjs';
import * as tern from './tern.mjs';

/** Where files that the scripts make are kept; git ignores it. */
export const work = path.join(import.meta.dirname, 'work');

/** folder/*-<format>.gguf where a folder is given, else random weights of a shape. */
export function modelOf(format, { folder, shape }) {
  if (folder) {
    const found = readdirSync(folder).filter(name => name.endsWith(`-${format}.gguf`));
    if (found.length !== 1) leaveWith(`${folder} has ${found.length} files that end in -${format}.gguf, not one`);
    return path.resolve(folder, found[0]);
  }
  const file = path.join(work, `${shape}-${format}.gguf`);
  mkdirSync(work, { recursive: true });
  if (!existsSync(file)) {
    console.error(`making ${path.basename(file)}`);
    tern.writeRandom(file, format, shape);
  }
  return file;
}

/** Brings a file into the page cache. */
export function readOnce(file) {
  const chunk = Buffer.allocUnsafe(8 << 20);
  const handle = openSync(file, 'r');
  while (readSync(handle, chunk) > 0);
  closeSync(handle);
}
