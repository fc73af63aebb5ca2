/** Stretches of time marked in a chart, as one path: there may be one for each of its points. */

interface Stretch {
  /** Seconds since 1970. */
  from: number;
  to: number;
}

/**
 * A path in the unit square (x: the time of `span`, y: all of it) over stretches in order of time; those that touch are
 * one rectangle, so that no seam shows.
 */
export function marksOf(stretches: readonly Stretch[], span: Stretch): string {
  const width = span.to - span.from;
  const at = (time: number): number => Math.round(Math.max(0, Math.min(1, (time - span.from) / width)) * 1e5) / 1e5;
  let path = '';
  for (let i = 0; i < stretches.length; i++) {
    const { from } = stretches[i]!;
    while (i + 1 < stretches.length && at(stretches[i + 1]!.from) <= at(stretches[i]!.to)) i++;
    path += `M${at(from)} 0H${at(stretches[i]!.to)}V1H${at(from)}Z`;
  }
  return path;
}
