/** What is known of each host, and how much it should worry anyone. */
import { HOME_KINDS, WORK_KINDS, type DeviceKind, type HostDevice } from '../../../src-shared/domain/device-kinds.ts';
import type { Severity } from '../../../src-shared/domain/incident.ts';
import type { ReportHost } from '../../../src-shared/domain/report.ts';
import { makeColumns, growColumns, type Columns } from '../../meter/columns.ts';
import { CONN_STATES, type FlowBatch } from '../../meter/flows/types.ts';
import { isIPv4, type HostTable } from '../../meter/hosts.ts';
import type { BuiltIncident } from './build.ts';
import type { RoleOf } from './expected-work.ts';
import { HOUSE_HOSTS, type NetworkFacts } from './profile.ts';

const statsSchema = {
  flows: 'f64',
  bytesOut: 'f64',
  bytesIn: 'f64',
  opened: 'u32',
  answered: 'u32',
  /** Flows it opened that were answered. */
  heard: 'u32',
  anomalous: 'u32',
  /** Bits of `SERVICE_ROLES`. */
  roles: 'u32',
} as const;

/** Services whose provider has a name of its own; a host that answers any other is a plain server. */
const SERVICE_ROLES: readonly (readonly [service: string, role: string])[] = [
  ['dns', 'dns-server'],
  ['dhcp', 'dhcp-server'],
  ['http', 'web-server'],
  ['ssl', 'tls-server'],
  ['ssh', 'ssh-server'],
  ['smb', 'file-server'],
  ['krb', 'domain-controller'],
  ['krb_tcp', 'domain-controller'],
  ['ldap_tcp', 'directory-server'],
  ['ldap_udp', 'directory-server'],
  ['smtp', 'mail-server'],
  ['ntp', 'time-server'],
  ['ftp', 'ftp-server'],
  ['rdp', 'remote-desktop'],
];

const bitOf = (...roles: readonly string[]): number =>
  SERVICE_ROLES.reduce((bits, [, role], bit) => (roles.includes(role) ? bits | (1 << bit) : bits), 0);
const DIRECTORY = bitOf('domain-controller', 'directory-server');
const FILES = bitOf('file-server');

/** 0: IPv4, 1: link-local IPv6, 2: other IPv6. */
function addressKind(words: Uint32Array, at: number): 0 | 1 | 2 {
  if (isIPv4(words, at)) return 0;
  return words[at]! >>> 22 === 0xfe80 >>> 6 ? 1 : 2;
}

/** The /24 of an IPv4 address, the /64 of another; all of link-local IPv6 is one. */
function subnetOf(words: Uint32Array, at: number, kind: 0 | 1 | 2): string {
  if (kind === 0) return String(words[at + 3]! >>> 8);
  return kind === 1 ? '' : `${words[at]} ${words[at + 1]}`;
}

/** Weight of an incident in its source's risk. */
const SEVERITY_WEIGHT: Readonly<Record<Severity, number>> = { critical: 0.95, warning: 0.6, info: 0.15 };
/** The victim of an attack matters too, a little less than who does it. */
const TARGET_WEIGHT = 0.8;
/** The share of one among many actors or victims fades with the square root of their number beyond these. */
const FEW_SOURCES = 3;
const FEW_TARGETS = 1;
/** Most risk that anomalous flows alone can give. */
const ANOMALY_CEILING = 0.3;

/** Counts over all flows, by host id. */
export class HostStats {
  columns: Columns<typeof statsSchema> = makeColumns(statsSchema, 1024);
  private capacity = 1024;

  /** Adds the rows of a batch of ended flows. */
  add(batch: FlowBatch): void {
    const c = batch.columns;
    for (let row = 0; row < batch.count; row++) {
      const orig = c.origHost[row]!;
      const resp = c.respHost[row]!;
      this.reserve(Math.max(orig, resp));
      this.count(orig, c.origIpBytes[row]!, c.respIpBytes[row]!);
      this.count(resp, c.respIpBytes[row]!, c.origIpBytes[row]!);
      this.columns.opened[orig]!++;
      if (c.respPkts[row]! === 0 || !answered(c.connState[row]!)) continue;
      this.columns.heard[orig]!++;
      this.serve(resp, batch.meta[row]?.service ?? '');
    }
  }

