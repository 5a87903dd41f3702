// The roofline of a run: how many operations a second each format reached, over how many it does for each byte of weights, and the roofs that
// memory and processor put over them. Williams, Waterman and Patterson 2009, "Roofline: an insightful visual performance model".
//
//   node run.mjs --only tern --batch 1,8 --formats f32,f16,... -o run.json
//   node roofline.mjs run.json                 writes docs/pictures/roofline.svg

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { leaveWith, readArguments } from './arguments.mjs';
import * as tern from './tern.mjs';

const area = { left: 66, right: 884, top: 54, bottom: 520 };
const size = { width: 900, height: 590 };
const labels = { spacing: 11, gap: 9, letter: 6 };
const families = [
  ['float', /^(f|bf)\d+$/],
  ['block', /^q\d_[01]$/],
  ['super', /^q\d_k$/],
  ['codebook', /^iq/],
  ['ternary', /^tq/],
];
const kinds = [
  { name: 'one token', mark: (x, y) => `<circle cx="${x}" cy="${y}" r="4.5"/>` },
  { name: 'one token of each of several sequences', mark: (x, y) => `<rect x="${x - 4}" y="${y - 4}" width="8" height="8"/>` },
  { name: 'a prompt', mark: (x, y) => `<path d="M${x} ${y - 5.5}l5 9h-10z"/>` },
];

/** What a report of run.mjs says: points {format, kind, intensity (operations per byte), gops} and the roofs. */
export function readPoints(report) {
  const points = [];
  const roofs = { read: 0, int8: 0, bf16: 0, fp32: 0 };
  for (const { format, sequences, tern: speeds, rounds } of report.formats) {
    for (const { limits } of rounds.tern.filter(round => round.limits)) {
      for (const [name, value] of [['read', limits.read_gbps], ['int8', limits.int8_gops], ['bf16', limits.bf16_gflops], ['fp32', limits.fp32_gflops]])
        roofs[name] = Math.max(roofs[name], value ?? 0);
    }
    const { rows, weight_bytes_per_token: bytes } = rounds.tern[0] ?? {};
    if (!rows) continue;
    const operations = rows[0].gflops * 1e9 / rows[0].tokens_per_second;      // of one token
    const add = (kind, tokens, speed) => points.push({ format, kind, intensity: operations * tokens / bytes, gops: operations * speed / 1e9 });
    add(sequences > 1 ? 1 : 0, sequences, speeds.tg_tps);
    if (sequences === 1) add(2, report.prompt_tokens, speeds.pp_tps);
  }
  return { points, roofs };
}

/** Moves values apart until neighbours have a distance; their order and, as far as possible, their places stay. */
export function spreadOut(values, distance) {
  const groups = [];                                             // of neighbours that touch: where they begin, and the places they want
  for (const value of values) {
    groups.push({ wanted: [value], start: value });
    while (groups.length > 1) {
      const [before, last] = groups.slice(-2);
      if (before.start + before.wanted.length * distance <= last.start) break;
      groups.splice(-2);
      const wanted = [...before.wanted, ...last.wanted];
      groups.push({ wanted, start: wanted.reduce((sum, place, i) => sum + place - i * distance, 0) / wanted.length });
    }
  }
  return groups.flatMap(({ wanted, start }) => wanted.map((_, i) => start + i * distance));
}

