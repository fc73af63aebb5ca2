/** OpenVPN: the message that opens a session, plain, signed (tls-auth) or encrypted (tls-crypt); on its port any message of a known kind. */
import { u16, u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { usual } from '../ports.ts';

const PORTS = [1194];
const CLIENT_V1 = 1;
const CLIENT_V2 = 7;
const SERVER_V2 = 8;
const CLIENT_V3 = 10;
/** Sizes of the digests that may sign a message. */
const DIGESTS = [16, 20, 28, 32, 36, 48, 64];

/** Acknowledgements and packet number behind the signature, in a message of `length` bytes from its first one. */
function opens(data: Uint8Array, at: number, end: number): boolean {
  for (const digest of [0, ...DIGESTS]) {
    // Kind and key, session, [signature, packet number, time], acknowledgements, message number.
    const signed = digest > 0;
    const list = at + 9 + (signed ? digest + 8 : 0);
    if (list + 5 > end) return false;
    if (signed && u32(data, list - 8) !== 1) continue;
    const acknowledged = data[list]!;
    const number = list + 1 + (acknowledged > 0 ? acknowledged * 4 + 8 : 0);
    if (acknowledged <= 8 && number + 4 === end && u32(data, number) === 0) return true;
  }
  // tls-crypt: number and time in the clear, then 32 bytes of signature and the rest encrypted.
  return end - at >= 54 && u32(data, at + 9) === 1 && u32(data, at + 13) > 0x40000000;
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  const from = p.tcp ? at + 2 : at;
  if (end - from < 14) return NO;
  const kind = data[from]! >>> 3;
  const key = data[from]! & 7;
  if (p.tcp && at + 2 + u16(data, at) > end + 1500) return NO;
  const stop = p.tcp ? at + 2 + u16(data, at) : end;
  const hard = kind === CLIENT_V2 || kind === SERVER_V2 || kind === CLIENT_V3 || kind === CLIENT_V1 || kind === 2;
  if (hard && key === 0 && stop <= end && opens(data, from, stop)) return YES;
  return usual(p, PORTS) && kind >= 1 && kind <= 11 && key <= 7 && kind !== 0 && stop <= end + 1500 ? YES : NO;
}

export const openvpn: Inspector = {
  id: 'openvpn',
  over: 'both',
  ports: PORTS,
  service: '',
  app: 'OpenVPN',
  probe,
};
