/** Rules and log lines made by hand, and what the rules say of them. */
import { LogEvent, type Cell, type EventEnds } from '../../../../src-main/detect/signatures/sigma/event.ts';
import { LOGS, type KindId } from '../../../../src-main/detect/signatures/sigma/kinds.ts';
import { SigmaMatch, type SigmaReport } from '../../../../src-main/detect/signatures/sigma/match.ts';
import { holds } from '../../../../src-main/detect/signatures/sigma/node.ts';
import { SigmaIndex } from '../../../../src-main/detect/signatures/sigma/rule-index.ts';
import { SigmaReader, type SigmaSet } from '../../../../src-main/detect/signatures/sigma/set.ts';
import { makeNetworkView } from '../../../../src-main/detect/incidents/network.ts';
import { NO_DEVICES } from '../../../../src-main/detect/devices/none.ts';
import type { BehaviourContext, Finding, Observations } from '../../../../src-main/detect/types.ts';
import { makeFlowBatch, makeFlowEventBatch } from '../../../../src-main/meter/flows/types.ts';
import { HostTable } from '../../../../src-main/meter/hosts.ts';
import type { ProtocolMessage } from '../../../../src-main/meter/protocols/types.ts';
import { makeHostWindowBatch, makePulseBatch } from '../../../../src-main/meter/windows/types.ts';

export const BEGIN = 1_700_000_000;

export function setOf(...texts: string[]): SigmaSet {
  const reader = new SigmaReader();
  for (const [i, text] of texts.entries()) reader.read(text, `rules-${i}.yml`);
  return reader.finish();
}

/** A rule about one log with this `detection`, its lines indented by two. */
export function ruleText(service: string, detection: string, more = ''): string {
  const inside = detection
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
  return `title: A rule\nlogsource:\n  product: zeek\n  service: ${service}\ndetection:\n${inside}\n${more}`;
}

const NO_ENDS: EventEnds = { sec: BEGIN, nano: 0, flow: 1, orig: 1, resp: 2, respPort: 53, names: [] };

export function lineOf(kind: KindId, values: Readonly<Record<string, Cell>>, ends = NO_ENDS): LogEvent {
  const log = LOGS.find(({ id }) => id === kind)!;
  const cells: Cell[] = log.fields.map(() => undefined);
  for (const [name, value] of Object.entries(values)) {
    const field = log.field(name);
    if (field === undefined) throw new Error(`${kind} has no field ${name}`);
    cells[field] = value;
  }
  return new LogEvent(log, cells, ends);
}

/** Whether the only rule of a text holds for a line; its index must agree. */
export function fires(text: string, line: LogEvent): boolean {
  const { rules, refused } = setOf(text);
  const [rule] = rules;
  if (!rule) throw new Error(`refused: ${refused.map(({ key, reason }) => `${key}: ${reason}`).join('; ')}`);
  const isCalled = new SigmaIndex(rules).candidates(line).includes(rule);
  const held = holds(rule.node, line);
  if (held && !isCalled) throw new Error('the index does not call a rule up that holds');
  return held;
}

/** Why a text is refused: "key: reason" of each rule in it. */
export function faults(...texts: string[]): string[] {
  return setOf(...texts).refused.map(({ key, reason }) => `${key}: ${reason}`);
}

export interface Watched {
  report: SigmaReport;
  findings: Finding[];
}

function words(address: string): Uint32Array {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return Uint32Array.of(0, 0, 0xffff, ((a << 24) | (b << 16) | (c << 8) | d) >>> 0);
}

export const CLIENT = '192.168.1.10';
export const SERVER = '203.0.113.5';

/** A run by hand: hosts 1 (the client) and 2 (the server), messages in deliveries. */
export class Bench {
  readonly hosts = new HostTable();
  readonly match: SigmaMatch;
  private readonly findings = new Map<string, Finding>();
  private readonly context: BehaviourContext;

  constructor(...texts: string[]) {
    this.hosts.intern(words(CLIENT), 0);
    this.hosts.intern(words(SERVER), 0);
    this.match = new SigmaMatch(setOf(...texts));
    this.context = {
      hosts: this.hosts,
      network: makeNetworkView(this.hosts),
      devices: NO_DEVICES,
      names: { lookups: 0, lookedUp: () => '', nameOf: () => '' },
      report: (key, finding) => void this.findings.set(key, finding),
      withdraw: (key) => void this.findings.delete(key),
    };
  }

  hear(...messages: ProtocolMessage[]): this {
    this.match.observe(observed(messages), this.context);
    return this;
  }

  /** Of flows that end; `shape` fills its row. */
  end(...ids: number[]): this {
    const seen = observed([]);
    seen.flows.count = ids.length;
    for (const [row, id] of ids.entries()) seen.flows.columns.id[row] = id;
    this.match.observe(seen, this.context);
    return this;
  }

  done(): Watched {
    this.match.finish(this.context);
    return { report: this.match.report(), findings: [...this.findings.values()] };
  }
}

function observed(messages: readonly ProtocolMessage[]): Observations {
  const last = messages.at(-1);
  return {
    events: makeFlowEventBatch(1),
    messages,
    flows: makeFlowBatch(8),
    windows: makeHostWindowBatch(1),
    pulses: makePulseBatch(1),
    now: last?.sec ?? BEGIN,
  };
}
