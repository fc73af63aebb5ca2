/** Building findings: who, what, when, in numbers. */
import type { Evidence, IncidentKind, Severity } from '../../../../src-shared/domain/incident.ts';
import type { Finding, PacketTime } from '../../types.ts';

/** Members a list of a finding holds; the true number stands beside it. */
export const LIST_LIMIT = 1000;
/** Flow ids kept. */
export const FLOW_LIMIT = 10_000;

export interface FindingParts {
  detector: string;
  kind: IncidentKind;
  severity?: Severity;
  /** 0…1; values outside are brought in. */
  confidence: number;
  title: string;
  summary: string;
  sources: Iterable<number>;
  targets: Iterable<number>;
  ports?: Iterable<number>;
  domains?: Iterable<string>;
  /** True numbers where the lists given are cut already. */
  sourcesTotal?: number;
  targetsTotal?: number;
  portsTotal?: number;
  domainsTotal?: number;
  first: PacketTime;
  decided: PacketTime;
  last: PacketTime;
  evidence: Evidence[];
  flows?: FlowIds | readonly number[];
  flowsTotal?: number;
  packets?: number;
  bytes?: number;
  filter?: string;
  technique?: Finding['technique'];
  response?: readonly string[];
}

function cut<T>(items: Iterable<T> | undefined, total: number | undefined): { list: T[]; total: number } {
  const list: T[] = [];
  let seen = 0;
  for (const item of items ?? []) {
    if (seen++ < LIST_LIMIT) list.push(item);
  }
  return { list, total: Math.max(total ?? 0, seen) };
}

/** A complete `Finding`: lists cut to their limits with true totals, optional fields absent rather than undefined. */
export function makeFinding(parts: FindingParts): Finding {
  const sources = cut(parts.sources, parts.sourcesTotal);
  const targets = cut(parts.targets, parts.targetsTotal);
  const ports = cut(parts.ports, parts.portsTotal);
  const domains = cut(parts.domains, parts.domainsTotal);
  const flows = parts.flows instanceof FlowIds ? parts.flows.ids : [...(parts.flows ?? [])].slice(0, FLOW_LIMIT);
  const flowsTotal = parts.flowsTotal ?? (parts.flows instanceof FlowIds ? parts.flows.total : flows.length);
  return {
    detector: parts.detector,
    kind: parts.kind,
    ...(parts.severity === undefined ? {} : { severity: parts.severity }),
    confidence: Math.min(1, Math.max(0, parts.confidence)),
    title: parts.title,
    summary: parts.summary,
    sources: sources.list,
    sourcesTotal: sources.total,
    targets: targets.list,
    targetsTotal: targets.total,
    ports: ports.list,
    portsTotal: ports.total,
    domains: domains.list,
    domainsTotal: domains.total,
    first: parts.first,
    decided: parts.decided,
    last: parts.last,
    evidence: parts.evidence,
    flows: [...flows],
    flowsTotal,
    packets: parts.packets ?? 0,
    bytes: parts.bytes ?? 0,
    ...(parts.filter === undefined ? {} : { filter: parts.filter }),
    ...(parts.technique === undefined ? {} : { technique: parts.technique }),
    ...(parts.response === undefined ? {} : { response: parts.response }),
  };
}

/**
 * One number behind a finding; the text begins with a capital. `expected`: what this host or network was observed to
 * do, or what a standard says is ordinary; null where nothing is known. Thresholds stand in the text ("alarm from N").
 */
export function fact(text: string, value: number, unit: string, expected: number | null = null): Evidence {
  return { fact: text, value, expected, unit };
}

/** The same, where a zero says nothing: no line at all then. */
export function factUnlessZero(text: string, value: number, unit: string, expected: number | null = null): Evidence[] {
  return value === 0 ? [] : [fact(text, value, unit, expected)];
}

/** Flow ids that a case may hold whatever the others hold. */
const FLOWS_OWN = 256;
/** Flow ids that the cases of one behaviour hold together beyond those: 1 MB. */
const FLOWS_SHARED = 1 << 17;

/** How many flow ids a behaviour's cases still have room for, together: a bound for captures that last for days. */
export class FlowRoom {
  private left: number;

  constructor(most = FLOWS_SHARED) {
    this.left = most;
  }

  take(): boolean {
    if (this.left <= 0) return false;
    this.left--;
    return true;
  }

  giveBack(count: number): void {
    this.left += count;
  }
}

/**
 * The first `FLOW_LIMIT` different flow ids, and how many there were. Ids given in a row need not be unique. With a room
 * that is shared: the first 256, and further ones while there is room.
 */
export class FlowIds {
  readonly ids: number[] = [];
  total = 0;
  private readonly limit: number;
  private last = -1;
  private room: FlowRoom | undefined;
  private taken = 0;

  constructor(limit = FLOW_LIMIT) {
    this.limit = limit;
  }

  /** Ids below 0 (no flow) and repeats of the one before are passed over. */
  add(flow: number): void {
    if (flow < 0 || flow === this.last) return;
    this.last = flow;
    this.total++;
    if (this.ids.length >= this.limit) return;
    if (this.room && this.ids.length >= FLOWS_OWN) {
      if (!this.room.take()) return;
      this.taken++;
    }
    this.ids.push(flow);
  }

  /** From now on room is taken from what several share. */
  share(room: FlowRoom): void {
    this.room = room;
  }

  /** Nobody will look at these any more: what was taken of the shared room is free. */
  release(): void {
    this.room?.giveBack(this.taken);
    this.room = undefined;
    this.taken = 0;
  }
}

/** Seconds from one packet time to another. */
export function secondsBetween(from: PacketTime, to: PacketTime): number {
  return to.sec - from.sec + (to.nano - from.nano) / 1e9;
}

export function earlier(a: PacketTime, b: PacketTime): PacketTime {
  return secondsBetween(a, b) >= 0 ? a : b;
}

export function later(a: PacketTime, b: PacketTime): PacketTime {
  return secondsBetween(a, b) >= 0 ? b : a;
}

/** Time of row `row` of any batch with `sec` and `nano` columns. */
export function timeOf(columns: { readonly sec: Float64Array; readonly nano: Uint32Array }, row: number): PacketTime {
  return { sec: columns.sec[row]!, nano: columns.nano[row]! };
}
