/**
 * The elbow of a curve: the point farthest from the line between its ends, both axes scaled to 0…1 (Satopää et al. 2011,
 * "Kneedle", without smoothing). For curves that bend once.
 */
export function elbow(values: ArrayLike<number>): number {
  const last = values.length - 1;
  if (last < 1) return 0;
  const from = values[0]!;
  const span = values[last]! - from;
  if (span === 0) return last;
  let best = 0;
  let most = -1;
  for (let i = 0; i <= last; i++) {
    const away = Math.abs(i / last - (values[i]! - from) / span);
    if (away > most) {
      most = away;
      best = i;
    }
  }
  return best;
}
