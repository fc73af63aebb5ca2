/** MAC addresses as 48-bit integers to text. */

/** By a hash of the address: what was written lately. */
const SLOTS = 2048;
const keys = new Float64Array(SLOTS);
const texts: string[] = new Array<string>(SLOTS).fill('');

/** "02:00:5e:10:00:01" for a 48-bit integer; '' for 0, which stands for "no address". */
export function macText(mac: number): string {
  if (mac === 0) return '';
  const high = Math.floor(mac / 0x1000000);
  const slot = ((mac % 0x1000000) ^ Math.imul(high, 0x9e5)) & (SLOTS - 1);
  if (keys[slot] === mac) return texts[slot]!;
  const digits = mac.toString(16).padStart(12, '0');
  const text = `${digits.slice(0, 2)}:${digits.slice(2, 4)}:${digits.slice(4, 6)}:${digits.slice(6, 8)}:${digits.slice(8, 10)}:${digits.slice(10, 12)}`;
  keys[slot] = mac;
  texts[slot] = text;
  return text;
}

/** The 48-bit integer of the six bytes at `at` (the caller has checked that they are there). */
export function macNumber(data: Uint8Array, at: number): number {
  const high = (data[at]! << 8) | data[at + 1]!;
  const low = ((data[at + 2]! << 24) | (data[at + 3]! << 16) | (data[at + 4]! << 8) | data[at + 5]!) >>> 0;
  return high * 0x100000000 + low;
}
