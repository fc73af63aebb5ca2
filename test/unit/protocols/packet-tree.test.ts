import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PacketTree } from '../../../src-shared/domain/packet-tree.ts';
import { openCaptures } from '../../../src-main/meter/packets/open.ts';
import { packetTree } from '../../../src-main/meter/protocols/tree/tree.ts';
import { resourcePath } from '../../../src-main/run/paths.ts';
import {
  arp,
  bsdNull,
  dot1q,
  ethernet,
  frame,
  fragments4,
  gre,
  icmp,
  ipv4,
  ipv6,
  mpls,
  pppoe,
  sll,
  sll2,
  tcp,
  udp,
  wlan,
} from '../../generator/frames.ts';
import { Rng } from '../../generator/prng.ts';
import { pcapFile } from '../../generator/write.ts';
import { needs } from '../../setup/skip.ts';

const SLOW = 60_000;
const ETHERNET = 1;
const ENDS = { src: '192.0.2.1', dst: '198.51.100.2' };
const ENDS6 = { src: '2001:db8::1', dst: '2001:db8::2' };

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
/** A question for example.org, and its answer by a pointer. */
const QUESTION = hex('1234 0100 0001 0000 0000 0000 07 6578616d706c65 03 6f7267 00 0001 0001');
const ANSWER = hex(
  '1234 8180 0001 0001 0000 0000 07 6578616d706c65 03 6f7267 00 0001 0001 c00c 0001 0001 00000e10 0004 5db8d822',
);

function hello(): Buffer {
  const name = Buffer.from('www.example.org');
  const sni = Buffer.concat([
    hex('0000'),
    u16(name.length + 5),
    u16(name.length + 3),
    hex('00'),
    u16(name.length),
    name,
  ]);
  const alpn = hex('0010 0005 0003 02 6832');
  const extensions = Buffer.concat([sni, alpn]);
  const body = Buffer.concat([
    hex('0303'),
    Buffer.alloc(32, 7),
    hex('00 0004 1301 c02f 01 00'),
    u16(extensions.length),
    extensions,
  ]);
  const message = Buffer.concat([hex('01 00'), u16(body.length), body]);
  return Buffer.concat([hex('16 0301'), u16(message.length), message]);
}

function u16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 255);
}

function dhcp(): Buffer {
  const head = hex('01010600 deadbeef 0000 8000 00000000 0a000005 00000000 00000000 020000000009');
  const names = Buffer.alloc(10 + 64 + 128);
  return Buffer.concat([head, names, hex('63825363 350101 0c03 706331 3204 0a000007 ff')]);
}

const TCP = { sport: 40_000, dport: 80, seq: 1000, ack: 2000, flags: 'PA' } as const;
const HTTP = Buffer.from('GET /a HTTP/1.1\r\nHost: example.org\r\n\r\n');

/** A bind of svcctl and winreg, and after it a call of operation 15 with eight bytes of arguments and a token of NTLM. */
const NDR = '045d888aeb1cc9119fe808002b104860 02000000';
const BIND = hex(
  `05 00 0b 03 10000000 7400 0000 07000000 b810 b810 00000000 02 000000
   0000 01 00 81bb7a364498f135ad3298f038001003 0200 0000 ${NDR}
   0100 01 00 01d08c334422f131aaaa900038001003 0100 0000 ${NDR}`,
);
const BOUND = hex(`05 00 0c 03 10000000 4400 0000 07000000 b810 b810 34120000 0d00 5c706970655c6e7473766373 00 00
   01 000000 0000 0000 ${NDR}`);
const CALL = hex(
  '05 00 00 83 10000000 3c00 0400 08000000 08000000 0100 0f00 000102030405060708090a0b0c0d0e0f 1122334455667788 0a 06 00 00 00000000 deadbeef',
);
const FAULT = hex('05 00 03 03 10000000 2000 0000 08000000 00000000 0100 00 00 0b000006 00000000');
const BIG_ENDIAN = hex('05 00 00 03 00000000 0018 0000 00000009 00000000 0000 0003');

