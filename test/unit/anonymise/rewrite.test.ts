import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KEY_BYTES } from '../../../src-main/keep/exports/anonymise/crypto-pan.ts';
import { Pseudonyms } from '../../../src-main/keep/exports/anonymise/pseudonyms.ts';
import { Rewriter } from '../../../src-main/keep/exports/anonymise/rewrite.ts';
import { rowsOf } from '../packets/helpers.ts';

const KEY = new Uint8Array(KEY_BYTES).map((_, i) => i * 7);
const bytes = (...parts: (readonly number[] | string)[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...Buffer.from(part, 'latin1')] : part)));

function kept(data: Uint8Array, link = 1): Uint8Array {
  const copy = Uint8Array.from(data);
  return copy.subarray(0, new Rewriter(new Pseudonyms(KEY)).rewrite(link, copy));
}

const MACS = [2, 0, 0, 0, 0, 1, 0, 0x1b, 0x21, 9, 8, 7];
const SECRET = 'USER alice PASS hunter2';

/** IPv4 with a protocol; the checksum is not looked at. */
function ipv4(protocol: number, body: Uint8Array, options: readonly number[] = []): Uint8Array {
  const header = 20 + options.length;
  const total = header + body.length;
  return bytes(
    [0x40 | (header / 4), 0, total >> 8, total & 255, 0, 1, 0, 0, 64, protocol, 0, 0, 192, 0, 2, 1, 198, 51, 100, 7],
    options,
    [...body],
  );
}

function tcp(payload: string, options: readonly number[] = []): Uint8Array {
  const header = 20 + options.length;
  const head = [0x30, 0x39, 0, 80, 0, 0, 0, 1, 0, 0, 0, 2, (header / 4) << 4, 0x18, 1, 0, 0xab, 0xcd, 0, 0];
  return bytes(head, options, payload);
}

const udp = (port: number, payload: string): Uint8Array =>
  bytes([0x30, 0x39, port >> 8, port & 255, 0, 8 + payload.length, 0xab, 0xcd], payload);
const ethernet = (type: number, body: Uint8Array): Uint8Array => bytes(MACS, [type >> 8, type & 255], [...body]);

