/** The line to the program: a WebSocket that comes back by itself, and a client of the contract for each time it is up. */
import { makeClient } from '../../src-shared/contract/client.ts';
import { contract, type DeskClient } from '../../src-shared/contract/index.ts';
import type { Transport } from '../../src-shared/contract/wire.ts';
import { inCase } from './in-case.ts';

/**
 * connecting: not yet known. open: calls are carried. lost: the program does not answer; it is tried again.
 * signed-out: the program answers, but does not know us.
 */
export type LineState = 'connecting' | 'open' | 'lost' | 'signed-out';

export interface Line {
  readonly state: LineState;
  /** Of the last connection that was open. */
  readonly client: DeskClient | null;
  /** Counts connections: what was asked on an older one is asked again. */
  readonly generation: number;
}

/** What a connection needs of its surroundings; a browser gives it by `browserHost`. */
export interface LineHost {
  open(on: { open(): void; close(): void }): Transport;
  /** Whether the program answers at all. */
  alive(): Promise<boolean>;
  later(ms: number, work: () => void): () => void;
  /** The opened case that is looked at; null (or absent): the desk itself. */
  case?(): string | null;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5000;

export class Connection {
  private readonly host: LineHost;
  private readonly listeners = new Set<() => void>();
  private line: Line = { state: 'connecting', client: null, generation: 0 };
  private wait = FIRST_WAIT_MS;
  private cancelWait: () => void = () => undefined;
  private ended = false;

  constructor(host: LineHost) {
    this.host = host;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  readonly current = (): Line => this.line;

  /** Opens the line, now, whatever was planned. */
  start(): void {
    this.cancelWait();
    let opened = false;
    const transport = this.host.open({
      open: () => {
        opened = true;
        this.wait = FIRST_WAIT_MS;
        this.set({ state: 'open', client, generation: this.line.generation + 1 });
      },
      close: () => void this.closed(opened),
    });
    const client = makeClient(contract, inCase(transport, this.host.case?.() ?? null));
  }

  stop(): void {
    this.ended = true;
    this.cancelWait();
  }

  private async closed(opened: boolean): Promise<void> {
    if (this.ended) return;
    // A refused socket looks like a dead one; only the second does not answer otherwise either.
    const refused = !opened && (await this.host.alive());
    this.set({ ...this.line, state: refused ? 'signed-out' : 'lost' });
    if (refused) return;
    this.cancelWait = this.host.later(this.wait, () => this.start());
    this.wait = Math.min(LONGEST_WAIT_MS, this.wait * 2);
  }

  private set(line: Line): void {
    this.line = line;
    for (const listener of this.listeners) listener();
  }
}
