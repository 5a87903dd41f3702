// llama.cpp as this folder uses it: the CPU build that node-llama-cpp carries, one model, one sequence or several.

/** Why llama.cpp cannot be used here, or null where it can (the package is an optional install: `npm ci`). */
export async function peerMissing() {
  try {
    await import('node-llama-cpp');
    return null;
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    return 'node-llama-cpp is not installed: run `npm ci --ignore-scripts` in bench/peers';
  }
}

/**
 * Maps a GGUF file and opens its sequences (`sequence` is the first). A whole prompt of up to 512 tokens is one batch, as in llama-bench.
 * The caller leaves by process.exit: taking llama.cpp down tensor by tensor costs seconds and nobody needs the memory again.
 *
 * @param {string} modelPath
 * @param {{threads: number, contextSize: number, sequences?: number, cacheType?: 'F16' | 'F32'}} options contextSize is that of each sequence
 */
export async function openPeer(modelPath, { threads, contextSize, sequences = 1, cacheType = 'F16' }) {
  const { getLlama } = await import('node-llama-cpp');
  const llama = await getLlama({ gpu: false, build: 'never', logLevel: 'error', maxThreads: threads });
  const started = performance.now();
  const model = await llama.loadModel({ modelPath, useMmap: true });
  const loadMs = performance.now() - started;
  const context = await model.createContext({
    contextSize,
    sequences,
    // Flash attention rounds keys and values to F16 whatever the type of the cache is.
    flashAttention: cacheType === 'F32' ? false : 'auto',
    experimentalKvCacheKeyType: cacheType,
    experimentalKvCacheValueType: cacheType,
    batchSize: Math.min(512, contextSize),
    threads: { ideal: threads, min: threads },
  });
  const opened = Array.from({ length: sequences }, () => context.getSequence());
  return {
    model,
    sequence: opened[0],
    sequences: opened,
    loadMs,
    about: {
      release: llama.llamaCppRelease.release,
      build: llama.buildType,
      system_info: llama.systemInfo.trim(),
    },
  };
}
