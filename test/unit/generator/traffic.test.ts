import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { ipText } from '../../generator/bytes.ts';
import { simulateFlood } from '../../generator/flood.ts';
import { generate, type CaptureSpec, type Generated } from '../../generator/scenario.ts';
import { flowKey, innerChecksumOk, ipOf, labelDifferences, packetsOf } from './packet-view.ts';

const sha = (b: Uint8Array): string => createHash('sha256').update(b).digest('hex');
const SMALL: CaptureSpec = { environment: 'office', seed: 11, hosts: 6, hours: 0.15, volume: 0.05 };
const ATTACKED: CaptureSpec = {
  ...SMALL,
  attacks: ['port-scan/syn:0.1', 'dns-tunnel/txt:0.1', 'arp-spoofing', 'brute-force/ssh:0.1', 'host-sweep/icmp:0.3'],
};

describe('determinism', () => {
  it('gives the same bytes and labels for the same seed, others for another', () => {
    const [a, b] = [generate(ATTACKED), generate(ATTACKED)];
    expect(sha(a.bytes)).toBe(sha(b.bytes));
    expect(a.labels).toEqual(b.labels);
    expect(sha(generate({ ...ATTACKED, seed: 12 }).bytes)).not.toBe(sha(a.bytes));
  });

  it('makes another network of the held-out set', () => {
    const tuning = generate(ATTACKED);
    const held = generate({ ...ATTACKED, set: 'held-out' });
    const locals = (g: Generated): boolean => g.labels.some((l) => l.src.startsWith('192.168.10.'));
    expect([locals(tuning), locals(held)]).toEqual([true, false]);
  });

  it('carries the same packets in every format', () => {
    const counts = (['pcap', 'pcap-ns', 'pcapng'] as const).map((format) => generate({ ...SMALL, format }).packets);
    expect(new Set(counts).size).toBe(1);
  });
});

describe.each(['office', 'home'] as const)('ordinary traffic: %s', (environment) => {
  let g: Generated;
  beforeAll(() => {
    g = generate({
      ...(environment === 'office' ? ATTACKED : SMALL),
      environment,
      hosts: environment === 'home' ? 2 : 6,
    });
  });

  it('has right checksums in every packet', () => {
    const bad: number[] = [];
    let n = 0;
    for (const p of packetsOf(g.bytes)) {
      n++;
      const ip = ipOf(p.data);
      if (ip !== undefined && !(ip.headerOk && (ip.fragment || innerChecksumOk(ip)))) bad.push(n);
    }
    expect(n).toBe(g.packets);
    expect(n).toBeGreaterThan(3000);
    expect(bad).toEqual([]);
  });

  it('never goes back in time and stays within its duration', () => {
    let last = 0n;
    const start = BigInt(g.startSeconds) * 1_000_000_000n;
    for (const p of packetsOf(g.bytes)) {
      expect(p.ts >= last).toBe(true);
      last = p.ts;
    }
    expect(last < start + 540_000_000_000n).toBe(true);
  });

  it('labels every TCP and UDP flow, from its first packet', () => {
    expect(labelDifferences(g)).toEqual({ unlabelled: [], late: [], absent: [] });
  });
});

describe('TCP', () => {
  it('sends each byte once, in order, where nothing is lost', () => {
    const g = generate({
      environment: 'none',
      seed: 5,
      hours: 0.1,
      attacks: ['data-exfiltration/http:0.05', 'brute-force/smb:0.2'],
    });
    const next = new Map<string, number>();
    let segments = 0;
    for (const p of packetsOf(g.bytes)) {
      const ip = ipOf(p.data);
      if (ip?.protocol !== 6) continue;
      const t = ip.inner;
      const key = `${ipText(ip.src)}:${(t[0]! << 8) | t[1]!}>${ipText(ip.dst)}:${(t[2]! << 8) | t[3]!}`;
      const seq = new DataView(t.buffer, t.byteOffset).getUint32(4);
      const flags = t[13]!;
      const length = t.length - (t[12]! >> 4) * 4 + (flags & 2 ? 1 : 0) + (flags & 1 ? 1 : 0);
      if (next.has(key) && !(flags & 4)) expect(seq).toBe(next.get(key));
      next.set(key, (seq + length) >>> 0);
      segments++;
    }
    expect(segments).toBeGreaterThan(2000);
  });
});

describe('benchmark captures', () => {
  it('stops at exactly the packets asked for', () => {
    expect(generate({ environment: 'enterprise', seed: 1, hosts: 20, volume: 0.2, maxPackets: 4321 }).packets).toBe(
      4321,
    );
  });

  it('floods with flows of one packet, no two alike', () => {
    const sim = simulateFlood(20_000, 3, { format: 'pcapng' });
    const keys = new Set<string>();
    for (const chunk of sim.chunks()) for (const p of packetsOf(chunk)) keys.add(flowKey(p.data)!);
    expect(sim.output.packets).toBe(20_000);
    expect(keys.size).toBe(20_000);
  });
});
