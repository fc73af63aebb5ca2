/** What rules look at in a certificate (RFC 5280). */
import { hash } from 'node:crypto';
import { latin } from '../bytes.ts';
import { child, children, content, element, type Element } from '../der.ts';

const ATTRIBUTES: ReadonlyMap<string, string> = new Map([
  ['550403', 'CN'],
  ['550404', 'SN'],
  ['550405', 'serialNumber'],
  ['550406', 'C'],
  ['550407', 'L'],
  ['550408', 'ST'],
  ['550409', 'street'],
  ['55040a', 'O'],
  ['55040b', 'OU'],
  ['55040c', 'title'],
  ['2a864886f70d010901', 'emailAddress'],
  ['0992268993f22c640119', 'DC'],
  ['0992268993f22c640101', 'UID'],
]);

export interface Certificate {
  readonly subject: string;
  readonly issuer: string;
  /** Upper-case hexadecimal with colons. */
  readonly serial: string;
  /** SHA-1 of the whole, lower-case hexadecimal with colons. */
  readonly fingerprint: string;
  /** Unix seconds; NaN: cannot be read. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly names: readonly string[];
}

const hexOf = (data: Uint8Array): string => Buffer.from(data).toString('hex');
const colons = (hex: string): string => hex.replace(/..(?=.)/g, '$&:');

/** `C=FR, O=Some, CN=name`, in the order of the certificate. */
function nameText(data: Uint8Array, name: Element): string {
  const parts: string[] = [];
  for (const set of children(data, name.start, name.end)) {
    for (const pair of children(data, set.start, set.end)) {
      const [type, value] = children(data, pair.start, pair.end);
      if (type === undefined || value === undefined) continue;
      const oid = hexOf(content(data, type));
      parts.push(`${ATTRIBUTES.get(oid) ?? oid}=${letters(data, value)}`);
    }
  }
  return parts.join(', ');
}

/** A string; of the two-byte kind (BMPString) the letters' low bytes. */
function letters(data: Uint8Array, value: Element): string {
  const text = latin(data, value.start, value.end);
  return value.tag === 0x1e ? text.replace(/[^](.)/gs, '$1') : text;
}

/** UTCTime or GeneralizedTime. */
function time(data: Uint8Array, value: Element | undefined): number {
  if (value === undefined) return Number.NaN;
  let text = latin(data, value.start, value.end);
  if (value.tag === 0x17) text = `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}`;
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?/.exec(text);
  if (parts === null) return Number.NaN;
  const [year, month, day, hour, minute, second] = parts.slice(1).map((part) => Number(part || 0));
  return Date.UTC(year!, month! - 1, day!, hour!, minute!, second ?? 0) / 1000;
}

const ALTERNATIVE_NAME = '551d11';

/** Names of the subjectAltName extension: hosts, addresses, mail addresses, URIs. */
function alternativeNames(data: Uint8Array, body: Element): string[] {
  const list = child(data, child(data, body, 0xa3), 0x30);
  if (list === null) return [];
  const found: string[] = [];
  for (const extension of children(data, list.start, list.end)) {
    const parts = children(data, extension.start, extension.end);
    if (hexOf(content(data, parts[0])) !== ALTERNATIVE_NAME) continue;
    const value = parts.at(-1)!;
    const names = element(data, value.start, value.end);
    for (const name of names === null ? [] : children(data, names.start, names.end)) {
      if ([0x81, 0x82, 0x86].includes(name.tag)) found.push(latin(data, name.start, name.end));
      else if (name.tag === 0x87 && name.end - name.start === 4) found.push([...content(data, name)].join('.'));
    }
  }
  return found;
}

/** Reads a DER certificate; null when it is none. What it says is made when it is asked for, and `data` has to be there then. */
export function readCertificate(data: Uint8Array): Certificate | null {
  const body = child(data, element(data, 0), 0x30);
  if (body === null) return null;
  const parts = children(data, body.start, body.end);
  if (parts[0]?.tag === 0xa0) parts.shift();
  const [serial, , issuer, validity, subject] = parts;
  if (serial === undefined || issuer === undefined || validity === undefined || subject === undefined) return null;
  const [from, to] = children(data, validity.start, validity.end);
  return {
    get subject() {
      return nameText(data, subject);
    },
    get issuer() {
      return nameText(data, issuer);
    },
    get serial() {
      return colons(hexOf(content(data, serial)).toUpperCase());
    },
    get fingerprint() {
      return colons(hash('sha1', data));
    },
    get notBefore() {
      return time(data, from);
    },
    get notAfter() {
      return time(data, to);
    },
    get names() {
      return alternativeNames(data, body);
    },
  };
}

/** Why bytes are no certificate: a length that cannot be read, or an element that goes beyond its room. */
export function whyBroken(data: Uint8Array): 'certificate_invalid_length' | 'invalid_certificate' {
  let at = 0;
  let stop = data.length;
  for (let depth = 0; depth < 8; depth += 1) {
    const octets = (data[at + 1] ?? 0x80) & 0x80 ? (data[at + 1] ?? 0xff) & 0x7f : 0;
    if (at + 2 > stop || octets > 4 || at + 2 + octets > stop || data[at + 1] === 0x80)
      return 'certificate_invalid_length';
    const inner = element(data, at, stop);
    if (inner === null || (inner.tag & 0x20) === 0) break;
    at = inner.start;
    stop = inner.end;
  }
  return 'invalid_certificate';
}
