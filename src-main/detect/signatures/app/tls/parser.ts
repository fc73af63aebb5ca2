/** TLS (RFC 5246, RFC 8446): records, handshake messages put together, certificates. */
import { copy, EMPTY, u16, u24, u8 } from '../bytes.ts';
import { tellParts } from '../frames.ts';
import type { AppContext, AppParser, AppProtocol, Verdict } from '../protocol.ts';
import { Side } from '../side.ts';
import type { Direction } from '../types.ts';
import { readCertificate, whyBroken } from './certificate.ts';
import { addClientHello, addServerHello } from './hello.ts';

const RECORD = { changeCipher: 20, alert: 21, handshake: 22, data: 23, heartbeat: 24 };
const MESSAGE = { clientHello: 1, serverHello: 2, certificate: 11, serverHelloDone: 14 };
const RECORD_MAX = 16_384 + 2048;
/** Handshake bytes of a direction: certificates are rarely as long. */
const HANDSHAKE_MAX = 128 * 1024;
const CERTIFICATES_MAX = 32;

const isType = (type: number): boolean => type >= RECORD.changeCipher && type <= RECORD.heartbeat;
const isVersion = (bytes: Uint8Array, at: number): boolean => u8(bytes, at + 1) === 3 && u8(bytes, at + 2) <= 4;

/** Whether a record may begin there; its five first bytes are there. */
function isRecord(bytes: Uint8Array, at: number): boolean {
  return isType(u8(bytes, at)) && isVersion(bytes, at) && u16(bytes, at + 3) <= RECORD_MAX;
}

class TlsParser implements AppParser {
  readonly #context: AppContext;
  readonly #handshakes: [Uint8Array, Uint8Array] = [new Uint8Array(0), new Uint8Array(0)];
  readonly #sides: [Side | null, Side | null] = [null, null];
  readonly #encrypted: [boolean, boolean] = [false, false];
  readonly #deaf: [boolean, boolean] = [false, false];

  /** Bytes of encrypted data that are yet to come of the record at hand: nothing of them is kept. */
  readonly #passing: [number, number] = [0, 0];

  #greeted = false;

  constructor(context: AppContext) {
    this.#context = context;
  }

  read(direction: Direction, bytes: Uint8Array, last: boolean): number {
    let at = Math.min(this.#passing[direction], bytes.length);
    this.#passing[direction] -= at;
    while (at < bytes.length) {
      if (this.#deaf[direction]) return bytes.length;
      const length = u16(bytes, at + 3);
      if (length < 0) break;
      if (!this.#plausible(direction, bytes, at)) return bytes.length;
      const end = at + 5 + length;
      const partial = end > bytes.length;
      const framed = this.#context.framed('tls');
      if (partial && u8(bytes, at) === RECORD.data && !framed) this.#passing[direction] = end - bytes.length;
      else if (partial && !last) break;
      if (framed) this.#frames(direction, bytes.subarray(at, Math.min(end, bytes.length)));
      const type = u8(bytes, at);
      const isRead = type === RECORD.handshake || type === RECORD.heartbeat;
      this.#record(direction, type, isRead ? bytes.subarray(at + 5, Math.min(end, bytes.length)) : EMPTY);
      at = Math.min(end, bytes.length);
    }
    return at;
  }

  pass(direction: Direction, data: Uint8Array, at: number, end: number): boolean {
    if (this.#passing[direction] >= end - at) {
      this.#passing[direction] -= end - at;
      return true;
    }
    return this.#passRecords(direction, data, at + this.#passing[direction], end);
  }

  /** The same of records that begin at `from`: once all is encrypted, whole ones say nothing, and data that are to come neither. */
  #passRecords(direction: Direction, data: Uint8Array, from: number, end: number): boolean {
    const isOver = this.#encrypted[direction] && this.#sides[direction] === null && !this.#deaf[direction];
    if (!isOver || this.#context.framed('tls')) return false;
    let at = from;
    while (at < end) {
      if (at + 5 > end || !isRecord(data, at)) return false;
      const next = at + 5 + data[at + 3]! * 256 + data[at + 4]!;
      // Another record than of data waits for its end.
      if (next > end && data[at] !== RECORD.data) return false;
      at = next;
    }
    this.#passing[direction] = at - end;
    return true;
  }

  gap(): boolean {
    return false;
  }

  end(direction: Direction): void {
    this.#emit(direction);
  }

  #event(name: string, direction: Direction): void {
    this.#context.event(`tls.${name}`, direction);
  }

  #plausible(direction: Direction, bytes: Uint8Array, at: number): boolean {
    if (isRecord(bytes, at)) return true;
    const type = u8(bytes, at);
    const okType = isType(type);
    const okVersion = isVersion(bytes, at);
    this.#event(
      okType ? (okVersion ? 'invalid_record_length' : 'invalid_record_version') : 'invalid_record_type',
      direction,
    );
    this.#event('invalid_ssl_record', direction);
    this.#deaf[direction] = true;
    this.#emit(direction);
    return false;
  }

  #frames(direction: Direction, record: Uint8Array): void {
    tellParts(this.#context, direction, ['tls.pdu', 'tls.hdr', 'tls.data'], record, 5);
    if (record[0] === RECORD.alert) this.#context.frame('tls.alert', direction, [record.subarray(5)]);
    if (record[0] === RECORD.heartbeat) this.#context.frame('tls.heartbeat', direction, [record.subarray(5)]);
  }

