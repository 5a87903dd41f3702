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
  for (const old of document.querySelectorAll(".picked")) old.classList.remove("picked");
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
  for (const premise of step.premises) document.querySelector(`li[data-step="${premise}"]`).classList.add("picked");
  for (const point of step.points) for (const part of svg.querySelectorAll(`[data-point="${point}"]`)) part.classList.add("picked");
}

for (const item of document.querySelectorAll("li[data-step]")) {
  const step = data.steps[item.dataset.step];
  item.addEventListener("pointerenter", () => show(step));
  item.addEventListener("pointerleave", () => show(null));
  item.addEventListener("focus", () => show(step));
  item.addEventListener("blur", () => show(null));
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
      const next = dragged(data, places, Number(dot.dataset.point), [at.x, at.y]);
      if (!next) return;
      next.forEach((place, i) => { places[i] = place; });
      redraw();
    });
  }
}
