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

/** Control characters of hostile names and paths must not reach a terminal. */
export { plainText as printable } from '../../../src-shared/domain/plain-text.ts';
