// From rounds to one line per format.

import { median, ratio, spread } from './statistics.mjs';

/**
 * Medians of both engines and the ratios between them.
 *
 * @param {{peer: object[], tern: object[]}} rounds answers of llama.mjs and of `tern bench --json`, in the order of time
 * @param {number} memoryGbps what the memory of the machine gives
 */
export function summarise(rounds, memoryGbps) {
  const summary = {};
  // Both are charged the same bytes per token, however they lay the weights out in memory.
  const bytesPerToken = rounds.peer[0]?.weight_bytes_per_token;
  for (const engine of ['peer', 'tern']) {
    const answers = rounds[engine];
    if (answers.length === 0) continue;
    const tg = answers.map(answer => answer.tg_tps);
    const gbps = bytesPerToken ? median(tg) * bytesPerToken / 1e9 : median(answers.map(answer => answer.read_gbps).filter(Number.isFinite));
    summary[engine] = {
      pp_tps: median(answers.map(answer => answer.pp_tps)),
      pp_spread: spread(answers.map(answer => answer.pp_tps)),
      tg_tps: median(tg),
      tg_spread: spread(tg),
      gbps,
      share_of_memory: gbps / memoryGbps,
      load_ms: median(answers.map(answer => answer.load_ms)),
      peak_rss_bytes: median(answers.map(answer => answer.peak_rss_bytes)),
    };
  }
  if (summary.peer && summary.tern) {
    summary.pp_ratio = ratio(rounds.tern.map(r => r.pp_tps), rounds.peer.map(r => r.pp_tps));
    summary.tg_ratio = ratio(rounds.tern.map(r => r.tg_tps), rounds.peer.map(r => r.tg_tps));
  }
  return summary;
}

/** The report as a markdown table; a dash where there is no number. */
export function toTable(report) {
  const lines = [
    `llama.cpp ${releaseOf(report)} and Tern ${report.tern.revision ?? ''} on ${report.machine.cpu}, ${report.threads} threads, `
      + `${report.memory_gbps.toFixed(1)} GB/s; prompt ${report.prompt_tokens}, then ${report.decoded_tokens} tokens; tokens per second, medians of `
      + `${Math.max(0, ...report.formats.map(f => Math.max(f.rounds.peer.length, f.rounds.tern.length)))} rounds`,
    '',
    '| format | MB | llama.cpp pp | Tern pp | ratio | llama.cpp tg | Tern tg | ratio | llama.cpp GB/s | Tern GB/s | share of memory |',
    '|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|',
  ];
  for (const { format, file_bytes, peer, tern, pp_ratio, tg_ratio } of report.formats) {
    const cells = [
      format, fixed(file_bytes / 1e6, 0),
      fixed(peer?.pp_tps, 1), fixed(tern?.pp_tps, 1), times(pp_ratio),
      fixed(peer?.tg_tps, 1), fixed(tern?.tg_tps, 1), times(tg_ratio),
      fixed(peer?.gbps, 1), fixed(tern?.gbps, 1), tern?.share_of_memory ? `${Math.round(100 * tern.share_of_memory)} %` : '-',
    ];
    lines.push(`| ${cells.join(' | ')} |`);
  }
  return lines.join('\n');
}

function releaseOf(report) {
  return report.formats.flatMap(f => f.rounds.peer)[0]?.release ?? '';
}

function fixed(value, digits) {
  return Number.isFinite(value) ? value.toFixed(digits) : '-';
}

function times(value) {
  return Number.isFinite(value) ? `${value.toFixed(2)}x` : '-';
}
