/** Fields and headers of packets. */
import { FIELDS, fragmentBits, ipOptions, isSameAddress, PACKET_BUFFERS, sctpChunks } from '../../flow/packet.ts';
import { CHECKSUMS } from '../../flow/checksums.ts';
import { DECODE_EVENTS } from '../../decode/events.ts';
import { RuleFault } from '../fault.ts';
import { numberTest } from '../numbers.ts';
import type { Keyword, KeywordTable } from './types.ts';

const PROTOCOL_NUMBERS: ReadonlyMap<string, number> = new Map([
  ['icmp', 1],
  ['igmp', 2],
  ['ipip', 4],
  ['tcp', 6],
  ['udp', 17],
  ['ipv6', 41],
  ['gre', 47],
  ['esp', 50],
  ['ah', 51],
  ['icmpv6', 58],
  ['ospf', 89],
  ['pim', 103],
  ['sctp', 132],
]);

function field(name: string, names?: ReadonlyMap<string, number>): readonly [string, Keyword] {
  const read = FIELDS.get(name)!;
  return [
    name,
    (draft, value) => {
      const text = (value ?? '').replace(/^"(.*)"$/, '$1');
      if (text === '') throw new RuleFault(name, 'needs a value');
      const holds = numberTest(name, text, names);
      draft.onPackets = true;
      draft.packet.push((scene) => {
        const n = read(scene);
        return !Number.isNaN(n) && holds(n);
      });
    },
  ];
}

const FLAG_BITS: ReadonlyMap<string, number> = new Map([
  ['F', 1],
  ['S', 2],
  ['R', 4],
  ['P', 8],
  ['A', 16],
  ['U', 32],
  ['E', 64],
  ['2', 64],
  ['C', 128],
  ['1', 128],
  ['0', 0],
]);

function bitsOf(name: string, text: string, bits: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const letter of text) {
    const bit = bits.get(letter.toUpperCase());
    if (bit === undefined) throw new RuleFault(name, `“${letter}” is no flag`);
    sum |= bit;
  }
  return sum;
}

/** `flags:[modifier]letters[,letters to ignore]`. */
const flags: Keyword = (draft, value, name) => {
  const match = /^([+*!]?)\s*([A-Za-z012]+)([+*!]?)\s*(?:,\s*([A-Za-z012]+))?$/.exec((value ?? '').trim());
  if (!match) throw new RuleFault(name, `“${(value ?? '').slice(0, 40)}” are no flags`);
  const modifier = match[1] || match[3];
  const wanted = bitsOf(name, match[2]!, FLAG_BITS);
  const mask = 0xff & ~(match[4] === undefined ? 0 : bitsOf(name, match[4], FLAG_BITS));
  draft.onPackets = true;
  draft.packet.push((s) => {
    if (s.row < 0 || s.columns.proto[s.row] !== 6) return false;
    const there = s.columns.tcpFlags[s.row]! & mask;
    if (modifier === '+') return (there & wanted) === wanted;
    if (modifier === '*') return (there & wanted) !== 0;
    if (modifier === '!') return (there & wanted) !== wanted;
    return there === wanted;
  });
};

const FRAGMENT_BITS: ReadonlyMap<string, number> = new Map([
  ['R', 4],
  ['D', 2],
  ['M', 1],
]);

const fragbits: Keyword = (draft, value, name) => {
  const match = /^([+*!]?)\s*([RDMrdm]+)$/.exec((value ?? '').trim());
  if (!match) throw new RuleFault(name, `“${(value ?? '').slice(0, 40)}” are no bits`);
  const wanted = bitsOf(name, match[2]!, FRAGMENT_BITS);
  draft.onPackets = true;
  draft.packet.push((s) => {
    const there = fragmentBits(s);
    if (Number.isNaN(there)) return false;
    if (match[1] === '+') return (there & wanted) === wanted;
    if (match[1] === '*') return (there & wanted) !== 0;
    if (match[1] === '!') return (there & wanted) !== wanted;
    return there === wanted;
  });
};

const OPTIONS: ReadonlyMap<string, number> = new Map([
  ['eol', 0],
  ['nop', 1],
  ['rr', 7],
  ['ts', 68],
  ['qs', 25],
  ['sec', 130],
  ['lsrr', 131],
  ['esec', 133],
  ['cipso', 134],
  ['satid', 136],
  ['ssrr', 137],
  ['rtralt', 148],
]);

const ipopts: Keyword = (draft, value, name) => {
  const word = (value ?? '').trim().toLowerCase();
  const kind = OPTIONS.get(word);
  if (kind === undefined && word !== 'any') throw new RuleFault(name, `“${word.slice(0, 40)}” is not known`);
  draft.onPackets = true;
  draft.packet.push((s) => {
    const there = ipOptions(s);
    return kind === undefined ? there.length > 0 : there.includes(kind);
  });
};

