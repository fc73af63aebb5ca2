/** Subject and issuer of a DER certificate (RFC 5280), as RFC 4514 text. */
import { child, Element, readWhole } from '../ber.ts';
import { findText, hex, text } from '../bytes.ts';
import { Recurring } from '../recurring.ts';

const ATTRIBUTES: ReadonlyMap<string, string> = new Map([
  ['550403', 'CN'],
  ['550406', 'C'],
  ['550407', 'L'],
  ['550408', 'ST'],
  ['55040a', 'O'],
  ['55040b', 'OU'],
  ['0992268993f22c640119', 'DC'],
  ['2a864886f70d010901', 'emailAddress'],
]);
const NAMES_MAX = 16;

export interface CertificateNames {
  /** Host names it is for (subjectAltName, RFC 5280, 4.2.1.6): lower case, at most 16. */
  names: readonly string[];
  subject: string;
  issuer: string;
  /** All of it: a copy, not to be changed. */
  der: Uint8Array;
}

const e = new Element();

function attribute(data: Uint8Array, at: number, end: number): string {
  if (!readWhole(data, at, end, e) || !e.is(0x31)) return '';
  if (!readWhole(data, e.start, e.stop, e) || !e.is(0x30)) return '';
  const stop = e.stop;
  if (!readWhole(data, e.start, stop, e) || !e.is(0x06)) return '';
  const name = ATTRIBUTES.get(hex(data, e.start, e.stop, 12));
  if (name === undefined || !readWhole(data, e.stop, stop, e)) return '';
  return `${name}=${text(data, e.start, e.stop, 128).replaceAll(',', '\\,')}`;
}

const names = new Recurring((raw) => parseName(Uint8Array.from(raw, (c) => c.charCodeAt(0))), 192);

/** The text of the Name at [at, end); few recur in many certificates. */
function nameText(data: Uint8Array, at: number, end: number): string {
  return names.get(data, at, end);
}

/** The Name in `data`, its parts last first as RFC 4514 writes them. */
function parseName(data: Uint8Array): string {
  const end = data.length;
  const parts: string[] = [];
  let next = 0;
  for (let i = 0; i < NAMES_MAX && next < end; i++) {
    if (!readWhole(data, next, end, e)) break;
    const stop = e.stop;
    const part = attribute(data, next, end);
    if (part !== '') parts.push(part);
    next = stop;
  }
  return parts.reverse().join(',').slice(0, 256);
}

const EXTENSIONS = 0xa3;
const DNS_NAME = 0x82;
/** 2.5.29.17 with its tag and length. */
const ALTERNATIVE_NAMES = '\x06\x03\x55\x1d\x11';
const HOST_NAMES_MAX = 16;

/** Host names in the extensions that stand behind the subject: in [at, end) the key, identifiers and extensions. */
function hostNames(data: Uint8Array, at: number, end: number): string[] {
  const found: string[] = [];
  if (!child(data, at, end, EXTENSIONS, e)) return found;
  const stop = e.stop;
  let next = findText(data, ALTERNATIVE_NAMES, e.start, stop) + ALTERNATIVE_NAMES.length;
  if (next < ALTERNATIVE_NAMES.length || !readWhole(data, next, stop, e)) return found;
  // Whether it is critical may stand before the value.
  if (e.is(0x01) && !readWhole(data, e.stop, stop, e)) return found;
  if (!e.is(0x04) || !readWhole(data, e.start, e.stop, e) || !e.is(0x30)) return found;
  const last = e.stop;
  next = e.start;
  for (let i = 0; i < HOST_NAMES_MAX && next < last && readWhole(data, next, last, e); i++) {
    if (e.is(DNS_NAME)) found.push(text(data, e.start, e.stop, 255).toLowerCase());
    next = e.stop;
  }
  return found;
}

/** Certificates recur: those met lately, each at the one place that its length and last bytes give. */
const PLACES = 64;
const LONGEST = 4096;
const met: CertificateNames[] = [];

/** Names of the certificate [at, end), not to be changed; null when it is none. */
export function readCertificate(data: Uint8Array, at: number, end: number): CertificateNames | null {
  const length = end - at;
  if (length > LONGEST || length < 2) return parseCertificate(data, at, end);
  const place = (length * 31 + data[end - 1]! * 7 + data[end - 2]!) % PLACES;
  const bytes = data.subarray(at, end);
  const known = met[place];
  if (known && Buffer.compare(known.der, bytes) === 0) return known;
  const found = parseCertificate(data, at, end);
  if (found) met[place] = found;
  return found;
}

function parseCertificate(data: Uint8Array, at: number, end: number): CertificateNames | null {
  if (!readWhole(data, at, end, e) || !e.is(0x30)) return null;
  if (!readWhole(data, e.start, e.stop, e) || !e.is(0x30)) return null;
  const stop = e.stop;
  let next = e.start;
  if (!readWhole(data, next, stop, e)) return null;
  if (e.is(0xa0)) next = e.stop;
  const fields: [number, number][] = [];
  for (let i = 0; i < 5; i++) {
    if (!readWhole(data, next, stop, e)) return null;
    fields.push([e.start, e.stop]);
    next = e.stop;
  }
  const [, , issuer, , subject] = fields;
  if (!issuer || !subject) return null;
  return {
    issuer: nameText(data, issuer[0], issuer[1]),
    subject: nameText(data, subject[0], subject[1]),
    names: hostNames(data, next, stop),
    // A Buffer's own slice would be no copy.
    der: new Uint8Array(data.subarray(at, end)),
  };
}
