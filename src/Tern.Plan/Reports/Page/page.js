"use strict";

const at = id => document.getElementById(id);
const data = JSON.parse(at("data").textContent);

const percent = value => Number(value.toPrecision(3)) + " %";

/** What the sliders say: logarithmic ones hold the exponent of ten, and the last place of bits means that there is no rounding (null). */
const sliders = {
    flop: { show: power, log: true, unit: " FLOP" },
    served: { show: value => value === 0 ? "none" : count(value), log: true, zero: true },
    promptShare: { show: value => percent(value) },
    trainBits: { show: value => value === null ? "full precision" : value + " bits", none: true },
    serveBits: { show: value => value === null ? "as trained" : value + " bits", none: true },
    trainUsd: { show: value => "$" + value.toFixed(2) },
    serveUsd: { show: value => "$" + value.toFixed(2) },
    trainMfu: { show: value => percent(value) },
    prefillMfu: { show: value => percent(value) },
    generationMfu: { show: percent },
};

function value(id) {
    const { log, zero, none } = sliders[id], input = at(id), number = Number(input.value);
    if (zero && number <= Number(input.min)) return 0;
    // A slider that nobody moved stands for the plan's own number, which lies between two of its steps.
    if (input.dataset.moved !== "yes") return data.start[id];
    if (none && number >= Number(input.max)) return null;
    return log ? Math.pow(10, number) : number;
}

function start() {
    for (const id of Object.keys(sliders)) {
        const { log } = sliders[id], input = at(id), number = data.start[id];
        input.dataset.moved = "no";
        input.value = number === null ? input.max : log ? (number > 0 ? Math.log10(number) : input.min) : number;
    }
    for (const id of choices) at(id).value = data.start[id];
}

const choices = ["law", "objective"];

/** The whole plan for what the sliders say. */
function answer() {
    const settings = Object.fromEntries(Object.keys(sliders).map(id => [id, value(id)]));
    for (const id of choices) settings[id] = at(id).value;
    return planner.plan(data, settings);
}

function cell(id, text) { at(id).textContent = text; }

function show(plan) {
    for (const id of Object.keys(sliders)) {
        const text = sliders[id].show(plan[id]) + (sliders[id].unit ?? "");
        cell(id + "-shown", text);
        at(id).setAttribute("aria-valuetext", text);
    }
    for (const [name, at] of [["training", plan.training], ["lifetime", plan.lifetime]]) {
        cell(name + "-n", count(at.n));
        cell(name + "-d", count(at.d));
        cell(name + "-ratio", count(at.d / at.n));
        cell(name + "-loss", plan.lossAt(at.n, at.d).toFixed(4));
        cell(name + "-flop", power(laws.trainingFlopPerParameterAndToken * at.n * at.d));
        cell(name + "-train-usd", dollars(plan.trainingUsd(at.n, at.d)));
        cell(name + "-serve-usd", dollars(plan.servingUsd(at.n)));
        cell(name + "-usd", dollars(plan.trainingUsd(at.n, at.d) + plan.servingUsd(at.n)));
    }
    const { damage, critical } = plan;
    cell("best-bits", laws.bestBits(data.precision).toFixed(1) + " bits");
    cell("damage", damage === 0 ? "none" : "+" + damage.toPrecision(3));
    cell("trained-loss", (plan.loss - damage).toFixed(4));
    cell("critical", plan.serveBits === null ? "no rounding" : count(critical));
    cell("effective", count(plan.effective));
    cell("formats", plan.on);
    cell("source", plan.chosen.source + (plan.chosen.warning ? "; " + plan.chosen.warning : ""));
    drawAll(plan);
}

const loss3 = value => Number(value.toFixed(3)).toString();

