"use strict";
// The figure of a proof: steps light up what they speak of, and points that are dragged take the others with them.
const data = JSON.parse(document.getElementById("data").textContent);
const svg = document.querySelector("figure svg"), drawing = svg.querySelector(".drawing");
const places = data.points.map(point => [...point]); // pixels

const svgElement = (kind, attributes) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", kind);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};

// The circle through three places, or null where they are on a line.
function circleThrough([a, b, c]) {
  const [bx, by, cx, cy] = [b[0] - a[0], b[1] - a[1], c[0] - a[0], c[1] - a[1]];
  const turn = 2 * (bx * cy - by * cx), bb = bx * bx + by * by, cc = cx * cx + cy * cy;
  if (Math.abs(turn) < 1e-6) return null;
  const x = (cy * bb - by * cc) / turn, y = (bx * cc - cx * bb) / turn;
  return { centre: [a[0] + x, a[1] + y], radius: Math.hypot(x, y) };
}

// The two points of a line that are farthest apart.
function ends(points) {
  let best = [points[0], points[0]], longest = -1;
  for (const a of points) for (const b of points) {
    const length = Math.hypot(places[a][0] - places[b][0], places[a][1] - places[b][1]);
    if (length > longest) [best, longest] = [[a, b], length];
  }
  return best;
}

// What a step speaks of.
let picked = null;
function show(step) {
  picked = step;
  for (const old of svg.querySelectorAll(".overlay")) old.remove();
  for (const old of svg.querySelectorAll(".picked")) old.classList.remove("picked");
  if (!step) return;
  const first = drawing.querySelector(".point");
  for (const line of step.lines) {
    const [a, b] = ends(line).map(point => places[point]);
    drawing.insertBefore(svgElement("line", { class: "overlay", x1: a[0], y1: a[1], x2: b[0], y2: b[1] }), first);
  }
  for (const [centre, ...points] of step.circles) {
    const round = centre === null ? circleThrough(points.map(point => places[point]))
      : { centre: places[centre], radius: Math.hypot(places[points[0]][0] - places[centre][0], places[points[0]][1] - places[centre][1]) };
    if (round) drawing.insertBefore(svgElement("circle", { class: "overlay", cx: round.centre[0], cy: round.centre[1], r: round.radius }), first);
  }
  for (const point of step.points) for (const part of svg.querySelectorAll(`[data-point="${point}"]`)) part.classList.add("picked");
}

for (const item of document.querySelectorAll("li[data-step]")) {
  const step = data.steps[item.dataset.step];
  item.addEventListener("pointerenter", () => show(step));
  item.addEventListener("pointerleave", () => show(null));
  item.addEventListener("focus", () => show(step));
  item.addEventListener("blur", () => show(null));
}

// What a fact of a construction leaves over, zero where it holds. p: places with y upwards.
const way = (p, a, b) => [p[b][0] - p[a][0], p[b][1] - p[a][1]];
const cross = (u, v) => u[0] * v[1] - u[1] * v[0], dot = (u, v) => u[0] * v[0] + u[1] * v[1], size = u => Math.hypot(u[0], u[1]) || 1e-9;
const turned = (u, v) => Math.atan2(cross(u, v), dot(u, v)); // from u to v
const log = Math.log, folded = angle => Math.sin(angle); // zero where lines, not rays, agree
const residuals = {
  Collinear: (p, q) => q.slice(2).map(c => cross(way(p, q[0], q[1]), way(p, q[0], c)) / size(way(p, q[0], q[1])) / data.unit),
  Parallel: (p, [a, b, c, d]) => [cross(way(p, a, b), way(p, c, d)) / size(way(p, a, b)) / size(way(p, c, d))],
  Perpendicular: (p, [a, b, c, d]) => [dot(way(p, a, b), way(p, c, d)) / size(way(p, a, b)) / size(way(p, c, d))],
  EqualLengths: (p, [a, b, c, d]) => [(size(way(p, a, b)) - size(way(p, c, d))) / data.unit],
  EqualAngles: (p, [a, b, c, d, e, f, g, h]) => [folded(turned(way(p, a, b), way(p, c, d)) - turned(way(p, e, f), way(p, g, h)))],
  EqualRatios: (p, [a, b, c, d, e, f, g, h]) => [log(size(way(p, a, b))) - log(size(way(p, c, d))) - log(size(way(p, e, f))) + log(size(way(p, g, h)))],
  Midpoint: (p, [m, a, b]) => [0, 1].map(axis => (2 * p[m][axis] - p[a][axis] - p[b][axis]) / data.unit),
  CircleCentre: (p, [o, a, ...rest]) => rest.map(b => (size(way(p, o, a)) - size(way(p, o, b))) / data.unit),
  Concyclic: (p, [a, b, ...rest]) => rest.slice(1).map(c => folded(turned(way(p, rest[0], a), way(p, rest[0], b)) - turned(way(p, c, a), way(p, c, b)))),
  AngleValue: (p, [a, b, c, d], value) => [folded(turned(way(p, a, b), way(p, c, d)) - value * Math.PI)],
  RatioValue: (p, [a, b, c, d], value) => [log(size(way(p, a, b))) - log(size(way(p, c, d))) - log(value)],
  SquaredRatioValue: (p, [a, b, c, d], value) => [log(size(way(p, a, b))) - log(size(way(p, c, d))) - log(value) / 2],
  LengthValue: (p, [a, b], value) => [(size(way(p, a, b)) / data.scale - value) * data.scale / data.unit],
  SquaredLengthValue: (p, [a, b], value) => [(size(way(p, a, b)) / data.scale - Math.sqrt(value)) * data.scale / data.unit],
};

