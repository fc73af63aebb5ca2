/** From counts to colours: zero is the ground, everything else is visible, and the scale is even in the logarithm. */

export type Rgb = readonly [number, number, number];

/** 0…1 for a value of 0…max. The least non-zero value is not lost beside a great one. */
export function heatOf(value: number, max: number): number {
  if (value <= 0 || max <= 0) return 0;
  const log = Math.log1p(value) / Math.log1p(Math.max(max, value));
  return 0.14 + 0.86 * log;
}

/** Between two colours. */
export function blend(from: Rgb, to: Rgb, share: number): string {
  const part = (i: 0 | 1 | 2): number => Math.round(from[i] + (to[i] - from[i]) * share);
  return `rgb(${part(0)} ${part(1)} ${part(2)})`;
}

/** `#1565c0` or `rgb(1, 2, 3)` as numbers; black for what is neither. */
export function parseColour(text: string): Rgb {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text.trim());
  if (hex) return [parseInt(hex[1]!, 16), parseInt(hex[2]!, 16), parseInt(hex[3]!, 16)];
  const rgb = /^rgba?\((\d+)[ ,]+(\d+)[ ,]+(\d+)/.exec(text.trim());
  return rgb ? [Number(rgb[1]), Number(rgb[2]), Number(rgb[3])] : [0, 0, 0];
}

/** Which cell a point lies in, or null beside the cells. */
export function cellAt(
  x: number,
  y: number,
  grid: { width: number; rowHeight: number; columns: number; rows: number },
): { row: number; column: number } | null {
  const row = Math.floor(y / grid.rowHeight);
  const column = Math.floor((x / grid.width) * grid.columns);
  return row >= 0 && row < grid.rows && column >= 0 && column < grid.columns ? { row, column } : null;
}
