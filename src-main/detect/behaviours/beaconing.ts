/**
 * Calls home on a schedule: connections of one host to one service, at regular intervals and of regular size.
 *
 * What separates a beacon from the many programs that keep a timer: the place (no name, unusual port, outside), the
 * tightness of schedule and size, and the number of calls. Three grades:
 *   bare    outside, no name seen for it, and no usual port: `CONNECTIONS` calls, score 0.85        → critical, 0.6…0.9
 *   plain   outside, either without a name or on an unusual port: 20 calls, score 0.88              → warning, 0.5…0.8
 *   named   outside, with a name, usual port: `NAMED_CONNECTIONS` calls less than 15 s apart,
 *           each a connection of its own and not readable, score 0.92                               → warning, 0.45…0.7
 *   habit   a place without a name, to which a device made for one task (a camera, a plug: `detect/devices`) has turned
 *           since its first ten minutes, in the same rhythm; it has been known for half an hour, with five places at
 *           most                                                                             → info, 0.3…0.5
 * Not at all: such a device's calls to its maker's own service, and to places with a name to which it has turned since
 * its first ten minutes in the same rhythm, as long as it turns to few places: that is what it does for a living. What
 * begins later, or goes to another port, is judged as of any host.
 * A contact inside the network, or one that never carried data, is `info` from 20 calls and score 0.88 on.
 * Left out: time, names, discovery, management and telemetry protocols by port or service (NTP, DNS, DHCP, SNMP,
 * syslog, NetBIOS, mDNS, SSDP, STUN), mail polling, industrial polling, groups and broadcasts, calls that move more
 * than `BEACON.BYTES`, schedules shorter than a second or kept for less than a minute.
 */
import { deviceTitle, isNarrow } from '../../../src-shared/domain/device-kinds.ts';
import type { Evidence } from '../../../src-shared/domain/incident.ts';
import { FLOW_EVENT, type FlowBatch, type FlowEventBatch } from '../../meter/flows/types.ts';
import { serviceOf } from '../../meter/protocols/services.ts';
import type { Behaviour, BehaviourContext, Finding, Observations, PacketTime } from '../types.ts';
import { BoundedMap, BoundedSet } from './common/bounded.ts';
import { scoreBeacon, type BeaconScore } from './common/beacon-score.ts';
import { Case } from './common/casebook.ts';
import { fact, makeFinding, timeOf } from './common/finding.ts';
import { FlowRoom } from './common/flow-ids.ts';
import { BEACON } from './common/message-thresholds.ts';
import { Recent } from './common/order-statistics.ts';
import { RepeatFilter, SLOTS } from './common/repeat-filter.ts';
import { counted, formatBytes, formatDuration, within } from './common/words.ts';

const TCP = 6;
const UDP = 17;
const KEPT = 128;
/** Protocols that run on timers by nature. */
const TIMED_PORTS = new Set([
  25, 53, 67, 68, 69, 110, 111, 123, 135, 137, 138, 139, 143, 161, 162, 179, 389, 445, 465, 500, 502, 514, 546, 547,
  587, 636, 646, 853, 993, 995, 1194, 1812, 1813, 1900, 1985, 2049, 2222, 3222, 3268, 3478, 3479, 3702, 3784, 3785,
  4500, 5060, 5061, 5222, 5223, 5228, 5353, 5355, 6343, 9995, 9996, 20000, 20547, 44818, 47808, 48898, 51820, 2055,
  4739, 88, 464, 102, 10050, 10051, 9100, 5666,
]);
const TIMED_SERVICES =
  /\b(dns|ntp|dhcp|snmp|syslog|smtp|imap|pop3|krb|kerberos|ldap|smb|radius|sip|modbus|dnp3|enip|stun|ntlm|gssapi|dce_rpc|mqtt|bacnet)\b/;
const WEB_PORTS = new Set([80, 443, 8080, 8443]);
const PLAIN_CONNECTIONS = 20;
const PLAIN_SCORE = 0.88;
const NAMED_INTERVAL = 15;
const NAMED_SPAN = 150;
/** A contact is judged anew after this many further calls. */
const LATER = 8;

