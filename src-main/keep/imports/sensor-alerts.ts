/** What rules of another sensor told: counts by rule, and findings by rule and pair of hosts, as Sonde's own rules give. */
import type { Severity } from '../../../src-shared/domain/incident.ts';
import type { TriageReport } from '../../../src-shared/domain/report.ts';
import { fact, makeFinding } from '../../detect/behaviours/common/finding.ts';
import { classKind } from '../../detect/signatures/rules/classes.ts';
import type { Finding, PacketTime } from '../../detect/types.ts';
import { AgeList, type Aged } from '../../meter/age-list.ts';
import type { HostTable } from '../../meter/hosts.ts';
import { classOfCategory } from './categories.ts';
import type { SensorAlert } from './record.ts';

/** Rules and pairs of hosts that are followed at once; the one that told longest ago is forgotten first. */
const CASES = 20_000;
/** Of those, how many that were not told yet are passed by where room is made. */
const UNTOLD = 64;
const COUNTED = 200_000;
/** Flows of the sensor whose record may still come: of two generations, the older of which is forgotten as a whole. */
const AWAITED = 100_000;
/** Cases that wait for one flow. */
const WAITING = 16;
const FLOWS = 1000;
const CRITICAL = 1;
const WARNING = 2;

interface Case extends Aged<Case> {
  readonly id: number;
  readonly key: string;
  alert: SensorAlert;
  count: number;
  blocked: number;
  first: PacketTime;
  last: PacketTime;
  flows: Set<number>;
  changed: boolean;
}

type Rule = Pick<SensorAlert, 'sid' | 'rev' | 'message' | 'category'>;

export class SensorAlerts {
  private readonly hosts: HostTable;
  private readonly most: number;
  private readonly byRule = new Map<string, { rule: Rule; count: number }>();
  private readonly cases = new Map<string, Case>();
  private readonly byId = new Map<number, Case>();
  /** By when they told last. */
  private readonly ages = new AgeList<Case>();
  private made = 0;
  /** By flow, ids of cases: those that are followed no more are not kept alive. */
  private awaited = new Map<number, number[]>();
  private awaitedBefore = new Map<number, number[]>();

  /** `most`: cases followed at once (for tests). */
  constructor(hosts: HostTable, most = CASES) {
    this.hosts = hosts;
    this.most = most;
  }

  add(alert: SensorAlert): void {
    this.count(alert);
    const key = `sensor:${alert.gid}:${alert.sid} ${alert.ends.join('.')}`;
    const time = { sec: alert.sec, nano: alert.nano };
    let one = this.cases.get(key);
    if (one) this.ages.renew(one);
    else {
      this.makeRoom();
      const id = this.made++;
      const counts = { count: 0, blocked: 0, first: time, last: time, flows: new Set<number>(), changed: true };
      one = { id, key, older: undefined, younger: undefined, alert, ...counts };
      this.cases.set(key, one);
      this.byId.set(id, one);
      this.ages.append(one);
    }
    one.count++;
    if (alert.blocked) one.blocked++;
    if (isBefore(time, one.first)) one.first = time;
    if (isBefore(one.last, time)) one.last = time;
    one.changed = true;
    this.await(alert.flow, one);
  }

  /** The record of a flow of the sensor (0: it has no number) became the flow `id`. */
  flow(sensorFlow: number, id: number): void {
    const ids = this.awaited.get(sensorFlow) ?? this.awaitedBefore.get(sensorFlow);
    if (!ids) return;
    this.awaited.delete(sensorFlow);
    this.awaitedBefore.delete(sensorFlow);
    for (const caseId of ids) {
      const one = this.byId.get(caseId);
      if (!one || one.flows.size >= FLOWS) continue;
      one.flows.add(id);
      one.changed = true;
    }
  }

  private await(flow: number, one: Case): void {
    if (flow === 0) return;
    const known = this.awaited.get(flow) ?? this.awaitedBefore.get(flow);
    if (known) {
      if (known.length < WAITING && !known.includes(one.id)) known.push(one.id);
      return;
    }
    if (this.awaited.size >= AWAITED) {
      this.awaitedBefore = this.awaited;
      this.awaited = new Map();
    }
    this.awaited.set(flow, [one.id]);
  }

  private count(alert: SensorAlert): void {
    const key = `${alert.gid}:${alert.sid}:${alert.rev}`;
    const counted = this.byRule.get(key);
    if (counted) counted.count++;
    else if (this.byRule.size < COUNTED) this.byRule.set(key, { rule: alert, count: 1 });
  }

  private makeRoom(): void {
    if (this.cases.size < this.most) return;
    let one = this.ages.oldest;
    // What was not told yet would be lost: rather a little younger one.
    for (let passed = 0; one?.changed && one.younger && passed < UNTOLD; passed++) one = one.younger;
    if (!one) return;
    this.ages.remove(one);
    this.cases.delete(one.key);
    this.byId.delete(one.id);
  }

  /** Those that are new or grew since the last call. */
  *findings(): Generator<[string, Finding]> {
    for (const [key, one] of this.cases) {
      if (!one.changed) continue;
      one.changed = false;
      yield [key, findingOf(one, this.hosts)];
    }
  }

  /** As the report has it: the rules are the sensor's, none of them was loaded here. */
  report(): Pick<TriageReport, 'signatures' | 'rules'> {
    const signatures = [...this.byRule.values()]
      .map(({ rule: { sid, rev, message, category }, count }) => {
        return { sid, rev, message, count, classtype: classOfCategory(category) };
      })
      .sort((a, b) => b.count - a.count || a.sid - b.sid);
    return { signatures, rules: { loaded: 0, refused: [] } };
  }
}

const isBefore = (a: PacketTime, b: PacketTime): boolean => a.sec < b.sec || (a.sec === b.sec && a.nano < b.nano);

function severityOf({ severity }: SensorAlert): Severity {
  if (severity <= CRITICAL) return 'critical';
  return severity === WARNING ? 'warning' : 'info';
}

const ADVICE = [
  'To be sure, look at what matched on the sensor: its own log or packets of these flows beside the text of the rule. Where it was wrong, narrow the rule on the sensor or silence it here by its number.',
];

function findingOf({ alert, count, blocked, first, last, flows }: Case, hosts: HostTable): Finding {
  const { sid, rev, message, category, severity, port, ends } = alert;
  const name = message === '' ? `signature ${sid}` : message;
  const [source, target] = [hosts.intern(ends, 0), hosts.intern(ends, 4)];
  const both = [source, target].map((host) => hosts.address(host)).join(' to ');
  const of = category === '' ? '' : `, ${category}`;
  return makeFinding({
    detector: `signature:${sid}`,
    kind: classKind(classOfCategory(category)),
    severity: severityOf(alert),
    confidence: severity <= CRITICAL ? 0.9 : 0.7,
    title: `${name}: ${both}`,
    technique: alert.techniques,
    advice: ADVICE,
    summary: `The sensor's rule “${name}” (sid ${sid}${of}) told of this traffic.`,
    sources: [source],
    targets: [target],
    ports: port > 0 ? [port] : [],
    first,
    decided: first,
    last,
    evidence: [
      fact(`Alerts of the sensor's rule ${sid} (revision ${rev}${of}): ${name}`, count, 'alerts'),
      ...(blocked > 0 ? [fact('Of these the sensor blocked', blocked, 'alerts')] : []),
    ],
    flows: [...flows],
  });
}
