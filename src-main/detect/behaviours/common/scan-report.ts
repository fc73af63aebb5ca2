/** Scans in words and numbers. */
import type { BehaviourContext, Finding, PacketTime } from '../../types.ts';
import type { Evidence } from '../../../../src-shared/domain/incident.ts';
import { TRIED, type Fan } from './fan-table.ts';
import { earlier, fact, factUnlessZero, later, makeFinding, secondsBetween } from './finding.ts';
import { OPENING, OPENING_NAMES } from './tcp-flags.ts';
import { PORT_SCAN, SWEEP } from './thresholds.ts';
import { counted, formatList, formatNumber, formatPorts, within } from './words.ts';

/** What one source did to its targets with one protocol. */
export interface ScanCase {
  key: string;
  source: number;
  /** Low two bits of the fans' second key. */
  what: number;
  /** Decided fans, one a target, at most 1,000. */
  fans: Fan[];
  /** Fans that are not enough by themselves. */
  spare: Fan[];
  lesser: number;
  hints: number;
  /** Fans that the flows' ends explained. */
  excused: number;
  /** Tries (different members) when last reported. */
  reported: number;
  targetsTotal: number;
  decided: PacketTime | null;
  last: PacketTime;
}

const CLASS_NAMES = ['', 'UDP ', 'SCTP ', ''];

function spanOf(fans: readonly Fan[]): { first: PacketTime; last: PacketTime; decided: PacketTime } {
  const [one] = fans as [Fan];
  let { first, last } = one;
  let decided = one.decided ?? one.last;
  for (const fan of fans) {
    first = earlier(first, fan.first);
    last = later(last, fan.last);
    if (fan.decided) decided = earlier(decided, fan.decided);
  }
  return { first, last, decided };
}

function mainOpening(fans: readonly Fan[]): number {
  const sums = new Array<number>(8).fill(0);
  for (const fan of fans) fan.openings.forEach((count, i) => (sums[i]! += count));
  return sums.indexOf(Math.max(...sums));
}

/** All members in order; ports and protocols are below 65,536, hosts are not. */
function union(fans: readonly Fan[]): number[] {
  if (fans.length === 1) return fans[0]!.list();
  const low = new Uint8Array(65_536);
  const high = new Set<number>();
  for (const fan of fans) {
    fan.each((member) => {
      if (member < 65_536) low[member] = 1;
      else high.add(member);
    });
  }
  const all: number[] = [];
  for (let member = 0; member < low.length; member++) if (low[member] === 1) all.push(member);
  return all.concat([...high].sort((a, b) => a - b));
}

function sum(fans: readonly Fan[], of: (fan: Fan) => number): number {
  return fans.reduce((total, fan) => total + of(fan), 0);
}

function mergedFlows(fans: readonly Fan[]): number[] {
  const ids: number[] = [];
  for (const fan of fans) for (const id of fan.flows) if (ids.length < 10_000) ids.push(id);
  return ids.sort((a, b) => a - b);
}

export function describePortScan(
  detector: string,
  found: ScanCase,
  usual: number | null,
  context: BehaviourContext,
): Finding {
  const { fans } = found;
  const most = [...fans].sort((a, b) => b.tried - a.tried || a.b - b.b);
  const top = most[0]!;
  const { first, last, decided } = spanOf(fans);
  const seconds = secondsBetween(first, last);
  const source = context.hosts.address(found.source);
  const protocols = found.what === 3;
  const ports = union(fans);
  const tried = sum(fans, (fan) => fan.tried);
  const answered = sum(fans, (fan) => fan.answered);
  const refused = sum(fans, (fan) => fan.refused);
  const noun = protocols ? 'IP protocol' : `${CLASS_NAMES[found.what]}port`;
  const where = found.targetsTotal === 1 ? context.hosts.address(top.b >>> 2) : counted(found.targetsTotal, 'host');
  const opening = mainOpening(fans);
  const method = found.what === 0 && opening !== OPENING.SYN ? `, by ${OPENING_NAMES[opening]} packets` : '';
  const hint = found.hints === found.targetsTotal;
  const floor = found.what === 1 ? PORT_SCAN.UDP_PORTS : PORT_SCAN.PORTS;
  const failed = tried - answered;
  const grown = 0.6 + 0.08 * Math.log2(Math.max(1, failed / floor));
  const evidence: Evidence[] = [
    fact(
      `${counted(top.tried, noun)} on ${context.hosts.address(top.b >>> 2)}${within(secondsBetween(top.first, top.last))}` +
        (usual === null ? '' : `; this host's usual: ${formatNumber(usual)}`),
      top.tried,
      protocols ? 'protocols' : 'ports',
      usual,
    ),
    ...factUnlessZero('Tries that were refused', refused, 'tries'),
    fact('Tries that were answered', answered, 'tries'),
    ...factUnlessZero('Tries that stayed without answer', Math.max(0, tried - refused - answered), 'tries'),
  ];
  if (found.targetsTotal > 1) evidence.push(fact('Hosts tried', found.targetsTotal, 'hosts'));
  if (seconds > 0) evidence.push(fact('Speed', Math.round((tried * 600) / seconds) / 10, 'tries/min'));
  return makeFinding({
    detector,
    kind: 'port-scan',
    ...(hint ? { severity: 'info' as const } : {}),
    confidence: hint ? 0.4 : Math.min(0.98, grown) * Math.max(0.7, failed / Math.max(1, tried)),
    title: `${source} tried ${counted(found.targetsTotal === 1 ? top.tried : ports.length, noun)} on ${where}${within(seconds)}${method}`,
    summary:
      `${source} asked ${where} for ${counted(ports.length, noun)} (${formatPorts(ports)}). ` +
      `${formatNumber(refused)} tries were refused, ${formatNumber(answered)} answered, ` +
      `${formatNumber(Math.max(0, tried - refused - answered))} stayed without answer. ` +
      (hint
        ? 'So few can also be a program looking for a service.'
        : 'This is how open services are looked for, before an attack or in a test.'),
    sources: [found.source],
    targets: most.map((fan) => fan.b >>> 2),
    targetsTotal: found.targetsTotal,
    ports: protocols ? [] : openFirst(fans, ports),
    portsTotal: protocols ? 0 : ports.length,
    first,
    decided,
    last,
    evidence,
    flows: mergedFlows(fans),
    flowsTotal: sum(fans, (fan) => fan.tries),
  });
}

