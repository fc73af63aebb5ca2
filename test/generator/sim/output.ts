import { PcapngBuilder } from '../write/pcapng.ts';
import { pcapHeader } from '../write/pcap.ts';

export interface OutputOptions {
  format?: 'pcap' | 'pcap-ns' | 'pcapng';
  snaplen?: number;
  /** pcapng: what the interface is called. */
  interfaceName?: string;
}

const CHUNK = 4 * 1024 * 1024;
const MARGIN = 128 * 1024;

/**
 * Packs packets into capture records in one reused buffer, little endian. Costs one copy of the packet and no object.
 * `full()` tells when to hand over `take()`, whose bytes are valid until the next packet.
 */
export class Output {
  private readonly buffer = new Uint8Array(CHUNK + MARGIN);
  private readonly view = new DataView(this.buffer.buffer);
  private at = 0;
  private readonly pcapng: boolean;
  private readonly divisor: number;
  private readonly baseSeconds: number;
  private readonly baseHigh: number;
  private readonly baseLow: number;
  private readonly snaplen: number;
  packets = 0;
  bytes = 0;

  constructor(baseSeconds: number, o: OutputOptions = {}) {
    this.baseSeconds = baseSeconds;
    this.pcapng = (o.format ?? 'pcapng') === 'pcapng';
    this.divisor = o.format === 'pcap' ? 1000 : 1;
    this.snaplen = o.snaplen ?? 262144;
    const base = BigInt(baseSeconds) * 1_000_000_000n;
    this.baseHigh = Number(base >> 32n);
    this.baseLow = Number(base & 0xffffffffn);
    const header = this.pcapng
      ? new PcapngBuilder()
          .section({
            options: [
              { code: 3, value: 'generated' },
              { code: 4, value: 'Sonde traffic generator' },
            ],
          })
          .interface({ tsresol: 9, snaplen: this.snaplen, name: o.interfaceName ?? 'mirror0' })
          .bytes()
      : pcapHeader({ precision: o.format === 'pcap-ns' ? 'ns' : 'us', snaplen: this.snaplen });
    this.buffer.set(header);
    this.at = header.length;
  }

  /** Adds a packet seen `time` ns after the start. */
  packet(time: number, data: Uint8Array, length: number): void {
    const { view, buffer } = this;
    const captured = length > this.snaplen ? this.snaplen : length;
    let at = this.at;
    if (this.pcapng) {
      const padding = (4 - (captured & 3)) & 3;
      const total = 32 + captured + padding;
      const low = this.baseLow + (time % 4294967296);
      view.setUint32(at, 6, true);
      view.setUint32(at + 4, total, true);
      view.setUint32(at + 8, 0, true);
      view.setUint32(at + 12, this.baseHigh + Math.floor(time / 4294967296) + (low >= 4294967296 ? 1 : 0), true);
      view.setUint32(at + 16, low >>> 0, true);
      view.setUint32(at + 20, captured, true);
      view.setUint32(at + 24, length, true);
      at += 28;
      buffer.set(data.subarray(0, captured), at);
      at += captured;
      for (let i = 0; i < padding; i++) buffer[at++] = 0;
      view.setUint32(at, total, true);
      this.at = at + 4;
    } else {
      view.setUint32(at, this.baseSeconds + Math.floor(time / 1e9), true);
      view.setUint32(at + 4, Math.floor((time % 1e9) / this.divisor), true);
      view.setUint32(at + 8, captured, true);
      view.setUint32(at + 12, length, true);
      buffer.set(data.subarray(0, captured), at + 16);
      this.at = at + 16 + captured;
    }
    this.packets++;
    this.bytes += length;
  }

  full(): boolean {
    return this.at >= CHUNK;
  }

  take(): Uint8Array {
    const chunk = this.buffer.subarray(0, this.at);
    this.at = 0;
    return chunk;
  }
}