/** SMB 2 over TCP: a head, and a command behind it. */
function smb(command: number, flags: number, body: Buffer): Buffer {
  const head = Buffer.alloc(64);
  head.write('fe534d42', 0, 'hex');
  head.writeUInt16LE(64, 4);
  head.writeUInt16LE(command, 12);
  head.writeUInt32LE(flags, 16);
  const message = Buffer.concat([head, body]);
  return Buffer.concat([Buffer.of(0, 0), u16(message.length), message]);
}

/** A write to a pipe, whose bytes stand behind 48 of the command. */
function written(data: Buffer): Buffer {
  const body = Buffer.alloc(48);
  body.writeUInt16LE(49, 0);
  body.writeUInt16LE(64 + 48, 2);
  body.writeUInt32LE(data.length, 4);
  return Buffer.concat([body, data]);
}

/** One packet of each kind, by what is innermost. */
const PACKETS: Readonly<Record<string, [link: number, bytes: Uint8Array]>> = {
  ARP: [
    1,
    frame(ethernet(), arp({ op: 1, senderMac: '02:00:00:00:00:01', senderIp: '10.0.0.1', targetIp: '10.0.0.2' })),
  ],
  HTTP: [1, frame(ethernet(), dot1q({ vid: 5, pcp: 3 }), ipv4(ENDS), tcp(TCP), HTTP)],
  TLS: [1, frame(ethernet(), ipv6(ENDS6), tcp({ ...TCP, dport: 443 }), hello())],
  DNS: [1, frame(ethernet(), ipv4(ENDS), udp({ sport: 5000, dport: 53 }), QUESTION)],
  'DNS answer': [1, frame(ethernet(), ipv6(ENDS6), udp({ sport: 53, dport: 5000 }), ANSWER)],
  DHCP: [1, frame(ethernet(), ipv4(ENDS), udp({ sport: 68, dport: 67 }), dhcp())],
  ICMP: [1, frame(ethernet(), ipv4(ENDS), icmp({ type: 8, rest: hex('00010002') }), Buffer.from('ping'))],
  'ICMP error': [
    1,
    frame(
      ethernet(),
      ipv4(ENDS),
      icmp({ type: 3, code: 3, rest: hex('00000000') }),
      frame(ipv4(ENDS), udp({ sport: 1, dport: 9 })),
    ),
  ],
  'DCE/RPC': [1, frame(ethernet(), ipv4(ENDS), tcp({ ...TCP, dport: 49_152 }), BIND)],
  'DCE/RPC call': [1, frame(ethernet(), ipv4(ENDS), tcp({ ...TCP, dport: 135 }), CALL)],
  'DCE/RPC answers': [1, frame(ethernet(), ipv4(ENDS), tcp({ ...TCP, sport: 135 }), Buffer.concat([BOUND, FAULT]))],
  'DCE/RPC, highest first': [1, frame(ethernet(), ipv4(ENDS), tcp({ ...TCP, dport: 135 }), BIG_ENDIAN)],
  'SMB pipe': [1, frame(ethernet(), ipv4(ENDS), tcp({ ...TCP, dport: 445 }), smb(9, 0, written(CALL)))],
  SMB: [1, frame(ethernet(), ipv4(ENDS), tcp({ ...TCP, dport: 445 }), smb(5, 0, Buffer.alloc(56)))],
  GRE: [1, frame(ethernet(), ipv4(ENDS), gre(), ipv4(ENDS), udp({ sport: 1, dport: 9 }), Buffer.from('x'))],
  MPLS: [1, frame(ethernet(), mpls([17]), ipv4(ENDS), tcp({ ...TCP, flags: 'S' }))],
  PPPoE: [1, frame(ethernet(), pppoe(), ipv4(ENDS), tcp(TCP))],
  cooked: [113, frame(sll(), ipv4(ENDS), tcp(TCP), HTTP)],
  'cooked 2': [276, frame(sll2(), ipv4(ENDS), tcp(TCP), HTTP)],
  loopback: [0, frame(bsdNull(), ipv4(ENDS), tcp(TCP), HTTP)],
};

function value(tree: PacketTree, id: string): string | undefined {
  return tree.layers.flatMap(({ fields }) => fields).find((field) => field.id === id)?.value;
}

