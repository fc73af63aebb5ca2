/**
 * Security tokens inside other protocols (SMB, LDAP, DCE/RPC, HTTP): SPNEGO (RFC 4178), NTLMSSP ([MS-NLMP]) and
 * Kerberos AP messages (RFC 4121). Names who logs in; challenges and responses are not kept.
 */
import { findText, startsWith, text, u16le, u32le, utf16le } from '../bytes.ts';
import type { FlowContext } from '../context.ts';

const NTLM = 'NTLMSSP\0';
/** Object identifier 1.2.840.113554.1.2.2 (Kerberos 5) as DER bytes, and Microsoft's misspelt one. */
const KERBEROS = ['\x2a\x86\x48\x86\xf7\x12\x01\x02\x02', '\x2a\x86\x48\x82\xf7\x12\x01\x02\x02'];
const TOKEN_MAX = 8192;
const UNICODE = 1;
const TARGET_INFO = 0x0080_0000;
const TARGET_IS_SERVER = 0x0002_0000;
/** Pairs that are names of the host itself. */
const SERVER = 1;
const SERVER_DNS = 3;
const VERSION = 0x0200_0000;
/** What a challenge says of its sender ([MS-NLMP] 2.2.2.1). */
const TARGET_FACTS: ReadonlyMap<number, string> = new Map([
  [1, 'ntlm.server'],
  [2, 'ntlm.domain'],
  [3, 'ntlm.server.dns'],
  [4, 'ntlm.domain.dns'],
  [5, 'ntlm.forest'],
]);

export interface SecurityToken {
  /** NTLM message type 1–3; 0: none. */
  ntlm: 0 | 1 | 2 | 3;
  kerberos: boolean;
  /** "DOMAIN\user" of an NTLM authentication. */
  user: string;
}

function field(data: Uint8Array, base: number, at: number, end: number, unicode: boolean): string {
  const from = base + u32le(data, at + 4);
  const stop = from + u16le(data, at);
  if (from < base || stop > end) return '';
  return unicode ? utf16le(data, from, stop, 128) : text(data, from, stop, 128);
}

/** The sender's own name; some write it as in a path. */
function named(flow: FlowContext, value: string): void {
  const name = value.replace(/^\\+/, '');
  if (name !== '') flow.emit({ ...flow.head(), kind: 'named', source: 'ntlm', name });
}

/** Pairs of a kind and a UTF-16 text, ended by the kind 0; at most 16 are read. */
function targetInfo(flow: FlowContext, data: Uint8Array, at: number, end: number): void {
  let next = at + u32le(data, at + 44);
  const stop = Math.min(end, next + u16le(data, at + 40));
  for (let i = 0; i < 16 && next >= at && next + 4 <= stop; i++) {
    const kind = u16le(data, next);
    const length = u16le(data, next + 2);
    if (kind === 0 || next + 4 + length > stop) return;
    const name = TARGET_FACTS.get(kind);
    if (name !== undefined) {
      const value = utf16le(data, next + 4, next + 4 + length, 128);
      if ((kind === SERVER || kind === SERVER_DNS) && !flow.stated(name)) named(flow, value);
      flow.fact(name, value);
    }
    next += 4 + length;
  }
}

function readNtlm(flow: FlowContext, data: Uint8Array, at: number, end: number, token: SecurityToken): void {
  if (end - at < 12) return;
  const type = u32le(data, at + 8);
  if (type < 1 || type > 3) return;
  token.ntlm = type as 1 | 2 | 3;
  flow.name('ntlm');
  if (type === 2 && end - at >= 24) {
    const flags = u32le(data, at + 20);
    flow.fact('ntlm.target', field(data, at, at + 12, end, (flags & UNICODE) !== 0));
    if (end - at >= 48 && flags & TARGET_INFO) targetInfo(flow, data, at, end);
    else if (flags & TARGET_IS_SERVER) named(flow, field(data, at, at + 12, end, (flags & UNICODE) !== 0));
    if (end - at >= 56 && flags & VERSION)
      flow.fact('ntlm.version', `${data[at + 48]!}.${data[at + 49]!}.${u16le(data, at + 50)}`);
  } else if (type === 3 && end - at >= 64) {
    const unicode = (u32le(data, at + 60) & UNICODE) !== 0;
    token.user = ntlmIn(data, at, end).user;
    flow.fact('ntlm.user', token.user);
    const workstation = field(data, at, at + 44, end, unicode);
    if (!flow.stated('ntlm.workstation')) named(flow, workstation);
    flow.fact('ntlm.workstation', workstation);
  }
}

/** A Kerberos token: the identifier, two bytes that tell AP-REQ, AP-REP and KRB-ERROR, and the message. */
function hasKerberos(data: Uint8Array, at: number, end: number): boolean {
  for (const oid of KERBEROS) {
    let from = at;
    for (let i = 0; i < 8; i++) {
      const found = findText(data, oid, from, end);
      if (found < 0) break;
      const next = found + oid.length;
      if (next + 3 <= end && data[next]! >= 1 && data[next]! <= 3 && data[next + 1] === 0 && data[next + 2]! >= 0x60)
        return true;
      from = next;
    }
  }
  return false;
}

/** NTLM message type in the token [at, end), wherever it stands in it (0: none), and the account of an authentication. */
export function ntlmIn(data: Uint8Array, at: number, end: number): { type: number; user: string } {
  const found = findText(data, NTLM, at, end);
  if (found < 0 || end - found < 12) return { type: 0, user: '' };
  const type = u32le(data, found + 8);
  if (type !== 3 || end - found < 64) return { type, user: '' };
  const unicode = (u32le(data, found + 60) & UNICODE) !== 0;
  const domain = field(data, found, found + 28, end, unicode);
  const user = field(data, found, found + 36, end, unicode);
  return { type, user: domain === '' || user === '' ? user : `${domain}\\${user}` };
}

/** Reads the token [at, end): names the mechanisms as services of the flow. */
export function readSecurity(flow: FlowContext, data: Uint8Array, at: number, end: number): SecurityToken {
  const token: SecurityToken = { ntlm: 0, kerberos: false, user: '' };
  const stop = Math.min(end, at + TOKEN_MAX);
  if (stop - at < 8) return token;
  if (startsWith(data, at, stop, NTLM)) {
    readNtlm(flow, data, at, stop, token);
    return token;
  }
  const first = data[at]!;
  if (first !== 0x60 && first !== 0xa0 && first !== 0xa1) return token;
  flow.name('gssapi');
  const ntlm = findText(data, NTLM, at, stop);
  if (ntlm >= 0) readNtlm(flow, data, ntlm, stop, token);
  if (hasKerberos(data, at, stop)) {
    token.kerberos = true;
    flow.name('krb');
  }
  return token;
}
