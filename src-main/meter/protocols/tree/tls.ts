/** TLS (RFC 8446, 5246): records, and of hellos what is said in the clear. Of QUIC and DTLS nothing. */
import { hexText, named, shown, type Next, type Part } from './part.ts';

const VERSIONS: Readonly<Record<number, string>> = {
  0x0300: 'SSL 3.0',
  0x0301: 'TLS 1.0',
  0x0302: 'TLS 1.1',
  0x0303: 'TLS 1.2',
  0x0304: 'TLS 1.3',
};
const RECORDS: Readonly<Record<number, string>> = {
  20: 'change of cipher',
  21: 'alert',
  22: 'handshake',
  23: 'application data',
};
const MESSAGES: Readonly<Record<number, string>> = {
  0: 'hello request',
  1: 'client hello',
  2: 'server hello',
  4: 'session ticket',
  8: 'encrypted extensions',
  11: 'certificate',
  12: 'server key exchange',
  13: 'certificate request',
  14: 'server hello done',
  15: 'certificate verify',
  16: 'client key exchange',
  20: 'finished',
};
const EXTENSIONS: Readonly<Record<number, string>> = {
  0: 'server name',
  5: 'status request',
  10: 'groups',
  11: 'point formats',
  13: 'signature algorithms',
  16: 'application protocols',
  21: 'padding',
  23: 'extended master secret',
  35: 'session ticket',
  41: 'pre-shared key',
  42: 'early data',
  43: 'versions',
  45: 'pre-shared key modes',
  51: 'key share',
};

const versionWords = (v: number): string => `${hexText(v, 4)}${Object.hasOwn(VERSIONS, v) ? ` (${VERSIONS[v]})` : ''}`;

function extension(part: Part, stop: number): string {
  const type = part.peek(2);
  const size = part.peek(2, 2);
  const [from, to] = [part.at, Math.min(stop, part.at + 4 + size)];
  part.need(to - from);
  part.about('tls.handshake.extension', 'Extension', from, to, named(EXTENSIONS)(type));
  part.depth++;
  let said = '';
  if (type === 0 && to - from > 9) {
    said = shown(part.bytes.subarray(from + 9, to));
    part.about('tls.handshake.extensions_server_name', 'Server name', from + 9, to, said);
  }
  if (type === 16) protocols(part, from + 6, to);
  part.depth--;
  part.at = to;
  return said;
}

function protocols(part: Part, from: number, to: number): void {
  for (let at = from; at < to;) {
    const end = Math.min(to, at + 1 + part.bytes[at]!);
    const text = shown(part.bytes.subarray(at + 1, end));
    part.about('tls.handshake.extensions_alpn_str', 'Application protocol', at + 1, end, text);
    at = end;
  }
}

function extensions(part: Part, end: number): string {
  if (end - part.at < 2) return '';
  const length = part.number('tls.handshake.extensions_length', 'Length of the extensions', 2);
  const stop = Math.min(end, part.at + length);
  let name = '';
  while (stop - part.at >= 4) name = extension(part, stop) || name;
  return name;
}

function hello(part: Part, isClient: boolean, end: number): string {
  part.number('tls.handshake.version', 'Version', 2, versionWords);
  part.take('tls.handshake.random', 'Random', 32);
  const session = part.number('tls.handshake.session_id_length', 'Length of the session', 1);
  if (session > 0) part.take('tls.handshake.session_id', 'Session', session);
  if (!isClient) {
    part.hex('tls.handshake.ciphersuite', 'Cipher suite', 2);
    part.number('tls.handshake.comp_method', 'Compression', 1);
    return extensions(part, end);
  }
  const suites = part.number('tls.handshake.cipher_suites_length', 'Length of the cipher suites', 2);
  part.need(suites);
  part.about('tls.handshake.ciphersuites', 'Cipher suites', part.at, part.at + suites, String(suites >> 1));
  part.depth++;
  for (const stop = part.at + suites; stop - part.at >= 2;) part.hex('tls.handshake.ciphersuite', 'Cipher suite', 2);
  part.depth--;
  const methods = part.number('tls.handshake.comp_methods_length', 'Length of the compressions', 1);
  part.take('tls.handshake.comp_methods', 'Compressions', methods);
  return extensions(part, end);
}

function handshake(part: Part, end: number): string {
  const type = part.peek(1);
  // Once keys are agreed upon, this is no type any more.
  if (!Object.hasOwn(MESSAGES, type)) return 'encrypted handshake';
  part.number('tls.handshake.type', 'Message', 1, named(MESSAGES));
  const length = part.number('tls.handshake.length', 'Length of the message', 3);
  const stop = Math.min(end, part.at + length);
  const name = type === 1 || type === 2 ? hello(part, type === 1, stop) : '';
  return `${MESSAGES[type]!}${name === '' ? '' : ` for ${name}`}`;
}

export function tls(part: Part): Next | null {
  const said: string[] = [];
  for (let records = 0; part.left >= 5 && records < 32; records++) {
    const type = part.peek(1);
    if (!Object.hasOwn(RECORDS, type)) break;
    part.depth = 0;
    part.number('tls.record.content_type', 'Record', 1, named(RECORDS));
    part.depth = 1;
    part.number('tls.record.version', 'Version', 2, versionWords);
    const end = part.at + 2 + part.peek(2);
    part.number('tls.record.length', 'Length', 2);
    if (type === 22) said.push(handshake(part, Math.min(end, part.end)));
    else said.push(RECORDS[type]!);
    part.summary = `TLS ${said.join(', ')}`;
    if (end > part.end) part.note = 'The record goes on in another packet.';
    part.at = Math.min(end, part.end);
  }
  return part.rest('data');
}
