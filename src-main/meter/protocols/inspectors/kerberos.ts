/** Kerberos 5 (RFC 4120) over UDP and TCP: principals, encryption types and errors. */
import { Element, child, integer, readElement, readWhole } from '../ber.ts';
import { text, u32 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import type { KerberosMessage } from '../types.ts';
import { coded, type Words } from '../words.ts';

const TYPES: ReadonlyMap<number, KerberosMessage['type']> = new Map([
  [0x6a, 'as-req'],
  [0x6b, 'as-rep'],
  [0x6c, 'tgs-req'],
  [0x6d, 'tgs-rep'],
  [0x6e, 'ap-req'],
  [0x6f, 'other'],
  [0x74, 'other'],
  [0x75, 'other'],
  [0x76, 'other'],
  [0x7e, 'error'],
]);
/** KDC_ERR codes that say a login was refused: unknown client, revoked, expired key, wrong secret. */
const REFUSED = new Set([6, 18, 23, 24, 31]);
/** RFC 4120, 7.5.9. */
const ERRORS: Words = new Map([
  [6, 'no such client'],
  [7, 'no such service'],
  [12, 'against policy'],
  [14, 'encryption type not supported'],
  [18, 'account locked, expired or disabled'],
  [23, 'password expired'],
  [24, 'pre-authentication failed: mostly a wrong password'],
  [25, 'has to prove itself first'],
  [29, 'service unavailable'],
  [31, 'integrity check failed'],
  [32, 'ticket expired'],
  [33, 'ticket not yet valid'],
  [34, 'repeated request'],
  [36, 'ticket and proof differ'],
  [37, 'clocks differ too much'],
  [41, 'message changed'],
  [52, 'answer too large for UDP'],
  [60, 'error of the other side'],
  [68, 'wrong realm'],
]);
const ENCRYPTED_TIMESTAMP = 2;
const LENGTH_MAX = 64 * 1024;
const SHOWN = 12 * 1024;
const ETYPES_MAX = 16;
const PARTS_MAX = 8;

const e = new Element();
const inner = new Element();

/** PrincipalName: its parts joined by "/". [at, end) is the content of the field's explicit tag. */
function principal(data: Uint8Array, at: number, end: number): string {
  if (!readWhole(data, at, end, inner) || !inner.is(0x30)) return '';
  if (!child(data, inner.start, inner.stop, 0xa1, inner)) return '';
  if (!readWhole(data, inner.start, inner.stop, inner) || !inner.is(0x30)) return '';
  const parts: string[] = [];
  const stop = inner.stop;
  let next = inner.start;
  while (next < stop && parts.length < PARTS_MAX && readWhole(data, next, stop, inner)) {
    parts.push(text(data, inner.start, inner.stop, 128));
    next = inner.stop;
  }
  return parts.join('/').slice(0, 256);
}

function string(data: Uint8Array, at: number, end: number): string {
  return readWhole(data, at, end, inner) ? text(data, inner.start, inner.stop, 128) : '';
}

function number(data: Uint8Array, at: number, end: number): number {
  return readWhole(data, at, end, inner) ? integer(data, inner.start, inner.stop) : NaN;
}

class KerberosSession implements Session {
  private client = '';

  datagram(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
    this.message(flow, data, at, end);
  }

  /** Over TCP each message follows its length, four bytes. */
  read(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    let next = at;
    while (next + 4 <= end) {
      const length = u32(data, next);
      if (length > LENGTH_MAX) {
        flow.weird('kerberos-bad-length', String(length));
        flow.finish();
        return end;
      }
      const shown = next + 4 + Math.min(length, SHOWN);
      if (shown > end) return next;
      this.message(flow, data, next + 4, shown);
      next += 4 + length;
    }
    return next;
  }

  private message(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
    if (!readElement(data, at, end, e)) return;
    const type = TYPES.get(e.tag);
    if (!type) return;
    if (e.stop > end && !flow.partial && !flow.tcp) flow.weird('kerberos-bad-length');
    const message: KerberosMessage = {
      ...flow.head(),
      kind: 'kerberos',
      type,
      client: '',
      service: '',
      error: 0,
      etypes: [],
    };
    let encrypted = false;
    if (readElement(data, e.start, end, e) && e.is(0x30)) {
      const stop = Math.min(e.stop, end);
      if (type === 'as-req' || type === 'tgs-req') encrypted = this.request(data, e.start, stop, message);
      else if (type === 'error') this.error(data, e.start, stop, message);
      else if (type === 'as-rep' || type === 'tgs-rep') this.reply(data, e.start, stop, message);
    }
    flow.emit(message);
    this.login(flow, message, encrypted);
  }

  /** KDC-REQ: padata [3] and req-body [4]. Returns whether it proves knowledge of a secret. */
  private request(data: Uint8Array, at: number, end: number, message: KerberosMessage): boolean {
    let encrypted = false;
    let next = at;
    for (let i = 0; i < 8 && next < end && readElement(data, next, end, e); i++) {
      next = e.stop;
      if (e.stop > end) break;
      if (e.is(0xa3)) encrypted = this.hasTimestamp(data, e.start, e.stop);
      else if (e.is(0xa4)) this.body(data, e.start, e.stop, message);
    }
    return encrypted;
  }

  private hasTimestamp(data: Uint8Array, at: number, end: number): boolean {
    if (!readWhole(data, at, end, inner) || !inner.is(0x30)) return false;
    const stop = inner.stop;
    let next = inner.start;
    for (let i = 0; i < 16 && next < stop; i++) {
      if (!readWhole(data, next, stop, inner)) return false;
      next = inner.stop;
      if (
        child(data, inner.start, inner.stop, 0xa1, inner) &&
        number(data, inner.start, inner.stop) === ENCRYPTED_TIMESTAMP
      )
        return true;
    }
    return false;
  }

  private body(data: Uint8Array, at: number, end: number, message: KerberosMessage): void {
    if (!readWhole(data, at, end, e) || !e.is(0x30)) return;
    const stop = e.stop;
    let realm = '';
    let next = e.start;
    for (let i = 0; i < 16 && next < stop && readWhole(data, next, stop, e); i++) {
      next = e.stop;
      if (e.is(0xa1)) message.client = principal(data, e.start, e.stop);
      else if (e.is(0xa2)) realm = string(data, e.start, e.stop);
      else if (e.is(0xa3)) message.service = principal(data, e.start, e.stop);
      else if (e.is(0xa8)) message.etypes = this.list(data, e.start, e.stop);
    }
    if (message.client !== '' && realm !== '') message.client += `@${realm}`;
  }

  private list(data: Uint8Array, at: number, end: number): number[] {
    const values: number[] = [];
    if (!readWhole(data, at, end, inner) || !inner.is(0x30)) return values;
    const stop = inner.stop;
    let next = inner.start;
    while (next < stop && values.length < ETYPES_MAX && readWhole(data, next, stop, inner)) {
      values.push(integer(data, inner.start, inner.stop));
      next = inner.stop;
    }
    return values;
  }

  /** KDC-REP: crealm [3], cname [4], ticket [5], enc-part [6]. */
  private reply(data: Uint8Array, at: number, end: number, message: KerberosMessage): void {
    let realm = '';
    let next = at;
    for (let i = 0; i < 8 && next < end && readElement(data, next, end, e); i++) {
      next = e.stop;
      if (e.stop > end) break;
      if (e.is(0xa3)) realm = string(data, e.start, e.stop);
      else if (e.is(0xa4)) message.client = principal(data, e.start, e.stop);
      else if (e.is(0xa5)) this.ticket(data, e.start, e.stop, message);
    }
    if (message.client !== '' && realm !== '') message.client += `@${realm}`;
  }

  /** Ticket: service name [2], and the encryption type of its encrypted part [3]. */
  private ticket(data: Uint8Array, at: number, end: number, message: KerberosMessage): void {
    if (!readWhole(data, at, end, inner) || !inner.is(0x61)) return;
    if (!readWhole(data, inner.start, inner.stop, inner) || !inner.is(0x30)) return;
    const from = inner.start;
    const stop = inner.stop;
    if (child(data, from, stop, 0xa2, inner)) message.service = principal(data, inner.start, inner.stop);
    if (!child(data, from, stop, 0xa3, inner)) return;
    if (!readWhole(data, inner.start, inner.stop, inner) || !inner.is(0x30)) return;
    if (child(data, inner.start, inner.stop, 0xa0, inner)) {
      const etype = number(data, inner.start, inner.stop);
      if (!Number.isNaN(etype)) message.etypes = [etype];
    }
  }

  /** KRB-ERROR: error-code [6], cname [8], sname [10]. */
  private error(data: Uint8Array, at: number, end: number, message: KerberosMessage): void {
    let next = at;
    for (let i = 0; i < 16 && next < end && readWhole(data, next, end, e); i++) {
      next = e.stop;
      if (e.is(0xa6)) message.error = number(data, e.start, e.stop) || 0;
      else if (e.is(0xa8)) message.client = principal(data, e.start, e.stop);
      else if (e.is(0xaa)) message.service = principal(data, e.start, e.stop);
    }
  }

  private login(flow: FlowContext, message: KerberosMessage, encrypted: boolean): void {
    const { type, error } = message;
    if (type === 'as-req') {
      this.client = message.client;
      if (encrypted) this.outcome(flow, 'attempt', 0);
    } else if (type === 'as-rep') {
      if (this.client === '') this.client = message.client;
      this.outcome(flow, 'succeeded', 0);
    } else if (type === 'error' && REFUSED.has(error)) this.outcome(flow, 'failed', error);
    flow.also('kerberos.message', type);
    flow.also('kerberos.client', message.client);
    flow.also('kerberos.service', message.service);
    if (error > 0) flow.also('kerberos.error', coded(ERRORS, error));
  }

  private outcome(flow: FlowContext, outcome: 'attempt' | 'failed' | 'succeeded', code: number): void {
    flow.emit({
      ...flow.head(),
      kind: 'login',
      protocol: 'kerberos',
      outcome,
      user: this.client,
      cleartext: false,
      code,
    });
  }
}

/** An application tag of Kerberos, a sequence, and the protocol version 5 where it must stand. */
function looks(data: Uint8Array, at: number, end: number): boolean {
  const tag = data[at]!;
  if (!TYPES.has(tag) || !readElement(data, at, end, e)) return false;
  if (!readElement(data, e.start, end, e) || !e.is(0x30)) return false;
  const from = e.start;
  const field = tag === 0x6a || tag === 0x6c ? 0xa1 : 0xa0;
  return (
    from + 5 <= end && data[from] === field && data[from + 1] === 3 && data[from + 2] === 2 && data[from + 4] === 5
  );
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (!p.tcp) return looks(data, at, end) ? YES : NO;
  if (end - at < 8) return p.respPort === 88 && data[at] === 0 ? MAYBE : NO;
  if (data[at] !== 0 || u32(data, at) > LENGTH_MAX) return NO;
  if (!TYPES.has(data[at + 4]!)) return NO;
  if (end - at < 24) return MAYBE;
  return looks(data, at + 4, end) ? YES : NO;
}

export const kerberos: Inspector = {
  id: 'kerberos',
  over: 'both',
  ports: [88, 464, 750],
  first: [
    0x00, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x7b,
    0x7c, 0x7d, 0x7e,
  ],
  service: '',
  app: 'Kerberos',
  probe,
  open: (flow) => {
    flow.name(flow.tcp ? 'krb_tcp' : 'krb');
    return new KerberosSession();
  },
};
