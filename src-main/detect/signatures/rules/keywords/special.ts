/** Keywords of protocols that are more than a buffer or a number. */
import { bufferTest } from '../../content/measures.ts';
import { Content } from '../../content/content.ts';
import { TextSet } from '../../content/text-set.ts';
import { BUFFERS } from './names.ts';
import { RuleFault } from '../fault.ts';
import { wholeOf } from '../numbers.ts';
import { listOf, unquote } from '../tokens.ts';
import type { Keyword, KeywordTable } from './types.ts';

const VERSION = /^([<>=!])\s*(\d{1,5})$/;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** `dcerpc.iface:UUID[,>1][,any_frag]`: the buffer says UUID, a stroke and the version. */
const iface: Keyword = (draft, value, name) => {
  const [uuid = '', ...rest] = listOf(unquote(value ?? '').text);
  if (!UUID.test(uuid)) throw new RuleFault(name, `“${uuid.slice(0, 40)}” is no UUID`);
  let wanted: RegExpExecArray | undefined;
  for (const word of rest) {
    const version = VERSION.exec(word);
    if (version) wanted = version;
    else if (word !== 'any_frag') throw new RuleFault(name, `“${word.slice(0, 40)}” is not known`);
  }
  const check = bufferTest((bytes) => {
    const [there = '', version = ''] = Buffer.from(bytes).toString('latin1').split('/');
    if (there.toLowerCase() !== uuid.toLowerCase()) return false;
    return !wanted || compares(wanted[1]!, parseInt(version, 10), Number(wanted[2]));
  });
  const before = draft.current;
  draft.stick('dcerpc.iface', { several: true });
  draft.add(check);
  draft.current = before;
};

function compares(sign: string, a: number, b: number): boolean {
  if (sign === '<') return a < b;
  if (sign === '>') return a > b;
  return (a === b) === (sign === '=');
}

/** `tls.subject:"text"`, `tls.issuerdn:!"text"`: the name holds the text. */
function nameHolds(buffer: string): Keyword {
  return (draft, value, name) => {
    const { text, negated } = unquote(value ?? '');
    if (text === '') throw new RuleFault(name, 'needs a text');
    const content = new Content(Buffer.from(text, 'utf8'), negated);
    const before = draft.current;
    draft.stick(buffer);
    draft.add(content);
    draft.current = before;
  };
}

/** `fileext:"jpg"`. */
const fileExtension: Keyword = (draft, value, name) => {
  const { text, negated } = unquote(value ?? '');
  if (text === '') throw new RuleFault(name, 'needs a text');
  const before = draft.current;
  const end = `.${text.toLowerCase()}`;
  draft.stick('file.name');
  draft.add(bufferTest((bytes) => Buffer.from(bytes).toString('latin1').toLowerCase().endsWith(end) !== negated));
  draft.current = before;
};

/** `tls.fingerprint:"aa:bb:…"`. */
const fingerprint: Keyword = (draft, value) => {
  const { text, negated } = unquote(value ?? '');
  const before = draft.current;
  draft.stick('tls.cert_fingerprint');
  draft.add(bufferTest((bytes) => (Buffer.from(bytes).toString('latin1') === text.toLowerCase()) !== negated));
  draft.current = before;
};

const TLS_VERSIONS: ReadonlyMap<string, number> = new Map([
  ['ssl2', 0x0002],
  ['ssl3', 0x0300],
  ['1.0', 0x0301],
  ['1.1', 0x0302],
  ['1.2', 0x0303],
  ['1.3', 0x0304],
]);

const tlsVersion: Keyword = (draft, value, name) => {
  const word = unquote(value ?? '').text.toLowerCase();
  const version = TLS_VERSIONS.get(word) ?? (/^0x[\da-f]{4}$/.test(word) ? Number(word) : undefined);
  if (version === undefined) throw new RuleFault(name, 'is not a version that is known');
  draft.numbers.push({ name: 'tls.version', direction: undefined, test: (n) => n === version });
};

/** Seconds since 1970 of the beginning of a year, month, day, hour, minute or second. @throws RuleFault */
function moment(name: string, text: string): number {
  if (/^\d{5,12}$/.test(text)) return Number(text);
  const match = /^(\d{4})(?:-(\d\d?))?(?:-(\d\d?))?(?:[ T](\d\d?))?(?::(\d\d?))?(?::(\d\d?))?Z?$/.exec(text.trim());
  if (!match) throw new RuleFault(name, `“${text.slice(0, 40)}” is no date`);
  const [year, month, day, hour, minute, second] = match
    .slice(1)
    .map((part) => (part === undefined ? undefined : Number(part)));
  return Date.UTC(year!, (month ?? 1) - 1, day ?? 1, hour ?? 0, minute ?? 0, second ?? 0) / 1000;
}

