"use strict";

/** 7B, 1.4T, 5.8e23: three significant digits. */
function count(value) {
    if (!Number.isFinite(value)) return value > 0 ? "∞" : "–";
    if (value === 0) return "0";
    const size = Math.abs(value), units = [["", 1], ["K", 1e3], ["M", 1e6], ["B", 1e9], ["T", 1e12]];
    if (size < 1e-2 || size >= 1e16) return power(value);
    const [unit, scale] = units.findLast(([, scale]) => size >= 0.9995 * scale) ?? units[0];
    return Number((value / scale).toPrecision(3)) + unit;
}

/** 5.76e23 */
function power(value) {
    const [digits, exponent] = value.toExponential(2).split("e");
    return Number(digits) + "e" + Number(exponent);
}

function dollars(value) {
    return Number.isFinite(value) ? "$" + count(value) : "–";
}

/** Ticks of an axis: round numbers, not more than fit. */
function ticks(from, to, log, most) {
    if (!log) {
        const raw = (to - from) / Math.max(1, most), magnitude = Math.pow(10, Math.floor(Math.log10(raw)));
        const step = [1, 2, 5, 10].map(unit => unit * magnitude).find(step => step >= raw);
        const found = [];
        for (let i = Math.ceil(from / step - 1e-9); i * step <= to * (1 + 1e-12); i++) found.push(i * step);
        return found;
    }
    const low = Math.floor(Math.log10(from)), high = Math.ceil(Math.log10(to));
    for (const [units, every] of [[[1, 2, 5], 1], [[1, 3], 1], [[1], 1], [[1], 2], [[1], 3], [[1], 5]]) {
        const found = [];
        for (let exponent = Math.ceil(low / every) * every; exponent <= high; exponent += every)
            for (const unit of units) found.push(unit * Math.pow(10, exponent));
        const inside = found.filter(tick => tick >= from * (1 - 1e-9) && tick <= to * (1 + 1e-9));
        if (inside.length <= most) return inside;
    }
    return [from, to];
}

/**
 * Draws curves and marks into an svg element at the width that it has on the page.
 * chart: { x: { label, log, format }, y: { ... , least? }, curves: [{ points: [[x, y]], color, dash? }], marks: [{ at: [x, y], color }], summary }
 */
function draw(svg, chart) {
    const width = Math.max(280, svg.clientWidth), height = 270, left = 68, right = 14, top = 12, bottom = 46;
    const ok = point => Number.isFinite(point[0]) && Number.isFinite(point[1]) && (!chart.y.log || point[1] > 0);
    const all = [...chart.curves.flatMap(curve => curve.points), ...chart.marks.map(mark => mark.at)].filter(ok);
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("height", height);
    svg.setAttribute("aria-label", chart.summary);
    if (all.length === 0) { svg.innerHTML = ""; return; }

    const scale = (axis, values, low, high) => {
        const to = axis.log ? Math.log : value => value;
        let from = Math.min(...values), until = Math.min(Math.max(...values), axis.most ?? Infinity);
        if (axis.pad) {
            const padding = Math.max(0.06 * (to(until) - to(from)), 1e-3);
            from = axis.log ? Math.exp(to(from) - padding) : from - padding;
            until = axis.log ? Math.exp(to(until) + padding) : until + padding;
        }
        return { from, until, of: value => low + (high - low) * (to(value) - to(from)) / (to(until) - to(from)) };
    };
    const x = scale(chart.x, all.map(point => point[0]), left, width - right);
    const y = scale({ ...chart.y, pad: true }, all.map(point => point[1]), height - bottom, top);

    const parts = [];
    for (const tick of ticks(x.from, x.until, chart.x.log, Math.floor((width - left - right) / 62)))
        parts.push(`<line class="grid" x1="${x.of(tick)}" x2="${x.of(tick)}" y1="${top}" y2="${height - bottom}"/><text x="${x.of(tick)}" y="${height - bottom + 16}" text-anchor="middle">${chart.x.format(tick)}</text>`);
    for (const tick of ticks(y.from, y.until, chart.y.log, 6))
        parts.push(`<line class="grid" x1="${left}" x2="${width - right}" y1="${y.of(tick)}" y2="${y.of(tick)}"/><text x="${left - 6}" y="${y.of(tick) + 4}" text-anchor="end">${chart.y.format(tick)}</text>`);
    parts.push(`<text x="${(left + width - right) / 2}" y="${height - 8}" text-anchor="middle">${chart.x.label}</text>`);
    parts.push(`<text transform="translate(13 ${(top + height - bottom) / 2}) rotate(-90)" text-anchor="middle">${chart.y.label}</text>`);
    parts.push(`<clipPath id="${svg.id}-area"><rect x="${left}" y="${top}" width="${width - left - right}" height="${height - top - bottom}"/></clipPath><g clip-path="url(#${svg.id}-area)">`);
    for (const curve of chart.curves) {
        const path = curve.points.filter(ok).map((point, i) => (i ? "L" : "M") + x.of(point[0]).toFixed(1) + " " + y.of(point[1]).toFixed(1)).join("");
        parts.push(`<path d="${path}" fill="none" stroke="${curve.color}" stroke-width="2"${curve.dash ? ` stroke-dasharray="${curve.dash}"` : ""}/>`);
    }
    parts.push("</g>");
    for (const mark of chart.marks.filter(mark => ok(mark.at) && mark.at[1] <= y.until))
        parts.push(`<circle cx="${x.of(mark.at[0])}" cy="${y.of(mark.at[1])}" r="5.5" fill="${mark.color}" stroke="var(--paper)" stroke-width="1.5"/>`);
    parts.push(`<rect class="frame" x="${left}" y="${top}" width="${width - left - right}" height="${height - top - bottom}"/>`);
    svg.innerHTML = parts.join("");
}

/** Points of a function over a range. */
function sampled(from, to, log, f) {
    const points = [];
    for (let i = 0; i <= 100; i++) {
        const x = log ? from * Math.pow(to / from, i / 100) : from + (to - from) * i / 100;
        points.push([x, f(x)]);
    }
    return points;
}
