/** What STUN's attributes tell: the software, the realm, the address as the server sees it, and whose call it is. */
import { dottedQuad, ipv6Text, text, u16, u32 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { coded, type Words } from '../words.ts';

const COOKIE = 0x2112a442;
const HEADER = 20;
const USERNAME = 0x0006;
const ERROR = 0x0009;
const REALM = 0x0014;
const XOR_PEER = 0x0012;
const XOR_RELAYED = 0x0016;
const XOR_MAPPED = 0x0020;
/** Bits of a message's type that make it an answer, good or bad. */
const ANSWER = 0x0100;
const CLASS = 0x0110;
const METHODS: Words = new Map([
  [1, 'binding'],
  [2, 'shared secret'],
  [3, 'allocate'],
  [4, 'refresh'],
  [6, 'send'],
  [7, 'data'],
  [8, 'create permission'],
  [9, 'bind channel'],
]);
const ERRORS: Words = new Map([
  [300, 'try another server'],
  [400, 'bad request'],
  [401, 'unauthorised'],
  [403, 'forbidden'],
  [420, 'unknown attribute'],
  [437, 'allocation mismatch'],
  [438, 'stale nonce'],
  [441, 'wrong credentials'],
  [486, 'quota reached'],
  [487, 'role conflict'],
  [500, 'server error'],
  [508, 'no room'],
]);
const SOFTWARE = 0x8022;
const ATTRIBUTES_MAX = 24;

/** Attributes that only one maker's calls carry: Microsoft's ([MS-TURN], [MS-ICE2]) and Google's (its registration). */
const MAKERS: ReadonlyMap<number, string> = new Map([
  [0x8008, 'Skype_TeamsCall'],
  [0x8050, 'Skype_TeamsCall'],
  [0x8054, 'Skype_TeamsCall'],
  [0x8055, 'Skype_TeamsCall'],
  [0x8070, 'Skype_TeamsCall'],
  [0x8095, 'Skype_TeamsCall'],
  [0xc057, 'GoogleMeet'],
]);
/** Ports of a service's media servers, as it publishes them. */
const GOOGLE_FIRST = 19302;
const GOOGLE_LAST = 19309;

/** The message [at, end), which has been recognised; at most 24 attributes are read. */
export function readStun(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
  if (end - at < HEADER || u32(data, at + 4) !== COOKIE) return;
  const stop = Math.min(end, at + HEADER + u16(data, at + 2));
  const type = u16(data, at);
  flow.also('stun.method', METHODS.get((type & 0x0f) | ((type & 0xe0) >>> 1) | ((type & 0x3e00) >>> 2)) ?? '');
  let next = at + HEADER;
  for (let i = 0; i < ATTRIBUTES_MAX && next + 4 <= stop; i++) {
    const kind = u16(data, next);
    const from = next + 4;
    const to = from + u16(data, next + 2);
    if (to > stop) return;
    if (kind === SOFTWARE) flow.fact('stun.software', text(data, from, to, 128).replace(/\?+$/, ''));
    else if (kind === REALM) {
      const realm = text(data, from, to, 128);
      flow.fact('stun.realm', realm);
      flow.host(realm);
    } else if (kind === USERNAME) flow.fact('stun.user', text(data, from, to, 128));
    else if (kind === ERROR && to - from >= 4)
      flow.also('stun.error', coded(ERRORS, (data[from + 2]! & 7) * 100 + data[from + 3]!));
    else if (kind === XOR_RELAYED) flow.fact('stun.relayed', endpoint(data, at, from, to));
    else if (kind === XOR_PEER) flow.also('stun.peer', endpoint(data, at, from, to));
    // Who answers tells the other end how he sees it.
    else if (kind === XOR_MAPPED && (type & CLASS) === ANSWER)
      flow.fact(flow.fromOrig ? 'stun.mapped.responder' : 'stun.mapped', endpoint(data, at, from, to));
    maker(flow, kind);
    next = to + ((4 - (to & 3) + (from & 3)) & 3);
  }
}

const address = new Uint8Array(16);

/** Family, port and address, both mixed with the cookie and, beyond its four bytes, the transaction of the message at `at`. */
function endpoint(data: Uint8Array, at: number, from: number, to: number): string {
  if (to - from < 8) return '';
  const size = data[from + 1] === 1 ? 4 : data[from + 1] === 2 ? 16 : 0;
  if (size === 0 || to - from !== 4 + size) return '';
  for (let i = 0; i < size; i++) address[i] = data[from + 4 + i]! ^ data[at + 4 + i]!;
  const port = u16(data, from + 2) ^ (COOKIE >>> 16);
  return size === 4 ? `${dottedQuad(address, 0)}:${port}` : `[${ipv6Text(address, 0)}]:${port}`;
}

function maker(flow: FlowContext, kind: number): void {
  const name = MAKERS.get(kind);
  if (name === undefined) return;
  const google = flow.respPort >= GOOGLE_FIRST && flow.respPort <= GOOGLE_LAST;
  if (name !== 'GoogleMeet' || google) flow.fact('service', name);
}
