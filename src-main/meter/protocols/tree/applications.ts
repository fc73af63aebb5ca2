/** Which application a payload is read as: by its first bytes where these say it, else by well-known ports. */
import { startsWith } from '../bytes.ts';
import { isRpc } from './dcerpc.ts';
import type { Part } from './part.ts';
import { isSmb } from './smb.ts';

const METHODS = ['GET ', 'POST ', 'HEAD ', 'PUT ', 'DELETE ', 'OPTIONS ', 'CONNECT ', 'PATCH ', 'TRACE ', 'HTTP/1.'];

function isTls(part: Part): boolean {
  if (part.left < 5) return false;
  const type = part.peek(1);
  return type >= 20 && type <= 23 && part.peek(1, 1) === 3 && part.peek(1, 2) <= 4;
}

/** Of a TCP segment. */
export function byContent(part: Part, from: number, to: number): string {
  if (isTls(part)) return 'tls';
  const begins = (text: string): boolean => startsWith(part.bytes, part.at, part.end, text);
  if (METHODS.some(begins)) return 'http';
  if (begins('SSH-')) return 'lines';
  if (isSmb(part)) return 'smb';
  if (isRpc(part)) return 'dcerpc';
  if (from === 53 || to === 53) return 'dns-tcp';
  // Those that speak in lines of text: FTP, SMTP, POP3, IMAP.
  return [21, 25, 110, 143, 587].some((port) => port === from || port === to) ? 'lines' : 'data';
}

const DATAGRAMS: ReadonlyMap<number, string> = new Map([
  [53, 'dns'],
  [67, 'dhcp'],
  [68, 'dhcp'],
  [123, 'ntp'],
  [4789, 'vxlan'],
  [5353, 'dns'],
  [5355, 'dns'],
]);

/** Of a UDP datagram. */
export function byPorts(from: number, to: number): string {
  return DATAGRAMS.get(to) ?? DATAGRAMS.get(from) ?? 'data';
}
