import { ipText } from '../bytes.ts';

/** What a flow is: a kind of incident, or `benign`; and the id of the scenario that made it. */
export interface Tag {
  readonly kind: string;
  readonly scenario: string;
}

/** One labelled flow. For ICMP the ports are type and code; for ARP they are 0. */
export interface FlowLabel {
  src: string;
  dst: string;
  sport: number;
  dport: number;
  proto: 'tcp' | 'udp' | 'icmp' | 'icmp6' | 'arp' | 'igmp' | 'other';
  /** ns from the start of the capture. */
  start: number;
  kind: string;
  scenario: string;
}

const PROTO: Readonly<Record<number, FlowLabel['proto']>> = {
  0: 'arp',
  1: 'icmp',
  2: 'igmp',
  6: 'tcp',
  17: 'udp',
  58: 'icmp6',
};
const ROW = 16 + 16 + 1 + 1;

/** Labels as columns: about 50 bytes a flow, so that floods can be labelled too. */
export class LabelTable {
  private addresses = new Uint8Array(ROW * 1024);
  private numbers = new Float64Array(3 * 1024);
  private tags: Tag[] = [];
  private tagIndex = new Map<Tag, number>();
  length = 0;

  add(tag: Tag, start: number, proto: number, src: Uint8Array, dst: Uint8Array, sport: number, dport: number): void {
    if ((this.length + 1) * ROW > this.addresses.length) {
      const addresses = new Uint8Array(this.addresses.length * 2);
      addresses.set(this.addresses);
      this.addresses = addresses;
      const numbers = new Float64Array(this.numbers.length * 2);
      numbers.set(this.numbers);
      this.numbers = numbers;
    }
    let index = this.tagIndex.get(tag);
    if (index === undefined) {
      index = this.tags.length;
      this.tags.push(tag);
      this.tagIndex.set(tag, index);
    }
    const at = this.length * ROW;
    this.addresses.set(src, at);
    this.addresses.set(dst, at + 16);
    this.addresses[at + 32] = proto;
    this.addresses[at + 33] = src.length;
    const n = this.length * 3;
    this.numbers[n] = start;
    this.numbers[n + 1] = sport * 65536 + dport;
    this.numbers[n + 2] = index;
    this.length++;
  }

  row(i: number): FlowLabel {
    const at = i * ROW;
    const size = this.addresses[at + 33]!;
    const ports = this.numbers[i * 3 + 1]!;
    const tag = this.tags[this.numbers[i * 3 + 2]!]!;
    return {
      src: ipText(this.addresses.subarray(at, at + size)),
      dst: ipText(this.addresses.subarray(at + 16, at + 16 + size)),
      sport: Math.floor(ports / 65536),
      dport: ports % 65536,
      proto: PROTO[this.addresses[at + 32]!] ?? 'other',
      start: this.numbers[i * 3]!,
      kind: tag.kind,
      scenario: tag.scenario,
    };
  }

  rows(): FlowLabel[] {
    return Array.from({ length: this.length }, (_, i) => this.row(i));
  }

  /** The `.labels.csv` text, in pieces. `start` is seconds since 1970 with nine decimals. */
  *csv(baseSeconds: number): Generator<string> {
    yield 'src,sport,dst,dport,proto,start,label,kind,scenario\n';
    let text = '';
    for (let i = 0; i < this.length; i++) {
      const r = this.row(i);
      const seconds = baseSeconds + Math.floor(r.start / 1e9);
      const nanos = String(Math.floor(r.start % 1e9)).padStart(9, '0');
      const label = r.kind === 'benign' ? 'benign' : 'attack';
      text += `${r.src},${r.sport},${r.dst},${r.dport},${r.proto},${seconds}.${nanos},${label},${r.kind},${r.scenario}\n`;
      if (text.length > 1_000_000) {
        yield text;
        text = '';
      }
    }
    yield text;
  }
}