export class Contact extends Case {
  readonly source: number;
  readonly target: number;
  readonly port: number;
  readonly proto: number;
  readonly times: number[] = [];
  readonly sizes = new Recent(KEPT);
  service = '';
  total = 0;
  /** Judged again when this many calls were seen, or twice as many sizes known. */
  judgeAt: number = BEACON.CONNECTIONS;
  sizedAt = 2;
  large = 0;
  score: BeaconScore | null = null;
  /** Typical interval when it was first judged, seconds. */
  beat = 0;
  grade: Grade = 'none';

  constructor(time: PacketTime, source: number, target: number, port: number, proto: number) {
    super(time);
    this.source = source;
    this.target = target;
    this.port = port;
    this.proto = proto;
  }
}

/** Clients of one service beyond which it is the network's, not one program's. */
const SHARED = 3;
/** A rhythm is the same within this factor. */
const SAME_PACE = 2;
const NOWHERE: { grade: Grade; calls: number; score: number } = {
  grade: 'none',
  calls: Number.POSITIVE_INFINITY,
  score: 2,
};

type Grade = 'none' | 'bare' | 'plain' | 'named' | 'inside' | 'habit';

const FLOORS: Readonly<Record<Grade, number>> = {
  bare: BEACON.SCORE,
  plain: PLAIN_SCORE,
  named: BEACON.NAMED_SCORE,
  inside: PLAIN_SCORE,
  habit: BEACON.SCORE,
  none: 1,
};

function keyOf(found: Contact): string {
  return `beacon|${found.source}|${found.target}|${found.proto}|${found.port}`;
}

export class Beaconing implements Behaviour {
  readonly id = 'behaviour:beaconing';
  private readonly filter = new RepeatFilter(BEACON.SHORTEST / 2);
  /** Contacts that came back, by the slot they own in the filter. */
  private readonly contacts = new Array<Contact | undefined>(SLOTS).fill(undefined);
  private readonly changed = new Set<Contact>();
  private readonly flowRoom = new FlowRoom();
  /** Services of hosts by (host, port) that several clients use: a place of the network's, not of one program's. */
  private readonly clients = new BoundedMap<string, BoundedSet<number>>({ ceiling: 50_000 });

  observe(seen: Observations, context: BehaviourContext): void {
    for (let row = 0; row < seen.events.count; row++) this.opened(seen.events, row, context);
    for (let row = 0; row < seen.flows.count; row++) this.ended(seen.flows, row);
    this.judgeChanged(context);
  }

  finish(context: BehaviourContext): void {
    this.judgeChanged(context);
  }

  private judgeChanged(context: BehaviourContext): void {
    for (const found of this.changed) this.judge(found, keyOf(found), context);
    this.changed.clear();
  }

  private opened(events: FlowEventBatch, row: number, context: BehaviourContext): void {
    const c = events.columns;
    if (c.kind[row] !== FLOW_EVENT.OPEN) return;
    const proto = c.proto[row]!;
    if (proto !== TCP && proto !== UDP) return;
    const port = c.respPort[row]!;
    if (TIMED_PORTS.has(port) || (proto === UDP && TIMED_PORTS.has(c.origPort[row]!))) return;
    const source = c.origHost[row]!;
    const target = c.respHost[row]!;
    if (source === 0 || target === 0 || context.network.isMulticast(target) || context.network.isBroadcast(target))
      return;
    const time = timeOf(c, row);
    const now = time.sec + time.nano / 1e9;
    const flow = c.flow[row]!;
    const repeats = this.filter.see(source, target, port, proto, now, flow);
    if (repeats === 0) return;
    const slot = this.filter.slotOf(source, target, port, proto);
    let found = this.contacts[slot];
    if (repeats === 1 || !found) {
      found?.flows.release();
      found = new Contact(time, source, target, port, proto);
      found.flows.share(this.flowRoom);
      this.contacts[slot] = found;
      this.recall(found);
    } else this.called(found, time, now, flow);
    if (found.times.length >= BEACON.CONNECTIONS && found.total >= found.judgeAt) this.changed.add(found);
  }

