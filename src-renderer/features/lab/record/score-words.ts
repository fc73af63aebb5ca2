/** What a score means, for people. */

/** A score near one, exact enough to tell it from its threshold. */
export function scoreDigits(score: number): string {
  if (score >= 1) return '1';
  if (score < 0.99) return score.toFixed(3);
  return String(Number(score.toFixed(Math.min(9, 1 - Math.floor(Math.log10(1 - score))))));
}

/** "1 in 250" ordinary records have such a score. */
export function rarity(score: number): string {
  const rare = 1 - score;
  if (rare < 1e-9) return 'no ordinary record';
  if (rare > 0.5) return 'most ordinary records';
  const one = 1 / rare;
  return `1 in ${Number(one.toPrecision(2)).toLocaleString('en-US')} ordinary records`;
}
