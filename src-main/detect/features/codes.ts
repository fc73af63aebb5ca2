/** Counts and times in one byte: exact up to 64, then in steps of 9.5 % up to 2^31. */

const EXACT = 64;
const TOP = 255;
const STEP = Math.log(2 ** 25) / (TOP - EXACT);

const VALUES = new Float64Array(TOP + 1);
for (let code = 0; code <= TOP; code++) {
  VALUES[code] = code <= EXACT ? code : Math.round(EXACT * Math.exp(STEP * (code - EXACT)));
}

/** The code nearest to `value`; values below 0 are taken as 0, beyond 2^31 as 2^31. */
export function encodeCount(value: number): number {
  if (!(value > 0)) return 0;
  if (value <= EXACT) return Math.round(value);
  const code = EXACT + Math.round(Math.log(value / EXACT) / STEP);
  return code > TOP ? TOP : code;
}

/** The value a code stands for, by code. */
export const COUNT_BY_CODE: Readonly<Float64Array> = VALUES;

/** A share 0…1 in hundredths. */
export function encodeShare(share: number): number {
  return Math.round(Math.min(1, Math.max(0, share)) * 100);
}
