/** A small house, written frame by frame: one device and what it says, and the report of a triage on it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { triage } from '../../../src-main/run/pipeline/triage.ts';
import type { TriageOptions } from '../../../src-main/run/pipeline/triage-types.ts';
import type { ReportHost, TriageReport } from '../../../src-shared/domain/report.ts';
import { arp, bytes, ethernet, frame, ipv4, tcp, udp, type Layer } from '../../generator/frames.ts';
import { aRecord, dnsMessage } from '../../generator/protocols/dns.ts';
import { dhcp, DHCP, type DhcpSpec } from '../../generator/protocols/lan.ts';
import { pcapFile } from '../../generator/write.ts';

/** Hours after 2023-11-14 22:13:20 UTC are seconds after this. */
const START = 1_700_000_000;
export const ROUTER = '192.168.1.1';
const ROUTER_CARD = 'c8:0e:14:00:00:01';

export interface Talk {
  at: number;
  to: string;
  port: number;
  /** What the other side does (default: answers). */
  outcome?: 'answers' | 'refuses' | 'silent';
  /** What is said, and what is answered (default 120 and 80 bytes that no protocol has). */
  says?: string;
  hears?: string;
  udp?: boolean;
}

const NOISE = '\x9a\x17\xc3\x5e\x8b\xd1\x04\xf7';

export class House {
  private readonly packets: { ts: bigint; data: Uint8Array }[] = [];
  private readonly card: string;
  readonly address: string;
  private ports = 40_000;

  constructor(card: string, address = '192.168.1.40') {
    this.card = card;
    this.address = address;
    this.put(
      0,
      ethernet({ src: card, dst: 'ff:ff:ff:ff:ff:ff' }),
      arp({ op: 1, senderMac: card, senderIp: address, targetMac: '00:00:00:00:00:00', targetIp: ROUTER }),
    );
  }

  private put(at: number, ...layers: (Layer | Uint8Array | string)[]): void {
    const data = frame(...layers);
    this.packets.push({ ts: BigInt(Math.round((START + at) * 1e6)) * 1000n, data });
  }

  /** One packet from or to the device; what comes from outside comes through the router. */
  private send(at: number, out: boolean, other: string, ...rest: (Layer | Uint8Array | string)[]): void {
    const card = other.startsWith('192.168.1.')
      ? `02:00:5e:00:00:${Number(other.split('.')[3]).toString(16).padStart(2, '0')}`
      : ROUTER_CARD;
    const [src, dst] = out ? [this.card, card] : [card, this.card];
    const [from, to] = out ? [this.address, other] : [other, this.address];
    this.put(
      at,
      ethernet({ src, dst }),
      ipv4({ src: from, dst: to, ttl: out || other.startsWith('192.168.1.') ? 64 : 49 }),
      ...rest,
    );
  }

  dhcp(spec: Pick<DhcpSpec, 'hostname' | 'vendorClass' | 'parameters'>, at = 1): this {
    const data = dhcp({ type: DHCP.REQUEST, xid: 7, clientMac: this.card, requestedIp: this.address, ...spec });
    this.put(
      at,
      ethernet({ src: this.card, dst: 'ff:ff:ff:ff:ff:ff' }),
      ipv4({ src: '0.0.0.0', dst: '255.255.255.255' }),
      udp({ sport: 68, dport: 67 }),
      data,
    );
    return this;
  }

  /** It asks for a name, and the router answers. */
  lookup(name: string, address: string, at = 2): this {
    const question = { name, type: 1 };
    const sport = ++this.ports;
    this.send(at, true, ROUTER, udp({ sport, dport: 53 }), dnsMessage({ id: sport & 0xffff, questions: [question] }));
    const answer = dnsMessage({
      id: sport & 0xffff,
      response: true,
      questions: [question],
      answers: [aRecord(name, address)],
    });
    this.send(at + 0.01, false, ROUTER, udp({ sport: 53, dport: sport }), answer);
    return this;
  }

