/** Small conversations for the tests of Sonde's own rules. */
import { ethernet, frame, icmpEcho, ipv4 } from '../../generator/frames.ts';
import { der, le16, le32, n16, n24, raw, unhex, wide } from './app/made.ts';
import { CLIENT, datagram, SERVER, Talk } from './talk.ts';

/** The rule, what it must tell of, and what it must not. */
export type OwnCase = readonly [sid: number, hit: readonly Uint8Array[], miss: readonly Uint8Array[]];

type Fields = Readonly<Record<string, string>>;

function request(method: string, uri: string, fields: Fields, body: string): string {
  const all: Record<string, string> = { Host: 'www.example.com', ...fields };
  if (body !== '') all['Content-Length'] = String(body.length);
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${uri} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

function asked(text: string, body = 'fine'): Uint8Array[] {
  return new Talk()
    .open()
    .up(raw(text))
    .down(raw(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`))
    .close().frames;
}

export const get = (uri: string, fields: Fields = {}): Uint8Array[] => asked(request('GET', uri, fields, ''));
export const post = (body: string, fields: Fields = {}, uri = '/form'): Uint8Array[] =>
  asked(request('POST', uri, fields, body));
export const answered = (body: string): Uint8Array[] => asked(request('GET', '/page', {}, ''), body);
export const agent = (name: string): Uint8Array[] => get('/', { 'User-Agent': name });
export const cookie = (value: string): Uint8Array[] => get('/', { Cookie: value });

/** One message of each side of a connection. */
export function tcp(port: number, up: string, down = ''): Uint8Array[] {
  const talk = new Talk(port).open();
  if (up !== '') talk.up(raw(up));
  if (down !== '') talk.down(raw(down));
  return talk.close().frames;
}

export function dns(name: string, type = 1): Uint8Array[] {
  const labels = name.split('.').map((label) => String.fromCharCode(label.length) + label);
  return [
    datagram(`${n16(7)}\x01\0${n16(1)}${n16(0)}${n16(0)}${n16(0)}${labels.join('')}\0${n16(type)}${n16(1)}`, {
      dport: 53,
    }),
  ];
}

export const echo = (data: string): Uint8Array[] => [
  frame(ethernet(), ipv4({ src: CLIENT, dst: SERVER }), icmpEcho({ id: 1, sequence: 1 }), raw(data)),
];

const netbios = (data: string): string => `\0${n24(data.length)}${data}`;

/** An SMB1 message: `words` after the header of 32 bytes. */
export function smb1(command: number, options: { status?: string; mid?: number; words?: string } = {}): string {
  const { status = '00000000', mid = 1, words = '' } = options;
  const head = `\xffSMB${String.fromCharCode(command)}${unhex(status)}\x18${le16(0)}${'\0'.repeat(12)}`;
  const ids = `${le16(1)}${le16(1)}${le16(1)}${le16(mid)}`;
  return netbios(`${head}${ids}${String.fromCharCode(words.length / 2)}${words}${le16(0)}`);
}

/** The words of a transaction of 30 bytes, with its one setup word. */
export const trans2 = (setup: number): string => `${'\0'.repeat(26)}\x01\0${le16(setup)}`;
/** The words of an NT transaction. */
export const ntTrans = (data: number, use: number): string =>
  `\0${le16(0)}${le32(0)}${le32(data)}${'\0'.repeat(24)}\0${le16(use)}\0`;

/** A compressed SMB message. */
export const compressed = (size: number, offset: number, flags = 0): string =>
  netbios(`\xfcSMB${le32(size)}${le16(1)}${le16(flags)}${le32(offset)}${'x'.repeat(20)}`);

/** SMB2: a pipe is opened. */
export function opened(pipe: string): Uint8Array[] {
  const name = wide(pipe);
  const head = `\xfeSMB${le16(64)}${le16(0)}${le32(0)}${le16(5)}${le16(1)}${le32(0)}${'\0'.repeat(44)}`;
  const body = `${le16(57)}${'\0'.repeat(42)}${le16(120)}${le16(name.length)}${'\0'.repeat(8)}${name}`;
  return tcp(445, netbios(head + body));
}

function uuidBytes(text: string): string {
  const [a = '', b = '', c = '', ...rest] = text.split('-');
  const turned = [a, b, c].map((part) => unhex(part).split('').reverse().join(''));
  return turned.join('') + unhex(rest.join(''));
}

function fragment(type: number, body: string): string {
  return `\x05\0${String.fromCharCode(type, 3)}\x10\0\0\0${le16(16 + body.length)}${le16(0)}${le32(1)}${body}`;
}

/** DCE/RPC: an interface is bound, and one call made. */
export function called(uuid: string, operation: number, stub: string): Uint8Array[] {
  const limits = le16(4280) + le16(4280) + le32(0);
  const bind = `${limits}\x01\0\0\0${le16(0)}\x01\0${uuidBytes(uuid)}${le16(1)}${le16(0)}${'t'.repeat(20)}`;
  const bound = `${limits}${le16(4)}135\0\0\0\x01\0\0\0${le16(0)}${le16(0)}${'t'.repeat(20)}`;
  const talk = new Talk(49_670)
    .open()
    .up(raw(fragment(11, bind)))
    .down(raw(fragment(12, bound)));
  return talk.up(raw(fragment(0, `${le32(stub.length)}${le16(0)}${le16(operation)}${stub}`))).close().frames;
}

const record = (type: number, body: string): string => `${String.fromCharCode(type)}\x03\x03${n16(body.length)}${body}`;
const message = (type: number, body: string): string => `${String.fromCharCode(type)}${n24(body.length)}${body}`;
const hello = `\x03\x03${'r'.repeat(32)}\0${n16(2)}\xc0\x2f\x01\0${n16(0)}`;

/** TLS: a server shows a certificate with this serial number (hexadecimal) and name. */
export function certified(serial: string, name: string): Uint8Array[] {
  const dn = der(0x30, der(0x31, der(0x30, der(6, unhex('550403')), der(0x13, name))));
  const times = der(0x30, der(0x17, '200101000000Z'), der(0x17, '300101000000Z'));
  const inner = der(
    0x30,
    der(0xa0, der(2, '\x02')),
    der(2, unhex(serial)),
    der(0x30, ''),
    dn,
    times,
    dn,
    der(0x30, ''),
  );
  const one = der(0x30, inner, der(0x30, ''), der(3, '\0'));
  const server = `\x03\x03${'s'.repeat(32)}\0\xc0\x2f\0${n16(0)}`;
  const chain = `${n24(one.length + 3)}${n24(one.length)}${one}`;
  const talk = new Talk(443).open().up(raw(record(22, message(1, hello))));
  return talk.down(raw(record(22, message(2, server) + message(11, chain)))).close().frames;
}

/** TLS: a heartbeat of three bytes that says how long it is. */
export function heartbeat(claimed: number): Uint8Array[] {
  const talk = new Talk(443).open().up(raw(record(22, message(1, hello))));
  talk.down(raw(record(22, message(2, `\x03\x03${'s'.repeat(32)}\0\xc0\x2f\0${n16(0)}`))));
  return talk.up(raw(record(24, `\x01${n16(claimed)}`))).close().frames;
}

/** LDAP: an entry with these attributes is the answer. */
export function entry(attributes: Readonly<Record<string, string>>): Uint8Array[] {
  const all = Object.entries(attributes).map(([name, value]) => der(0x30, der(4, name), der(0x31, der(4, value))));
  const base = der(
    0x63,
    der(4, 'a'),
    der(10, '\0'),
    der(10, '\0'),
    der(2, '\0'),
    der(2, '\0'),
    der(1, '\0'),
    der(0x87, 'objectClass'),
    der(0x30, ''),
  );
  const found = der(0x30, der(2, '\x02'), der(0x64, der(4, 'a'), der(0x30, ...all)));
  return new Talk(1389)
    .open()
    .up(raw(der(0x30, der(2, '\x02'), base)))
    .down(raw(found))
    .close().frames;
}