  #record(direction: Direction, type: number, body: Uint8Array): void {
    if (type === RECORD.heartbeat) this.#heartbeat(direction, body);
    if (type === RECORD.changeCipher || type === RECORD.data) {
      this.#encrypted[direction] = true;
      this.#emit(direction);
    }
    if (type !== RECORD.handshake || this.#encrypted[direction]) return;
    const before = this.#handshakes[direction];
    if (before.length + body.length > HANDSHAKE_MAX) {
      this.#encrypted[direction] = true;
      return;
    }
    if (before.length === 0) {
      // Most messages are whole: they are read where they are, and only what is left over is kept.
      const rest = this.#messages(direction, body);
      if (rest.length > 0) this.#handshakes[direction] = copy(rest);
    } else this.#handshakes[direction] = this.#messages(direction, Buffer.concat([before, body]));
  }

  /** RFC 6520: a request that claims more than it carries reads memory (Heartbleed). */
  #heartbeat(direction: Direction, body: Uint8Array): void {
    if (this.#encrypted[direction]) return;
    this.#event('heartbeat_message', direction);
    const claimed = u16(body, 1);
    if (u8(body, 0) === 1 && claimed > body.length - 3) this.#event('overflow_heartbeat_message', direction);
    if (u8(body, 0) !== 1 && u8(body, 0) !== 2) this.#event('invalid_heartbeat_message', direction);
  }

  /** Reads the whole messages; returns what is left over. */
  #messages(direction: Direction, bytes: Uint8Array): Uint8Array {
    let at = 0;
    while (at + 4 <= bytes.length) {
      const end = at + 4 + u24(bytes, at + 1);
      if (end > bytes.length) break;
      this.#message(direction, bytes[at]!, bytes.subarray(at + 4, end));
      at = end;
    }
    return bytes.subarray(at);
  }

  #message(direction: Direction, type: number, body: Uint8Array): void {
    const event = (name: string): void => {
      this.#event(name, direction);
    };
    if (type === MESSAGE.clientHello) {
      // After a retry it comes again.
      if (this.#greeted) return;
      this.#greeted = true;
      const side = this.#side(direction);
      if (!addClientHello(side, body, 't', event)) event('invalid_handshake_message');
      this.#emit(direction);
    } else if (type === MESSAGE.serverHello) {
      if (!addServerHello(this.#side(direction), body)) event('invalid_handshake_message');
    } else if (type === MESSAGE.certificate) {
      this.#certificates(direction, body);
      this.#emit(direction);
    } else if (type === MESSAGE.serverHelloDone) this.#emit(direction);
  }

  #certificates(direction: Direction, body: Uint8Array): void {
    const side = this.#side(direction);
    let at = 3;
    let length = 0;
    for (let count = 0; at + 3 <= body.length && count < CERTIFICATES_MAX; count += 1) {
      const end = at + 3 + u24(body, at);
      if (end > body.length) {
        this.#event('certificate_invalid_length', direction);
        break;
      }
      // Handed on before the call ends: nothing of it is kept.
      const der = body.subarray(at + 3, end);
      side.add('tls.certs', der);
      if (count === 0) this.#first(side, direction, der);
      at = end;
      length = count + 1;
    }
    side.number('tls.cert_chain_len', length);
  }

  /** The end's own certificate. */
  #first(side: Side, direction: Direction, der: Uint8Array): void {
    const told = readCertificate(der);
    if (told === null) {
      this.#event(whyBroken(der), direction);
      this.#event('invalid_handshake_message', direction);
      return;
    }
    // Each is made of the certificate as it is read here.
    if (side.asks('tls.cert_subject')) side.add('tls.cert_subject', told.subject);
    if (side.asks('tls.cert_issuer')) side.add('tls.cert_issuer', told.issuer);
    if (side.asks('tls.cert_serial')) side.add('tls.cert_serial', told.serial);
    if (side.asks('tls.cert_fingerprint')) side.add('tls.cert_fingerprint', told.fingerprint);
    if (side.asks('tls.subjectaltname')) for (const name of told.names) side.add('tls.subjectaltname', name);
    if (side.asks('tls_cert_notbefore')) side.number('tls_cert_notbefore', told.notBefore);
    if (side.asks('tls_cert_notafter')) side.number('tls_cert_notafter', told.notAfter);
  }

  #side(direction: Direction): Side {
    return (this.#sides[direction] ??= new Side('tls', direction, 0, this.#context.options.asks));
  }

  #emit(direction: Direction): void {
    const side = this.#sides[direction];
    this.#sides[direction] = null;
    if (side !== null && !side.empty) this.#context.transaction(side.done());
  }
}

/** A handshake record of TLS, or an SSLv2-compatible hello. */
function recognise(bytes: Uint8Array): Verdict {
  const type = u8(bytes, 0);
  if (type !== RECORD.handshake && type !== RECORD.alert) return 'no';
  if (bytes.length < 6) return bytes.length < 2 || bytes[1] === 3 ? 'more' : 'no';
  if (bytes[1] !== 3 || bytes[2]! > 4 || u16(bytes, 3) > RECORD_MAX) return 'no';
  return type === RECORD.alert || bytes[5] === MESSAGE.clientHello || bytes[5] === MESSAGE.serverHello ? 'yes' : 'no';
}

export const tls: AppProtocol = {
  name: 'tls',
  transport: 'tcp',
  streamBeginsWith: (byte) => byte === RECORD.handshake || byte === RECORD.alert,
  recognise: (bytes) => recognise(bytes),
  open: (context) => new TlsParser(context),
};
