// The machine under the numbers: what it is, whether it is idle, how fast its memory is.

import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

/** What a reader needs to judge the numbers; no names of hosts or people. */
export function describeMachine() {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    logical_cpus: cpus.length,
    memory_bytes: os.totalmem(),
    platform: `${os.platform()} ${os.arch()} ${os.release().split('-')[0]}`,
    node: process.version,
  };
}

/** The share of all processors that somebody uses, watched for a second: 0 idle, 1 full. */
export async function busyShare(milliseconds = 1000) {
  const before = ticks();
  await sleep(milliseconds);
  const after = ticks();
  const all = after.all - before.all;
  return all > 0 ? 1 - (after.idle - before.idle) / all : 0;
}

function ticks() {
  let idle = 0;
  let all = 0;
  for (const { times } of os.cpus()) {
    idle += times.idle;
    all += times.user + times.nice + times.sys + times.irq + times.idle;
  }
  return { idle, all };
}

/**
 * Bytes per second that `threads` threads read together, best of five sweeps: each thread looks for a byte that is not there
 * (Buffer.indexOf of one byte is the memchr of the C library, vectorised, so memory is what limits it) in 256 MiB of its own.
 */
export async function memoryBandwidth(threads) {
  const bytes = 256 << 20;
  const workers = Array.from({ length: threads }, () => new Worker(import.meta.filename, { workerData: bytes }));
  const answers = () => Promise.all(workers.map(worker => new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  })));
  let best = 0;
  try {
    await answers();                                             // each has filled its buffer
    for (let sweep = 0; sweep < 5; sweep++) {
      const started = performance.now();
      const done = answers();
      for (const worker of workers) worker.postMessage('sweep');
      await done;
      best = Math.max(best, threads * bytes / ((performance.now() - started) / 1000));
    }
  } finally {
    await Promise.all(workers.map(worker => worker.terminate()));
  }
  return best;
}

if (!isMainThread && Number.isInteger(workerData)) {
  const buffer = Buffer.alloc(workerData, 1);                    // written, so that the pages exist
  parentPort.on('message', () => parentPort.postMessage(buffer.indexOf(0)));
  parentPort.postMessage('ready');
}