function draw({ points, roofs }, title) {
  const xs = points.map(point => point.intensity);
  const range = { x: [Math.min(...xs) / 1.6, Math.max(...xs) * 2], y: [Math.min(...points.map(point => point.gops)) / 6, Math.max(roofs.int8, roofs.bf16, roofs.fp32) * 1.7] };
  const scale = ([low, high], from, to) => value => Number((from + Math.log(value / low) / Math.log(high / low) * (to - from)).toFixed(1));
  const [x, y] = [scale(range.x, area.left, area.right), scale(range.y, area.bottom, area.top)];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="Roofline: ${title}">`,
    `<style>${styles}</style>`,
    `<rect class="page" width="${size.width}" height="${size.height}"/>`,
    `<text x="${area.left}" y="24" font-size="15" font-weight="600">${title}</text>`,
    ...grid(range, x, y),
    ...roofLines(roofs, namesAt(points, range.x), range, x, y),
    ...kinds.flatMap((kind, i) => cluster(kind, points.filter(point => point.kind === i), x, y)),
    ...legend(),
    '</svg>',
  ].join('\n');
}

const styles = `
text{fill:#1f2328}.page{fill:#fff}.grid{stroke:#d8dee4}.roof{stroke:#57606a;stroke-width:1.6;fill:none}.soft{fill:#57606a;font-size:11px}.leader{stroke:#afb8c1;stroke-width:.7;fill:none}
.float{fill:#0969da}.block{fill:#bf3989}.super{fill:#1a7f37}.codebook{fill:#9a6700}.ternary{fill:#8250df}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.page{fill:#0d1117}.grid{stroke:#30363d}.roof{stroke:#9198a1}.soft{fill:#9198a1}.leader{stroke:#57606a}
.float{fill:#58a6ff}.block{fill:#f778ba}.super{fill:#56d364}.codebook{fill:#e3b341}.ternary{fill:#bc8cff}}
`;

function grid({ x: [left, right], y: [low, high] }, x, y) {
  const powers = (from, to) => Array.from({ length: Math.floor(Math.log10(to)) - Math.ceil(Math.log10(from)) + 1 }, (_, i) => 10 ** (Math.ceil(Math.log10(from)) + i));
  return [
    ...powers(left, right).flatMap(value => [
      `<path class="grid" d="M${x(value)} ${area.top}V${area.bottom}"/>`,
      `<text class="soft" x="${x(value)}" y="${area.bottom + 18}" text-anchor="middle">${number(value)}</text>`,
    ]),
    ...powers(low, high).flatMap(value => [
      `<path class="grid" d="M${area.left} ${y(value)}H${area.right}"/>`,
      `<text class="soft" x="${area.left - 8}" y="${y(value) + 4}" text-anchor="end">${number(value)}</text>`,
    ]),
    `<text x="${(area.left + area.right) / 2}" y="${area.bottom + 36}" text-anchor="middle">operations per byte of weights</text>`,
    `<text transform="translate(18 ${(area.top + area.bottom) / 2}) rotate(-90)" text-anchor="middle">10⁹ operations per second</text>`,
  ];
}

/** The intensity at which the peaks are named: where no points are, between several sequences and prompts. */
function namesAt(points, [, right]) {
  const of = kind => points.filter(point => point.kind === kind).map(point => point.intensity);
  return Math.sqrt(Math.max(...of(0), ...of(1)) * Math.min(right, ...of(2)));
}

/** Each peak from where memory would feed it on to the right; memory from the left to the highest of them. */
function roofLines({ read, ...peaks }, names, { x: [left], y: [low] }, x, y) {
  const named = [['int8', peaks.int8], ['bfloat16', peaks.bf16], ['float32', peaks.fp32]].filter(([, peak]) => peak > 0);
  const highest = Math.max(...named.map(([, peak]) => peak));
  const start = Math.max(left, low / read);
  const middle = Math.sqrt(start * highest / read);
  const angle = Math.atan2(y(read * 2) - y(read), x(2) - x(1)) * 180 / Math.PI;
  return [
    `<path class="roof" d="M${x(start)} ${y(start * read)}L${x(highest / read)} ${y(highest)}"/>`,
    `<text class="soft" transform="translate(${x(middle)} ${y(middle * read)}) rotate(${angle.toFixed(1)}) translate(0 -6)" text-anchor="middle">memory, ${read.toFixed(0)} GB/s</text>`,
    ...named.flatMap(([name, peak]) => [
      `<path class="roof" d="M${x(peak / read)} ${y(peak)}H${area.right}"/>`,
      `<text class="soft" x="${x(names)}" y="${y(peak) - 5}" text-anchor="middle">${name}, ${number(Math.round(peak))} G/s</text>`,
    ]),
  ];
}

/** The points of one kind with their names below them, upright and moved apart. */
function cluster({ mark }, points, x, y) {
  const sorted = [...points].sort((a, b) => a.intensity - b.intensity || a.format.localeCompare(b.format));
  if (sorted.length === 0) return [];
  const places = spreadOut(sorted.map(point => x(point.intensity)), labels.spacing);
  const below = Math.max(...sorted.map(point => y(point.gops))) + labels.gap;
  return sorted.flatMap(({ format, intensity, gops }, i) => {
    const [place, family] = [places[i].toFixed(1), familyOf(format)];
    return [
      `<path class="leader" d="M${x(intensity)} ${y(gops)}V${below}L${place} ${below + 12}"/>`,
      `<g class="${family}">${mark(x(intensity), y(gops))}<text class="${family}" font-size="10.5" transform="translate(${place} ${below + 15}) rotate(-90) translate(0 3.5)" text-anchor="end">${format}</text></g>`,
    ];
  });
}

function legend() {
  let at = area.left;
  return kinds.flatMap(({ name, mark }) => {
    const here = at;
    at += 26 + labels.letter * name.length;
    return [`<g class="soft">${mark(here + 5, size.height - 14)}</g>`, `<text class="soft" x="${here + 15}" y="${size.height - 10}">${name}</text>`];
  });
}

function familyOf(format) {
  return families.find(([, pattern]) => pattern.test(format))?.[0] ?? 'soft';
}

function number(value) {
  return value.toLocaleString('en-US', { maximumFractionDigits: 3 });
}

function main() {
  const { positions: [file], out } = readArguments('roofline.mjs run.json [options]', {
    out: { short: 'o', default: path.join(tern.root, 'docs', 'pictures', 'roofline.svg'), description: 'the picture' },
  }, 1);
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const read = readPoints(report);
  if (read.points.length === 0 || read.roofs.read === 0) leaveWith(`${file} has no measurements of Tern with the limits of its machine`);
  mkdirSync(path.dirname(path.resolve(out)), { recursive: true });
  writeFileSync(out, `${draw(read, `${report.machine.cpu}, ${report.threads} threads: one token, several sequences, a prompt of ${report.prompt_tokens}`)}\n`);
  console.error(`written to ${out}`);
}

if (import.meta.filename === process.argv[1]) main();
