/** LDAP (RFC 4511) over TCP, and its connectionless form over UDP ([MS-ADTS]): binds, searches and results. */
import { Element, integer, readElement, readWhole } from '../ber.ts';
import { latin1, text } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import { coded, type Words } from '../words.ts';
import { readSecurity } from './gssapi.ts';
import { plainAccount } from './sasl.ts';
import { tls } from './tls.ts';

const MESSAGE_MAX = 16 * 1024 * 1024;
/** Bytes of a message that are read: names and tokens stand at its beginning. */
const SHOWN = 8 * 1024;
/** Of an account with its password. */
const SASL_MAX = 512;
const START_TLS = '1.3.6.1.4.1.1466.20037';
const BIND_IN_PROGRESS = 14;
/** Messages read a flow: directories are asked endlessly. */
const MESSAGES_MAX = 5000;

const OPERATIONS: ReadonlyMap<number, string> = new Map([
  [0x60, 'bind'],
  [0x61, 'bind-result'],
  [0x42, 'unbind'],
  [0x62, 'unbind'],
  [0x63, 'search'],
  [0x64, 'entry'],
  [0x65, 'search-result'],
  [0x66, 'modify'],
  [0x67, 'modify-result'],
  [0x68, 'add'],
  [0x69, 'add-result'],
  [0x4a, 'delete'],
  [0x6b, 'delete-result'],
  [0x6c, 'rename'],
  [0x6d, 'rename-result'],
  [0x6e, 'compare'],
  [0x6f, 'compare-result'],
  [0x50, 'abandon'],
  [0x73, 'reference'],
  [0x77, 'extended'],
  [0x78, 'extended-result'],
  [0x79, 'intermediate'],
]);

/** Outcomes of binds (RFC 4511, 4.1.9). */
const RESULTS: Words = new Map([
  [0, 'accepted'],
  [1, 'operations error'],
  [7, 'way to prove oneself not known'],
  [8, 'stronger way demanded'],
  [13, 'encryption demanded'],
  [32, 'no such object'],
  [48, 'not this way'],
  [49, 'invalid credentials'],
  [50, 'not permitted'],
  [51, 'busy'],
  [52, 'unavailable'],
  [53, 'unwilling'],
]);

const e = new Element();
const field = new Element();

class LdapSession implements Session {
  private user = '';
  private tlsAsked = false;
  private messages = 0;

  read(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    let next = at;
    while (next + 8 <= end) {
      if (data[next] !== 0x30) {
        // Signed and sealed messages follow their length instead: nothing of them can be read.
        flow.finish();
        return end;
      }
      if (!readElement(data, next, end, e)) return next;
      const { start, stop } = e;
      if (stop - next > MESSAGE_MAX) {
        flow.weird('ldap-bad-length', String(stop - next));
        flow.finish();
        return end;
      }
      const shown = Math.min(stop, start + SHOWN);
      if (shown > end) return next;
      this.message(flow, data, start, shown);
      next = stop;
      if (flow.finished || flow.session !== this) return next;
    }
    return next;
  }

  datagram(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
    let next = at;
    for (let i = 0; i < 16 && readElement(data, next, end, e) && e.is(0x30); i++) {
      const stop = e.stop;
      this.message(flow, data, e.start, Math.min(stop, end));
      next = stop;
      if (next >= end) return;
    }
  }

  private message(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
    if (!readWhole(data, at, end, e) || !e.is(2) || !readElement(data, e.stop, end, e)) return;
    const operation = OPERATIONS.get(e.tag);
    if (operation === undefined || operation === 'entry') return;
    if (++this.messages > MESSAGES_MAX) return flow.finish();
    const start = e.start;
    const stop = Math.min(e.stop, end);
    if (!operation.endsWith('-result')) flow.also('ldap.operation', operation);
    if (operation === 'bind') this.bind(flow, data, start, stop);
    else if (operation === 'bind-result') this.bound(flow, this.result(flow, operation, data, start, stop));
    else if (operation === 'search') this.search(flow, data, start, stop);
    else if (operation === 'extended') this.extended(flow, data, start, stop);
    else if (operation === 'extended-result') this.switched(flow, this.result(flow, operation, data, start, stop));
    else if (operation.endsWith('-result')) this.result(flow, operation, data, start, stop);
    else this.change(flow, operation, data, start, stop);
  }

  private emit(flow: FlowContext, operation: string, result: number, name: string): void {
    flow.emit({ ...flow.head(), kind: 'ldap', operation, result, name });
  }

  /** BindRequest: version, name, and simple [0] or SASL [3] credentials. */
  private bind(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
    if (!readWhole(data, at, end, field) || !field.is(2)) return;
    if (!readWhole(data, field.stop, end, field) || !field.is(4)) return;
    const name = text(data, field.start, field.stop, 256);
    if (!readElement(data, field.stop, end, field)) return;
    const simple = field.is(0x80);
    const secret = field.stop > field.start;
    this.user = name;
    const plain = field.is(0xa3) && this.sasl(flow, data, field.start, Math.min(field.stop, end));
    flow.fact('ldap.bind', name);
    this.emit(flow, 'bind', -1, name);
    // An anonymous bind is no login.
    if (simple && name === '' && !secret) return;
    this.login(flow, 'attempt', 0, plain || (simple && secret));
  }

