/** Opens QUIC's Initial packets of both ends (RFC 9001, 5; RFC 9369, 3.3): their keys follow from the client's first id. */
import { Hmac } from '../../../../meter/protocols/inspectors/quic-ciphers.ts';
import {
  longHeader,
  openInitial as openPacket,
  type InitialKeys as Keys,
  type LongHeader,
} from '../../../../meter/protocols/inspectors/quic-initial.ts';

export { longHeader, openPacket, type Keys, type LongHeader };

const VERSION_2 = 0x6b3343cf;
/** Of a connection id (RFC 9000, 17.2). */
const ID_MAX = 20;

const salt = (hex: string): Hmac => new Hmac(Buffer.from(hex, 'hex'));
const SALTS = {
  v1: salt('38762cf7f55934b34d179ae6a4c80cadccbb7f0a'),
  v2: salt('0dede3def700a6db819381be6e269dcbf9bd2ed9'),
  draft29: salt('afbfec289993d24c9e9786f19c6111e04390a899'),
  draft23: salt('c3eef712c72ebb5a11a7d2432bb46365bef9f502'),
};

function saltOf(version: number): Hmac | null {
  if (version === 1) return SALTS.v1;
  if (version === VERSION_2) return SALTS.v2;
  const draft = version >>> 8 === 0xff0000 ? version & 0xff : 0;
  if (draft >= 29 && draft <= 34) return draft >= 33 ? SALTS.v1 : SALTS.draft29;
  return (draft >= 23 && draft <= 28) || version === 0xfaceb002 ? SALTS.draft23 : null;
}

/** Whether keys of the version can be made. */
export const isKnown = (version: number): boolean => saltOf(version) !== null;

/** What HKDF-Expand-Label (RFC 8446, 7.1) works in for an empty context, in one round. */
function label(text: string, length: number): Uint8Array {
  const name = `tls13 ${text}`;
  return Uint8Array.from([0, length, name.length, ...Buffer.from(name, 'latin1'), 0, 1]);
}

const parts = (prefix: string): readonly [key: Uint8Array, iv: Uint8Array, hp: Uint8Array] => [
  label(`${prefix} key`, 16),
  label(`${prefix} iv`, 12),
  label(`${prefix} hp`, 16),
];
const PARTS = parts('quic');
const PARTS_2 = parts('quicv2');
const ENDS = [label('client in', 32), label('server in', 32)] as const;

const secret = new Uint8Array(32);
const step = new Hmac(secret);

function derived(info: Uint8Array, out: Uint8Array): Uint8Array {
  step.code(info, 0, info.length, out);
  return out;
}

/** The keys of a direction for a version and the client's first id; null: the version is not known. */
export function keysOf(version: number, id: Uint8Array, direction: 0 | 1): Keys | null {
  const extract = saltOf(version);
  if (extract === null || id.length > ID_MAX) return null;
  extract.code(id, 0, id.length, secret);
  step.set(secret);
  step.set(derived(ENDS[direction], secret));
  const [key, iv, hp] = version === VERSION_2 ? PARTS_2 : PARTS;
  return {
    key: derived(key, new Uint8Array(16)),
    iv: derived(iv, new Uint8Array(12)),
    hp: derived(hp, new Uint8Array(16)),
  };
}
