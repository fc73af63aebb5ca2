import { createCipheriv, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encryptBlock, Hmac, openGcm } from '../../../src-main/meter/protocols/inspectors/quic-ciphers.ts';

const some = (minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength, maxLength });

describe("the ciphers of QUIC's Initial packets", () => {
  it('give the HMAC-SHA-256 that the library gives', () => {
    fc.assert(
      fc.property(some(0, 64), some(0, 55), fc.integer({ min: 1, max: 32 }), (key, message, size) => {
        const out = new Uint8Array(size);
        new Hmac(key).code(message, 0, message.length, out);
        expect(Buffer.from(out)).toEqual(createHmac('sha256', key).update(message).digest().subarray(0, size));
      }),
      { numRuns: 300, seed: 3 },
    );
  });

  it('encrypt a block as FIPS 197 does', () => {
    const out = new Uint8Array(16);
    encryptBlock(
      Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'),
      Buffer.from('00112233445566778899aabbccddeeff', 'hex'),
      0,
      out,
    );
    expect(Buffer.from(out).toString('hex')).toBe('69c4e0d86a7b0430d8cdb78070b4c55a');
  });

  it('open what the library has sealed, and nothing that was changed', () => {
    fc.assert(
      fc.property(
        some(16, 16),
        some(12, 12),
        some(0, 70),
        some(0, 300),
        fc.nat(),
        (key, nonce, associated, plain, where) => {
          const cipher = createCipheriv('aes-128-gcm', key, nonce);
          cipher.setAAD(associated);
          const sealed = Buffer.concat([
            Buffer.from('before'),
            cipher.update(plain),
            cipher.final(),
            cipher.getAuthTag(),
          ]);
          const end = sealed.length - 16;
          expect(openGcm(key, nonce, associated, sealed, 6, end)).toEqual(Uint8Array.from(plain));
          sealed[6 + (where % (sealed.length - 6))]! ^= 1 << (where % 8);
          expect(openGcm(key, nonce, associated, sealed, 6, end)).toBeNull();
        },
      ),
      { numRuns: 200, seed: 5 },
    );
  });
});
