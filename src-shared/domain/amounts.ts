/** Numbers for people, in English. */

const COUNT = new Intl.NumberFormat('en-US');

/** "1,024". */
export function formatCount(value: number): string {
  return COUNT.format(value);
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** "48.2 MB": decimal units. */
export function formatBytes(value: number): string {
  let unit = 0;
  let number = value;
  while (number >= 1000 && unit < BYTE_UNITS.length - 1) {
    number /= 1000;
    unit++;
  }
  return `${unit === 0 || number >= 100 ? Math.round(number) : number.toFixed(1)} ${BYTE_UNITS[unit]}`;
}

/** "1 flow", "2 flows". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

const THREE_DIGITS = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });

export function formatNumber(value: number): string {
  return Number.isInteger(value) ? formatCount(value) : THREE_DIGITS.format(value);
}

/** A score or confidence: two decimals, and never 1.00 for what is less. */
export function formatScore(value: number): string {
  return value < 1 && value >= 0.995 ? '0.99' : value.toFixed(2);
}

/** The same in per cent, of the same digits: 0.98 is 98 %. */
export function formatSure(value: number): string {
  return `${Math.round(Number(formatScore(value)) * 100)} %`;
}

/** A number of a unit: shares as per cent, large byte counts in larger units; without the unit's name. */
export function formatAmount(value: number, unit: string): string {
  if (unit === 'share') return `${formatNumber(value * 100)} %`;
  return unit === 'bytes' && value >= 10_000 ? formatBytes(value) : formatNumber(value);
}

/** "9 logins", "1 login", "48.2 MB", "12 %". */
export function formatMeasured(value: number, unit: string): string {
  const number = formatAmount(value, unit);
  if (unit === 'share' || number.endsWith('B')) return number;
  const one = unit.replace(/(?<=ss)es$|s$/, '');
  return [number, value === 1 ? one : unit].filter(Boolean).join(' ');
}