// Moves the points of a clause as little as its facts allow: Gauss and Newton's method, damped (Levenberg and Marquardt). Returns what is left over.
function settle(p, clause) {
  if (clause.facts.length === 0) return 0;
  const left = () => clause.facts.flatMap(fact => residuals[fact.kind](p, fact.points, fact.value));
  const coordinates = clause.points.flatMap(point => [[point, 0], [point, 1]]);
  let now = left(), error = dot2(now, now), damping = 1e-9;
  for (let round = 0; round < 60 && error > 1e-22; round++) {
    const jacobian = coordinates.map(([point, axis]) => { // by columns
      const step = 1e-6 * data.unit, kept = p[point][axis];
      p[point][axis] = kept + step;
      const above = left();
      p[point][axis] = kept - step;
      const below = left();
      p[point][axis] = kept;
      return above.map((value, i) => (value - below[i]) / (2 * step) * data.unit);
    });
    // The shortest step: x = -Jᵀ (J Jᵀ + damping)⁻¹ r.
    const gram = now.map((_, i) => now.map((_, j) => jacobian.reduce((sum, column) => sum + column[i] * column[j], i === j ? damping : 0)));
    const weights = solve(gram, now.map(value => -value));
    const kept = coordinates.map(([point, axis]) => p[point][axis]);
    coordinates.forEach(([point, axis], i) => { p[point][axis] += data.unit * dot2(jacobian[i], weights); });
    const next = left(), nextError = dot2(next, next);
    if (nextError < error) [now, error, damping] = [next, nextError, Math.max(1e-12, damping / 10)];
    else {
      coordinates.forEach(([point, axis], i) => { p[point][axis] = kept[i]; });
      damping = Math.max(damping * 30, 1e-9);
      if (damping > 1e6) break;
    }
  }
  return error;
}

function dot2(u, v) { return u.reduce((sum, value, i) => sum + value * v[i], 0); }

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

// Puts a point somewhere and builds the rest of the figure anew, clause by clause; false where that cannot be done, and nothing moves.
function drag(point, to) {
  const p = places.map(([x, y]) => [x, -y]);
  const from = data.clauses.findIndex(clause => clause.points.includes(point));
  p[point] = [to[0], -to[1]];
  for (const clause of data.clauses.slice(from)) if (settle(p, clause) > 1e-14) return false;
  if (p.some(([x, y]) => !Number.isFinite(x) || !Number.isFinite(y))) return false;
  p.forEach(([x, y], i) => { places[i] = [x, -y]; });
  return true;
}

const offsets = new Map([...svg.querySelectorAll(".name")].map(name =>
  [name, [name.getAttribute("x") - places[name.dataset.point][0], name.getAttribute("y") - places[name.dataset.point][1]]]));

function redraw() {
  for (const mark of svg.querySelectorAll(".mark")) mark.remove(); // they are right for the first figure only
  for (const line of svg.querySelectorAll("[data-line]"))
    line.setAttribute("points", ends(line.dataset.line.split(" ").map(Number)).map(point => places[point].join(",")).join(" "));
  for (const circle of svg.querySelectorAll("[data-circle]")) {
    const points = circle.dataset.circle.split(" ").map(Number), centre = circle.dataset.centre;
    const round = centre === "" ? circleThrough(points.map(point => places[point]))
      : { centre: places[centre], radius: Math.hypot(places[points[0]][0] - places[centre][0], places[points[0]][1] - places[centre][1]) };
    if (round) [["cx", round.centre[0]], ["cy", round.centre[1]], ["r", round.radius]].forEach(([name, value]) => circle.setAttribute(name, value));
  }
  for (const dot of svg.querySelectorAll(".point")) [["cx", 0], ["cy", 1]].forEach(([name, axis]) => dot.setAttribute(name, places[dot.dataset.point][axis]));
  for (const [name, offset] of offsets) [["x", 0], ["y", 1]].forEach(([attribute, axis]) => name.setAttribute(attribute, places[name.dataset.point][axis] + offset[axis]));
  show(picked);
}

if (data.clauses) {
  for (const dot of svg.querySelectorAll(".point")) {
    dot.addEventListener("pointerdown", event => { dot.setPointerCapture(event.pointerId); event.preventDefault(); });
    dot.addEventListener("pointermove", event => {
      if (!dot.hasPointerCapture(event.pointerId)) return;
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      if (drag(Number(dot.dataset.point), [at.x, at.y])) redraw();
    });
  }
}
