"use strict";

// The plan for what the sliders say, as Tern.Plan.Budgets.Planner makes it where there is a closed form: operations 6 N D and 2 N, fresh data. What rounding costs is added afterwards.
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
        const training = laws.optimumForFlop(law, s.flop * laws.fullBits / (s.trainBits ?? laws.fullBits));
        const loss = laws.loss(law, training.n, training.d);
        const lifetime = laws.lifetimeOptimum(law, loss, effective);
        const damage = s.serveBits === null ? 0 : laws.damage(data.precision, lifetime.n, lifetime.d, s.trainBits, s.serveBits);
        const share = s.trainBits === null ? 1 : laws.effectiveShare(data.precision, s.trainBits);
        const critical = s.serveBits === null ? Infinity : laws.criticalTokens(chosen, data.precision, lifetime.n * share, s.serveBits);
        return { ...s, chosen, law, atBits, on: usd.on, effective, trainingUsd, servingUsd, cost, training, loss, lifetime, damage, critical };
    },
};