/** Every range lies in the packet, and fields lie in their layer or behind its beginning. */
function checkRanges(bytes: Uint8Array, tree: PacketTree): void {
  for (const { from, to, fields } of tree.layers) {
    if (!(0 <= from && from <= to && to <= bytes.length)) throw new Error(`layer ${from}…${to} of ${bytes.length}`);
    for (const field of fields) {
      const sound = from <= field.from && field.from <= field.to && field.to <= bytes.length;
      if (!sound) throw new Error(`${field.id} ${field.from}…${field.to} of ${bytes.length}`);
    }
  }
}

const of = (name: string): PacketTree => packetTree(PACKETS[name]![1], PACKETS[name]![0]);

describe('a packet as a tree', () => {
  it('has a layer for each header, from the outside in', () => {
    expect(of('HTTP').layers.map(({ title }) => title)).toEqual(['Ethernet', 'VLAN', 'IPv4', 'TCP', 'HTTP']);
    expect(of('ICMP error').layers.map(({ title }) => title)).toEqual(['Ethernet', 'IPv4', 'ICMP', 'IPv4', 'UDP']);
    expect(of('GRE').layers.map(({ title }) => title)).toEqual(['Ethernet', 'IPv4', 'GRE', 'IPv4', 'UDP', 'Data']);
    for (const name of ['cooked', 'cooked 2', 'loopback']) expect(of(name).protocol, name).toBe('HTTP');
    for (const name of ['MPLS', 'PPPoE']) expect(of(name).protocol, name).toBe('TCP');
  });

  it('says what applications say', () => {
    expect(of('DNS answer').summary).toBe('DNS answer 0x1234 A example.org: 93.184.216.34');
    expect(of('TLS').summary).toBe('TLS client hello for www.example.org');
    expect(value(of('TLS'), 'tls.handshake.extensions_alpn_str')).toBe('h2');
    expect(of('DHCP').summary).toBe('DHCP discover by pc1');
    expect(value(of('HTTP'), 'http.request.uri')).toBe('/a');
    expect(of('ARP').summary).toBe('Who has 10.0.0.2? 10.0.0.1 asks');
  });

  it('takes remote calls apart: what is bound by name, what is called by number, each with its place', () => {
    const bind = of('DCE/RPC');
    expect(bind.summary).toBe('DCE/RPC bind 7: svcctl, winreg');
    expect(bind.layers.at(-1)).toMatchObject({ title: 'DCE/RPC', note: '' });
    expect(value(bind, 'dcerpc.cn_bind_to_uuid')).toBe('367abb81-9844-35f1-ad32-98f038001003 (svcctl)');
    expect(value(bind, 'dcerpc.cn_frag_len')).toBe('116');
    const call = of('DCE/RPC call');
    expect(call.summary).toBe('DCE/RPC request 8: operation 15 of context 1');
    expect(value(call, 'dcerpc.stub_data')).toBe('8 bytes');
    expect(value(call, 'dcerpc.auth_type')).toBe('10 (NTLM)');
    expect(value(call, 'dcerpc.auth_value')).toBe('de ad be ef');
    expect(of('DCE/RPC answers').summary).toBe('DCE/RPC bind acknowledged 7: accepted; fault 8: 0x0600000b');
    expect(of('DCE/RPC, highest first').summary).toBe('DCE/RPC request 9: operation 3 of context 0');
  });

  it('finds them in a pipe of SMB, and says when a message goes on', () => {
    const { layers, summary } = of('SMB pipe');
    expect(layers.map(({ title }) => title)).toEqual([
      'Ethernet',
      'IPv4',
      'TCP',
      'NetBIOS session',
      'SMB 2',
      'DCE/RPC',
    ]);
    expect(summary).toBe('DCE/RPC request 8: operation 15 of context 1');
    expect(of('SMB').summary).toBe('SMB create');
    const [link, bytes] = PACKETS['DCE/RPC call']!;
    const cut = packetTree(bytes.subarray(0, bytes.length - 6), link);
    expect(cut.layers.at(-1)!.note).toBe('The message goes on in another packet.');
    expect(cut.summary).toBe('DCE/RPC request 8: operation 15 of context 1');
  });

  it('tells where each value stands', () => {
    const [link, bytes] = PACKETS['HTTP']!;
    const { layers } = packetTree(bytes, link);
    const field = layers.flatMap(({ fields }) => fields).find(({ id }) => id === 'tcp.dstport')!;
    expect([...bytes.subarray(field.from, field.to)]).toEqual([0, 80]);
  });

  it('does not take a later fragment for a header, nor the encrypted for what it hides', () => {
    const datagram = frame(udp({ sport: 1, dport: 53 }), Buffer.alloc(64));
    const [, second] = fragments4([ethernet()], { ...ENDS, id: 1 }, datagram, 17, 40, frame);
    const tree = packetTree(second!, ETHERNET);
    expect(tree.layers.map(({ title }) => title)).toEqual(['Ethernet', 'IPv4', 'Data']);
    expect(tree.layers[1]!.note).toBe('A fragment of a packet, the last one.');
  });

  it('reads names of DNS to their end, whatever bytes they hold, and not for ever', () => {
    const label = Buffer.concat([Buffer.of(62), Buffer.alloc(62, 0xee)]);
    const head = hex('1234 0100 0001 0000 0000 0000');
    const ends = hex('00 0010 0001');
    const of4 = frame(
      ethernet(),
      ipv4(ENDS),
      udp({ sport: 5000, dport: 53 }),
      Buffer.concat([head, label, label, label, ends]),
    );
    const tree = packetTree(of4, ETHERNET);
    expect([value(tree, 'dns.qry.type'), tree.layers.at(-1)!.note]).toEqual(['16 (TXT)', '']);
    expect(tree.summary.length).toBeLessThan(400);
    const circle = Buffer.concat([head, hex('c00c 0010 0001')]);
    const turned = packetTree(frame(ethernet(), ipv4(ENDS), udp({ sport: 5000, dport: 53 }), circle), ETHERNET);
    expect([value(turned, 'dns.qry.name'), value(turned, 'dns.qry.type')]).toEqual(['…', '16 (TXT)']);
  });

  it('ends with a note where the packet was cut', () => {
    const [link, bytes] = PACKETS['TLS']!;
    const tree = packetTree(bytes.subarray(0, 90), link);
    expect(tree.layers.at(-1)).toMatchObject({ title: 'TLS', note: expect.stringContaining('not captured') as string });
    expect(packetTree(new Uint8Array(0), ETHERNET).layers[0]).toMatchObject({ title: 'Ethernet', fields: [] });
    expect(packetTree(Uint8Array.of(1, 2, 3), 147).layers).toMatchObject([{ title: 'Data', from: 0, to: 3 }]);
  });

  it('lists at most a few hundred fields of a layer', () => {
    const suites = Buffer.alloc(0x0f00, 1);
    const message = Buffer.concat([hex(`16 0301 1000 01 000ffc 0303 ${'00'.repeat(32)} 00 0f00`), suites]);
    const many = frame(ethernet(), ipv4(ENDS), tcp({ ...TCP, dport: 443 }), message);
    const tls = packetTree(many, ETHERNET).layers.at(-1)!;
    expect(tls.fields).toHaveLength(400);
    expect(tls.note).not.toBe('');
  });

  it('never fails, and never points outside of the packet', () => {
    const random = new Rng(11);
    const links = [...new Set(Object.values(PACKETS).map(([link]) => link)), 101, 105, 127, 228, 229];
    const wifi = frame(wlan({ qos: true }), ipv4(ENDS));
    const seeds = [...Object.values(PACKETS).map(([, bytes]) => bytes), wifi];
    for (let round = 0; round < 6000; round++) {
      const bytes = Uint8Array.from(seeds[round % seeds.length]!);
      for (let n = random.int(1, 6); n > 0; n--) bytes[random.int(0, bytes.length - 1)] = random.int(0, 255);
      const part = bytes.subarray(0, random.int(0, bytes.length));
      for (const some of [bytes, part]) checkRanges(some, packetTree(some, links[round % links.length]!));
    }
    for (let round = 0; round < 2000; round++) {
      const noise = Uint8Array.from({ length: random.int(0, 120) }, () => random.int(0, 255));
      checkRanges(noise, packetTree(noise, links[round % links.length]!));
    }
  });

  it(
    'takes every packet of the sample apart, and knows most of them',
    async () => {
      const reader = await openCaptures([resourcePath('sample', 'office-hour.pcapng.gz')], { hash: 'none' });
      let [packets, noted] = [0, 0];
      for (let batch = await reader.read(); batch; batch = await reader.read()) {
        const c = batch.columns;
        for (let i = 0; i < batch.count; i += 7) {
          const bytes = batch.data.subarray(c.offset[i]!, c.offset[i]! + c.captured[i]!);
          const tree = packetTree(bytes, c.link[i]!);
          checkRanges(bytes, tree);
          packets++;
          if (tree.layers.some(({ note }) => note.startsWith('It ends'))) noted++;
        }
        reader.release(batch);
      }
      await reader.close();
      expect(packets).toBeGreaterThan(10_000);
      expect(noted / packets).toBeLessThan(0.01);
    },
    SLOW,
  );
});

