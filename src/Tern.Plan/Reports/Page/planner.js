"use strict";

// The plan for what the sliders say, as Tern.Plan.Budgets.Planner makes it: operations 6 N D and 2 N, fresh data. By closed form and one root without rounding; by golden section over ln N with it.
const planner = {
    /** The fastest format of at least so many bits, or the one that was asked for. */
    format: (formats, bits) => formats.filter(format => format.always || format.bits >= bits).reduce((best, format) => !best || format.peak > best.peak ? format : best, null) ?? { name: "none", bits, peak: NaN },

    /** Dollars of an operation of training, of reading prompts, of generating. Weights of fewer bits than the format has are generated from faster, in proportion. */
    usdPrices(data, s) {
        const training = this.format(data.trainingFormats, s.trainBits ?? laws.fullBits);
        const serving = this.format(data.servingFormats, s.serveBits ?? Math.min(s.trainBits ?? data.defaultServingBits, data.defaultServingBits));
        const stored = s.serveBits ?? s.trainBits;
        return {
            training: laws.usdPerFlop(s.trainUsd, training.peak, s.trainMfu / 100),
            prompts: laws.usdPerFlop(s.serveUsd, serving.peak, s.prefillMfu / 100),
            generation: laws.usdPerFlop(s.serveUsd, serving.peak, s.generationMfu / 100) * (stored === null ? 1 : Math.min(1, stored / serving.bits)),
            on: `${training.name} and ${serving.name}`,
        };
    },

    /** Operations count themselves, in proportion to their bits. */
    flopPrices(s) {
        const serving = (s.serveBits ?? s.trainBits ?? laws.fullBits) / laws.fullBits;
        return { training: (s.trainBits ?? laws.fullBits) / laws.fullBits, prompts: serving, generation: serving };
    },

    /** The argument of the least value: the best of a grid from e^-4 to e^4 of the start, then golden section around it. */
    least(start, of) {
        const points = 33, step = 8 / (points - 1), golden = (Math.sqrt(5) - 1) / 2, at = x => { const value = of(Math.exp(x)); return Number.isNaN(value) ? Infinity : value; };
        let middle = Math.log(start), lowest = Infinity;
        for (let i = 0; i < points; i++) {
            const x = Math.log(start) - 4 + i * step, value = at(x);
            if (value < lowest) [middle, lowest] = [x, value];
        }
        let low = middle - step, high = middle + step, left = high - golden * (high - low), right = low + golden * (high - low), atLeft = at(left), atRight = at(right);
        for (let i = 0; i < 45; i++) {
            if (atLeft < atRight) { high = right; right = left; atRight = atLeft; left = high - golden * (high - low); atLeft = at(left); }
            else { low = left; left = right; atLeft = atRight; right = low + golden * (high - low); atRight = at(right); }
        }
        return Math.exp((low + high) / 2);
    },

    /** The fewest tokens on which a model of n parameters has a loss once it is rounded; NaN where it never has. From the tokens that it needs unrounded to D_crit the rounded loss falls. */
    tokensForRoundedLoss(lossAt, n, loss, low, high) {
        if (!(low < high) || lossAt(n, high) > loss) return NaN;
        low = Math.log(low); high = Math.log(high);
        for (let i = 0; i < 60; i++) {
            const middle = (low + high) / 2;
            if (lossAt(n, Math.exp(middle)) > loss) low = middle; else high = middle;
        }
        return Math.exp(high);
    },

    /** s: { law, objective, flop, served, promptShare, trainBits, serveBits, trainUsd, serveUsd, trainMfu, prefillMfu, generationMfu }; bits are null at full precision. */
    plan(data, s) {
        const chosen = data.laws.find(law => law.name === s.law);
        const atBits = bits => bits === null ? chosen : laws.atBits(chosen, data.precision, bits);
        const law = atBits(s.trainBits), usd = this.usdPrices(data, s), deciding = s.objective === "usd" ? usd : this.flopPrices(s);
        const prompts = s.served * s.promptShare / 100, generated = s.served - prompts;
        const effective = laws.effectiveServedTokens(prompts, generated, deciding.training, deciding.prompts, deciding.generation);
        const trainingUsd = (n, d) => laws.trainingFlopPerParameterAndToken * n * d * usd.training;
        const servingUsd = n => laws.inferenceFlopPerParameterAndToken * n * (prompts * usd.prompts + generated * usd.generation);
        const cost = (n, d, served) => deciding.training * n * (laws.trainingFlopPerParameterAndToken * d + laws.inferenceFlopPerParameterAndToken * (served ? effective : 0));
        const share = s.trainBits === null ? 1 : laws.effectiveShare(data.precision, s.trainBits);
        const criticalOf = n => s.serveBits === null ? Infinity : laws.criticalTokens(chosen, data.precision, n * share, s.serveBits);
        const damageAt = (n, d) => s.serveBits === null ? 0 : laws.damage(data.precision, n, d, s.trainBits, s.serveBits);
        const lossAt = (n, d) => laws.loss(law, n, d) + damageAt(n, d);
        const rounds = damageAt(1e9, 1e9) > 0;
        const tokensFor = (n, loss) => {
            const unrounded = laws.tokensForLoss(law, n, loss);
            return rounds ? this.tokensForRoundedLoss(lossAt, n, loss, unrounded, criticalOf(n)) : unrounded;
        };
        const flop = s.flop * laws.fullBits / (s.trainBits ?? laws.fullBits), product = flop / laws.trainingFlopPerParameterAndToken;
        let training = laws.optimumForFlop(law, flop);
        if (rounds) {
            const n = this.least(training.n, n => lossAt(n, product / n));
            training = { n, d: product / n };
        }
        const loss = lossAt(training.n, training.d);
        let lifetime = laws.lifetimeOptimum(law, loss, effective);
        if (rounds) {
            const n = this.least(lifetime.n, n => cost(n, tokensFor(n, loss), true));
            lifetime = { n, d: tokensFor(n, loss) };
        }
        const damage = damageAt(lifetime.n, lifetime.d), critical = criticalOf(lifetime.n);
        return { ...s, chosen, law, atBits, on: usd.on, effective, trainingUsd, servingUsd, cost, training, lossAt, tokensFor, loss, lifetime, damage, critical };
    },
};