function checksumOf(header: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < header.length; i += 2) sum += (header[i]! << 8) | header[i + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** The same with the checksum that it should have. */
function summed(packet: Uint8Array): Uint8Array {
  const sum = checksumOf(packet.subarray(0, (packet[0]! & 15) * 4));
  return packet.with(10, sum >> 8).with(11, sum & 255);
}

describe('a packet that is given away', () => {
  it('keeps its headers and nothing that was said', () => {
    const found = kept(ethernet(0x0800, ipv4(6, tcp(SECRET))));
    expect(found).toHaveLength(14 + 20 + 20);
    const [row] = rowsOf(found, 1, 14 + 40 + SECRET.length);
    expect(row).toMatchObject({ srcPort: 12345, dstPort: 80, payloadLength: SECRET.length, payload: '' });
    expect(row!.src).not.toBe('192.0.2.1');
    expect(row!.dst).not.toBe('198.51.100.7');
    expect(checksumOf(found.subarray(14, 34))).toBe(0);
    expect([...found.subarray(50, 52)]).toEqual([0, 0]);
  });

  it('through VLAN tags, labels and PPPoE', () => {
    const inner = ipv4(17, udp(53, 'www.example.org'));
    const tagged = bytes(MACS, [0x88, 0xa8, 0, 5, 0x81, 0, 0, 7, 8, 0], [...inner]);
    expect(kept(tagged)).toHaveLength(22 + 28);
    const labelled = ethernet(0x8847, bytes([0, 1, 0, 64, 0, 1, 1, 64], [...summed(inner)]));
    expect(kept(labelled)).toHaveLength(14 + 8 + 28);
    const ipv6 = bytes([0x60, 0, 0, 0, 0, 11, 17, 64], new Array<number>(32).fill(9), [...udp(53, 'www')]);
    expect(kept(ethernet(0x8847, bytes([0, 1, 1, 64], [...ipv6])))).toHaveLength(14 + 4 + 48);
    const session = ethernet(0x8864, bytes([0x11, 0, 0, 1, 0, 0, 0, 0x21], [...inner]));
    expect(kept(session)).toHaveLength(14 + 8 + 28);
  });

  it('behind a label, where cards begin like a version of IP, is cut', () => {
    const cards = [
      [0x45, 0x5e, 0x0c, 0xaa, 0xbb, 0xcc, 0x06, 0x11, 0x22, 0x33, 0x44, 0x55],
      [0x60, 0xf1, 0x89, 0x77, 0x66, 0x55, 0x06, 0x11, 0x22, 0x33, 0x44, 0x55],
    ];
    for (const card of cards) {
      const inner = bytes(card, [8, 0], [...summed(ipv4(17, udp(53, SECRET.repeat(3))))]);
      expect(kept(ethernet(0x8847, bytes([0, 0x64, 0x11, 0x40], [...inner])))).toHaveLength(14 + 4);
    }
  });

  it('is of the version of IP that stands before it, or is cut', () => {
    const ipv6 = bytes([0x60, 0, 0, 0, 0, 0, 59, 64], new Array<number>(32).fill(9));
    expect(kept(ethernet(0x0800, ipv6))).toHaveLength(14);
    expect(kept(ethernet(0x86dd, ipv4(17, udp(53, 'x'))))).toHaveLength(14);
  });

  it('has one pseudonym for an address of IPv4, also within one of IPv6', () => {
    const mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 198, 51, 100, 7];
    const ipv6 = bytes([0x60, 0, 0, 0, 0, 0, 59, 64], mapped, mapped);
    const found = kept(ethernet(0x86dd, ipv6)).subarray(14);
    const plain = kept(ethernet(0x0800, ipv4(17, udp(53, 'x')))).subarray(14);
    expect([...found.subarray(8, 24)]).toEqual([...mapped.slice(0, 12), ...plain.subarray(16, 20)]);
  });

  it('in ARP, both ends of both kinds', () => {
    const arp = bytes([0, 1, 8, 0, 6, 4, 0, 1], MACS.slice(6), [192, 0, 2, 1], [0, 0, 0, 0, 0, 0], [192, 0, 2, 9]);
    const found = Buffer.from(kept(ethernet(0x0806, arp)));
    expect(found).toHaveLength(42);
    expect(found.includes(Buffer.from([192, 0, 2]))).toBe(false);
    expect(found.includes(Buffer.from(MACS.slice(6)))).toBe(false);
  });

  it('without the way that IP options tell, and without unknown options of TCP', () => {
    const route = [7, 7, 4, 203, 0, 113, 5, 0];
    const addresses = [30, 8, 0x30, 1, 203, 0, 113, 6];
    const found = Buffer.from(
      kept(ethernet(0x0800, ipv4(6, tcp(SECRET, [2, 4, 5, 180, ...addresses, 1, 1, 1, 1]), route))),
    );
    expect(found).toHaveLength(14 + 28 + 36);
    expect(found.includes(Buffer.from([203, 0, 113]))).toBe(false);
    expect(found.includes(Buffer.from([2, 4, 5, 180]))).toBe(true);
  });

  it('in tunnels, and in what ICMP sends back', () => {
    const inner = ipv4(6, tcp(SECRET));
    const gre = ethernet(0x0800, ipv4(47, bytes([0, 0, 8, 0], [...inner])));
    const vxlan = ethernet(
      0x0800,
      ipv4(17, bytes([...udp(4789, '')], [8, 0, 0, 0, 0, 0, 1, 0], [...ethernet(0x0800, inner)])),
    );
    const error = ethernet(0x0800, ipv4(1, bytes([3, 1, 0, 0, 0, 0, 0, 0], [...inner])));
    for (const packet of [gre, vxlan, error]) {
      const found = Buffer.from(kept(packet));
      expect(found.includes('hunter2')).toBe(false);
      expect(found.includes(Buffer.from([192, 0, 2, 1]))).toBe(false);
      expect(found.includes(Buffer.from([198, 51, 100, 7]))).toBe(false);
    }
    expect(kept(gre)).toHaveLength(14 + 20 + 4 + 40);
    expect(kept(vxlan)).toHaveLength(14 + 20 + 8 + 8 + 14 + 40);
    expect(kept(error)).toHaveLength(14 + 20 + 8 + 40);
  });

  it('of later fragments, unknown protocols and unknown link types keeps no more than its headers', () => {
    const later = ipv4(17, udp(53, SECRET));
    later[7] = 5;
    expect(kept(ethernet(0x0800, later))).toHaveLength(34);
    expect(kept(ethernet(0x0800, ipv4(200, bytes(SECRET))))).toHaveLength(34);
    expect(kept(ethernet(0x88cc, bytes(SECRET)))).toHaveLength(14);
    expect(kept(bytes(SECRET), 195)).toHaveLength(0);
  });

  it('of IPv6 loses its options, its flow label and its way', () => {
    const route = [6, 2, 0, 1, 0, 0, 0, 0, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9];
    const options = [43, 0, 5, 2, 9, 9, 9, 9];
    const host = (last: number): number[] => [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last];
    const head = [0x60, 0xa, 0xbc, 0xde, 0, 80, 0, 64, ...host(1), ...host(2)];
    const found = Buffer.from(kept(ethernet(0x86dd, bytes(head, options, route, [...tcp(SECRET)]))));
    expect(found).toHaveLength(14 + 40 + 8 + 24 + 20);
    expect(found.includes(Buffer.from([0x20, 1, 0xd, 0xb8]))).toBe(false);
    expect(found.includes(Buffer.from([9, 9, 9, 9]))).toBe(false);
    expect(found.readUInt32BE(14)).toBe(0x60000000);
  });

  it('ends where its own headers say: padding and memory behind it stay at home', () => {
    const padded = bytes([...ethernet(0x0800, ipv4(17, new Uint8Array(0)))], 'MEMORYOFACARD');
    expect(kept(padded)).toHaveLength(34);
    const tiny = ipv4(6, tcp(SECRET).subarray(0, 8));
    tiny[6] = 0x20;
    expect(kept(bytes([...ethernet(0x0800, tiny)], 'SECRETpadding'))).toHaveLength(34);
    const v6 = bytes([0x60, 0, 0, 0, 0, 4, 17, 64], new Array<number>(32).fill(3), [1, 2, 3, 4], 'LEAK');
    expect(kept(ethernet(0x86dd, v6))).toHaveLength(54);
  });

  it('keeps no option, and no reserved field, that could hold a text', () => {
    const long = [8, 36, ...Buffer.from('&timestamp-option-with-36-bytes-tx')];
    const options = [...long, 1, 1, 1, 1];
    expect(Buffer.from(kept(ethernet(0x0800, ipv4(6, tcp('', options))))).includes('timestamp')).toBe(false);
    const tunnel = bytes([...udp(4789, '')], [8], 'abc', [0, 0, 1], 'd', [...ethernet(0x0800, ipv4(6, tcp('')))]);
    const found = Buffer.from(kept(ethernet(0x0800, ipv4(17, tunnel))));
    expect([...found.subarray(42, 50)]).toEqual([8, 0, 0, 0, 0, 0, 1, 0]);
    const unreachable = bytes([3, 1, 0, 0], 'GEHE', [...ipv4(6, tcp(SECRET))]);
    expect(Buffer.from(kept(ethernet(0x0800, ipv4(1, unreachable)))).includes('GEHE')).toBe(false);
  });

  it('loses what is reserved in IPv4, TCP, fragments of IPv6, GRE and cooked captures', () => {
    const full = ipv4(6, tcp('').with(12, 0x5f)).with(6, 0x80);
    const found = kept(ethernet(0x0800, full)).subarray(14);
    expect([found[6], found[32]]).toEqual([0, 0x51]);
    const fragment = bytes([0x60, 0, 0, 0, 0, 16, 44, 64], new Array<number>(32).fill(9), [17, 0xee, 0, 7, 1, 2, 3, 4]);
    expect([...kept(ethernet(0x86dd, bytes([...fragment], [...udp(53, '')]))).subarray(54, 58)]).toEqual([17, 0, 0, 1]);
    const routed = ipv4(47, bytes([0xcf, 0xf8, 8, 0, 0x46, 0, 0, 0], [...ipv4(17, udp(53, 'x'))]));
    expect([...kept(ethernet(0x0800, routed)).subarray(34)]).toEqual([0xc0, 0, 8, 0]);
    const cooked = bytes(
      [8, 0, 0xbe, 0xad, 0, 0, 0, 2, 0, 1, 0, 6],
      MACS.slice(6),
      [0, 0],
      [...ipv4(17, udp(53, 'x'))],
    );
    expect([...kept(cooked, 276).subarray(0, 4)]).toEqual([8, 0, 0, 0]);
  });

  it('never fails, never grows, never keeps a long text: whatever the bytes', () => {
    const links = fc.constantFrom(0, 1, 12, 101, 108, 113, 228, 276, 9999);
    fc.assert(
      fc.property(links, fc.uint8Array({ maxLength: 120 }), (link, noise) => {
        expect(kept(noise, link).length).toBeLessThanOrEqual(noise.length);
        const whole = ethernet(0x0800, ipv4(noise[0] ?? 6, bytes([...noise], SECRET)));
        expect(Buffer.from(kept(whole)).includes(SECRET)).toBe(false);
      }),
      { numRuns: 3000 },
    );
  });
});
