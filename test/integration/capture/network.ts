/** A virtual cable for the tests of capturing: one end here, the other in a network namespace of its own. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureHelper, helperPath } from '../../../scripts/lib/native.mjs';
import type { CaptureEvent, CaptureSource, CaptureStatistics } from '../../../src-main/meter/capture/types.ts';

export const ROOT = join(import.meta.dirname, '..', '..', '..');
export const HELPER: string = helperPath(ROOT);

const runs = (program: string, ...args: string[]): boolean =>
  spawnSync(program, args, { stdio: 'ignore' }).status === 0;

/** Why tests of the helper cannot run here; empty where they can. */
export async function whyNoHelper(): Promise<string> {
  if (process.platform !== 'linux') return 'written for Linux';
  return (await ensureHelper(ROOT, process.execPath)) ? '' : 'the capture helper cannot be built here';
}

/** Why tests with a cable cannot run here; empty where they can. */
export async function whyNoCable(): Promise<string> {
  const why = await whyNoHelper();
  if (why !== '') return why;
  if (process.getuid?.() !== 0) return 'this needs root on Linux with network namespaces';
  const name = `sondeprobe${process.pid % 10_000}`;
  if (!runs('ip', 'netns', 'add', name)) return 'this needs root on Linux with network namespaces';
  runs('ip', 'netns', 'del', name);
  return '';
}

export const hasTcpreplay = (): boolean => runs('tcpreplay', '--version');
export const hasSetcap = (): boolean => runs('sh', '-c', 'command -v setcap && command -v setpriv');

const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });

export class Cable {
  /** The end to capture on. */
  readonly name: string;
  /** The other end's namespace, and its name there. */
  readonly namespace: string;
  readonly far = 'far0';

  /** Nothing but what is sent travels on it: no addresses, no IPv6 of the kernel's own. */
  constructor(tag: string) {
    const id = `${tag}${process.pid % 100_000}`;
    this.name = `sd${id}`;
    this.namespace = `sondens${id}`;
    ip('netns', 'add', this.namespace);
    this.plug();
  }

  plug(): void {
    ip(
      'link',
      'add',
      this.name,
      'mtu',
      '65535',
      'type',
      'veth',
      'peer',
      'name',
      this.far,
      'netns',
      this.namespace,
      'mtu',
      '65535',
    );
    for (const [where, name] of [
      [[], this.name],
      [['netns', 'exec', this.namespace], this.far],
    ] as const) {
      const inside = where.length > 0 ? ['ip', ...where] : [];
      const sysctl = `echo 1 > /proc/sys/net/ipv6/conf/${name}/disable_ipv6 2>/dev/null; ip link set ${name} arp off up`;
      execFileSync(inside[0] ?? 'sh', inside[0] ? [...inside.slice(1), 'sh', '-c', sysctl] : ['-c', sysctl]);
    }
  }

  unplug(): void {
    ip('link', 'del', this.name);
  }

  set(...state: string[]): void {
    ip('link', 'set', this.name, ...state);
  }

  /** Sends a capture from the far end, and waits until it has. */
  async replay(path: string, ...options: string[]): Promise<void> {
    const child = this.start('tcpreplay', ['-q', '-i', this.far, ...options, path]);
    const code = await new Promise((resolve) => child.once('close', resolve));
    if (code !== 0) throw new Error(`tcpreplay ended with ${String(code)}`);
  }

  start(program: string, args: readonly string[]): ChildProcess {
    return spawn('ip', ['netns', 'exec', this.namespace, program, ...args], { stdio: 'ignore' });
  }

  remove(): void {
    spawnSync('ip', ['link', 'del', this.name], { stdio: 'ignore' });
    spawnSync('ip', ['netns', 'del', this.namespace], { stdio: 'ignore' });
  }
}

export interface Seen {
  packets: { sec: number; nano: number; wire: number; data: string }[];
  count: number;
  bytes: number;
  statistics: CaptureStatistics[];
  others: CaptureEvent[];
}

/** Reads a source to its end. `keep`: also what was in the packets. */
export async function readAll(source: CaptureSource, keep = false): Promise<Seen> {
  const seen: Seen = { packets: [], count: 0, bytes: 0, statistics: [], others: [] };
  for (let event = await source.next(); event; event = await source.next()) {
    if (event.kind === 'statistics') seen.statistics.push(event.statistics);
    else if (event.kind !== 'packets') seen.others.push(event);
    else {
      const { batch } = event;
      const { offset, captured, sec, nano, wire } = batch.columns;
      seen.count += batch.count;
      for (let i = 0; i < batch.count; i++) {
        seen.bytes += wire[i]!;
        if (!keep) continue;
        const data = Buffer.from(batch.data.subarray(offset[i], offset[i]! + captured[i]!)).toString('base64');
        seen.packets.push({ sec: sec[i]!, nano: nano[i]!, wire: wire[i]!, data });
      }
      source.release(batch);
    }
  }
  return seen;
}

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'sonde-capture-'));
export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true });
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