const chunkCount: Keyword = (draft, value, name) => {
  const holds = numberTest(name, value ?? '');
  draft.onPackets = true;
  draft.packet.push((s) => {
    const chunks = [...sctpChunks(s)].length;
    return chunks > 0 && holds(chunks);
  });
};

const CHUNKS: ReadonlyMap<string, number> = new Map(
  [
    ...['data', 'init', 'init_ack', 'sack', 'heartbeat', 'heartbeat_ack', 'abort', 'shutdown', 'shutdown_ack', 'error'],
    ...['cookie_echo', 'cookie_ack', 'ecne', 'cwr', 'shutdown_complete', 'auth'],
  ].map((name, i): [string, number] => [name, i]),
);

const chunkType: Keyword = (draft, value, name) => {
  const holds = numberTest(name, value ?? '', CHUNKS);
  draft.onPackets = true;
  draft.packet.push((s) => [...sctpChunks(s)].some(({ at }) => holds(s.data[at]!)));
};

const decodeEvent: Keyword = (draft, value, name) => {
  const event = (value ?? '').trim().toLowerCase();
  if (!DECODE_EVENTS.has(event)) throw new RuleFault(name, `the event ${event.slice(0, 60)} is not told`);
  draft.onPackets = true;
  draft.decodeEvents.push(event);
};

function checksum(name: string): readonly [string, Keyword] {
  const right = CHECKSUMS.get(name)!;
  return [
    name,
    (draft, value) => {
      const word = (value ?? '').trim().toLowerCase();
      if (word !== 'valid' && word !== 'invalid') throw new RuleFault(name, 'is neither valid nor invalid');
      draft.onPackets = true;
      draft.packet.push((s) => right(s) === (word === 'valid'));
    },
  ];
}

function buffer(name: string): readonly [string, Keyword] {
  const read = PACKET_BUFFERS.get(name)!;
  return [
    name,
    (draft) => {
      draft.onPackets = true;
      draft.stick(name, { read });
    },
  ];
}

export const PACKET_KEYWORDS: KeywordTable = [
  ...['ttl', 'id', 'tos', 'fragoffset', 'dsize', 'seq', 'ack', 'tcp.mss', 'tcp.wscale', 'itype', 'icode'].map((name) =>
    field(name),
  ),
  ...['icmp_id', 'icmp_seq', 'icmpv6.mtu', 'igmp.type', 'sctp.vtag'].map((name) => field(name)),
  field('ip_proto', PROTOCOL_NUMBERS),
  ['window', (draft, value, name) => windowKeyword(draft, value, name)],
  ['tcp.window', (draft, value, name) => windowKeyword(draft, value, name)],
  ['tcp.seq', (draft, value) => field('seq')[1](draft, value, 'seq')],
  ['tcp.ack', (draft, value) => field('ack')[1](draft, value, 'ack')],
  ['flags', flags],
  ['tcp.flags', flags],
  ['fragbits', fragbits],
  ['decode-event', decodeEvent],
  ['engine-event', decodeEvent],
  ['vlan.layers', (draft, value, name) => vlanLayers(draft, value, name)],
  ['ipopts', ipopts],
  ['sctp.chunk_cnt', chunkCount],
  ['sctp.chunk_type', chunkType],
  ['vlan.id', (draft, value, name) => vlanKeyword(draft, value, name)],
  [
    'sameip',
    (draft) => {
      draft.onPackets = true;
      draft.packet.push(isSameAddress);
    },
  ],
  ...[...PACKET_BUFFERS.keys()].map(buffer),
  ...[...CHECKSUMS.keys()].map(checksum),
];

/** `vlan.id:100[,layer]`: of the outermost tag (0), the one within (1), or any. */
function vlanKeyword(...[draft, value, name]: Parameters<Keyword>): void {
  const [text = '', layer] = (value ?? '').split(',').map((part) => part.trim());
  const holds = numberTest(name, text);
  if (layer !== undefined && layer !== '0' && layer !== '1') throw new RuleFault(name, 'this layer is not known');
  draft.onPackets = true;
  draft.packet.push((s) => {
    const both = s.columns.vlan[s.row]!;
    const tags = [both & 0xfff, (both >>> 12) & 0xfff];
    const seen = layer === undefined ? tags : [tags[Number(layer)]!];
    return seen.some((tag) => tag !== 0 && holds(tag));
  });
}

/** `vlan.layers:2`: how many tags stand before the packet. */
function vlanLayers(...[draft, value, name]: Parameters<Keyword>): void {
  const holds = numberTest(name, value ?? '');
  draft.onPackets = true;
  draft.packet.push((s) => {
    const both = s.columns.vlan[s.row]!;
    return holds(Number((both & 0xfff) !== 0) + Number(((both >>> 12) & 0xfff) !== 0));
  });
}

function windowKeyword(...[draft, value, name]: Parameters<Keyword>): void {
  field('window')[1](draft, value, name);
}
