/** IKE, versions 1 (RFC 2409) and 2 (RFC 7296), over UDP: the payloads that come in the clear. */
import { copy, u16, u32, u8 } from '../bytes.ts';
import { usual, type AppContext, type AppParser, type AppProtocol } from '../protocol.ts';
import { Side } from '../side.ts';
import type { AppFlowOptions, Direction } from '../types.ts';

const HEADER = 28;
const PAYLOADS_MAX = 64;
const TRANSFORMS_MAX = 64;
/** Payload types of both versions. */
const PAYLOAD = {
  sa1: 1,
  exchange1: 4,
  nonce1: 10,
  vendor1: 13,
  sa2: 33,
  exchange2: 34,
  nonce2: 40,
  vendor2: 43,
} as const;
/** Transform types of version 2 (RFC 7296, 3.3.2). */
const TRANSFORM = { encryption: 1, random: 2, integrity: 3, group: 4 } as const;
/** Groups of fewer than 2,048 bits, and encryptions and integrities that are broken or none (RFC 8247). */
const WEAK_GROUPS: readonly number[] = [0, 1, 2, 5, 22];
const WEAK_ENCRYPTIONS: readonly number[] = [1, 2, 3, 11];
const WEAK_INTEGRITIES: readonly number[] = [0, 1, 3, 4];

class IkeParser implements AppParser {
  readonly #context: AppContext;
  readonly #counts: [number, number] = [0, 0];

  constructor(context: AppContext) {
    this.#context = context;
  }

  read(direction: Direction, bytes: Uint8Array): number {
    const data = bytes.subarray(start(bytes));
    if (data.length < HEADER) return bytes.length;
    const side = new Side('ike', direction, this.#counts[direction]);
    this.#counts[direction] += 1;
    side.add('ike.init_spi', hex(data, 0)).add('ike.resp_spi', hex(data, 8)).number('ike.exchtype', data[18]!);
    const odd = new Set<string>();
    const second = data[17]! >> 4 === 2;
    // Payloads of version 1 may be encrypted as a whole.
    if (second || (data[19]! & 1) === 0) payloads(side, data, second, odd);
    this.#context.transaction(side.done());
    for (const name of odd)
      for (const prefix of ['ike', 'ikev2']) if (second) this.#context.event(`${prefix}.${name}`, direction);
    return bytes.length;
  }

  end(): void {
    // Datagrams are whole.
  }
}

const hex = (data: Uint8Array, at: number): string => Buffer.from(data.subarray(at, at + 8)).toString('hex');

/** Behind NAT a marker of four zeros stands before the message (RFC 3948). */
const start = (bytes: Uint8Array): number => (u32(bytes, 0) === 0 ? 4 : 0);

function payloads(side: Side, data: Uint8Array, second: boolean, odd: Set<string>): void {
  let type = data[16]!;
  let at = HEADER;
  for (let i = 0; i < PAYLOADS_MAX && type !== 0 && at + 4 <= data.length; i += 1) {
    const end = at + u16(data, at + 2);
    if (end < at + 4 || end > data.length) return;
    payload(side, type, data.subarray(at + 4, end), second, odd);
    type = data[at]!;
    at = end;
  }
}

function payload(side: Side, type: number, body: Uint8Array, second: boolean, odd: Set<string>): void {
  if (type === (second ? PAYLOAD.exchange2 : PAYLOAD.exchange1)) {
    const key = copy(body, second ? 4 : 0);
    side.add('ike.key_exchange_payload', key).number('ike.key_exchange_payload_length', key.length);
    if (second && WEAK_GROUPS.includes(u16(body, 0))) odd.add('weak_crypto_dh');
  } else if (type === (second ? PAYLOAD.nonce2 : PAYLOAD.nonce1)) {
    side.add('ike.nonce_payload', copy(body)).number('ike.nonce_payload_length', body.length);
  } else if (type === (second ? PAYLOAD.vendor2 : PAYLOAD.vendor1)) {
    side.add('ike.vendor', Buffer.from(body).toString('hex'));
  } else if (second && type === PAYLOAD.sa2) proposals(body, odd);
}

/** Proposals and their transforms (RFC 7296, 3.3). */
function proposals(body: Uint8Array, odd: Set<string>): void {
  for (let at = 0, i = 0; at + 8 <= body.length && i < TRANSFORMS_MAX; i += 1) {
    const end = at + Math.max(8, u16(body, at + 2));
    let next = at + 8 + u8(body, at + 6);
    for (let k = 0; next + 8 <= Math.min(end, body.length) && k < TRANSFORMS_MAX; k += 1) {
      const id = u16(body, next + 6);
      const type = body[next + 4]!;
      if (type === TRANSFORM.group && WEAK_GROUPS.includes(id)) odd.add('weak_crypto_dh');
      if (type === TRANSFORM.encryption && WEAK_ENCRYPTIONS.includes(id)) odd.add('weak_crypto_enc');
      if (type === TRANSFORM.random && id === 1) odd.add('weak_crypto_prf');
      if (type === TRANSFORM.integrity && WEAK_INTEGRITIES.includes(id)) odd.add('weak_crypto_auth');
      next += Math.max(8, u16(body, next + 2));
    }
    at = end;
  }
}

function recognise(bytes: Uint8Array, options: AppFlowOptions): boolean {
  const at = usual(options, 4500) ? start(bytes) : 0;
  if (bytes.length < at + HEADER || u32(bytes, at + 24) !== bytes.length - at) return false;
  const data = bytes.subarray(at);
  const version = data[17]!;
  const told = u32(data, 0) > 0 || u32(data, 4) > 0;
  return (
    told &&
    (version === 0x10 || version === 0x20) &&
    (usual(options, 500, 4500) || (data[18]! >= 34 && data[18]! <= 37))
  );
}

export const ike: AppProtocol = {
  name: 'ike',
  transport: 'udp',
  recognise: (bytes, _direction, options) => (recognise(bytes, options) ? 'yes' : 'no'),
  open: (context) => new IkeParser(context),
};
