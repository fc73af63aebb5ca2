/** Building findings: who, what, when, in numbers. */
import type { Evidence, IncidentKind, Severity } from '../../../../src-shared/domain/incident.ts';
import { withoutSecrets } from '../../../meter/protocols/secrets.ts';
import type { Finding, PacketTime } from '../../types.ts';
import { FLOW_LIMIT, FlowIds } from './flow-ids.ts';

/** Members a list of a finding holds; the true number stands beside it. */
export const LIST_LIMIT = 1000;

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
  advice?: readonly string[];
}

function cut<T>(items: Iterable<T> | undefined, total: number | undefined): { list: T[]; total: number } {
  const list: T[] = [];
  let seen = 0;
  for (const item of items ?? []) {
    if (seen++ < LIST_LIMIT) list.push(item);
  }
  return { list, total: Math.max(total ?? 0, seen) };
}

/** A complete `Finding`: text without secrets, lists cut to their limits with true totals, optional fields absent rather than undefined. */
export function makeFinding(parts: FindingParts): Finding {
  const sources = cut(parts.sources, parts.sourcesTotal);
  const targets = cut(parts.targets, parts.targetsTotal);
  const ports = cut(parts.ports, parts.portsTotal);
  const domains = cut(parts.domains, parts.domainsTotal);
  const flows = parts.flows instanceof FlowIds ? parts.flows.list() : [...(parts.flows ?? [])].slice(0, FLOW_LIMIT);
  const flowsTotal = parts.flowsTotal ?? (parts.flows instanceof FlowIds ? parts.flows.total : flows.length);
  return {
    detector: parts.detector,
    kind: parts.kind,
    ...(parts.severity === undefined ? {} : { severity: parts.severity }),
    confidence: Math.min(1, Math.max(0, parts.confidence)),
    title: withoutSecrets(parts.title),
    summary: withoutSecrets(parts.summary),
    sources: sources.list,
    sourcesTotal: sources.total,
    targets: targets.list,
    targetsTotal: targets.total,
    ports: ports.list,
    portsTotal: ports.total,
    domains: domains.list.map(withoutSecrets),
    domainsTotal: domains.total,
    first: parts.first,
    decided: parts.decided,
    last: parts.last,
    evidence: parts.evidence.map((one) => ({ ...one, fact: withoutSecrets(one.fact) })),
    flows,
    flowsTotal,
    packets: parts.packets ?? 0,
    bytes: parts.bytes ?? 0,
    ...(parts.filter === undefined ? {} : { filter: parts.filter }),
    ...(parts.technique === undefined ? {} : { technique: parts.technique }),
    ...(parts.response === undefined ? {} : { response: parts.response }),
    ...(parts.advice === undefined ? {} : { advice: parts.advice }),
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
