"use strict";
// Keeps the facts of a construction while a point is dragged. p: places with y upwards, in pixels.

// Pixels by which lengths are measured, and pixels of a length of one.
let unit = 100, scale = 1;

const way = (p, a, b) => [p[b][0] - p[a][0], p[b][1] - p[a][1]];
const cross = (u, v) => u[0] * v[1] - u[1] * v[0], dot = (u, v) => u[0] * v[0] + u[1] * v[1], size = u => Math.hypot(u[0], u[1]) || 1e-9;
const turned = (u, v) => Math.atan2(cross(u, v), dot(u, v)); // from u to v
const log = Math.log, folded = angle => Math.sin(angle); // zero where lines, not rays, agree
// What a fact leaves over, zero where it holds.
const residuals = {
  Collinear: (p, q) => q.slice(2).map(c => cross(way(p, q[0], q[1]), way(p, q[0], c)) / size(way(p, q[0], q[1])) / unit),
  Parallel: (p, [a, b, c, d]) => [cross(way(p, a, b), way(p, c, d)) / size(way(p, a, b)) / size(way(p, c, d))],
  Perpendicular: (p, [a, b, c, d]) => [dot(way(p, a, b), way(p, c, d)) / size(way(p, a, b)) / size(way(p, c, d))],
  EqualLengths: (p, [a, b, c, d]) => [(size(way(p, a, b)) - size(way(p, c, d))) / unit],
  EqualAngles: (p, [a, b, c, d, e, f, g, h]) => [folded(turned(way(p, a, b), way(p, c, d)) - turned(way(p, e, f), way(p, g, h)))],
  EqualRatios: (p, [a, b, c, d, e, f, g, h]) => [log(size(way(p, a, b))) - log(size(way(p, c, d))) - log(size(way(p, e, f))) + log(size(way(p, g, h)))],
  Midpoint: (p, [m, a, b]) => [0, 1].map(axis => (2 * p[m][axis] - p[a][axis] - p[b][axis]) / unit),
  CircleCentre: (p, [o, a, ...rest]) => rest.map(b => (size(way(p, o, a)) - size(way(p, o, b))) / unit),
  Concyclic: (p, [a, b, ...rest]) => rest.slice(1).map(c => folded(turned(way(p, rest[0], a), way(p, rest[0], b)) - turned(way(p, c, a), way(p, c, b)))),
  AngleValue: (p, [a, b, c, d], value) => [folded(turned(way(p, a, b), way(p, c, d)) - value * Math.PI)],
  RatioValue: (p, [a, b, c, d], value) => [log(size(way(p, a, b))) - log(size(way(p, c, d))) - log(value)],
  SquaredRatioValue: (p, [a, b, c, d], value) => [log(size(way(p, a, b))) - log(size(way(p, c, d))) - log(value) / 2],
  LengthValue: (p, [a, b], value) => [(size(way(p, a, b)) / scale - value) * scale / unit],
  SquaredLengthValue: (p, [a, b], value) => [(size(way(p, a, b)) / scale - Math.sqrt(value)) * scale / unit],
};

// Moves the points of a clause as little as its facts allow: Gauss and Newton's method, damped (Levenberg and Marquardt). Returns what is left over.
function settle(p, clause) {
  if (clause.facts.length === 0) return 0;
  const left = () => clause.facts.flatMap(fact => residuals[fact.kind](p, fact.points, fact.value));
  const coordinates = clause.points.flatMap(point => [[point, 0], [point, 1]]);
  let now = left(), error = inner(now, now), damping = 1e-9;
  for (let round = 0; round < 60 && error > 1e-22; round++) {
    const jacobian = coordinates.map(([point, axis]) => { // by columns
      const step = 1e-6 * unit, kept = p[point][axis];
      p[point][axis] = kept + step;
      const above = left();
      p[point][axis] = kept - step;
      const below = left();
      p[point][axis] = kept;
      return above.map((value, i) => (value - below[i]) / (2 * step) * unit);
    });
    // The shortest step: x = -Jᵀ (J Jᵀ + damping)⁻¹ r.
    const gram = now.map((_, i) => now.map((_, j) => jacobian.reduce((sum, column) => sum + column[i] * column[j], i === j ? damping : 0)));
    const weights = solve(gram, now.map(value => -value));
    const kept = coordinates.map(([point, axis]) => p[point][axis]);
    coordinates.forEach(([point, axis], i) => { p[point][axis] += unit * inner(jacobian[i], weights); });
    const next = left(), nextError = inner(next, next);
    if (nextError < error) [now, error, damping] = [next, nextError, Math.max(1e-12, damping / 10)];
    else {
      coordinates.forEach(([point, axis], i) => { p[point][axis] = kept[i]; });
      damping = Math.max(damping * 30, 1e-9);
      if (damping > 1e6) break;
    }
  }
  return error;
}

function inner(u, v) { return u.reduce((sum, value, i) => sum + value * v[i], 0); }

// Gauss's elimination with the largest pivot.
function solve(matrix, right) {
  const rows = matrix.map((row, i) => [...row, right[i]]), n = rows.length;
  for (let k = 0; k < n; k++) {
    const pivot = rows.reduce((best, row, i) => i >= k && Math.abs(row[k]) > Math.abs(rows[best][k]) ? i : best, k);
    [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
    if (Math.abs(rows[k][k]) < 1e-300) continue;
    for (let i = k + 1; i < n; i++) {
      const factor = rows[i][k] / rows[k][k];
      for (let j = k; j <= n; j++) rows[i][j] -= factor * rows[k][j];
    }
  }
  const x = new Array(n).fill(0);
  for (let k = n - 1; k >= 0; k--) {
    if (Math.abs(rows[k][k]) < 1e-300) continue;
    x[k] = (rows[k][n] - rows[k].slice(k + 1, n).reduce((sum, value, i) => sum + value * x[k + 1 + i], 0)) / rows[k][k];
  }
  return x;
}

// The places after a point is put somewhere and the rest of the figure is built anew, clause by clause; null where that cannot be done.
function dragged(data, places, point, to) {
  [unit, scale] = [data.unit, data.scale];
  const p = places.map(([x, y]) => [x, -y]);
  const from = data.clauses.findIndex(clause => clause.points.includes(point));
  p[point] = [to[0], -to[1]];
  for (const clause of data.clauses.slice(from)) if (settle(p, clause) > 1e-14) return null;
  return p.every(([x, y]) => Number.isFinite(x) && Number.isFinite(y)) ? p.map(([x, y]) => [x, -y]) : null;
}