  /** Marks one flow of this host as anomalous. */
  anomaly(host: number): void {
    this.reserve(host);
    this.columns.anomalous[host]!++;
  }

  private count(host: number, out: number, into: number): void {
    this.columns.flows[host]!++;
    this.columns.bytesOut[host]! += out;
    this.columns.bytesIn[host]! += into;
  }

  private serve(host: number, service: string): void {
    this.columns.answered[host]!++;
    if (service === '') return;
    const named = service.split(',');
    // A ticket shown to a file server is Kerberos too; it makes it no domain controller.
    const names = named.includes('gssapi') ? named.filter((name) => name !== 'krb') : named;
    SERVICE_ROLES.forEach(([name], bit) => {
      if (names.includes(name)) this.columns.roles[host]! |= 1 << bit;
    });
  }

  private reserve(host: number): void {
    if (host < this.capacity) return;
    while (this.capacity <= host) this.capacity *= 2;
    this.columns = growColumns(statsSchema, this.columns, this.capacity);
  }

  /**
   * What tells environments apart, over the hosts that are ours and took part in a conversation. A machine has addresses
   * of several kinds (IPv4, link-local, other IPv6): it is counted among those of the kind that has most.
   */
  networkFacts(
    isOurs: (host: number) => boolean,
    hosts: HostTable,
    deviceOf: HostsKnown['deviceOf'] = () => undefined,
  ): NetworkFacts {
    const c = this.columns;
    const kinds = Array.from({ length: 3 }, (): NetworkFacts => ({
      ours: 0,
      servers: 0,
      directories: 0,
      fileServers: 0,
      subnets: 0,
    }));
    const subnets = kinds.map(() => new Map<string, number>());
    const machines = kinds.map((): number[] => []);
    for (let host = 1; host <= hosts.size && host < this.capacity; host++) {
      if ((c.answered[host]! === 0 && c.heard[host]! === 0) || !isOurs(host)) continue;
      const kind = addressKind(hosts.words, host * 4);
      const facts = kinds[kind]!;
      facts.ours++;
      if (machines[kind]!.length <= HOUSE_HOSTS) machines[kind]!.push(host);
      const subnet = subnetOf(hosts.words, host * 4, kind);
      const members = (subnets[kind]!.get(subnet) ?? 0) + 1;
      subnets[kind]!.set(subnet, members);
      if (members === 2) facts.subnets++;
      if (c.answered[host]! > 0) facts.servers++;
      if (c.roles[host]! & DIRECTORY) facts.directories++;
      if (c.roles[host]! & FILES) facts.fileServers++;
    }
    const largest = machines.reduce((most, one) => (one.length > most.length ? one : most));
    const all = kinds.reduce((most, one) => ({
      ours: Math.max(most.ours, one.ours),
      servers: Math.max(most.servers, one.servers),
      directories: Math.max(most.directories, one.directories),
      fileServers: Math.max(most.fileServers, one.fileServers),
      subnets: Math.max(most.subnets, one.subnets),
    }));
    return largest.length > HOUSE_HOSTS ? all : { ...all, mix: mixOf(largest, deviceOf) };
  }

  /** It answered somebody, or was answered. */
  tookPart(host: number): boolean {
    return host < this.capacity && (this.columns.answered[host]! > 0 || this.columns.heard[host]! > 0);
  }

  /** Roles in a fixed order. */
  roles(host: number): string[] {
    if (host >= this.capacity) return [];
    const c = this.columns;
    const roles = c.opened[host]! > 0 ? ['client'] : [];
    if (c.answered[host]! > 0) roles.push('server');
    SERVICE_ROLES.forEach(([, role], bit) => {
      if (c.roles[host]! & (1 << bit) && !roles.includes(role)) roles.push(role);
    });
    return roles;
  }
}

const REJECTED: ReadonlySet<string> = new Set(['REJ', 'RSTOS0', 'RSTRH', 'S0', 'SH', 'SHR']);
const ANSWERED = CONN_STATES.map((state) => !REJECTED.has(state));
const answered = (state: number): boolean => ANSWERED[state] ?? false;

const among = (total: number, few: number): number => (total <= few ? 1 : 1 / Math.sqrt(total - few + 1));

