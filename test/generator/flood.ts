import type { Host } from './sim/hosts.ts';
import { host } from './sim/hosts.ts';
import type { Tag } from './sim/labels.ts';
import type { Process } from './sim/queue.ts';
import { HOUR, SECOND, Sim } from './sim/sim.ts';
import { SYN } from './sim/tcp.ts';
import type { OutputOptions } from './sim/output.ts';

const MSS = Uint8Array.of(2, 4, 5, 0xb4);

/**
 * `count` flows of one packet each: every second one from a spoofed source to one victim, the others a scan of many
 * addresses and ports by one machine. The worst a flow table meets; 100,000 packets a second.
 */
class Flood implements Process {
  private readonly sim: Sim;
  private readonly victim: Host;
  private readonly scanner: Host;
  private readonly spoofed: Host;
  private readonly scanned: Host;
  private readonly flood: Tag = { kind: 'dos-flood', scenario: 'flood#1' };
  private readonly scan: Tag = { kind: 'port-scan', scenario: 'scan#2' };
  private readonly count: number;
  private i = 0;

  constructor(sim: Sim, count: number) {
    this.sim = sim;
    this.count = count;
    const gateway = '24:a4:3c:00:00:01';
    this.victim = host({ name: 'victim', mac: 'd4:be:d9:00:00:02', ip4: '192.168.10.13' });
    this.scanner = host({ name: 'scanner', mac: gateway, ip4: '45.83.12.9', hops: 11 });
    this.spoofed = {
      ...host({ name: 'spoofed', mac: gateway, ip4: new Uint8Array(4), hops: 9 }),
      ip4: new Uint8Array(4),
    };
    this.scanned = {
      ...host({ name: 'scanned', mac: 'd4:be:d9:00:00:03', ip4: new Uint8Array(4) }),
      ip4: new Uint8Array(4),
    };
  }

  step(): number {
    const { sim, i } = this;
    const r = sim.rng.u32();
    const k = i >> 1;
    if (i & 1) {
      // Every (address, port) pair of the scan is another flow: ports change fastest.
      this.scanned.ip4.set([192, 168, 10 + ((k >> 24) & 63), 1 + (((k / 65535) | 0) % 254)]);
      const port = 1 + (k % 65535);
      sim.label(this.scan, 6, this.scanner.ip4, this.scanned.ip4, 40000, port);
      sim.wire.tcp(this.scanner, this.scanned, false, 40000, port, r, 0, SYN, 1024, MSS);
    } else {
      const a = this.spoofed.ip4;
      // The index is mixed into the address, so that no two spoofed flows are the same.
      a[0] = 11 + ((k >>> 16) % 80);
      a[1] = r & 255;
      a[2] = (k >>> 8) & 255;
      a[3] = k & 255;
      const sport = 1024 + ((r >>> 8) % 64000);
      sim.label(this.flood, 6, a, this.victim.ip4, sport, 80);
      sim.wire.tcp(this.spoofed, this.victim, false, sport, 80, r, 0, SYN, 512, MSS);
    }
    sim.emit();
    return ++this.i >= this.count ? -1 : i * 10_000 + (r & 8191);
  }
}

/** A simulation of nothing but the flood. */
export function simulateFlood(count: number, seed: number, o: OutputOptions & { labels?: boolean } = {}): Sim {
  const sim = new Sim({ ...o, seed, startSeconds: 1773136800, duration: HOUR * 24 });
  sim.start(0.001 * SECOND, new Flood(sim, count));
  return sim;
}
