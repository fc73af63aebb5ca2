/** ssl.log: a handshake, once it is established or its flow ends; x509.log: certificates, as servers show them. */
import { Element, readWhole } from '../../../../meter/protocols/ber.ts';
import type { ProtocolMessage, TlsMessage } from '../../../../meter/protocols/types.ts';
import { SSL, X509 } from '../kinds.ts';
import { namesOf, orNone, type Desk, type EndedFlow, type Maker } from './maker.ts';
import { OpenLines } from './open-lines.ts';

/** Tags of a certificate's version and serial number; bytes of the longest that is sound (RFC 5280), with room. */
const VERSION = 0xa0;
const INTEGER = 0x02;
const SERIAL_MAX = 32;

/** What is known of a handshake. */
interface Handshake {
  first: TlsMessage;
  last: TlsMessage;
  sni: string;
  offered: string;
  version: string;
  alpn: string;
  ja3: string;
  ja4: string;
  subject: string;
  issuer: string;
  established: boolean;
  told: boolean;
}

class TlsMaker implements Maker {
  readonly kinds = ['ssl', 'x509'] as const;
  readonly reads = ['tls'] as const;
  private readonly open = new OpenLines<Handshake>(tell);

  message(message: ProtocolMessage, desk: Desk): void {
    if (message.kind !== 'tls') return;
    if (message.what === 'certificate' && desk.wants('x509')) certificate(message, desk);
    if (!desk.wants('ssl')) return;
    const one = this.open.of(message.flow, message.sec, desk, () => begun(message));
    one.last = message;
    learn(one, message);
    if (message.what === 'established') tell(one, desk);
  }

  ended(flow: EndedFlow, desk: Desk): void {
    this.open.ended(flow, desk);
  }

  finish(desk: Desk): void {
    this.open.finish(desk);
  }
}

function tell(one: Handshake, desk: Desk): void {
  if (one.told) return;
  one.told = true;
  const values = {
    version: orNone((one.version || one.offered).replace('.', '')),
    server_name: orNone(one.sni),
    next_protocol: orNone(one.alpn),
    established: one.established,
    subject: orNone(one.subject),
    issuer: orNone(one.issuer),
    ja3: orNone(one.ja3),
    ja4: orNone(one.ja4),
  };
  desk.put(SSL, desk.common(one.first), values, desk.ends(one.last, namesOf(one.sni)));
}

function begun(first: TlsMessage): Handshake {
  const texts = { sni: '', offered: '', version: '', alpn: '', ja3: '', ja4: '', subject: '', issuer: '' };
  return { first, last: first, ...texts, established: false, told: false };
}

function learn(one: Handshake, message: TlsMessage): void {
  switch (message.what) {
    case 'client-hello':
      one.sni ||= message.sni;
      one.offered ||= message.version;
      one.ja3 ||= message.ja3;
      one.ja4 ||= message.ja4;
      break;
    case 'server-hello':
      one.version ||= message.version;
      one.alpn ||= message.alpn;
      break;
    case 'certificate':
      if (message.fromOrig || one.subject !== '') break;
      one.subject = message.subject;
      one.issuer = message.issuer;
      break;
    case 'established':
      one.established = true;
      break;
    case 'alert':
      break;
  }
}

const element = new Element();

/** The serial number (RFC 5280, 4.1.2.2) in capital hexadecimal digits, and without a leading zero: rules write it either way. */
function serialOf(der: Uint8Array): readonly string[] | undefined {
  const end = der.length;
  if (!readWhole(der, 0, end, element) || !readWhole(der, element.start, element.stop, element)) return undefined;
  const { stop } = element;
  if (!readWhole(der, element.start, stop, element)) return undefined;
  // The version may stand before it.
  if (element.is(VERSION) && !readWhole(der, element.stop, stop, element)) return undefined;
  if (!element.is(INTEGER)) return undefined;
  const hex = Buffer.from(der.subarray(element.start, Math.min(element.stop, element.start + SERIAL_MAX)))
    .toString('hex')
    .toUpperCase()
    .replace(/^(?:00)+(?=.)/, '');
  return hex.startsWith('0') ? [hex, hex.slice(1)] : [hex];
}

function certificate(message: TlsMessage, desk: Desk): void {
  const values = {
    'certificate.subject': orNone(message.subject),
    'certificate.issuer': orNone(message.issuer),
    'certificate.serial': message.der && serialOf(message.der),
    'san.dns': message.names && message.names.length > 0 ? message.names : undefined,
  };
  desk.put(X509, desk.common(message), values, desk.ends(message, namesOf(message.sni)));
}

export const tlsMaker = (): Maker => new TlsMaker();
