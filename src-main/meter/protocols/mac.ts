/** MAC addresses as 48-bit integers to text. */

const known = new Map<number, string>();
const KNOWN_MAX = 8192;

/** "02:00:5e:10:00:01" for a 48-bit integer; '' for 0, which stands for "no address". */
export function macText(mac: number): string {
  if (mac === 0) return '';
  let text = known.get(mac);
  if (text !== undefined) return text;
  const digits = mac.toString(16).padStart(12, '0');
  text = `${digits.slice(0, 2)}:${digits.slice(2, 4)}:${digits.slice(4, 6)}:${digits.slice(6, 8)}:${digits.slice(8, 10)}:${digits.slice(10, 12)}`;
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(mac, text);
  return text;
}

/** The 48-bit integer of the six bytes at `at` (the caller has checked that they are there). */
export function macNumber(data: Uint8Array, at: number): number {
  const high = (data[at]! << 8) | data[at + 1]!;
  const low = ((data[at + 2]! << 24) | (data[at + 3]! << 16) | (data[at + 4]! << 8) | data[at + 5]!) >>> 0;
  return high * 0x100000000 + low;
}