  /** The calls before the case was opened. */
  private recall(found: Contact): void {
    const { times, flows } = this.filter.history(found.source, found.target, found.port, found.proto);
    times.forEach((now, i) => {
      const sec = Math.floor(now);
      if (i === 0) found.first = { sec, nano: Math.round((now - sec) * 1e9) };
      this.called(found, { sec, nano: Math.round((now - sec) * 1e9) }, now, flows[i]!);
    });
  }

  private called(found: Contact, time: PacketTime, now: number, flow: number): void {
    found.saw(time, flow);
    found.total++;
    const last = found.times[found.times.length - 1];
    // Browsers and retries open several at once: together they are one call.
    if (last !== undefined && now - last < BEACON.SHORTEST / 2) return;
    if (found.times.length >= KEPT) found.times.shift();
    found.times.push(now);
  }

  private ended(flows: FlowBatch, row: number): void {
    const c = flows.columns;
    const proto = c.proto[row]!;
    const source = c.origHost[row]!;
    const target = c.respHost[row]!;
    const port = c.respPort[row]!;
    if (!this.filter.isPromoted(source, target, port, proto)) return;
    const found = this.contacts[this.filter.slotOf(source, target, port, proto)];
    if (!found) return;
    const meta = flows.meta[row];
    if (meta && meta.service !== '') found.service = meta.service;
    found.sizes.push(c.origBytes[row]!);
    if (c.origBytes[row]! + c.respBytes[row]! > BEACON.BYTES) found.large++;
    if (found.sizes.size === 1)
      this.clients.obtain(`${target}|${port}`, c.sec[row]!, () => new BoundedSet(16)).add(source);
    // Sizes come when flows end, which may be after the last call.
    if (found.times.length >= BEACON.CONNECTIONS && found.sizes.size >= found.sizedAt * 2) {
      found.sizedAt = found.sizes.size;
      this.changed.add(found);
    }
  }

  private judge(found: Contact, key: string, context: BehaviourContext): void {
    found.judgeAt = found.total + Math.max(LATER, found.total >> 2);
    const grade = this.grade(found, context);
    if (grade === 'none') {
      if (found.decided && found.grade !== 'none') {
        found.grade = 'none';
        context.withdraw(key);
      }
      return;
    }
    found.grade = grade;
    found.decide();
    context.report(key, this.finding(found, context));
  }

  /** What kind of place it is, and how many calls that asks for: cheap, and most contacts end here. */
  private place(found: Contact, context: BehaviourContext): { grade: Grade; calls: number; score: number } {
    if (!context.network.isLocal(found.target)) {
      const name = context.names.nameOf(found.target, context.hosts.address(found.target));
      const nameless = name === '' && context.names.lookups > 0;
      const usual = WEB_PORTS.has(found.port);
      if (nameless && !usual) return { grade: 'bare', calls: BEACON.CONNECTIONS, score: BEACON.SCORE };
      if (nameless || !usual) return { grade: 'plain', calls: PLAIN_CONNECTIONS, score: PLAIN_SCORE };
      // What is said in the clear to a named place is judged by what it says.
      if (found.service.includes('http')) return NOWHERE;
      return { grade: 'named', calls: BEACON.NAMED_CONNECTIONS, score: BEACON.NAMED_SCORE };
    }
    const inside = context.network.isLocal(found.source) && found.proto === TCP && !found.service.includes('ssh');
    return inside ? { grade: 'inside', calls: PLAIN_CONNECTIONS, score: PLAIN_SCORE } : NOWHERE;
  }

  private grade(found: Contact, context: BehaviourContext): Grade {
    if (TIMED_SERVICES.test(found.service) || found.large * 4 > found.sizes.size) return 'none';
    const place = this.place(found, context);
    if (found.total < place.calls || (this.clients.peek(`${found.target}|${found.port}`)?.size ?? 0) > SHARED)
      return 'none';
    const score = scoreBeacon(found.times, found.sizes.all());
    found.score = score;
    if (score.span < BEACON.SPAN || score.interval.median < BEACON.SHORTEST || score.jitter > 0.35) return 'none';
    // Calls that nobody ever answered with data: a device or a program that cannot find its server.
    const vain = found.sizes.size > 0 && score.size.median === 0;
    if (vain) return found.total >= PLAIN_CONNECTIONS && score.score >= PLAIN_SCORE ? 'inside' : 'none';
    if (place.grade === 'named' && (score.span < NAMED_SPAN || score.interval.median > NAMED_INTERVAL)) return 'none';
    found.beat ||= score.interval.median;
    return score.score >= place.score ? this.unlessHabit(place.grade, found, context) : 'none';
  }

