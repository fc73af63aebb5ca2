/**
 * A capture of so many flows for `npm run bench:desk`: two packets for each UDP flow, four for each TCP flow, between
 * 250 inner and 4,000 outer hosts over six hours. The same number gives the same bytes.
 */
import { closeSync, openSync, renameSync, writeSync } from 'node:fs';
import { Rng } from '../generator/prng.ts';

const HEADER = 24;
const RECORD = 16;
const FRAME = 60;
const CHUNK = 1 << 20;
const SECONDS = 6 * 3600;
const START = 1_773_133_200;
const INNER = 250;
const OUTER = 4000;
const SERVICES = [53, 80, 123, 443, 443, 443, 22, 445, 993, 8080];
const UDP_PORTS = new Set([53, 123]);
const [SYN, SYN_ACK, FIN_ACK] = [0x02, 0x12, 0x11];

class Writer {
  private readonly file: number;
  private readonly bytes = Buffer.alloc(CHUNK);
  private at = 0;

  constructor(path: string) {
    this.file = openSync(path, 'w');
    const head = Buffer.alloc(HEADER);
    head.writeUInt32LE(0xa1b2c3d4, 0);
    head.writeUInt16LE(2, 4);
    head.writeUInt16LE(4, 6);
    head.writeUInt32LE(262_144, 16);
    head.writeUInt32LE(1, 20);
    writeSync(this.file, head);
  }

  packet(
    seconds: number,
    source: number,
    target: number,
    sport: number,
    dport: number,
    flags: number,
    seq: number,
  ): void {
    if (this.at + RECORD + FRAME > CHUNK) this.flush();
    const { bytes, at } = this;
    bytes.fill(0, at, at + RECORD + FRAME);
    bytes.writeUInt32LE(Math.floor(seconds), at);
    bytes.writeUInt32LE(Math.floor((seconds % 1) * 1e6), at + 4);
    bytes.writeUInt32LE(FRAME, at + 8);
    bytes.writeUInt32LE(FRAME, at + 12);
    const f = at + RECORD;
    bytes.writeUInt16BE(0x0800, f + 12);
    bytes.writeUInt8(0x45, f + 14);
    bytes.writeUInt16BE(FRAME - 14, f + 16);
    bytes.writeUInt8(64, f + 22);
    bytes.writeUInt8(flags === 0 ? 17 : 6, f + 23);
    bytes.writeUInt32BE(source, f + 26);
    bytes.writeUInt32BE(target, f + 30);
    bytes.writeUInt16BE(sport, f + 34);
    bytes.writeUInt16BE(dport, f + 36);
    if (flags === 0) bytes.writeUInt16BE(FRAME - 34, f + 38);
    else {
      bytes.writeUInt32BE(seq, f + 38);
      bytes.writeUInt8(0x50, f + 46);
      bytes.writeUInt8(flags, f + 47);
      bytes.writeUInt16BE(1024, f + 48);
    }
    this.at += RECORD + FRAME;
  }

  close(): void {
    this.flush();
    closeSync(this.file);
  }

  private flush(): void {
    writeSync(this.file, this.bytes, 0, this.at);
    this.at = 0;
  }
}

/** Writes `path` whole or not at all. */
export function makeDeskCapture(path: string, flows: number): void {
  const random = new Rng(7);
  const below = (n: number): number => random.u32() % n;
  const out = new Writer(`${path}.part`);
  for (let i = 0; i < flows; i++) {
    const at = START + (i / flows) * SECONDS;
    const inner = (0x0a010000 + 1 + below(INNER)) >>> 0;
    const outer = (0x2d000000 + below(OUTER) * 257) >>> 0;
    const service = SERVICES[below(SERVICES.length)]!;
    // Every flow its own pair of ports and hosts: the counter is in the source port and, beyond it, in the host.
    const sport = 1024 + (i % 64_000);
    if (UDP_PORTS.has(service)) {
      out.packet(at, inner, outer, sport, service, 0, 0);
      out.packet(at + 0.01, outer, inner, service, sport, 0, 0);
      continue;
    }
    const refused = below(20) === 0;
    out.packet(at, inner, outer, sport, service, SYN, 100);
    if (refused) continue;
    out.packet(at + 0.01, outer, inner, service, sport, SYN_ACK, 900);
    out.packet(at + 0.02, inner, outer, sport, service, FIN_ACK, 101);
    out.packet(at + 0.03, outer, inner, service, sport, FIN_ACK, 901);
  }
  out.close();
  renameSync(`${path}.part`, path);
}
