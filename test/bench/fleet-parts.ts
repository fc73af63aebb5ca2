/** What the fleet's benchmark runs: a Redis server of its own, sensors and workers as they are started by people, and what they cost. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@redis/client';
import { FileRun } from '../../src-main/run/fleet/sensor/file-run.ts';
import { Gatherer } from '../../src-main/run/fleet/sensor/gather.ts';
import { sealBatch } from '../../src-main/run/fleet/wire/seal.ts';
import type { Fleet } from '../setup/fleet-kit.ts';
import { publicText } from '../../src-main/run/fleet/wire/keys.ts';
import { RedisServer } from '../integration/fleet/transport-server.ts';

const CLI = join(import.meta.dirname, '../../src-main/run/cli/main.ts');
/** Of /proc/PID/stat a second: 100 on every Linux that Node runs on. */
const TICKS = 100;
const LOOK_MS = 100;

type Event = Record<string, unknown>;

/** A program of ours, its events, and the processor time it took. */
export class Program {
  readonly events: Event[] = [];
  /** Seconds, as looked at last. */
  processor = 0;
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcess;

  constructor(args: readonly string[], onEvent: (event: Event) => void = () => undefined) {
    const child = (this.child = spawn(process.execPath, [CLI, ...args, '--json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    }));
    let rest = '';
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const event = JSON.parse(line) as Event;
        this.events.push({ ...event, heard: Date.now() });
        onEvent(event);
      }
    });
    const looking = setInterval(() => this.look(), LOOK_MS);
    this.ended = once(child, 'close').then(([code]) => {
      clearInterval(looking);
      return code as number | null;
    });
  }

  event(name: string): Event | undefined {
    return this.events.find(({ event }) => event === name);
  }

  stop(): void {
    this.child.kill('SIGTERM');
  }

  private look(): void {
    const path = `/proc/${this.child.pid}/stat`;
    if (!existsSync(path)) return;
    const fields = readFileSync(path, 'utf8').split(') ')[1]?.split(' ') ?? [];
    if (fields.length > 12) this.processor = (Number(fields[11]) + Number(fields[12])) / TICKS;
  }
}

/** Files of keys: who may send, and who is believed. */
export function writeKeys({ folder, sensors, privateKeys }: Fleet): {
  keys: string[];
  listOf: (some: readonly number[]) => string;
} {
  const keys = sensors.map((name, i) => {
    const path = join(folder, `${name}.pem`);
    writeFileSync(path, privateKeys[i]!.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    return path;
  });
  const listOf = (some: readonly number[]): string => {
    const path = join(folder, `sensors-${some.join('-')}.json`);
    const list = some.map((i) => ({ name: sensors[i]!, key: publicText(privateKeys[i]!) }));
    writeFileSync(path, JSON.stringify({ schema: 'sonde.sensors/1', sensors: list }));
    return path;
  };
  return { keys, listOf };
}

export async function withServer<T>(act: (server: RedisServer) => Promise<T>): Promise<T> {
  const server = await RedisServer.start(['appendfsync everysec']);
  try {
    return await act(server);
  } finally {
    await server.stop();
  }
}

/** Bytes that the server has in use. */
export async function memoryOf(server: RedisServer): Promise<number> {
  const client = createClient({ url: server.url, RESP: 2 });
  await client.connect();
  const info = await client.info('memory');
  client.destroy();
  return Number(/^used_memory:(\d+)/m.exec(info)?.[1]);
}

export interface OnWire {
  flows: number;
  batches: number;
  bytes: number;
  /** Processor time of sealing, ms. */
  sealMs: number;
  sealed: Buffer[];
}

/** A capture as batches of so many cells at most, or of so many events. */
export async function onWire(path: string, fleet: Fleet, cells: number, events: number): Promise<OnWire> {
  const found: OnWire = { flows: 0, batches: 0, bytes: 0, sealMs: 0, sealed: [] };
  const gathering: { by?: Gatherer } = {};
  const flush = (): void => {
    const [body] = gathering.by?.flush() ?? [];
    if (!body || body.rows.heads.length === 0) return;
    const { cell } = run.slicer;
    const head = { sensor: fleet.sensors[0]!, run: 1_773_133_200_555, shard: 0, shards: 1, until: cell, lost: 0 };
    const rest = { sequence: found.batches++, end: false, idle: false };
    const began = process.cpuUsage();
    const sealed = sealBatch({ ...head, ...rest }, body, fleet.privateKeys[0]!, { withPayload: false });
    const { user, system } = process.cpuUsage(began);
    found.sealMs += (user + system) / 1000;
    found.flows += body.rows.flows.count;
    found.bytes += sealed.length;
    found.sealed.push(sealed);
  };
  const run = await FileRun.open({ files: [path], speed: 'max' }, (...slice) => gathering.by?.take(...slice));
  const gatherer = (gathering.by = new Gatherer(run.source.meter.hosts, 1, flush));
  let from = 0;
  while (await run.next()) {
    if (run.slicer.cell - from < cells && gatherer.waiting < events) continue;
    flush();
    from = run.slicer.cell;
  }
  run.finish();
  flush();
  await run.source.close();
  return found;
}
