// Distances between predictions, in double precision and nats.

/** ln softmax of one row of logits. */
export function logSoftmax(logits) {
  let largest = -Infinity;
  for (const logit of logits) largest = Math.max(largest, logit);
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - largest);
  const logSumExp = largest + Math.log(sum);
  return Float64Array.from(logits, logit => logit - logSumExp);
}

/**
 * KL(P || Q) = sum p (ln p - ln q) over the whole vocabulary. p - q, whose sum is zero, is taken off term by term: no term is below zero then, and
 * equal predictions differ by 0 and not by the rounding of their sums.
 */
export function divergence(logP, logQ) {
  let sum = 0;
  for (let i = 0; i < logP.length; i++) {
    const distance = logQ[i] - logP[i];
    sum += Math.exp(logP[i]) * (Math.expm1(distance) - distance);
  }
  return sum;
}

/** Mean of KL(P || Q), its largest value and the share of rows with the same best token, over rows of log-probabilities. */
export function compare(p, q) {
  if (p.length !== q.length) throw new Error(`${p.length} rows cannot be compared with ${q.length}`);
  const divergences = p.map((row, i) => divergence(row, q[i]));
  return {
    mean: divergences.reduce((sum, value) => sum + value, 0) / p.length,
    largest: divergences.reduce((most, value) => Math.max(most, value), 0),
    same_top: p.filter((row, i) => best(row) === best(q[i])).length / p.length,
  };
}

function best(row) {
  return row.reduce((at, value, i) => value > row[at] ? i : at, 0);
}
