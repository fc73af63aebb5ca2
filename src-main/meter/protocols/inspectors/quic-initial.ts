/**
 * QUIC's Initial packets, which anybody can read: their keys follow from the version and the client's first
 * destination connection id (RFC 9001 section 5.2, RFC 9369 section 3.3). Removes the protection of one packet.
 */
import { u32 } from '../bytes.ts';
import { encryptBlock, Hmac, openGcm } from './quic-ciphers.ts';

const TAG = 16;
const SAMPLE = 16;
const ID_MAX = 20;

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const salt = (hex: string): Hmac => new Hmac(bytes(hex));
const V1 = salt('38762cf7f55934b34d179ae6a4c80cadccbb7f0a');
const V2 = salt('0dede3def700a6db819381be6e269dcbf9bd2ed9');
const DRAFT_29 = salt('afbfec289993d24c9e9786f19c6111e04390a899');
const DRAFT_23 = salt('c3eef712c72ebb5a11a7d2432bb46365bef9f502');

const VERSION_2 = 0x6b3343cf;

/** Of the salt of a version, null where it is not known. */
function saltOf(version: number): Hmac | null {
  if (version === 1) return V1;
  if (version === VERSION_2) return V2;
  if (version === 0xfaceb002) return DRAFT_23;
  const draft = version >>> 8 === 0xff0000 ? version & 0xff : 0;
  if (draft >= 29 && draft <= 34) return draft >= 33 ? V1 : DRAFT_29;
  return draft >= 23 && draft <= 28 ? DRAFT_23 : null;
}

/** What protects the client's Initial packets. */
export interface InitialKeys {
  key: Uint8Array;
  iv: Uint8Array;
  hp: Uint8Array;
}

/** What HKDF's steps (RFC 5869) are computed with. */
const secret = new Uint8Array(32);
const step = new Hmac(secret);

function derive(label: Uint8Array, out: Uint8Array): Uint8Array {
  step.code(label, 0, label.length, out);
  return out;
}

/** HKDF-Expand-Label's argument (RFC 8446 section 7.1) for `length` bytes and an empty context, in one round. */
function info(label: string, length: number): Uint8Array {
  const name = `tls13 ${label}`;
  return Uint8Array.from([0, length, name.length, ...Buffer.from(name, 'latin1'), 0, 1]);
}

const labels = (prefix: string): Readonly<Record<'key' | 'iv' | 'hp', Uint8Array>> => ({
  key: info(`${prefix} key`, 16),
  iv: info(`${prefix} iv`, 12),
  hp: info(`${prefix} hp`, 16),
});
const CLIENT = info('client in', 32);
const LABELS = labels('quic');
const LABELS_2 = labels('quicv2');

/**
 * The client's keys for a version and its first destination connection id; null for versions that are not known. (The
 * server's follow in the same way, but its hello says little that TLS 1.3 does not say of all.)
 */
export function initialKeys(version: number, id: Uint8Array): InitialKeys | null {
  const extract = saltOf(version);
  if (!extract || id.length > ID_MAX) return null;
  extract.code(id, 0, id.length, secret);
  step.set(secret);
  step.set(derive(CLIENT, secret));
  const { key, iv, hp } = version === VERSION_2 ? LABELS_2 : LABELS;
  return {
    key: derive(key, new Uint8Array(16)),
    iv: derive(iv, new Uint8Array(12)),
    hp: derive(hp, new Uint8Array(16)),
  };
}

/** Variable-length integer (RFC 9000 section 16) at `at`; its length in bytes follows from its two first bits. */
export function varint(data: Uint8Array, at: number, end: number): number {
  if (at >= end) return -1;
  const size = 1 << (data[at]! >>> 6);
  if (at + size > end) return -1;
  let value = data[at]! & 0x3f;
  for (let i = 1; i < size; i++) value = value * 256 + data[at + i]!;
  return value;
}

export const varintSize = (data: Uint8Array, at: number): number => 1 << (data[at]! >>> 6);

/** Where the parts of a long-header packet stand. */
export interface LongHeader {
  version: number;
  initial: boolean;
  /** The packet is of the handshake's second half, which follows on both hellos. */
  handshake: boolean;
  /** Destination connection id [idAt, idEnd). */
  idAt: number;
  idEnd: number;
  /** The packet number; 0 where the packet is not an Initial one. */
  numberAt: number;
  end: number;
}

/** Reads a long header in [at, end); null when it is none, or its lengths do not fit. */
export function longHeader(data: Uint8Array, at: number, end: number): LongHeader | null {
  if (end - at < 7 || (data[at]! & 0xc0) !== 0xc0) return null;
  const version = u32(data, at + 1);
  const idAt = at + 6;
  const idEnd = idAt + data[at + 5]!;
  if (data[at + 5]! > ID_MAX || idEnd >= end || data[idEnd]! > ID_MAX) return null;
  const type = (data[at]! >>> 4) & 3;
  // Version 2 counts them from 1 on: Initial, 0-RTT, Handshake, Retry.
  const kind = version === VERSION_2 ? (type + 3) & 3 : type;
  const initial = kind === 0;
  const handshake = kind === 2;
  let next = idEnd + 1 + data[idEnd]!;
  if (kind === 3 || version === 0) return { version, initial: false, handshake: false, idAt, idEnd, numberAt: 0, end };
  if (initial) {
    const token = varint(data, next, end);
    if (token < 0) return null;
    next += varintSize(data, next) + token;
  }
  const length = varint(data, next, end);
  if (length < 0) return null;
  const numberAt = next + varintSize(data, next);
  if (numberAt + length > end || length < 4 + SAMPLE) return null;
  return { version, initial, handshake, idAt, idEnd, numberAt, end: numberAt + length };
}

const mask = new Uint8Array(SAMPLE);

/** The frames of an Initial packet whose header begins at `at`; null when the keys are not those of the packet. */
export function openInitial(data: Uint8Array, at: number, header: LongHeader, keys: InitialKeys): Uint8Array | null {
  const { numberAt, end } = header;
  if (end - numberAt < 4 + SAMPLE) return null;
  encryptBlock(keys.hp, data, numberAt + 4, mask);
  const first = data[at]! ^ (mask[0]! & 0x0f);
  const size = (first & 3) + 1;
  const associated = data.slice(at, numberAt + size);
  associated[0] = first;
  const nonce = Uint8Array.from(keys.iv);
  for (let i = 0; i < size; i++) {
    const byte = data[numberAt + i]! ^ mask[1 + i]!;
    associated[numberAt - at + i] = byte;
    nonce[nonce.length - size + i]! ^= byte;
  }
  const from = numberAt + size;
  if (end - from < TAG) return null;
  return openGcm(keys.key, nonce, associated, data, from, end - TAG);
}
