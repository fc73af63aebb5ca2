/** Numbers on screen. */
import { formatScore } from '../../src-shared/domain/amounts.ts';
import { bytesText, plainNumber } from '../../src-shared/features/words.ts';

const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** Every digit: 1,234,567. */
export function exact(value: number): string {
  return WHOLE.format(value);
}

const LETTERS = ['', 'k', 'M', 'G', 'T'] as const;

/** For axes: 8.5e−4, 950, 1.2k, 45k, 3M. */
export function brief(value: number): string {
  let size = Math.abs(value);
  // An axis has no room for its zeros.
  if (size > 0 && size < 0.001) return value.toExponential(1).replaceAll('-', '−');
  let step = 0;
  while (size >= 999.5 && step < LETTERS.length - 1) {
    size /= 1000;
    step++;
  }
  const digits = Number(size.toPrecision(size >= 100 ? 3 : 2));
  return `${value < 0 ? '−' : ''}${digits}${LETTERS[step]}`;
}

/** 48 MB; every digit in a title beside it where it matters. */
export const bytes = bytesText;

export function percent(share: number): string {
  return `${plainNumber(share * 100)} %`;
}

/** "1 flow", "2 flows". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${exact(count)} ${count === 1 ? one : many}`;
}

/** A score or confidence: two decimals, and never 1.00 for what is less. */
export const score = formatScore;

/** A measured value with its unit, as evidence states it. */
export function measured(value: number, unit: string): string {
  if (unit === 'bytes') return bytesText(value);
  if (unit === 's') return `${plainNumber(value)} s`;
  // The number of a port is a name, not a count.
  if (unit === 'port') return `port ${value}`;
  const shown = plainNumber(value);
  return `${shown}${unit === '' ? '' : ` ${shown === '1' ? oneOf(unit) : unit}`}`;
}

/** Units are counted in the plural: "1 port", not "1 ports". */
function oneOf(unit: string): string {
  if (unit.endsWith('ies')) return `${unit.slice(0, -3)}y`;
  if (/(ss|ch|sh|x)es$/.test(unit)) return unit.slice(0, -2);
  return /^[a-z ]{3,}s$/.test(unit) && !unit.endsWith('ss') ? unit.slice(0, -1) : unit;
}