interface Risk {
  safe: number;
  uids: string[];
}

function addRisk(risks: Map<number, Risk>, host: number, weight: number, uid: string): void {
  const known = risks.get(host) ?? { safe: 1, uids: [] };
  known.safe *= 1 - weight;
  if (known.uids.at(-1) !== uid) known.uids.push(uid);
  risks.set(host, known);
}

/**
 * Risk by host id: 1 − Π (1 − weight × confidence) over the incidents it takes part in, as independent reasons for
 * concern; at most 0.3 from anomalous flows that belong to no incident.
 */
function incidentRisks(incidents: readonly BuiltIncident[]): Map<number, Risk> {
  const risks = new Map<number, Risk>();
  for (const { incident, sourceHosts, targetHosts } of incidents) {
    const weight = SEVERITY_WEIGHT[incident.severity] * (0.5 + incident.confidence / 2);
    const asSource = weight * among(incident.sourcesTotal, FEW_SOURCES);
    const asTarget = weight * TARGET_WEIGHT * among(incident.targetsTotal, FEW_TARGETS);
    for (const host of sourceHosts) addRisk(risks, host, asSource, incident.uid);
    for (const host of targetHosts) addRisk(risks, host, asTarget, incident.uid);
  }
  return risks;
}

const round = (value: number): number => Math.round(value * 1e4) / 1e4;

/** What someone says it is comes before what it was seen to do. */
function rolesOf(host: number, stats: HostStats, known: string): string[] {
  const seen = stats.roles(host);
  return known === '' ? seen : [known, ...seen.filter((role) => role !== known)];
}

function mixOf(
  hosts: readonly number[],
  deviceOf: NonNullable<HostsKnown['deviceOf']>,
): { home: number; work: number } {
  const kinds = hosts.map((host) => deviceOf(host)?.kind ?? 'unknown');
  const among = (some: ReadonlySet<DeviceKind>): number => kinds.filter((kind) => some.has(kind)).length;
  return { home: among(HOME_KINDS), work: among(WORK_KINDS) };
}

export interface HostsKnown {
  roleOf?: RoleOf;
  /** Undefined for hosts that are none of ours. */
  deviceOf?: (host: number) => HostDevice | undefined;
}

const withDevice = (device: HostDevice | undefined): { device?: HostDevice } => (device ? { device } : {});

export type RankedHost = ReportHost & { host: number };

/** The `limit` riskiest hosts with their ids; hosts of equal risk by bytes, then by first sight. */
export function rankHosts(...asked: Parameters<typeof rankedHosts>): RankedHost[] {
  return [...rankedHosts(...asked)];
}

/** The same, one after another: of a flood there are hundreds of thousands. */
export function* rankedHosts(
  hosts: HostTable,
  stats: HostStats,
  incidents: readonly BuiltIncident[],
  limit: number,
  { roleOf = () => undefined, deviceOf = () => undefined }: HostsKnown = {},
): Generator<RankedHost> {
  const risks = incidentRisks(incidents);
  const c = stats.columns;
  const ranked: { host: number; risk: number; bytes: number }[] = [];
  for (let host = 1; host <= hosts.size; host++) {
    const seen = host < c.flows.length;
    const share = seen && c.flows[host]! > 0 ? c.anomalous[host]! / c.flows[host]! : 0;
    const own = risks.get(host)?.safe ?? 1;
    const risk = 1 - own * (1 - ANOMALY_CEILING * share);
    ranked.push({ host, risk, bytes: seen ? c.bytesOut[host]! + c.bytesIn[host]! : 0 });
  }
  ranked.sort((a, b) => b.risk - a.risk || b.bytes - a.bytes || a.host - b.host);
  for (const { host, risk } of ranked.slice(0, limit)) {
    yield {
      ...withDevice(deviceOf(host)),
      host,
      address: hosts.address(host),
      risk: round(risk),
      incidents: risks.get(host)?.uids ?? [],
      flows: c.flows[host] ?? 0,
      bytesOut: c.bytesOut[host] ?? 0,
      bytesIn: c.bytesIn[host] ?? 0,
      roles: rolesOf(host, stats, roleOf(host)?.trim() ?? ''),
    };
  }
}
