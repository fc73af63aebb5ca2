import { bytes, concat, ip4, u8 } from '../bytes.ts';
import type { Rng } from '../prng.ts';

/** DER: one tag, its length, its content. */
export function der(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const body = concat(...content);
  const n = body.length;
  const length = n < 128 ? u8(n) : n < 256 ? bytes([0x81, n]) : bytes([0x82, n >> 8, n & 255]);
  return concat(u8(tag), length, body);
}

/** An object identifier from dotted text. */
export function oid(text: string): Uint8Array {
  const parts = text.split('.').map(Number);
  const out = [parts[0]! * 40 + parts[1]!];
  for (const p of parts.slice(2)) {
    const groups = [p & 127];
    for (let v = p >>> 7; v > 0; v >>>= 7) groups.unshift((v & 127) | 128);
    out.push(...groups);
  }
  return der(6, Uint8Array.from(out));
}

export const derSequence = (...content: readonly Uint8Array[]): Uint8Array => der(0x30, ...content);

/** A non-negative INTEGER from at most 32 bits. */
export function derInteger(value: number): Uint8Array {
  const out: number[] = [];
  let v = value;
  do {
    out.unshift(v & 255);
    v = Math.floor(v / 256);
  } while (v > 0);
  if (out[0]! & 0x80) out.unshift(0);
  return der(2, Uint8Array.from(out));
}

const bigInteger = (raw: Uint8Array): Uint8Array => der(2, raw[0]! & 0x80 ? concat([0], raw) : raw);
const attribute = (type: string, value: string): Uint8Array =>
  der(0x31, derSequence(oid(type), der(0x0c, bytes(value))));
const nameOf = (cn: string, organisation?: string): Uint8Array =>
  derSequence(...(organisation ? [attribute('2.5.4.10', organisation)] : []), attribute('2.5.4.3', cn));

export interface CertificateSpec {
  cn: string;
  organisation?: string;
  issuer: string;
  issuerOrganisation?: string;
  names?: readonly string[];
  addresses?: readonly string[];
  /** UTCTime texts. */
  notBefore?: string;
  notAfter?: string;
  ca?: boolean;
}

/** An X.509 v3 certificate with a P-256 key and an ECDSA signature, both random: right structure, not verifiable. */
export function certificate(rng: Rng, s: CertificateSpec): Uint8Array {
  const algorithm = derSequence(oid('1.2.840.10045.4.3.2'));
  const serial = rng.bytes(16);
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  const key = derSequence(
    derSequence(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7')),
    der(3, Uint8Array.of(0), Uint8Array.of(4), rng.bytes(64)),
  );
  const alternative = derSequence(
    ...(s.names ?? [s.cn]).map((n) => der(0x82, bytes(n))),
    ...(s.addresses ?? []).map((a) => der(0x87, ip4(a))),
  );
  const extensions = derSequence(
    derSequence(oid('2.5.29.15'), der(1, u8(255)), der(4, der(3, bytes(s.ca ? [1, 6] : [7, 0x80])))),
    ...(s.ca
      ? [derSequence(oid('2.5.29.19'), der(1, u8(255)), der(4, derSequence(der(1, u8(255)))))]
      : [
          derSequence(oid('2.5.29.37'), der(4, derSequence(oid('1.3.6.1.5.5.7.3.1')))),
          derSequence(oid('2.5.29.17'), der(4, alternative)),
        ]),
  );
  const body = derSequence(
    der(0xa0, derInteger(2)),
    der(2, serial),
    algorithm,
    nameOf(s.issuer, s.issuerOrganisation),
    derSequence(der(0x17, bytes(s.notBefore ?? '260101000000Z')), der(0x17, bytes(s.notAfter ?? '270101000000Z'))),
    nameOf(s.cn, s.organisation),
    key,
    der(0xa3, extensions),
  );
  const signature = derSequence(bigInteger(rng.bytes(32)), bigInteger(rng.bytes(32)));
  return derSequence(body, algorithm, der(3, Uint8Array.of(0), signature));
}
