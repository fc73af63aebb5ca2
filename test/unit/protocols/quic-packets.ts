/** What a QUIC client sends first. */
import { createCipheriv } from 'node:crypto';
import type { InitialKeys } from '../../../src-main/meter/protocols/inspectors/quic-initial.ts';
import { be32, join } from './wire.ts';

/** A number of two bytes. */
export const varint = (value: number): number[] => [0x40 | (value >>> 8), value & 255];

export const crypto = (offset: number, data: Uint8Array): Uint8Array =>
  join([6], varint(offset), varint(data.length), data);

/** Protects the frames as a client does (RFC 9001 section 5). */
export function initial(
  version: number,
  keys: InitialKeys,
  id: Uint8Array,
  number: number,
  frames: Uint8Array,
  size = 1162,
): Uint8Array {
  const type = version === 1 ? 0 : 1;
  const plain = join(frames, new Uint8Array(Math.max(0, size - frames.length)));
  const header = join(
    [0xc3 | (type << 4)],
    be32(version),
    [id.length],
    id,
    [0],
    [0],
    varint(4 + plain.length + 16),
    be32(number),
  );
  const nonce = Uint8Array.from(keys.iv);
  be32(number).forEach((byte, i) => (nonce[8 + i]! ^= byte));
  const gcm = createCipheriv('aes-128-gcm', keys.key, nonce);
  gcm.setAAD(header);
  const sealed = join(gcm.update(plain), gcm.final(), gcm.getAuthTag());
  const mask = createCipheriv('aes-128-ecb', keys.hp, null).update(sealed.subarray(0, 16));
  header[0]! ^= mask[0]! & 0x0f;
  for (let i = 0; i < 4; i++) header[header.length - 4 + i]! ^= mask[1 + i]!;
  return join(header, sealed);
}
