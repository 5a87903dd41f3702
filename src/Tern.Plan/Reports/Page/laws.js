"use strict";

// The formulas of Tern.Plan.Laws, for the sliders of the page. Tests hold both together.
// N parameters, D training tokens, C training operations (FLOP), P bits, losses in nats per token.
// A law is { A, B, E, alpha, beta }; a precision law is { gamma: [w, a, kv], exponents: [w, a, kv], postTraining: { CT, gammaD, gammaN, gammaPost, robustness: [w, a, kv] | null } | null }.
const laws = {
    trainingFlopPerParameterAndToken: 6,
    inferenceFlopPerParameterAndToken: 2,
    fullBits: 16,

    /** L(N, D) = E + A N^-α + B D^-β. */
    loss: (law, n, d) => law.E + law.A * Math.pow(n, -law.alpha) + law.B * Math.pow(d, -law.beta),

    /** N* = G (C/6)^(β/(α+β)), D* = (C/6)^(α/(α+β)) / G, with G = (αA / βB)^(1/(α+β)). */
    optimumForFlop(law, flop) {
        const sum = law.alpha + law.beta, g = Math.pow(law.alpha * law.A / (law.beta * law.B), 1 / sum), product = flop / this.trainingFlopPerParameterAndToken;
        return { n: g * Math.pow(product, law.beta / sum), d: Math.pow(product, law.alpha / sum) / g };
    },

    /** The least training for a loss. */
    optimumForLoss: (law, loss) => ({
        n: Math.pow(law.A * (1 + law.alpha / law.beta) / (loss - law.E), 1 / law.alpha),
        d: Math.pow(law.B * (1 + law.beta / law.alpha) / (loss - law.E), 1 / law.beta),
    }),

    /** D = (B / (l - E - A N^-α))^(1/β): tokens on which a model of this size has this loss; NaN where it never has. */
    tokensForLoss: (law, n, loss) => Math.pow(law.B / (loss - law.E - law.A * Math.pow(n, -law.alpha)), 1 / law.beta),

    /** The least 6 N D + 2 N D_inf for a loss: the root of (1 + β/α) B D^-β + (βB D_inf / 3α) D^(-β-1) + E - l, by Newton's method in ln D from Chinchilla's D, which lies left of it. */
    lifetimeOptimum(law, loss, served) {
        const start = this.optimumForLoss(law, loss);
        if (!(served > 0)) return start;
        const first = (1 + law.beta / law.alpha) * law.B;
        const second = law.beta * law.B * served * this.inferenceFlopPerParameterAndToken / (this.trainingFlopPerParameterAndToken * law.alpha);
        // The function falls and is convex, so that steps from the left never pass the root.
        let x = Math.log(start.d);
        for (let i = 0; i < 200; i++) {
            const one = first * Math.exp(-law.beta * x), two = second * Math.exp((-law.beta - 1) * x);
            const step = (one + two + law.E - loss) / (law.beta * one + (law.beta + 1) * two);
            x += step;
            if (Math.abs(step) <= 1e-14 * Math.abs(x)) break;
        }
        const d = Math.exp(x);
        return { n: Math.pow(law.A / (loss - law.E - law.B * Math.pow(d, -law.beta)), 1 / law.alpha), d };
    },

    /** Dollars of an operation: price of an hour / (3600 peak FLOP/s utilisation). */
    usdPerFlop: (usdPerHour, peakFlopPerSecond, utilisation) => usdPerHour / (3600 * peakFlopPerSecond * utilisation),

    /** D_eff: the served tokens that would cost as much at the price of training, of prompts (prefill) and answers (generation). */
    effectiveServedTokens: (promptTokens, answerTokens, usdPerTrainingFlop, usdPerPrefillFlop, usdPerGenerationFlop) =>
        (promptTokens * usdPerPrefillFlop + answerTokens * usdPerGenerationFlop) / usdPerTrainingFlop,

    /** N_eff / N = ∏ (1 - e^(-P/γ_x))^n_x over weights, activations and key-value cache. */
    effectiveShare: (precision, bits) => precision.gamma.reduce((share, gamma, i) => gamma === 0 ? share : share * Math.pow(1 - Math.exp(-bits / gamma), precision.exponents[i]), 1),

    /** The law of models trained in P bits: A N_eff^-α = (A f^-α) N^-α. */
    atBits(law, precision, bits) {
        return { ...law, A: law.A * Math.pow(this.effectiveShare(precision, bits), -law.alpha) };
    },

    /** The least loss for operations that cost P/16 each: N D P = 16 C / 6. */
    optimumForBits(law, precision, flop, bits) {
        return this.optimumForFlop(this.atBits(law, precision, bits), flop * this.fullBits / bits);
    },

    /** P*, whatever the budget: Σ n_x (P/γ_x) / (e^(P/γ_x) - 1) = 1, between 0.5 and 32 bits. */
    bestBits(precision) {
        const elasticity = bits => precision.gamma.reduce((sum, gamma, i) => gamma === 0 ? sum : sum + precision.exponents[i] * (bits / gamma) / (Math.exp(bits / gamma) - 1), 0);
        let low = 0.5, high = 32;
        for (let i = 0; i < 60; i++) {
            const middle = (low + high) / 2;
            if (elasticity(middle) > 1) low = middle; else high = middle;
        }
        return (low + high) / 2;
    },

    /** δ = C_T D^γ_D / N_eff^γ_N e^(-P_post/γ_post) ∏ (1 - e^(-C_x (P - P_post))): what rounding the weights after training adds; 0 where they have no more bits than that. The product is left out where
        its C_x are unknown, and of models trained at full precision (bits null). */
    damage(precision, n, d, trainedBits, servedBits) {
        const p = precision.postTraining;
        if (!p || trainedBits !== null && servedBits >= trainedBits) return 0;
        const effective = trainedBits === null ? n : n * this.effectiveShare(precision, trainedBits);
        const robust = trainedBits === null || !p.robustness ? 1 : p.robustness.reduce((product, c) => product * (1 - Math.exp(-c * (trainedBits - servedBits))), 1);
        return p.CT * Math.pow(d, p.gammaD) * Math.pow(effective, -p.gammaN) * Math.exp(-servedBits / p.gammaPost) * robust;
    },

    /** D_crit = (βB N^γ_N e^(P_post/γ_post) / (γ_D C_T))^(1/(γ_D+β)): tokens beyond which the rounded model becomes worse. */
    criticalTokens(law, precision, n, servedBits) {
        const p = precision.postTraining;
        if (!p || !(p.CT > 0) || !(p.gammaD > 0)) return Infinity;
        return Math.pow(law.beta * law.B * Math.pow(n, p.gammaN) * Math.exp(servedBits / p.gammaPost) / (p.gammaD * p.CT), 1 / (p.gammaD + law.beta));
    },
};
