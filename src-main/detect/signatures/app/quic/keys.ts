/** Opens QUIC's Initial packets of both ends (RFC 9001, 5; RFC 9369, 3.3): their keys follow from the client's first id. */
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { longHeader, type LongHeader } from '../../../../meter/protocols/inspectors/quic-initial.ts';

export { longHeader, type LongHeader };

const VERSION_2 = 0x6b3343cf;
const SALTS = {
  v1: '38762cf7f55934b34d179ae6a4c80cadccbb7f0a',
  v2: '0dede3def700a6db819381be6e269dcbf9bd2ed9',
  draft29: 'afbfec289993d24c9e9786f19c6111e04390a899',
  draft23: 'c3eef712c72ebb5a11a7d2432bb46365bef9f502',
} as const;
const TAG = 16;
const SAMPLE = 16;

function saltOf(version: number): string | null {
  if (version === 1) return SALTS.v1;
  if (version === VERSION_2) return SALTS.v2;
  const draft = version >>> 8 === 0xff0000 ? version & 0xff : 0;
  if (draft >= 29 && draft <= 34) return draft >= 33 ? SALTS.v1 : SALTS.draft29;
  return (draft >= 23 && draft <= 28) || version === 0xfaceb002 ? SALTS.draft23 : null;
}

const hmac = (key: Uint8Array, data: Uint8Array): Buffer => createHmac('sha256', key).update(data).digest();

/** HKDF-Expand-Label (RFC 8446, 7.1) with an empty context, at most one round. */
function expand(secret: Uint8Array, label: string, length: number): Uint8Array {
  const name = `tls13 ${label}`;
  const info = Buffer.from([0, length, name.length, ...Buffer.from(name, 'latin1'), 0, 1]);
  return hmac(secret, info).subarray(0, length);
}

export interface Keys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly hp: Uint8Array;
}

/** The keys of both directions; null: the version is not known. */
export function keysOf(version: number, id: Uint8Array): readonly [Keys, Keys] | null {
  const salt = saltOf(version);
  if (salt === null) return null;
  const initial = hmac(Buffer.from(salt, 'hex'), id);
  const prefix = version === VERSION_2 ? 'quicv2' : 'quic';
  const of = (end: string): Keys => {
    const secret = expand(initial, end, 32);
    return {
      key: expand(secret, `${prefix} key`, 16),
      iv: expand(secret, `${prefix} iv`, 12),
      hp: expand(secret, `${prefix} hp`, 16),
    };
  };
  return [of('client in'), of('server in')];
}

/** The frames of the packet whose header starts at `at`; null: the keys are not its. */
export function openPacket(data: Uint8Array, at: number, header: LongHeader, keys: Keys): Uint8Array | null {
  const { numberAt, end } = header;
  if (end - numberAt < 4 + SAMPLE) return null;
  const block = createCipheriv('aes-128-ecb', keys.hp, null);
  const mask = block.update(data.subarray(numberAt + 4, numberAt + 4 + SAMPLE));
  const first = data[at]! ^ (mask[0]! & 15);
  const size = (first & 3) + 1;
  const associated = data.slice(at, numberAt + size);
  associated[0] = first;
  const nonce = Uint8Array.from(keys.iv);
  for (let i = 0; i < size; i += 1) {
    const byte = data[numberAt + i]! ^ mask[1 + i]!;
    associated[numberAt - at + i] = byte;
    nonce[nonce.length - size + i]! ^= byte;
  }
  if (end - numberAt - size < TAG) return null;
  const cipher = createDecipheriv('aes-128-gcm', keys.key, nonce)
    .setAAD(associated)
    .setAuthTag(data.subarray(end - TAG, end));
  try {
    return Buffer.concat([cipher.update(data.subarray(numberAt + size, end - TAG)), cipher.final()]);
  } catch {
    return null;
  }
}
