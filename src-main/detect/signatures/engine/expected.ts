/** Connections that others announced (files over FTP): found by who waits for them, and forgotten when they are late. */
import type { Direction, Expected } from '../app/types.ts';
import type { RuleFlow } from '../flow/flow.ts';

/** Waited for at once; the oldest is forgotten first. */
const MOST = 4096;
/** Seconds until nobody waits any more. */
const PATIENCE = 300;

interface Waiting {
  readonly expected: Expected;
  readonly since: number;
}

const hostOf = ({ addresses }: RuleFlow, side: Direction): string =>
  addresses.subarray(side * 4, side * 4 + 4).join('.');

const keyOf = (listener: string, port: number, caller: string): string => `${listener} ${port} ${caller}`;

export class ExpectedFlows {
  private readonly waiting = new Map<string, Waiting>();
  /** Ports that were ever announced: most connections go to others. */
  private readonly ports = new Set<number>();

  /** What one flow announced. Sides are those of the flow to come from here on: who waits is its server. */
  add(flow: RuleFlow, expected: Expected): void {
    const { listener } = expected;
    const caller: Direction = listener === 0 ? 1 : 0;
    const key = keyOf(hostOf(flow, listener), expected.port, hostOf(flow, caller));
    this.waiting.delete(key);
    if (this.waiting.size >= MOST) this.waiting.delete(this.waiting.keys().next().value!);
    const sender: Direction = expected.sender === listener ? 1 : 0;
    this.ports.add(expected.port);
    this.waiting.set(key, { expected: { ...expected, listener: 1, sender }, since: flow.last });
  }

  /** What a flow that begins to talk was announced as. */
  take(flow: RuleFlow): Expected | undefined {
    if (!this.ports.has(flow.serverPort)) return undefined;
    const key = keyOf(hostOf(flow, 1), flow.serverPort, hostOf(flow, 0));
    const one = this.waiting.get(key);
    if (one === undefined) return undefined;
    this.waiting.delete(key);
    return flow.last - one.since <= PATIENCE ? one.expected : undefined;
  }
}