  /** What it announces by multicast. */
  multicast(port: number, data: Uint8Array | string, at = 3): this {
    const dst = port === 5353 ? '224.0.0.251' : '239.255.255.250';
    this.put(
      at,
      ethernet({ src: this.card, dst: '01:00:5e:00:00:fb' }),
      ipv4({ src: this.address, dst, ttl: 255 }),
      udp({ sport: port === 5353 ? 5353 : 50_000, dport: port }),
      bytes(data),
    );
    return this;
  }

  talk({
    at,
    to,
    port,
    outcome = 'answers',
    says = NOISE.repeat(15),
    hears = NOISE.repeat(10),
    udp: datagrams = false,
  }: Talk): this {
    const sport = ++this.ports;
    if (datagrams) {
      this.send(at, true, to, udp({ sport, dport: port }), says);
      if (outcome === 'answers') this.send(at + 0.02, false, to, udp({ sport: port, dport: sport }), hears);
      return this;
    }
    const out = (after: number, flags: string, seq: number, ack: number, data = ''): void =>
      this.send(at + after, true, to, tcp({ sport, dport: port, flags, seq, ack }), data);
    const back = (after: number, flags: string, seq: number, ack: number, data = ''): void =>
      this.send(at + after, false, to, tcp({ sport: port, dport: sport, flags, seq, ack }), data);
    out(0, 'S', 100, 0);
    if (outcome === 'refuses') back(0.01, 'RA', 0, 101);
    if (outcome !== 'answers') return this;
    const [sent, heard] = [101 + bytes(says).length, 501 + bytes(hears).length];
    back(0.01, 'SA', 500, 101);
    out(0.02, 'A', 101, 501);
    out(0.03, 'PA', 101, 501, says);
    back(0.05, 'PA', 501, sent, hears);
    out(0.06, 'FA', sent, heard);
    back(0.07, 'FA', heard, sent + 1);
    out(0.08, 'A', sent + 1, heard + 1);
    return this;
  }

  /** The same talk, `count` times every `seconds` from `from` on, with a little jitter. */
  every(seconds: number, from: number, count: number, to: string, port: number): this {
    for (let i = 0; i < count; i++) this.talk({ at: from + i * seconds + ((i * 37) % 11) / 100, to, port });
    return this;
  }

  /** Somebody else turns to the device. */
  serves(port: number, asked: string, answered: string, at = 5, from = '192.168.1.9'): this {
    const sport = ++this.ports;
    const into = (after: number, flags: string, seq: number, ack: number, data = ''): void =>
      this.send(at + after, false, from, tcp({ sport, dport: port, flags, seq, ack }), data);
    const back = (after: number, flags: string, seq: number, ack: number, data = ''): void =>
      this.send(at + after, true, from, tcp({ sport: port, dport: sport, flags, seq, ack }), data);
    into(0, 'S', 100, 0);
    back(0.01, 'SA', 500, 101);
    into(0.02, 'PA', 101, 501, asked);
    back(0.03, 'PA', 501, 101 + asked.length, answered);
    into(0.04, 'FA', 101 + asked.length, 501 + answered.length);
    back(0.05, 'FA', 501 + answered.length, 102 + asked.length);
    return this;
  }

  async report(options: Partial<TriageOptions> = {}): Promise<TriageReport> {
    const folder = mkdtempSync(join(tmpdir(), 'sonde-house-'));
    try {
      const file = join(folder, 'house.pcap');
      this.packets.sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0));
      writeFileSync(file, pcapFile(this.packets));
      const result = await triage({ files: [file], seed: 1, threads: 1, ...options });
      result.close();
      return result.report;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  async device(): Promise<ReportHost['device']> {
    const { hosts } = await this.report();
    return hosts.find(({ address }) => address === this.address)?.device;
  }
}

/** Cards of makers, by IEEE's registry. */
export const CARD = {
  hikvision: '44:19:b6:12:34:56',
  brother: '00:80:77:12:34:56',
  espressif: '24:0a:c4:12:34:56',
  synology: '00:11:32:12:34:56',
  dell: 'd4:be:d9:12:34:56',
  apple: 'a4:83:e7:12:34:56',
  philips: '00:17:88:12:34:56',
  made: '02:11:22:33:44:55',
} as const;
