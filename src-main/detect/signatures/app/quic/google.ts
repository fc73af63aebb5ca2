/** The plain ClientHello of Google's QUIC (versions before Q050): tags and values. */
import { hash } from 'node:crypto';
import { copy, latin, le16, le32 } from '../bytes.ts';
import type { Side } from '../side.ts';

const TAGS_MAX = 128;
/** A hello starts near the beginning of its datagram. */
const SEARCHED = 96;

/** `Q046` at the start of a datagram with a version; null: it has none. */
export function googleVersion(data: Uint8Array): string | null {
  const first = data[0] ?? 0;
  const at = (first & 0x80) !== 0 ? 1 : (first & 9) === 9 ? 9 : -1;
  if (at < 0 || data[at] !== 0x51 || data[at + 1] !== 0x30) return null;
  const text = latin(data, at, at + 4);
  return /^Q0\d\d$/.test(text) ? text : null;
}

/** Adds what the hello says; false: there is none in the datagram. */
export function addGoogleHello(side: Side, data: Uint8Array, version: string): boolean {
  const at = latin(data, 0, SEARCHED).indexOf('CHLO');
  if (at < 0) return false;
  const count = Math.min(TAGS_MAX, le16(data, at + 4));
  const values = at + 8 + 8 * count;
  const tags: string[] = [];
  let from = values;
  for (let i = 0; i < count; i += 1) {
    const entry = at + 8 + 8 * i;
    const tag = latin(data, entry, entry + 4).replace(/\0+$/, '');
    const to = values + le32(data, entry + 4);
    if (to < from || entry + 8 > data.length) break;
    tags.push(tag);
    if (tag === 'SNI' && to <= data.length) side.add('quic.sni', copy(data, from, to));
    if (tag === 'UAID' && to <= data.length) side.add('quic.ua', copy(data, from, to));
    from = to;
  }
  const text = `${String(Number(version.slice(1)))},${tags.join('-')}`;
  side.add('quic.cyu.string', text).add('quic.cyu.hash', hash('md5', text));
  return true;
}