function drawAll(plan) {
    const { law, training, lifetime, critical, lossAt, tokensFor } = plan, bits = plan.trainBits ?? laws.fullBits, money = plan.objective === "usd";
    const budgets = [[plan.flop / 10, "var(--c3)", "5 4"], [plan.flop, "var(--c1)", null], [plan.flop * 10, "var(--c4)", "2 3"]];
    draw(at("isoflop"), {
        x: { label: "parameters N", log: true, format: count }, y: { label: "loss, nats per token", format: loss3 },
        curves: budgets.map(([flop, color, dash]) => {
            const product = flop * laws.fullBits / bits / laws.trainingFlopPerParameterAndToken, best = laws.optimumForFlop(law, flop * laws.fullBits / bits);
            return { color, dash, points: sampled(best.n / 12, best.n * 12, true, n => lossAt(n, product / n)) };
        }),
        marks: budgets.map(([flop, color]) => {
            const best = flop === plan.flop ? training : planner.plan(data, { ...plan, law: plan.chosen.name, flop }).training;
            return { at: [best.n, lossAt(best.n, best.d)], color };
        }),
        summary: `Loss over parameters at fixed operations: lowest at ${count(training.n)} parameters for ${power(plan.flop)} FLOP.`,
    });

    const least = Math.pow(law.A / (plan.loss - law.E), 1 / law.alpha), cost = (n, serving) => plan.cost(n, tokensFor(n, plan.loss), serving);
    const total = cost(lifetime.n, true);
    draw(at("lifetime"), {
        x: { label: "parameters N, each trained to the same loss", log: true, pad: true, format: count }, y: { label: money ? "dollars" : "operations, FLOP", log: true, format: money ? dollars : power, most: total * 20 },
        curves: [
            { color: "var(--c1)", dash: "5 4", points: sampled(least * 1.02, training.n * 10, true, n => cost(n, false)) },
            { color: "var(--c2)", points: sampled(least * 1.02, training.n * 10, true, n => cost(n, true)) },
        ],
        marks: [{ at: [training.n, cost(training.n, false)], color: "var(--c1)" }, { at: [lifetime.n, total], color: "var(--c2)" }],
        summary: `Cost over parameters: training alone is cheapest at ${count(training.n)}, with serving at ${count(lifetime.n)}.`,
    });

    const trainedIn = p => { const law = plan.atBits(p), best = laws.optimumForFlop(law, plan.flop * laws.fullBits / p); return laws.loss(law, best.n, best.d); };
    const best = laws.bestBits(data.precision);
    draw(at("bits"), {
        x: { label: "bits while training, same budget", format: String }, y: { label: "loss before rounding", format: loss3 },
        curves: [{ color: "var(--c1)", points: sampled(2, 16, false, trainedIn) }],
        marks: [{ at: [best, trainedIn(best)], color: "var(--c3)" }, { at: [bits, trainedIn(bits)], color: "var(--c2)" }],
        summary: `Loss over bits while training: lowest at ${best.toFixed(1)} bits.`,
    });

    const served = plan.serveBits;
    const rounded = d => lossAt(lifetime.n, d);
    const from = lifetime.d / 100, to = lifetime.d * 100;
    draw(at("rounding"), {
        x: { label: "training tokens D", log: true, format: count }, y: { label: "loss, nats per token", format: loss3, most: rounded(lifetime.d) + 1 },
        curves: [
            { color: "var(--c1)", dash: "5 4", points: sampled(from, to, true, d => laws.loss(law, lifetime.n, d)) },
            ...(served === null ? [] : [{ color: "var(--c2)", points: sampled(from, to, true, rounded) }]),
        ],
        marks: [
            { at: [lifetime.d, rounded(lifetime.d)], color: "var(--c2)" },
            ...(critical >= from && critical <= to && plan.damage > 0 ? [{ at: [critical, rounded(critical)], color: "var(--c3)" }] : []),
        ],
        summary: `Loss over tokens of ${count(lifetime.n)} parameters, ${served === null ? "not rounded" : `before and after rounding to ${served} bits`}.`,
    });
}

for (const law of data.laws) at("law").add(new Option(law.name, law.name));
start();
const update = () => show(answer());
for (const id of Object.keys(sliders)) at(id).addEventListener("input", event => { event.target.dataset.moved = "yes"; update(); });
for (const id of choices) at(id).addEventListener("input", update);
at("reset").addEventListener("click", () => { start(); update(); });
// Charts are drawn at their width on the page; drawing them changes their height alone.
let width = at("charts").clientWidth;
new ResizeObserver(() => requestAnimationFrame(() => {
    if (at("charts").clientWidth === width) return;
    width = at("charts").clientWidth;
    update();
})).observe(at("charts"));
update();