/** Ports that answered before the others: they are what an admin must look at. */
function openFirst(fans: readonly Fan[], ports: readonly number[]): number[] {
  const open = new Set<number>();
  for (const fan of fans) {
    fan.each((port, state) => {
      if (state >= TRIED.ANSWERED) open.add(port);
    });
  }
  return [...[...open].sort((a, b) => a - b), ...ports.filter((port) => !open.has(port))];
}

/** What one source looked for on many hosts. */
export interface SweepCase {
  key: string;
  source: number;
  fans: Fan[];
  decided: PacketTime | null;
  /** Only a burst of pings that were answered. */
  hint: boolean;
  withdrawn: boolean;
  /** Tries (different members) when last reported. */
  reported: number;
}

const PING = 'echo (ping)';

/** Readable name of what a sweep's second key looks for. */
export function sweepSubject(b: number): string {
  const value = b & 0xffff;
  const what = b >>> 16;
  if (what === 1) return `UDP port ${value}`;
  if (what === 3) return `SCTP port ${value}`;
  if (what !== 2) return `TCP port ${value}`;
  return value === 8 || value === 128 ? PING : `ICMP type ${value}`;
}

export function describeSweep(
  detector: string,
  found: SweepCase,
  usual: number | null,
  context: BehaviourContext,
): Finding {
  const fans = [...found.fans].sort((a, b) => b.tried - a.tried || a.b - b.b);
  const top = fans[0]!;
  const { first, last, decided } = spanOf(fans);
  const seconds = secondsBetween(first, last);
  const source = context.hosts.address(found.source);
  const targets = union(fans);
  const subject = fans.length === 1 ? sweepSubject(top.b) : counted(fans.length, 'service');
  const answered = sum(fans, (fan) => fan.answered);
  const refused = sum(fans, (fan) => fan.refused);
  const tried = sum(fans, (fan) => fan.tried);
  const failed = tried - answered;
  const floor = top.b >>> 16 === 1 ? SWEEP.UDP_HOSTS : SWEEP.HOSTS;
  const names = fans.map((fan) => sweepSubject(fan.b));
  const pinged = names.length === 1 && names[0] === PING;
  const evidence: Evidence[] = [
    fact(
      `Hosts ${sweepSubject(top.b) === PING ? 'pinged' : `asked for ${sweepSubject(top.b)}`}${within(secondsBetween(top.first, top.last))}` +
        (usual === null ? '' : `; this host's usual: ${formatNumber(usual)}`),
      top.tried,
      'hosts',
      usual,
    ),
    fact('Tries that were answered', answered, 'tries'),
    ...factUnlessZero('Tries that were refused', refused, 'tries'),
    ...factUnlessZero('Tries that stayed without answer', Math.max(0, tried - answered - refused), 'tries'),
  ];
  if (seconds > 0) evidence.push(fact('Speed', Math.round((targets.length * 600) / seconds) / 10, 'hosts/min'));
  const grown = 0.6 + 0.08 * Math.log2(Math.max(1, failed / floor));
  return makeFinding({
    detector,
    kind: 'host-sweep',
    ...(found.hint ? { severity: 'info' as const } : {}),
    confidence: found.hint ? 0.4 : Math.min(0.98, grown) * Math.max(0.7, failed / Math.max(1, tried)),
    title: `${source} ${pinged ? 'pinged' : `looked for ${subject} on`} ${counted(targets.length, 'host')}${within(seconds)}`,
    summary:
      `${source} ${pinged ? 'pinged' : `tried ${formatList(names, 4)} on`} ${counted(targets.length, 'host')}. ` +
      `${formatNumber(answered)} answered, ${formatNumber(refused)} refused, ` +
      `${formatNumber(Math.max(0, tried - answered - refused))} stayed silent.`,
    sources: [found.source],
    targets,
    targetsTotal: targets.length,
    ports: fans.filter((fan) => fan.b >>> 16 !== 2).map((fan) => fan.b & 0xffff),
    first,
    decided,
    last,
    evidence,
    flows: mergedFlows(fans),
    flowsTotal: sum(fans, (fan) => fan.tries),
  });
}