  /** What a device made for one task has done from the beginning is its work. */
  private unlessHabit(grade: Grade, found: Contact, { devices, hosts, names }: BehaviourContext): Grade {
    const profile = devices.profileOf(found.source);
    if (!profile?.isCalm || grade === 'inside' || !isNarrow(devices.deviceOf(found.source))) return grade;
    if (devices.isOwnCloud(found.source, found.target)) return 'none';
    const pace = found.score!.interval.median / found.beat;
    if (!profile.isHabit(devices.placeOf(found.target), found.port) || pace < 1 / SAME_PACE || pace > SAME_PACE)
      return grade;
    const name = names.nameOf(found.target, hosts.address(found.target));
    // Anybody may have such a name within a minute.
    if (serviceOf(name) === 'DynDNS') return grade;
    if (name !== '') return 'none';
    return profile.isSettled(found.last.sec) ? 'habit' : grade;
  }

  private finding(found: Contact, context: BehaviourContext): Finding {
    const score = found.score!;
    const who = context.hosts.address(found.source);
    const address = context.hosts.address(found.target);
    const name = context.names.nameOf(found.target, address);
    const base = { bare: 0.6, plain: 0.5, named: 0.45, inside: 0.3, habit: 0.3, none: 0 }[found.grade];
    const severity = {
      bare: 'critical',
      plain: 'warning',
      named: 'warning',
      inside: 'info',
      habit: 'info',
      none: 'info',
    } as const;
    return makeFinding({
      detector: this.id,
      kind: 'command-and-control',
      severity: severity[found.grade],
      confidence: Math.min(
        0.9,
        base + (score.score - 0.85) + 0.05 * Math.log2(Math.max(1, found.times.length / BEACON.CONNECTIONS)),
      ),
      title: `${who} calls ${name === '' ? address : name} every ${formatDuration(score.interval.median)}`,
      summary:
        `${counted(found.total, 'connection')} to port ${found.port}${within(score.span)}, ` +
        `${formatDuration(score.interval.median)} apart with ${Math.round(score.jitter * 100)} % jitter` +
        (score.size.count > 0 ? `, each sending about ${formatBytes(score.size.median)}` : '') +
        '. Programs controlled from outside ask for orders like this; so do some harmless ones.',
      sources: [found.source],
      targets: [found.target],
      ports: [found.port],
      domains: name === '' ? [] : [name],
      first: found.first,
      decided: found.decided ?? found.last,
      last: found.last,
      evidence: [
        fact('Connections', found.total, 'connections'),
        fact('Typical time between them', score.interval.median, 's'),
        fact('Typical deviation from that time', score.interval.mad, 's'),
        ...(score.size.count > 0 ? [fact('Typical deviation of the bytes sent', score.size.mad, 'bytes')] : []),
        ...deviceFacts(found, context),
        fact(`Regularity of times and sizes (0 to 1, alarm from ${FLOORS[found.grade]})`, score.score, 'score'),
      ],
      flows: found.flows,
      technique: [{ id: 'T1071', name: 'Application Layer Protocol' }],
    });
  }
}

/** What the profile of a device made for one task says of the contact. */
function deviceFacts(found: Contact, { devices }: BehaviourContext): Evidence[] {
  const device = devices.deviceOf(found.source);
  const profile = devices.profileOf(found.source);
  if (!profile || found.grade === 'inside' || !isNarrow(device)) return [];
  const who = `Taken for a device of the kind “${deviceTitle(device.kind)}”`;
  if (found.grade === 'habit')
    return [
      fact(`A note only. ${who}, in this rhythm since its first minutes; places it turns to`, profile.peers, 'places'),
    ];
  if (profile.isHabit(devices.placeOf(found.target), found.port)) return [];
  return [fact(`${who}; it was known before it began with this for`, found.first.sec - Math.floor(profile.since), 's')];
}
