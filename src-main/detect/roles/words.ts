/** Numbers in the sentences of proposals. */
const KILO = 1000;
const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB'] as const;

export const number = (value: number): string => Math.round(value).toLocaleString('en-US');

export const hostsWord = (count: number): string => `${number(count)} ${count === 1 ? 'host' : 'hosts'}`;

/** "1.2 GB" of bytes. */
export function amount(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= KILO && unit < UNITS.length - 1) [value, unit] = [value / KILO, unit + 1];
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}
