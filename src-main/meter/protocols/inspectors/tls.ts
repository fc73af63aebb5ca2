/** TLS 1.0–1.3 and SSLv2/3 hellos, up to the end of the handshake; what follows is encrypted and not read. */
import { u16, u24 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import type { TlsMessage } from '../types.ts';
import { coded, codedHex } from '../words.ts';
import {
  alpnText,
  bestVersion,
  fingerprints,
  readClientHello,
  readServerHello,
  readSslV2Hello,
  versionName,
  type Hello,
} from './tls-hello.ts';
import { certificateHint } from './certificate-hint.ts';
import { encryptedDns } from './encrypted-dns.ts';
import { ALERTS, CIPHERS } from './tls-words.ts';
import { readCertificate } from './x509.ts';

const CHANGE_CIPHER = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const APPLICATION = 23;
const HEARTBEAT = 24;
/** 2^14 and the 2 KiB that TLS 1.2 allows compression and encryption to add. */
const RECORD_MAX = 16384 + 2048;
/** Handshake bytes collected from several records a direction. */
const HANDSHAKE_MAX = 16 * 1024;

/** Facts and the message of a ClientHello; for TLS over TCP, DTLS and QUIC alike. */
export function clientHello(flow: FlowContext, hello: Hello, transport: 't' | 'q' | 'd'): void {
  const { ja3, ja4 } = fingerprints(hello, transport);
  const version = versionName(bestVersion(hello));
  flow.fact('tls.sni', hello.sni, true);
  flow.host(hello.sni);
  flow.fact(
    'dns.encrypted',
    encryptedDns(flow.respPort, hello.sni, hello.alpn, hello.sni === '' ? flow.respAddress : ''),
  );
  const alpn = alpnText(hello);
  flow.say('tls.version.offered', version);
  flow.fact('tls.alpn.offered', alpn, true);
  flow.say('tls.ja3', ja3);
  flow.fact('tls.ja4', ja4, true);
  if (hello.lies) flow.weird('tls-length-lie', 'ClientHello');
  emit(flow, 'client-hello', hello.sni, alpn, version, ja3, ja4);
}

export function serverHello(flow: FlowContext, hello: Hello): void {
  const version = versionName(bestVersion(hello));
  const cipher = hello.ciphers.count > 0 ? hello.ciphers.at[0]! : 0;
  const alpn = alpnText(hello);
  flow.say('tls.version', version);
  if (!flow.stated('tls.cipher')) flow.say('tls.cipher', codedHex(CIPHERS, cipher, 4));
  flow.fact('tls.alpn', alpn, true);
  if (hello.lies) flow.weird('tls-length-lie', 'ServerHello');
  emit(flow, 'server-hello', '', alpn, version);
}

const NO_NAMES: readonly string[] = [];

function emit(
  flow: FlowContext,
  what: TlsMessage['what'],
  sni: string,
  alpn: string,
  version: string,
  ja3 = '',
  ja4 = '',
  subject = '',
  issuer = '',
  alert = -1,
  names: readonly string[] = NO_NAMES,
  der?: Uint8Array,
): void {
  const message: TlsMessage = {
    sec: flow.sec,
    nano: flow.nano,
    flow: flow.id,
    orig: flow.orig,
    resp: flow.resp,
    respPort: flow.respPort,
    fromOrig: flow.fromOrig,
    kind: 'tls',
    what,
    sni,
    alpn,
    version,
    ja3,
    ja4,
    subject,
    issuer,
    alert,
    names,
  };
  if (der) message.der = der;
  flow.emit(message);
}

const NOTHING = new Uint8Array(0);
/** Bytes of a handshake's beginning that have room at once. */
const HANDSHAKE_LEAST = 2048;

/** Handshake messages of one direction, put together from records. */
class Handshake {
  bytes: Uint8Array = NOTHING;
  length = 0;
  /** Bytes of a message that is not read to its end. */
  skip = 0;

  /** False when there is no memory for them. */
  add(flow: FlowContext, data: Uint8Array, at: number, end: number): boolean {
    const dropped = Math.min(this.skip, end - at);
    this.skip -= dropped;
    const from = at + dropped;
    const room = Math.min(end - from, HANDSHAKE_MAX - this.length);
    if (room <= 0) return true;
    if (this.bytes.length < this.length + room) {
      const size = Math.min(HANDSHAKE_MAX, Math.max(HANDSHAKE_LEAST, (this.length + room) * 2));
      if (!flow.keep(size)) return false;
      flow.drop(this.bytes.length);
      const larger = new Uint8Array(size);
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    this.bytes.set(data.subarray(from, from + room), this.length);
    this.length += room;
    return true;
  }

  /** Drops the first `count` bytes; those not there yet are skipped when they come. */
  drop(flow: FlowContext, count: number): void {
    if (count >= this.length) {
      this.skip += count - this.length;
      this.length = 0;
      flow.drop(this.bytes.length);
      this.bytes = NOTHING;
    } else {
      this.bytes.copyWithin(0, count, this.length);
      this.length -= count;
    }
  }
}

class TlsSession implements Session {
  /** Made when a message does not lie whole within a record. */
  private readonly handshakes: [Handshake | null, Handshake | null] = [null, null];
  /** Bits by direction (1 originator, 2 responder): whose records are encrypted, who has sent encrypted content. */
  private encrypted = 0;
  private data = 0;
  private version = '';
  private sni = '';
  private tls13 = false;
  /** Bits by direction: whose certificate was read. */
  private certificates = 0;
  private established = false;

  read(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    const dir = fromOrig ? 0 : 1;
    let next = at;
    while (next + 5 <= end) {
      const type = data[next]!;
      const length = u16(data, next + 3);
      if (data[next]! & 0x80 && next === at && (this.encrypted & (dir + 1)) === 0 && data[next + 2] === 1) {
        const read = this.sslV2(flow, data, next, end);
        if (read < 0) return next;
        next = read;
        continue;
      }
      if (type < CHANGE_CIPHER || type > HEARTBEAT || data[next + 1] !== 3) {
        if (flow.stream(dir).fromStart) {
          flow.weird('tls-bad-record', `type ${type}, version ${u16(data, next + 1).toString(16)}`);
        }
        flow.finish();
        return end;
      }
      if (length > RECORD_MAX) {
        flow.weird('tls-record-oversized', `${length} bytes`);
        flow.finish();
        return end;
      }
      const stop = next + 5 + length;
      if (type === APPLICATION || this.encrypted & (dir + 1)) {
        this.opaque(flow, dir, type);
        if (flow.finished) return end;
        next = stop;
        if (next > end) return next;
        continue;
      }
      if (stop > end) return next;
      this.record(flow, dir, type, data, next + 5, stop);
      if (flow.finished) return end;
      next = stop;
    }
    return next;
  }

  gap(flow: FlowContext): boolean {
    flow.finish();
    return false;
  }

  /** A record whose content cannot be read. */
  private opaque(flow: FlowContext, dir: 0 | 1, type: number): void {
    if (type === HANDSHAKE || type === APPLICATION) this.data |= dir + 1;
    if (!this.established && this.data === 3) {
      this.established = true;
      flow.say('tls.established', 'yes');
      emit(flow, 'established', this.sni, '', this.version);
    }
    if (this.established) flow.finish();
  }

  private record(flow: FlowContext, dir: 0 | 1, type: number, data: Uint8Array, at: number, end: number): void {
    if (type === CHANGE_CIPHER) {
      if (!this.tls13) this.encrypted |= dir + 1;
    } else if (type === ALERT) {
      if (end - at === 2) {
        const alert = data[at + 1]!;
        flow.also('tls.alert', coded(ALERTS, alert));
        emit(flow, 'alert', this.sni, '', this.version, '', '', '', '', alert);
      }
    } else if (type === HANDSHAKE) {
      this.handshakeRecord(flow, dir, data, at, end);
    }
  }

  /** Most messages lie whole within a record: they are read where they are. */
  private handshakeRecord(flow: FlowContext, dir: 0 | 1, data: Uint8Array, at: number, end: number): void {
    const begun = this.handshakes[dir];
    if (begun && begun.length > 0) {
      if (!begun.add(flow, data, at, end)) flow.finish();
      else begun.drop(flow, this.messages(flow, begun.bytes, 0, begun.length));
      return;
    }
    const from = begun ? at + Math.min(begun.skip, end - at) : at;
    if (begun) begun.skip -= from - at;
    const read = this.messages(flow, data, from, end);
    if (read === end) return;
    const handshake = (this.handshakes[dir] ??= new Handshake());
    if (read > end) handshake.skip += read - end;
    else if (!handshake.add(flow, data, read, end)) flow.finish();
  }

  /** Reads the messages in [at, end). Returns where the first stands that needs more bytes. */
  private messages(flow: FlowContext, bytes: Uint8Array, at: number, end: number): number {
    let next = at;
    while (end - next >= 4) {
      const type = bytes[next]!;
      const stop = next + 4 + u24(bytes, next + 1);
      const there = Math.min(end, stop);
      if (type === 11) {
        if (!this.certificate(flow, bytes, next + 4, there, there === stop)) return next;
      } else if (type === 1 || type === 2) {
        if (there < stop && end - next < HANDSHAKE_MAX) return next;
        this.hello(flow, type, bytes, next + 4, there);
      }
      next = stop;
    }
    return next;
  }

  private hello(flow: FlowContext, type: number, bytes: Uint8Array, at: number, end: number): void {
    const hello = type === 1 ? readClientHello(bytes, at, end, false) : readServerHello(bytes, at, end);
    if (!hello) {
      flow.weird('tls-length-lie', type === 1 ? 'ClientHello' : 'ServerHello');
    } else if (type === 1) {
      this.sni = hello.sni;
      clientHello(flow, hello, 't');
    } else {
      const version = bestVersion(hello);
      this.version = versionName(version);
      this.tls13 = this.version === 'TLSv1.3';
      serverHello(flow, hello);
    }
  }

  /** The first certificate of a chain, as soon as it is there. False when more bytes are needed. */
  private certificate(flow: FlowContext, bytes: Uint8Array, at: number, end: number, whole: boolean): boolean {
    const side = flow.fromOrig ? 1 : 2;
    if (this.certificates & side) return true;
    if (at + 6 > end) return whole;
    const from = at + 6;
    const stop = from + u24(bytes, at + 3);
    if (stop > end) {
      if (whole) flow.weird('tls-length-lie', 'Certificate');
      return whole || end - at > HANDSHAKE_MAX - 64;
    }
    this.certificates |= side;
    const names = readCertificate(bytes, from, stop);
    if (!names) return true;
    const { subject, issuer, names: hosts, der } = names;
    flow.say('tls.hint', certificateHint(subject, issuer));
    flow.fact(flow.fromOrig ? 'tls.client.subject' : 'tls.subject', subject, true);
    flow.fact(flow.fromOrig ? 'tls.client.issuer' : 'tls.issuer', issuer, true);
    if (!flow.fromOrig) for (const host of hosts) flow.also('tls.names', host);
    emit(flow, 'certificate', this.sni, '', this.version, '', '', subject, issuer, -1, hosts, der);
    return true;
  }

  private sslV2(flow: FlowContext, data: Uint8Array, at: number, end: number): number {
    const stop = at + 2 + (u16(data, at) & 0x7fff);
    if (stop > end) return stop - at > RECORD_MAX ? stop : -1;
    const hello = readSslV2Hello(data, at + 2, stop);
    if (hello) clientHello(flow, hello, 't');
    return stop;
  }
}

/** Ports whose TLS is known to carry one thing. */
const WRAPPED: ReadonlyMap<number, string> = new Map([
  [465, 'SMTPS'],
  [993, 'IMAPS'],
  [995, 'POPS'],
]);

/** A record header that real traffic could have. */
function recordHeader(data: Uint8Array, at: number): boolean {
  const length = u16(data, at + 3);
  return data[at + 1] === 3 && data[at + 2]! <= 4 && length > 0 && length <= RECORD_MAX;
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  const first = data[at]!;
  if (first & 0x80) return sslV2Probe(data, at, end);
  if (first < CHANGE_CIPHER || first > APPLICATION) return NO;
  if (end - at < 6) return end - at > 1 && data[at + 1] !== 3 ? NO : MAYBE;
  if (!recordHeader(data, at)) return NO;
  if (first === HANDSHAKE) {
    const type = data[at + 5]!;
    const greeting = type === 1 || type === 2;
    return greeting || (type <= 24 && !p.fromStart) ? YES : NO;
  }
  if (first === ALERT && u16(data, at + 3) === 2) return data[at + 5] === 1 || data[at + 5] === 2 ? YES : NO;
  if (p.fromStart) return NO;
  return midstream(data, at, end);
}

/** Without the handshake: whole records in a row, or one that reaches beyond what is there. */
function midstream(data: Uint8Array, at: number, end: number): Verdict {
  let next = at;
  for (let i = 0; i < 4 && next + 5 <= end; i++) {
    if (data[next]! < CHANGE_CIPHER || data[next]! > APPLICATION || !recordHeader(data, next) || data[next + 2] === 4)
      return NO;
    next += 5 + u16(data, next + 3);
  }
  return YES;
}

const SSL2_SERVER_HELLO = 4;

function sslV2Probe(data: Uint8Array, at: number, end: number): Verdict {
  if (end - at < 11) return NO;
  const length = u16(data, at) & 0x7fff;
  if (data[at + 2] === SSL2_SERVER_HELLO) {
    const rest = u16(data, at + 7) + u16(data, at + 9) + (end - at >= 13 ? u16(data, at + 11) : 0);
    return u16(data, at + 5) === 2 && rest + 11 === length ? YES : NO;
  }
  const version = u16(data, at + 3);
  if (data[at + 2] !== 1 || length < 12 || (version !== 2 && (version < 0x0300 || version > 0x0304))) return NO;
  const ciphers = u16(data, at + 5);
  return ciphers % 3 === 0 && ciphers + u16(data, at + 7) + u16(data, at + 9) + 9 === length ? YES : NO;
}

export const tls: Inspector = {
  id: 'tls',
  over: 'tcp',
  ports: [443, 465, 563, 636, 853, 989, 990, 992, 993, 994, 995, 5061, 8443],
  service: 'ssl',
  app: 'TLS',
  first: [0x14, 0x15, 0x16, 0x17, ...Array.from({ length: 128 }, (_, i) => 0x80 + i)],
  probe,
  open: (flow) => {
    const wrapped = WRAPPED.get(flow.respPort);
    if (wrapped !== undefined && flow.app === 'TLS') flow.name('', wrapped);
    return new TlsSession();
  },
};
