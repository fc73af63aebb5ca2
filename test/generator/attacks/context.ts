import { ipText } from '../bytes.ts';
import type { Network } from '../models/network.ts';
import type { Rng } from '../prng.ts';
import type { Host } from '../sim/hosts.ts';
import type { Tag } from '../sim/labels.ts';
import { SECOND, type Sim, type Truth } from '../sim/sim.ts';
import { ACK, RST, SYN } from '../sim/tcp.ts';

/** What a scenario may use: the network, its own random stream, when it may act, and how hard. */
export interface Scene {
  readonly net: Network;
  readonly sim: Sim;
  readonly rng: Rng;
  readonly tag: Tag;
  /** ns from the start of the capture. */
  readonly start: number;
  /** ns it may last. */
  readonly length: number;
  /** 0.1 faint … 1 plain … 3 loud: scales rates and counts. */
  readonly intensity: number;
  readonly heldOut: boolean;
  readonly truth: Truth;
}

export type Scenario = (s: Scene) => void;

/** A user machine, the same for every scenario of this index. */
export function insider(s: Scene, index = s.rng.int(0, 999)): Host {
  const users = s.net.hosts.filter((h) => /^(pc|mac|laptop|phone)\d/.test(h.name));
  return users[index % users.length] ?? s.net.router;
}

/** A local machine by name, or the best substitute in a network without it. */
export function server(s: Scene, ...names: readonly string[]): Host {
  for (const n of names) {
    const h = s.net.byName.get(n);
    if (h !== undefined) return h;
  }
  const others = s.net.hosts.filter((h) => h !== s.net.router && !h.name.startsWith('iot'));
  return others[others.length - 1]!;
}

export const outsider = (s: Scene, name = 'outside'): Host =>
  s.net.remote(name, { os: 'linux', rttMs: s.heldOut ? s.rng.range(60, 180) : s.rng.range(25, 90) }, s.rng);

/** Notes who did it to whom. */
export function cast(s: Scene, sources: readonly Host[], targets: readonly Host[], note: string): void {
  s.truth.sources = sources.map((h) => ipText(h.ip4));
  s.truth.targets = targets.map((h) => ipText(h.ip4));
  s.truth.note = note;
}

/** Runs `act(i)` `count` times, spaced by `gap(i)` ns; the truth's end follows. */
export function series(s: Scene, count: number, gap: (i: number) => number, act: (i: number) => void): void {
  const { sim } = s;
  function* run(): Generator<number, void> {
    for (let i = 0; i < count && sim.now <= s.start + s.length; i++) {
      act(i);
      s.truth.end = Math.max(s.truth.end, sim.now);
      yield sim.now + gap(i);
    }
  }
  sim.spawn(s.start, run());
}

export interface ProbeOptions {
  sport: number;
  flags: number;
  options?: Uint8Array;
  window?: number;
  ack?: number;
  ttl?: number;
  /** Label it as a new flow (default true). */
  label?: boolean;
  tag?: Tag;
}

const SCAN_OPTIONS = Uint8Array.of(2, 4, 5, 0xb4);
export const MSS_OPTION = SCAN_OPTIONS;

/** One bare TCP segment, now. */
export function probe(s: Scene, from: Host, to: Host, dport: number, o: ProbeOptions): number {
  const seq = s.rng.u32();
  if (o.label !== false) s.sim.label(o.tag ?? s.tag, 6, from.ip4, to.ip4, o.sport, dport);
  s.sim.wire.tcp(
    from,
    to,
    false,
    o.sport,
    dport,
    seq,
    o.ack ?? 0,
    o.flags,
    o.window ?? 1024,
    o.options,
    null,
    0,
    0,
    o.ttl ?? from.ttl,
  );
  s.sim.emit();
  return seq;
}

/** How a port answers a SYN: open with SYN/ACK (reset by the prober), closed with RST, filtered with nothing. */
export function answer(
  s: Scene,
  from: Host,
  to: Host,
  sport: number,
  dport: number,
  seq: number,
  how: 'open' | 'closed' | 'filtered',
): void {
  const { sim } = s;
  if (how === 'filtered') return;
  const isn = s.rng.u32();
  sim.at(sim.now + to.rtt + 20_000, () => {
    if (how === 'closed') sim.wire.tcp(to, from, false, dport, sport, 0, (seq + 1) >>> 0, RST | ACK, 0);
    else sim.wire.tcp(to, from, false, dport, sport, isn, (seq + 1) >>> 0, SYN | ACK, 64240, SCAN_OPTIONS);
    sim.emit();
    if (how !== 'open') return;
    sim.at(sim.now + from.rtt, () => {
      sim.wire.tcp(from, to, false, sport, dport, (seq + 1) >>> 0, 0, RST, 0);
      sim.emit();
    });
  });
}

/** A machine that does not exist, at a local address. */
export const absent = (s: Scene, last: number): Host => ({
  ...s.net.router,
  name: `absent-${last}`,
  ip4: Uint8Array.of(...s.net.router.ip4.subarray(0, 3), last),
  ip6: undefined,
  ttl: 64,
});

export const seconds = (n: number): number => n * SECOND;

/** The ports a scanner tries first. */
export const COMMON_PORTS: readonly number[] = [
  80, 23, 443, 21, 22, 25, 3389, 110, 445, 139, 143, 53, 135, 3306, 8080, 1723, 111, 995, 993, 5900, 1025, 587, 8888,
  199, 1720, 465, 548, 113, 81, 6001, 10000, 514, 5060, 179, 1026, 2000, 8443, 8000, 32768, 554, 26, 1433, 49152, 2001,
  515, 8008, 49154, 1027, 5666, 646, 5000, 5631, 631, 49153, 8081, 2049, 88, 79, 5800, 106, 2121, 1110, 49155, 6000,
  513, 990, 5357, 427, 49156, 543, 544, 5101, 144, 7, 389, 8009, 3128, 444, 9999, 5009, 7070, 5190, 3000, 5432, 1900,
  3986, 13, 1029, 9, 5051, 6646, 49157, 1028, 873, 1755, 2717, 4899, 9100, 119, 37,
];
