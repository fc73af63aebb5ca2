/** ISO transport on TCP (RFC 1006, RFC 905), below industrial protocols and RDP: where the first data of a direction stand. */
import { u16 } from '../bytes.ts';
import type { Probe } from '../inspector.ts';

const CONNECT = 0xe0;
const CONFIRM = 0xd0;
const DATA = 0xf0;
const TPKTS_MAX = 4;

/** Not ISO transport; and more bytes are needed. */
export const NOT_COTP = -1;
export const MORE = -2;

/** Walks over connection requests to the first data. Returns where their content begins, `NOT_COTP` or `MORE`. */
export function cotpData(p: Probe): number {
  const { data, end } = p;
  let next = p.at;
  for (let i = 0; i < TPKTS_MAX; i++) {
    if (next + 7 > end) return next > p.at && next === end ? MORE : NOT_COTP;
    const length = u16(data, next + 2);
    if (data[next] !== 3 || data[next + 1] !== 0 || length < 7) return NOT_COTP;
    const kind = data[next + 5]! & 0xf0;
    if (kind === DATA && data[next + 4] === 2) return next + 7 < end ? next + 7 : NOT_COTP;
    if ((kind !== CONNECT && kind !== CONFIRM) || data[next + 4] !== length - 5) return NOT_COTP;
    next += length;
  }
  return NOT_COTP;
}