  /** Returns whether a password crosses as it is. */
  private sasl(flow: FlowContext, data: Uint8Array, at: number, end: number): boolean {
    if (!readWhole(data, at, end, field) || !field.is(4)) return false;
    const mechanism = text(data, field.start, field.stop, 64);
    flow.fact('ldap.mechanism', mechanism);
    if (!readElement(data, field.stop, end, field) || !field.is(4)) return false;
    if (mechanism.toUpperCase() === 'PLAIN') {
      this.user = plainAccount(latin1(data, field.start, Math.min(field.stop, end), SASL_MAX)) || this.user;
      return field.stop > field.start;
    }
    const token = readSecurity(flow, data, field.start, Math.min(field.stop, end));
    if (token.user !== '') this.user = token.user;
    return false;
  }

  private bound(flow: FlowContext, code: number): void {
    if (code === BIND_IN_PROGRESS || code < 0) return;
    flow.also('ldap.result', coded(RESULTS, code));
    if (this.user === '' && code === 0) return;
    this.login(flow, code === 0 ? 'succeeded' : 'failed', code, false);
  }

  private login(
    flow: FlowContext,
    outcome: 'attempt' | 'failed' | 'succeeded',
    code: number,
    cleartext: boolean,
  ): void {
    flow.emit({ ...flow.head(), kind: 'login', protocol: 'ldap', outcome, user: this.user, cleartext, code });
  }

  /** LDAPResult: code, matched name, text; and in bind results the server's token [7]. */
  private result(flow: FlowContext, operation: string, data: Uint8Array, at: number, end: number): number {
    if (!readWhole(data, at, end, field) || !field.is(10)) return -1;
    const code = integer(data, field.start, field.stop);
    if (Number.isNaN(code)) return -1;
    let next = field.stop;
    for (let i = 0; i < 8 && next < end && readElement(data, next, end, field); i++) {
      if (field.is(0x87)) readSecurity(flow, data, field.start, Math.min(field.stop, end));
      next = field.stop;
    }
    this.emit(flow, operation, code, '');
    return code;
  }

  private search(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
    if (!readWhole(data, at, end, field) || !field.is(4)) return;
    const name = text(data, field.start, field.stop, 256);
    flow.also('ldap.search', name);
    this.emit(flow, 'search', -1, name);
  }

  /** Modify, add, rename and compare begin with the name of what they concern; a deletion is nothing but that name. */
  private change(flow: FlowContext, operation: string, data: Uint8Array, at: number, end: number): void {
    let name = '';
    if (operation === 'delete') name = text(data, at, end, 256);
    else if (operation !== 'unbind' && operation !== 'abandon' && readWhole(data, at, end, field) && field.is(4))
      name = text(data, field.start, field.stop, 256);
    if (name !== '') flow.also(`ldap.${operation}`, name);
    this.emit(flow, operation, -1, name);
  }

  private extended(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
    const oid = readWhole(data, at, end, field) && field.is(0x80) ? text(data, field.start, field.stop, 64) : '';
    this.tlsAsked = oid === START_TLS;
    this.emit(flow, 'extended', -1, oid);
  }

  private switched(flow: FlowContext, code: number): void {
    if (this.tlsAsked && code === 0) flow.handOver([tls]);
    this.tlsAsked = false;
  }
}

/** A sequence that holds a positive message id and an operation of LDAP. */
function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (data[at] !== 0x30) return NO;
  if (!readElement(data, at, end, e)) return end - at < 6 ? MAYBE : NO;
  if (e.stop - e.start > MESSAGE_MAX || (!p.tcp && e.stop > end && !p.partial)) return NO;
  if (!readWhole(data, e.start, end, e) || !e.is(2) || e.stop - e.start > 4) return end - at < 12 ? MAYBE : NO;
  if (integer(data, e.start, e.stop) < 0) return NO;
  if (e.stop >= end) return MAYBE;
  const operation = OPERATIONS.get(data[e.stop]!);
  if (operation === undefined || !readElement(data, e.stop, end, e)) return NO;
  return inside(operation, data, end);
}

/** A bind says its version, results their code, a search its base; the rest is rarer and only trusted where nothing contradicts. */
function inside(operation: string, data: Uint8Array, end: number): Verdict {
  if (operation === 'unbind' || operation === 'delete' || operation === 'abandon')
    return e.stop - e.start < 512 ? YES : NO;
  const { start, stop } = e;
  if (!readElement(data, start, end, field) || field.stop > stop) return start + 2 > end ? MAYBE : NO;
  if (operation === 'bind') return field.is(2) && data[field.start]! <= 3 ? YES : NO;
  if (operation === 'extended') return field.is(0x80) ? YES : NO;
  if (operation.endsWith('-result')) return field.is(10) ? YES : NO;
  if (operation === 'reference' || operation === 'intermediate') return NO;
  return field.is(4) ? YES : NO;
}

export const ldap: Inspector = {
  id: 'ldap',
  over: 'both',
  ports: [389, 3268],
  first: [0x30],
  service: '',
  app: 'LDAP',
  probe,
  open: (flow) => {
    flow.name(flow.tcp ? 'ldap_tcp' : 'ldap_udp');
    return new LdapSession();
  },
};
