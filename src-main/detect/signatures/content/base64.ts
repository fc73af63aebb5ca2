/** Base64 as rules decode it. `rfc2045`: what is no letter of it is passed over; `rfc4648`: it ends there; `strict`: then there is nothing. */

export type Base64Mode = 'rfc2045' | 'rfc4648' | 'strict';

const VALUES = new Int8Array(256).fill(-1);
for (const [i, c] of Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/').entries())
  VALUES[c.charCodeAt(0)] = i;

export function decodeBase64(bytes: Uint8Array, mode: Base64Mode): Uint8Array {
  const out = new Uint8Array(Math.ceil((bytes.length * 3) / 4));
  let n = 0;
  let bits = 0;
  let held = 0;
  let letters = 0;
  for (let i = 0; i < bytes.length; i++) {
    const c = bytes[i]!;
    const value = VALUES[c]!;
    if (value < 0) {
      if (c === 0x3d && mode !== 'rfc2045') break;
      if (mode === 'strict') return new Uint8Array(0);
      if (mode === 'rfc4648') break;
      if (c === 0x3d) break;
      continue;
    }
    letters++;
    held = ((held << 6) | value) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[n++] = (held >> bits) & 0xff;
    }
  }
  if (mode === 'strict' && letters % 4 === 1) return new Uint8Array(0);
  return out.subarray(0, n);
}
