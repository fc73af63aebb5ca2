/**
 * A fleet on the desk: what its workers tell of incidents goes into the desk's database, and how its sensors and workers do is looked
 * at every two seconds. The server may be away for as long as it likes: what was told meanwhile is read when it is back.
 */
import type { KeyObject } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { FleetState } from '../../../../src-shared/contract/topics/fleet.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { PacketAsker } from '../packets/asker.ts';
import type { Transport } from '../types.ts';
import { Results } from './results.ts';
import { Sensors } from './sensors.ts';
import { SiteKeeper, type SiteKeeperOptions } from './site-keeper.ts';
import { Workers } from './workers.ts';

const LOOK_MS = 2000;
/** After a failure it is tried again after this, ms; soon where only the line was lost. */
const AWAY_MS = 500;
const FAILED_MS = 5000;

/** What a desk is told of its fleet. */
export interface FleetChoice {
  /** Closed with the desk. */
  transport: Transport;
  group: string;
  /** Public keys of the sensors that count. */
  keys: ReadonlyMap<string, KeyObject>;
  /** The desk's own private key, with which it asks sensors for packets; absent: it asks for none. */
  packetsKey?: KeyObject | undefined;
  /** How long a sensor that is asked may say nothing, ms (for tests). */
  packetsWaitMs?: number;
  /** How often it is looked at, ms (for tests). */
  lookMs?: number;
}

export interface FleetDeskOptions extends Omit<SiteKeeperOptions, 'group'>, FleetChoice {
  /** An error that is a bug: returns the message for people. */
  onBug(error: unknown): string;
}

type Trouble = NonNullable<FleetState['trouble']>;
type Part = 'results' | 'health';

export class FleetDesk {
  private readonly options: FleetDeskOptions;
  private readonly keeper: SiteKeeper;
  private readonly results: Results;
  private readonly sensors: Sensors;
  private readonly workers: Workers;
  /** Asks sensors for packets. */
  readonly packets: PacketAsker;
  private readonly stop = new AbortController();
  private readonly listeners = new Set<(state: FleetState) => void>();
  private readonly troubles = new Map<Part, Trouble>();
  private line: { connected: boolean; since: number };
  private running: Promise<unknown> = Promise.resolve();

  constructor(options: FleetDeskOptions) {
    this.options = options;
    const { group, transport, keys, now } = options;
    this.line = { connected: false, since: now() };
    this.keeper = new SiteKeeper(options);
    this.results = new Results({ transport, group, keeper: this.keeper, signal: this.stop.signal });
    this.sensors = new Sensors(keys);
    this.workers = new Workers(group);
    this.packets = new PacketAsker({
      transport,
      key: options.packetsKey,
      sensors: keys,
      isAllowed: (sensor) => this.sensors.isHandingOut(sensor),
      waitMs: options.packetsWaitMs,
    });
  }

  /** To be called once whoever is told is ready: what was told is not told again. */
  begin(): void {
    this.running = Promise.all([this.repeat('results', () => this.read()), this.repeat('health', () => this.look())]);
  }

  /** Calls back with the state after each look, until the function it returns is called. */
  listen(listener: (state: FleetState) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Whether its incidents go into this capture. */
  isWriting(capture: number): boolean {
    return this.keeper.capture === capture;
  }

  state(): FleetState {
    const { options, results, workers, keeper, line, troubles } = this;
    const now = options.now();
    const { refused } = workers;
    return {
      at: now,
      server: options.transport.name,
      group: options.group,
      ...line,
      trouble: troubles.get('results') ?? troubles.get('health') ?? null,
      capture: keeper.capture,
      taken: results.taken,
      refused: { ...Object.fromEntries(results.refused), ...(refused > 0 ? { 'no-worker': refused } : {}) },
      gaps: results.gaps,
      sensors: this.sensors.states(workers.analysed(now), now),
      tooLarge: [...options.transport.tooLarge].map(([key, one]) => ({ key, ...one })),
      workers: workers.states(now, this.sensors.replaying()),
    };
  }

  /** Ends, and closes the way to the server. What was taken is kept by then. */
  async close(): Promise<void> {
    this.stop.abort();
    // Whoever waits for an answer gets none any more.
    await this.options.transport.close();
    await this.running;
  }

  private async read(): Promise<void> {
    if (this.keeper.capture === null) await this.keeper.begin();
    await this.results.next();
  }

  private async look(): Promise<void> {
    const { transport, now, lookMs = LOOK_MS } = this.options;
    await Promise.all([this.sensors.look(transport, now()), this.workers.look(transport, now())]);
    this.connected(true);
    if (this.keeper.isDue) await this.keeper.count(this.workers.figures());
    this.tell();
    await this.pause(lookMs);
  }

  private async repeat(part: Part, act: () => Promise<void>): Promise<void> {
    const { signal } = this.stop;
    while (!signal.aborted) {
      try {
        await act();
        this.troubles.delete(part);
      } catch (error) {
        if (signal.aborted) return;
        await this.failed(part, error);
      }
    }
  }

  private async failed(part: Part, error: unknown): Promise<void> {
    const isOurs = error instanceof SondeError;
    const isLost = isOurs && error.code === 'connection-lost';
    const message = isOurs ? error.message : this.options.onBug(error);
    this.troubles.set(part, { message, cure: isOurs ? error.cure : 'It is tried again; if it stays, report it.' });
    if (isLost) this.connected(false);
    this.tell();
    await this.pause(isLost ? AWAY_MS : FAILED_MS);
  }

  private connected(connected: boolean): void {
    if (this.line.connected !== connected) this.line = { connected, since: this.options.now() };
  }

  private tell(): void {
    if (this.listeners.size === 0) return;
    const state = this.state();
    for (const listener of this.listeners) listener(state);
  }

  private pause(ms: number): Promise<unknown> {
    return wait(ms, undefined, { signal: this.stop.signal }).catch(() => undefined);
  }
}
