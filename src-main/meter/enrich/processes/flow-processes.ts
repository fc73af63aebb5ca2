/**
 * Which program of this machine a flow belongs to. New flows from or to one of its addresses wait for the next look at
 * the system's tables, at most once a second; what is found is handed to the flow when it ends.
 */
import { networkInterfaces } from 'node:os';
import type { FlowProcess } from '../../../../src-shared/domain/flow.ts';
import { parseAddress } from '../../../../src-shared/domain/network.ts';
import { FLOW_EVENT, type FlowBatch, type FlowEventBatch } from '../../flows/types.ts';
import { PROTO } from '../../packets/types.ts';
import { SocketOwners } from './owners.ts';
import { readSockets, wordsKey, type Socket } from './sockets.ts';

const EVERY_MS = 1000;
/** Addresses come and go. */
const ADDRESSES_MS = 10_000;
/** Flows that wait for a look, and that were named and have not ended: of a flood the later ones stay without a name. */
const WAITING_MAX = 4096;
const NAMED_MAX = 131_072;
/** Looks that a flow waits for: a socket may be listed a moment after its first packet. */
const LOOKS = 2;

interface Waiting {
  proto: number;
  own: string;
  port: number;
  peer: string;
  peerPort: number;
  looks: number;
}

export interface FlowProcessesOptions {
  /** The system's files: /proc and /etc/passwd (for tests). */
  root?: string;
  passwd?: string;
  /** Addresses of this machine (for tests). */
  addresses?: () => readonly string[];
  everyMs?: number;
}

/** Whether this system can be asked. */
export function canTellProcesses(platform: NodeJS.Platform = process.platform): boolean {
  return platform === 'linux';
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
}

function keyOf(address: string): string | null {
  const bytes = parseAddress(address.replace(/%.*$/, ''));
  if (!bytes) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return wordsKey(
    [0, 4, 8, 12].map((at) => view.getUint32(at)),
    0,
  );
}

type Hosts = Readonly<{ words: Uint32Array }>;

export class FlowProcesses {
  private readonly root: string;
  private readonly owners: SocketOwners;
  private readonly addresses: () => readonly string[];
  private readonly everyMs: number;
  private own: ReadonlySet<string> = new Set();
  private ownAt = -Infinity;
  /** By the number of the flow. */
  private waiting = new Map<number, Waiting>();
  private readonly named = new Map<number, FlowProcess>();
  private lookedAt = -Infinity;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private closed = false;

  constructor(options: FlowProcessesOptions = {}) {
    this.root = options.root ?? '/proc';
    this.owners = new SocketOwners(this.root, options.passwd ?? '/etc/passwd');
    this.addresses = options.addresses ?? ownAddresses;
    this.everyMs = options.everyMs ?? EVERY_MS;
  }

  /** What the meter saw: flows that open are looked for, those that end get what was found. */
  observe(seen: { events: FlowEventBatch; flows: FlowBatch }, hosts: Hosts): void {
    if (this.closed) return;
    const { kind } = seen.events.columns;
    for (let i = 0; i < seen.events.count; i++) if (kind[i] === FLOW_EVENT.OPEN) this.opened(seen.events, i, hosts);
    this.attach(seen.flows);
    if (this.waiting.size > 0 && !this.timer && !this.looking) this.lookSoon();
  }

  /** Waits for a look that is under way. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.looking;
  }

  /** Looks at once, and waits for it (for tests). */
  async look(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await (this.looking ??= this.lookNow().finally(() => (this.looking = undefined)));
  }

  private opened({ columns: c }: FlowEventBatch, i: number, { words }: Hosts): void {
    const proto = c.proto[i]!;
    if ((proto !== PROTO.TCP && proto !== PROTO.UDP) || this.waiting.size >= WAITING_MAX) return;
    const [orig, resp] = [wordsKey(words, c.origHost[i]! * 4), wordsKey(words, c.respHost[i]! * 4)];
    const own = this.ownNow();
    const from = { proto, own: orig, port: c.origPort[i]!, peer: resp, peerPort: c.respPort[i]!, looks: 0 };
    // Between two programs of this machine, it is named by who began it.
    if (own.has(orig)) this.waiting.set(c.flow[i]!, from);
    else if (own.has(resp)) {
      const to = { ...from, own: resp, port: from.peerPort, peer: orig, peerPort: from.port };
      this.waiting.set(c.flow[i]!, to);
    }
  }

  private attach(flows: FlowBatch): void {
    const { id } = flows.columns;
    if (this.named.size === 0 && this.waiting.size === 0) return;
    for (let row = 0; row < flows.count; row++) {
      const flow = id[row]!;
      this.waiting.delete(flow);
      const process = this.named.get(flow);
      if (!process) continue;
      this.named.delete(flow);
      flows.meta[row] = { ...(flows.meta[row] ?? { service: '', app: '', facts: {} }), process };
    }
  }

  private ownNow(): ReadonlySet<string> {
    const now = performance.now();
    if (now - this.ownAt < ADDRESSES_MS) return this.own;
    this.ownAt = now;
    const keys = this.addresses().map(keyOf);
    return (this.own = new Set(keys.filter((key) => key !== null)));
  }

  private lookSoon(): void {
    const wait = Math.max(0, this.lookedAt + this.everyMs - performance.now());
    this.timer = setTimeout(() => void this.look(), wait);
    this.timer.unref();
  }

  private async lookNow(): Promise<void> {
    this.lookedAt = performance.now();
    const asked = [...this.waiting];
    const sockets = await readSockets(this.root);
    const found = asked.map(([flow, each]): [number, Waiting, Socket | undefined] => [
      flow,
      each,
      sockets.of(each.proto, each.own, each.port, each.peer, each.peerPort),
    ]);
    const owners = await this.owners.of(found.flatMap(([, , socket]) => socket ?? []));
    for (const [flow, each, socket] of found) {
      // It has ended meanwhile.
      if (!this.waiting.has(flow)) continue;
      const owner = socket && owners.get(socket.inode);
      if (owner && this.named.size < NAMED_MAX) this.named.set(flow, owner);
      if (owner || ++each.looks >= LOOKS) this.waiting.delete(flow);
    }
    if (this.waiting.size > 0 && !this.closed) this.lookSoon();
  }
}
