/** Keywords that ask for a word or for flags of a number that a protocol's parser gives. */
import { bufferTest } from '../../content/measures.ts';
import { RuleFault } from '../fault.ts';
import { numberTest, type NumberTest } from '../numbers.ts';
import { listOf } from '../tokens.ts';
import { BUFFERS, NUMBERS } from './names.ts';
import type { Keyword, KeywordTable } from './types.ts';

type Names = ReadonlyMap<string, number>;

/** `mqtt.flags:dup,!retain`: bits that have to be set, and those that must not; or a comparison. */
function bits(target: string, names: Names): Keyword {
  return (draft, value, name) => {
    const words = listOf((value ?? '').toLowerCase());
    const isWords = words.every((word) => names.has(word.replace(/^!\s*/, '')));
    draft.numbers.push({
      name: target,
      direction: undefined,
      test: isWords ? bitsTest(words, names) : numberTest(name, value ?? ''),
    });
  };
}

function bitsTest(words: readonly string[], names: Names): NumberTest {
  let [set, unset] = [0, 0];
  for (const word of words) {
    const bit = names.get(word.replace(/^!\s*/, ''))!;
    if (word.startsWith('!')) unset |= bit;
    else set |= bit;
  }
  return (n) => (n & set) === set && (n & unset) === 0;
}

/** Yes or no. */
function answer(target: string): Keyword {
  const words: Names = new Map([
    ...['yes', 'true', 'on', '1'].map((word) => [word, 1] as const),
    ...['no', 'false', 'off', '0'].map((word) => [word, 0] as const),
  ]);
  return (draft, value, name) => {
    const wanted = words.get((value ?? '').trim().toLowerCase());
    if (wanted === undefined) throw new RuleFault(name, 'is neither yes nor no');
    draft.numbers.push({ name: target, direction: undefined, test: (n) => n === wanted });
  };
}

const MQTT_FLAGS: Names = new Map([
  ['retain', 1],
  ['dup', 8],
]);
const CONNECT_FLAGS: Names = new Map([
  ['clean_session', 2],
  ['will', 4],
  ['will_retain', 32],
  ['password', 64],
  ['username', 128],
]);
/** As they stand in the first byte of a frame; `comp`: of permessage-deflate. */
const WEBSOCKET_FLAGS: Names = new Map([
  ['comp', 0x40],
  ['fin', 0x80],
]);

const SSL_VERSIONS: Names = new Map([
  ['sslv2', 0x0002],
  ['sslv3', 0x0300],
  ['tls1.0', 0x0301],
  ['tls1.1', 0x0302],
  ['tls1.2', 0x0303],
  ['tls1.3', 0x0304],
]);

/** `ssl_version:tls1.0,tls1.1` or `!tls1.3`. */
const sslVersion: Keyword = (draft, value, name) => {
  const wanted = new Set<number>();
  const refused = new Set<number>();
  for (const word of listOf((value ?? '').toLowerCase())) {
    const version = SSL_VERSIONS.get(word.replace(/^!\s*/, ''));
    if (version === undefined) throw new RuleFault(name, `“${word.slice(0, 40)}” is not known`);
    (word.startsWith('!') ? refused : wanted).add(version);
  }
  const test: NumberTest = (n) => !refused.has(n) && (wanted.size === 0 || wanted.has(n));
  draft.numbers.push({ name: 'tls.version', direction: undefined, test });
};

/** Who greets; what follows in the handshake is not told apart. */
const SSL_STATES: Names = new Map([
  ['client_hello', 0],
  ['server_hello', 1],
]);

/** `ssl_state:client_hello|server_hello`. */
const sslState: Keyword = (draft, value, name) => {
  const states = (value ?? '').split(/[|,]/).map((word) => word.trim().toLowerCase());
  const wanted = states.map((word) => {
    const state = SSL_STATES.get(word);
    if (state === undefined) throw new RuleFault(name, `the state “${word.slice(0, 40)}” is not told`);
    return state;
  });
  draft.numbers.push({ name: 'ssl_state', direction: undefined, test: (n) => wanted.includes(n) });
};

/** `ssh.protoversion:2_compat` or `1.99`. */
const sshVersion: Keyword = (draft, value, name) => {
  const word = (value ?? '').trim().replace(/^"(.*)"$/, '$1');
  if (word !== '2_compat' && !/^\d(\.\d{1,2})?$/.test(word))
    throw new RuleFault(name, `“${word.slice(0, 40)}” is no version`);
  const wanted = word === '2_compat' ? ['2', '2.0', '1.99'] : [word];
  const before = draft.current;
  draft.stick('ssh.proto');
  draft.add(bufferTest((bytes) => wanted.includes(Buffer.from(bytes).toString('latin1'))));
  draft.current = before;
};

const HTTP2_SETTINGS: Names = new Map(
  [
    'header_table_size',
    'enable_push',
    'max_concurrent_streams',
    'initial_window_size',
    'max_frame_size',
    'max_header_list_size',
  ].map((word, i) => [`settings_${word}`, i + 1] as const),
);

/** `http2.settings:SETTINGS_ENABLE_PUSH=0`. */
const http2Settings: Keyword = (draft, value, name) => {
  const [, word = '', rest = ''] = /^\s*(\w+)\s*(.*)$/.exec((value ?? '').toLowerCase()) ?? [];
  const id = HTTP2_SETTINGS.get(word);
  if (id === undefined) throw new RuleFault(name, `the setting “${word.slice(0, 40)}” is not known`);
  draft.numbers.push({ name: `http2.settings.${id}`, direction: undefined, test: numberTest(name, rest) });
};

/** Of a parser that is there. */
function when(there: boolean, table: KeywordTable): KeywordTable {
  return there ? table : [];
}

export const VALUE_KEYWORDS: KeywordTable = [
  ...when(NUMBERS.has('mqtt.type'), [
    ['mqtt.flags', bits('mqtt.flags', MQTT_FLAGS)],
    ['mqtt.connect.flags', bits('mqtt.connect.flags', CONNECT_FLAGS)],
    ['mqtt.connack.session_present', answer('mqtt.connack.session_present')],
  ]),
  ...when(NUMBERS.has('websocket.opcode'), [['websocket.flags', bits('websocket.flags', WEBSOCKET_FLAGS)]]),
  ...when(NUMBERS.has('ftp.mode'), [['ftp.reply_received', answer('ftp.reply_received')]]),
  ...when(NUMBERS.has('http2.frametype'), [['http2.settings', http2Settings]]),
  ...when(BUFFERS.includes('tls.sni'), [
    ['ssl_version', sslVersion],
    ['ssl_state', sslState],
  ]),
  ...when(BUFFERS.includes('ssh.proto'), [['ssh.protoversion', sshVersion]]),
];
