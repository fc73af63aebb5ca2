/** A small capture in which one host is asked for names, one tries the ports of others, and a public network is on the link. */
import { arp, ethernet, frame, ipv4, tcp, udp } from '../../generator/frames.ts';
import { pcapFile } from '../../generator/write.ts';
import { dnsMessage } from '../../generator/protocols/dns.ts';
import { times } from '../behaviours/harness.ts';

const START = 1_700_000_000n * 1_000_000_000n;
const MS = 1_000_000n;

export const NAME_SERVER = '192.168.7.2';
export const SCANNER = '192.168.7.50';
/** Where the scanner works. */
export const NETWORK = '192.168.7.0/24';
/** Outside by its addresses, with machines on our own link. */
export const PUBLIC = '203.0.113.0/24';

const card = (address: string): string => `a4:83:e7:00:${address.split('.').slice(2).map((n) => Number(n).toString(16).padStart(2, '0')).join(':')}`; // prettier-ignore

function lookups(): Uint8Array[] {
  return times(60, (i) => {
    const ends = { src: `192.168.7.${10 + (i % 6)}`, dst: NAME_SERVER };
    const ports = { sport: 40_000 + i, dport: 53 };
    const question = { name: `host${i % 9}.example.com`, type: 1 };
    const asked = dnsMessage({ id: i + 1, questions: [question] });
    const told = dnsMessage({ id: i + 1, response: true, rcode: 3, questions: [question] });
    return [
      frame(ethernet({ src: card(ends.src) }), ipv4(ends), udp(ports), asked),
      frame(ethernet({ src: card(ends.dst) }), ipv4({ src: ends.dst, dst: ends.src }), udp({ sport: 53, dport: ports.sport }), told), // prettier-ignore
    ];
  }).flat();
}

/** 120 ports of four hosts each, all refused. */
function scan(): Uint8Array[] {
  return times(480, (i) => {
    const [port, sport] = [20 + Math.floor(i / 4), 50_000 + (i % 4)];
    const [src, dst] = [SCANNER, `192.168.7.${20 + (i % 4)}`];
    return [
      frame(ethernet({ src: card(src) }), ipv4({ src, dst }), tcp({ sport, dport: port, seq: 1, flags: 'S' })),
      frame(ethernet({ src: card(dst) }), ipv4({ src: dst, dst: src }), tcp({ sport: port, dport: sport, ack: 2, flags: 'RA' })), // prettier-ignore
    ];
  }).flat();
}

function neighbours(): Uint8Array[] {
  return ['203.0.113.5', '203.0.113.6', '203.0.113.7'].map((address) =>
    frame(
      ethernet({ src: card(address), dst: 'ff:ff:ff:ff:ff:ff' }),
      arp({ op: 1, senderMac: card(address), senderIp: address, targetIp: '203.0.113.1' }),
    ),
  );
}

export function smallOffice(): Uint8Array {
  const frames = [...lookups(), ...scan(), ...neighbours()];
  return pcapFile(frames.map((data, i) => ({ ts: START + BigInt(i) * 20n * MS, data })));
}
