// From rounds to one line per format, and to the file of all rounds.

import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { median, ratio, spread } from './statistics.mjs';

/**
 * Medians of both engines and the ratios between them.
 *
 * @param {{peer: object[], tern: object[]}} rounds answers of llama.mjs and of `tern bench --json`, in the order of time
 * @param {number} memoryGbps what the memory of the machine gives
 */
export function summarise(rounds, memoryGbps) {
  const summary = {};
  const sequences = rounds.peer[0]?.sequences ?? 1;              // a step of all of them reads the weights once
  // Both are charged the same bytes per token, however they lay the weights out in memory.
  const bytesPerToken = rounds.peer[0]?.weight_bytes_per_token;
  for (const engine of ['peer', 'tern']) {
    const answers = rounds[engine];
    if (answers.length === 0) continue;
    const tg = answers.map(answer => answer.tg_tps);
    const gbps = bytesPerToken ? median(tg) / sequences * bytesPerToken / 1e9 : median(answers.map(answer => answer.read_gbps).filter(Number.isFinite));
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

/** "q4_0 x8 @ d4096": what a row of the table measured. */
export function caseName({ format, depth, sequences }) {
  return format + (sequences > 1 ? ` x${sequences}` : '') + (depth !== null && depth !== undefined ? ` @ d${depth}` : '');
}

/** How many times the tokens of one sequence several give together, for both engines: a markdown table. */
export function batchTable({ formats }) {
  const lines = ['| sequences | llama.cpp tg | of one | Tern tg | of one |', '|---|--:|--:|--:|--:|'];
  for (const several of formats.filter(f => f.sequences > 1)) {
    const one = formats.find(f => f.format === several.format && f.depth === several.depth && f.sequences === 1);
    const cells = ['peer', 'tern'].flatMap(engine => [fixed(several[engine]?.tg_tps, 1), times(several[engine]?.tg_tps / one?.[engine]?.tg_tps)]);
    lines.push(`| ${[caseName(several), ...cells].join(' | ')} |`);
  }
  return lines.join('\n');
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
  for (const { file_bytes, peer, tern, pp_ratio, tg_ratio, ...what } of report.formats) {
    const cells = [
      caseName(what), fixed(file_bytes / 1e6, 0),
      fixed(peer?.pp_tps, 1), fixed(tern?.pp_tps, 1), times(pp_ratio),
      fixed(peer?.tg_tps, 1), fixed(tern?.tg_tps, 1), times(tg_ratio),
      fixed(peer?.gbps, 1), fixed(tern?.gbps, 1), tern?.share_of_memory ? `${Math.round(100 * tern.share_of_memory)} %` : '-',
    ];
    lines.push(`| ${cells.join(' | ')} |`);
  }
  return lines.join('\n');
}

const root = path.resolve(import.meta.dirname, '..', '..');

/** docs/results/peers/<name>.json */
export function resultFile(name) {
  return path.join(root, 'docs', 'results', 'peers', `${name}.json`);
}

/** Complete or not at all. */
export function writeReport(file, report) {
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  writeFileSync(`${file}.partial`, `${JSON.stringify(report, null, 2)}\n`);
  renameSync(`${file}.partial`, file);
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