describe('beside tshark', () => {
  /** Fields of each packet: name → [place, bytes, value as shown]. */
  function byTshark(path: string): Map<string, [pos: number, size: number, show: string][]>[] {
    const args = ['-r', path, '-T', 'pdml', '-o', 'tcp.relative_sequence_numbers:FALSE'];
    const pdml = execFileSync('tshark', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return pdml
      .split('<packet>')
      .slice(1)
      .map((packet) => {
        const fields = new Map<string, [number, number, string][]>();
        for (const [tag] of packet.matchAll(/<field [^>]*>/g)) {
          const of = (name: string): string => new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? '';
          fields.set(of('name'), [
            ...(fields.get(of('name')) ?? []),
            [Number(of('pos')), Number(of('size')), of('show')],
          ]);
        }
        return fields;
      });
  }

  /** Numbers as numbers, whatever their base, bytes without what stands between them; the rest as it is. */
  const norm = (text: string): string => {
    if (text === 'True' || text === 'False') return text === 'True' ? '1' : '0';
    if (/^([0-9a-f]{2}[ :])+[0-9a-f]{2}$/.test(text)) return text.replaceAll(/[ :]/g, '');
    const first = text.split(' ')[0]!;
    return Number.isNaN(Number(first)) || first === '' ? text : String(Number(first));
  };
  /** Of these tshark tells something else (a number where Sonde has words, no name of an interface), so only the place is compared. */
  const OTHER_WORDS =
    /^(dhcp\.(server|file|cookie|option\.type)|data\.data|dcerpc\.(drep|cn_bind_to_uuid)|tls\.handshake\.(ciphersuites|comp_methods))$/;
  /** Of this tshark gives the whole word, Sonde the two bytes that it stands in. */
  const OTHER_PLACE = 'ipv6.tclass';

  needs(existsSync('/usr/bin/tshark'), 'tshark is not installed')(
    'each field that has its name stands where it stands there, with its value',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'sonde-tree-'));
      const packets = Object.values(PACKETS).filter(([link]) => link === ETHERNET);
      const path = join(folder, 'all.pcap');
      writeFileSync(
        path,
        pcapFile(packets.map(([, data], i) => ({ ts: BigInt(1_700_000_000 + i) * 1_000_000_000n, data }))),
      );
      const theirs = byTshark(path);
      rmSync(folder, { recursive: true });
      const compared = new Set<string>();
      const wrong: string[] = [];
      for (const [n, [link, bytes]] of packets.entries()) {
        for (const { id, from, to, value: said } of packetTree(bytes, link).layers.flatMap(({ fields }) => fields)) {
          const known = theirs[n]!.get(id);
          if (!known) continue;
          compared.add(id);
          const fits = known.some(
            ([pos, size, show]) =>
              (id === OTHER_PLACE || (pos === from && pos + size === to)) &&
              (OTHER_WORDS.test(id) || norm(show) === norm(said)),
          );
          if (!fits) wrong.push(`${n} ${id} ${from}…${to} ${said}: ${JSON.stringify(known)}`);
        }
      }
      expect(wrong).toEqual([]);
      expect(compared.size).toBeGreaterThan(100);
    },
    SLOW,
  );
});
