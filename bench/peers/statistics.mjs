// What the tables show of several rounds.

/** The middle value, or the mean of the two middle ones; undefined of nothing. */
export function median(values) {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * How many times as fast the first series is, round by round: the median of the ratios, not the ratio of the medians, because
 * neighbours in time share the machine's mood (clock, other guests of the host).
 */
export function ratio(ours, theirs) {
  const rounds = ours.map((value, i) => value / theirs[i]).filter(Number.isFinite);
  return median(rounds);
}

/** Half the interquartile range over the median: the share by which a typical round differs; undefined below four rounds. */
export function spread(values) {
  if (values.length < 4) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const quartile = q => {
    const at = q * (sorted.length - 1);
    const low = Math.floor(at);
    return sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
  };
  return (quartile(0.75) - quartile(0.25)) / 2 / median(values);
}
