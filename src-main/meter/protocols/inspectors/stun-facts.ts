/** What STUN's attributes tell: the software, the realm, the address as the server sees it, and whose call it is. */
import { dottedQuad, text, u16, u32 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';

const COOKIE = 0x2112a442;
const HEADER = 20;
const REALM = 0x0014;
const XOR_MAPPED = 0x0020;
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
    } else if (kind === XOR_MAPPED && to - from === 8 && data[from + 1] === 1) {
      for (let byte = 0; byte < 4; byte++) address[byte] = data[from + 4 + byte]! ^ data[at + 4 + byte]!;
      flow.fact('stun.mapped', `${dottedQuad(address, 0)}:${u16(data, from + 2) ^ (COOKIE >>> 16)}`);
    }
    maker(flow, kind);
    next = to + ((4 - (to & 3) + (from & 3)) & 3);
  }
}

const address = new Uint8Array(4);

function maker(flow: FlowContext, kind: number): void {
  const name = MAKERS.get(kind);
  if (name === undefined) return;
  const google = flow.respPort >= GOOGLE_FIRST && flow.respPort <= GOOGLE_LAST;
  if (name !== 'GoogleMeet' || google) flow.fact('service', name);
}