const validity: Keyword = (draft, value, name) => {
  const text = unquote(value ?? '').text;
  const range = /^(.+?)\s*<>\s*(.+)$/.exec(text);
  const sign = text[0];
  const add = (test: (n: number) => boolean): void => void draft.numbers.push({ name, direction: undefined, test });
  if (range) {
    const [low, high] = [moment(name, range[1]!), moment(name, range[2]!)];
    add((n) => n > low && n < high);
  } else if (sign === '<' || sign === '>') {
    const bound = moment(name, text.slice(1));
    add(sign === '<' ? (n) => n < bound : (n) => n > bound);
  } else {
    const wanted = moment(name, text);
    add((n) => n === wanted);
  }
};

/** Whether a certificate is in force at the time of the packets. */
function inForce(wanted: boolean): Keyword {
  return (draft, value, name) => {
    if (value !== undefined && value !== '') throw new RuleFault(name, 'takes no value');
    const after = { name: 'tls_cert_notafter', direction: undefined };
    if (!wanted) draft.numbers.push({ ...after, test: (end, now) => end < now });
    else {
      draft.numbers.push({ ...after, test: (end, now) => end >= now });
      draft.numbers.push({ name: 'tls_cert_notbefore', direction: undefined, test: (begin, now) => begin <= now });
    }
  };
}

/** Kinds of encryption of Kerberos, by IANA's registry. */
const ENCRYPTIONS: ReadonlyMap<string, number> = new Map([
  ['des-cbc-crc', 1],
  ['des-cbc-md4', 2],
  ['des-cbc-md5', 3],
  ['des3-cbc-md5', 5],
  ['des3-cbc-sha1', 7],
  ['des3-cbc-sha1-kd', 16],
  ['aes128-cts-hmac-sha1-96', 17],
  ['aes256-cts-hmac-sha1-96', 18],
  ['aes128-cts-hmac-sha256-128', 19],
  ['aes256-cts-hmac-sha384-192', 20],
  ['rc4-hmac', 23],
  ['rc4-hmac-exp', 24],
  ['camellia128-cts-cmac', 25],
  ['camellia256-cts-cmac', 26],
]);
/** Those that are held to withstand an attack today. */
const STRONG: ReadonlySet<number> = new Set([17, 18, 19, 20, 25, 26]);

/** `krb5.ticket_encryption:rc4-hmac,23` or `weak`. */
const ticketEncryption: Keyword = (draft, value, name) => {
  const all = (value ?? '').trim().toLowerCase();
  const negated = all.startsWith('!');
  const tests = listOf(negated ? all.slice(1) : all).map((word): ((n: number) => boolean) => {
    if (word === 'weak' || word === 'strong') return (n) => STRONG.has(n) === (word === 'strong');
    const wanted = ENCRYPTIONS.get(word) ?? wholeOf(name, word);
    return (n) => n === wanted;
  });
  draft.numbers.push({ name, direction: undefined, test: (n) => tests.some((test) => test(n)) !== negated });
};

/** `dataset:set,NAME,type string`: remembers each value once; `isset` and `isnotset` ask. Files of values are no part of the subset. */
const dataset: Keyword = (draft, value, name) => {
  const [command = '', set = '', ...rest] = listOf(value ?? '');
  if (draft.current === draft.payload) throw new RuleFault(name, 'follows no sticky buffer');
  for (const word of rest) {
    if (/^(load|save|state)\b/.test(word)) throw new RuleFault(name, 'files of values are not supported');
    if (!/^(type\s+(string|md5|sha256|ipv4|ip)|memcap\s+\w+|hashsize\s+\w+|cache)$/.test(word))
      throw new RuleFault(name, `“${word.slice(0, 40)}” is not known`);
  }
  const known = TextSet.named(draft.datasets, set);
  if (command === 'set') draft.add(bufferTest((bytes) => known.add(bytes)));
  else if (command === 'isset') draft.add(bufferTest((bytes) => known.has(bytes)));
  else if (command === 'isnotset') draft.add(bufferTest((bytes) => !known.has(bytes)));
  else if (command === 'unset') draft.add(bufferTest((bytes) => known.remove(bytes)));
  else throw new RuleFault(name, `“${command.slice(0, 40)}” is not known`);
};

function when(buffer: string, table: KeywordTable): KeywordTable {
  return BUFFERS.includes(buffer) ? table : [];
}

export const SPECIAL_KEYWORDS: KeywordTable = [
  ...when('dcerpc.stub_data', [
    ['dcerpc.iface', iface],
    ['dce_iface', iface],
  ]),
  ...when('tls.cert_subject', [
    ['tls.subject', nameHolds('tls.cert_subject')],
    ['tls.issuerdn', nameHolds('tls.cert_issuer')],
    ['tls.fingerprint', fingerprint],
    ['tls.version', tlsVersion],
    ['tls_cert_notafter', validity],
    ['tls_cert_notbefore', validity],
    ['tls_cert_expired', inForce(false)],
    ['tls_cert_valid', inForce(true)],
  ]),
  ...when('krb5.cname', [['krb5.ticket_encryption', ticketEncryption]]),
  ...when('ssh.software', [['ssh.softwareversion', nameHolds('ssh.software')]]),
  ['filename', nameHolds('file.name')],
  ['fileext', fileExtension],
  ['dataset', dataset],
];
