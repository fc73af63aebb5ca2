/** What rules told: counts by rule, and findings by rule and pair of hosts. */
import { techniqueName, type Severity } from '../../../../src-shared/domain/incident.ts';
import type { HostTable } from '../../../meter/hosts.ts';
import type { Finding, PacketTime } from '../../types.ts';
import { fact, makeFinding } from '../../behaviours/common/finding.ts';
import type { Scene } from '../flow/scene.ts';
import { evidenceWords, servicePort, wayOf, type Way } from './alert-words.ts';
import { classKind } from '../rules/classes.ts';
import { referenceAddress } from '../rules/reference.ts';
import type { Rule } from '../rules/rule.ts';

/** Rules and pairs of hosts that are followed at once; the one that told longest ago is forgotten first. */
const CASES = 10_000;
/** Rules that are counted: those that told, also some that were since replaced. */
const COUNTED = 200_000;
/** Of those, how many may wait to be told where room is made. */
const UNTOLD = 64;
const FLOWS = 1000;

/** Where and when a rule told. */
export interface Told {
  /** Addresses of who sent and who received: four words each, from `srcAt` and `dstAt`. */
  src: Uint32Array;
  srcAt: number;
  dst: Uint32Array;
  dstAt: number;
  /** Packet time, seconds. */
  now: number;
  /** Of the service. */
  port: number;
  way: Way;
  /** Id of the flow; -1: none. */
  flow: number;
}

export function toldOf(scene: Scene): Told {
  const { src, srcAt, dst, dstAt, now, flow } = scene;
  return { src, srcAt, dst, dstAt, now, port: servicePort(scene), way: wayOf(scene), flow: flow?.id ?? -1 };
}

interface Case {
  rule: Rule;
  source: number;
  target: number;
  /** Of the service. */
  port: number;
  way: Way;
  count: number;
  first: PacketTime;
  last: PacketTime;
  flows: Set<number>;
  changed: boolean;
}

export class Alerts {
  private readonly hosts: HostTable;
  private readonly byRule = new Map<string, { rule: Rule; count: number }>();
  private readonly cases = new Map<string, Case>();

  constructor(hosts: HostTable) {
    this.hosts = hosts;
  }

  add(rule: Rule, told: Told): void {
    this.count(rule);
    const source = this.hosts.find(told.src, told.srcAt);
    const target = this.hosts.find(told.dst, told.dstAt);
    const key = `signature:${rule.gid}:${rule.sid} ${source} ${target}`;
    const time = timeOf(told.now);
    let one = this.cases.get(key);
    if (one) this.cases.delete(key);
    else {
      this.makeRoom();
      const { port, way } = told;
      one = { rule, source, target, port, way, count: 0, first: time, last: time, flows: new Set(), changed: true };
    }
    // The latest last.
    this.cases.set(key, one);
    one.count++;
    one.last = time;
    one.changed = true;
    if (told.flow >= 0 && one.flows.size < FLOWS) one.flows.add(told.flow);
  }

  private count(rule: Rule): void {
    const key = `${rule.gid}:${rule.sid}:${rule.rev}`;
    const counted = this.byRule.get(key);
    if (counted) counted.count++;
    else if (this.byRule.size < COUNTED) this.byRule.set(key, { rule, count: 1 });
  }

  private makeRoom(): void {
    if (this.cases.size < CASES) return;
    let looked = 0;
    for (const [key, { changed }] of this.cases) {
      // What was not told yet would be lost: rather a little younger one.
      if (changed && looked++ < UNTOLD) continue;
      this.cases.delete(key);
      return;
    }
  }

  counts(): { sid: number; rev: number; message: string; count: number; classtype: string }[] {
    return [...this.byRule.values()]
      .map(({ rule: { sid, rev, message, classtype }, count }) => ({ sid, rev, message, count, classtype }))
      .sort((a, b) => b.count - a.count || a.sid - b.sid);
  }

  /** Those that are new or grew since the last call. */
  *findings(): Generator<[string, Finding]> {
    for (const [key, one] of this.cases) {
      if (!one.changed) continue;
      one.changed = false;
      if (one.source >= 0 || one.target >= 0) yield [key, findingOf(one, this.hosts)];
    }
  }
}

function timeOf(now: number): PacketTime {
  const sec = Math.floor(now);
  return { sec, nano: Math.min(999_999_999, Math.round((now - sec) * 1e9)) };
}

function severityOf({ priority }: Rule): Severity {
  if (priority <= 1) return 'critical';
  return priority === 2 ? 'warning' : 'info';
}

/** What the rule itself says, as public rule sets write it: a class of rules implies none. */
function techniqueOf({ metadata }: Rule): { id: string; name: string }[] {
  const said = (key: string): string =>
    metadata
      .find((each) => each.startsWith(`${key} `))
      ?.slice(key.length + 1)
      .trim() ?? '';
  const id = said('mitre_technique_id').toUpperCase();
  const name = said('mitre_technique_name').replaceAll('_', ' ');
  return /^T\d{4}(?:\.\d{3})?$/.test(id) ? [{ id, name: name === '' ? techniqueName(id) : name }] : [];
}

/** By the rule's own word: what it looks for is not known here. */
function adviceOf({ sid, references }: Rule): string[] {
  const address = references.map(referenceAddress).find((one) => one !== '');
  return [
    ...(address === undefined ? [] : [`What rule ${sid} looks for is described at ${address}`]),
    `To be sure, compare the packets of these flows with the text of rule ${sid}; where it was wrong, narrow the rule or silence it by its number.`,
  ];
}

function findingOf({ rule, source, target, port, way, count, first, last, flows }: Case, hosts: HostTable): Finding {
  const name = rule.message === '' ? `signature ${rule.sid}` : rule.message;
  const known = (host: number): number[] => (host >= 0 ? [host] : []);
  const ends = [...known(source), ...known(target)].map((host) => hosts.address(host));
  return makeFinding({
    detector: `signature:${rule.sid}`,
    kind: classKind(rule.classtype),
    severity: severityOf(rule),
    confidence: rule.priority <= 1 ? 0.9 : 0.7,
    title: `${name}: ${ends.join(' to ')}`,
    technique: techniqueOf(rule),
    advice: adviceOf(rule),
    summary: `Traffic matched the rule “${name}” (sid ${rule.sid}).`,
    sources: known(source),
    targets: known(target),
    ports: port > 0 ? [port] : [],
    first,
    decided: first,
    last,
    evidence: [fact(evidenceWords(rule, ends, port, way), count, 'alerts')],
    flows: [...flows],
  });
}
