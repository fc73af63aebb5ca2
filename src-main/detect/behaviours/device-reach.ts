/**
 * A device made for one task (a camera, a printer, a lamp: `detect/devices`) that reaches beyond its narrow profile: it
 * was known for half an hour, in which it turned to five places at most, and then
 *   looks for hosts     `REACH_HOSTS` new ones that refuse or stay silent, most of those it tried   (a computer: 15)
 *   tries ports         `REACH_PORTS` of one host that refuse or stay silent                         (a computer: 8)
 *   logs in elsewhere   opens SSH, Telnet or another way to control machines to a new place
 * A third and half of the computer's floor: a program on a computer fails at a dozen places when it looks for its peers; a device
 * that has needed five places has no dozen to fail at, and five are as many as all it knew.
 *
 * Each is a note by itself, which `incidents/loud-devices.ts` raises to a warning as it does all that such devices do.
 * Confidence: 0.5 at the floor, +0.1 a doubling, at most 0.9. TCP only: silence of UDP means less, names and time are
 * asked of changing places.
 */
import { isNarrow } from '../../../src-shared/domain/device-kinds.ts';
import type { IncidentKind } from '../../../src-shared/domain/incident.ts';
import { FLOW_EVENT } from '../../meter/flows/types.ts';
import { PROTO } from '../../meter/packets/types.ts';
import type { Behaviour, BehaviourContext, Finding, Observations, PacketTime } from '../types.ts';
import { Case, CaseBook } from './common/casebook.ts';
import { fact, makeFinding } from './common/finding.ts';
import { OPENING, openingOf } from './common/tcp-flags.ts';
import { PORT_SCAN, SWEEP } from './common/thresholds.ts';
import { counted, within } from './common/words.ts';

export const REACH_HOSTS = SWEEP.HOSTS / 3;
export const REACH_PORTS = PORT_SCAN.PORTS / 2;
/** Tries kept of one device; a silence this long begins a new case, seconds. */
const TRIES = 1024;
const PAUSE = 3600;
const CASES = 4096;
/** Ways to control another machine: SSH, Telnet, its usual other port, Windows' (RPC, SMB, RDP, WinRM), VNC, ADB. */
const CONTROL: ReadonlySet<number> = new Set([22, 23, 2323, 135, 3389, 5555, 5900, 5985, 5986]);
/** Printers scan to shared folders and by mail, cameras leave and send pictures, speakers play from shared folders. */
const FILES_AND_MAIL: ReadonlySet<number> = new Set([25, 139, 445]);
const FILING: ReadonlySet<string> = new Set(['printer', 'camera', 'speaker']);

interface Try {
  host: number;
  port: number;
  at: PacketTime;
  flow: number;
  state: 'open' | 'answered' | 'refused';
}

export class Reach extends Case {
  readonly source: number;
  readonly tries = new Map<string, Try>();

  constructor(time: PacketTime, source: number) {
    super(time);
    this.source = source;
  }

  failed(now: number): Try[] {
    const gone = (one: Try): boolean => one.state === 'open' && now - one.at.sec > PORT_SCAN.GRACE * 3;
    return [...this.tries.values()].filter((one) => one.state === 'refused' || gone(one));
  }
}

const keyOf = (host: number, port: number): string => `${host}|${port}`;
const distinct = (tries: readonly Try[], of: (one: Try) => number): number[] => [...new Set(tries.map(of))];

/** What is told of some of the tries of a device. */
interface Told {
  kind: IncidentKind;
  key: string;
  floor: number;
  reached: number;
  tries: readonly Try[];
  title: string;
  fact: string;
  unit: string;
}

export class DeviceReach implements Behaviour {
  readonly id = 'behaviour:device-reach';
  private readonly cases = new CaseBook<Reach>({ ceiling: CASES, lifetime: PAUSE });
  /** Cases whose newest tries may yet be answered. */
  private readonly waiting = new Set<Reach>();

  observe(seen: Observations, context: BehaviourContext): void {
    for (let i = 0; i < seen.events.count; i++) this.event(seen, i, context);
    for (const found of this.waiting) this.judge(found, seen.now, context);
  }

  finish(context: BehaviourContext): void {
    for (const found of this.waiting) this.judge(found, Number.POSITIVE_INFINITY, context);
  }

  private event({ events: { columns: c } }: Observations, i: number, context: BehaviourContext): void {
    if (c.proto[i] !== PROTO.TCP) return;
    const source = c.origHost[i]!;
    const [host, port] = [c.respHost[i]!, c.respPort[i]!];
    const key = `reach|${source}`;
    if (c.kind[i] !== FLOW_EVENT.OPEN) {
      const known = this.cases.find(key)?.tries.get(keyOf(host, port));
      if (known?.state === 'open') known.state = c.kind[i] === FLOW_EVENT.REFUSED ? 'refused' : 'answered';
      return;
    }
    if (c.flipped[i] === 1 || openingOf(c.tcpFlags[i]!, c.payloadLength[i]!) !== OPENING.SYN) return;
    const time = { sec: c.sec[i]!, nano: c.nano[i]! };
    if (!this.isBeyond(source, host, port, time.sec, context)) return;
    const found = this.cases.open(key, time, (at) => new Reach(at, source));
    found.saw(time, c.flow[i]!);
    if (found.tries.size < TRIES && !found.tries.has(keyOf(host, port)))
      found.tries.set(keyOf(host, port), { host, port, at: time, flow: c.flow[i]!, state: 'open' });
    this.waiting.add(found);
  }

  /** A place that is new to a device whose profile counts. */
  private isBeyond(source: number, host: number, port: number, now: number, { devices }: BehaviourContext): boolean {
    const profile = source === 0 || host === 0 ? undefined : devices.profileOf(source);
    if (!profile?.isSettled(now) || profile.isUsual(devices.placeOf(host), port)) return false;
    return isNarrow(devices.deviceOf(source));
  }

  private judge(found: Reach, now: number, context: BehaviourContext): void {
    if (now - found.last.sec > PORT_SCAN.GRACE * 3) this.waiting.delete(found);
    const failed = found.failed(now);
    for (const told of [...this.sweep(found, failed), ...this.ports(found, failed), ...this.control(found, context)]) {
      found.decide();
      context.report(`${told.key}|${found.source}|${found.first.sec}`, this.finding(found, told, context));
    }
  }

  private sweep(found: Reach, failed: readonly Try[]): Told[] {
    const hosts = distinct(failed, ({ host }) => host);
    const tried = distinct([...found.tries.values()], ({ host }) => host).length;
    if (hosts.length < REACH_HOSTS || hosts.length < tried * SWEEP.FAILED_SHARE) return [];
    const title = `turned to ${counted(hosts.length, 'new host')} that did not answer`;
    const said = { fact: `New hosts that refused or stayed silent (alarm from ${REACH_HOSTS})`, unit: 'hosts' };
    return [
      {
        kind: 'host-sweep',
        key: 'reach-hosts',
        floor: REACH_HOSTS,
        reached: hosts.length,
        tries: failed,
        title,
        ...said,
      },
    ];
  }

  private ports(_: Reach, failed: readonly Try[]): Told[] {
    const byHost = Map.groupBy(failed, ({ host }) => host);
    return [...byHost.entries()]
      .filter(([, tries]) => tries.length >= REACH_PORTS)
      .slice(0, 1)
      .map(([, tries]) => ({
        kind: 'port-scan',
        key: 'reach-ports',
        floor: REACH_PORTS,
        reached: tries.length,
        tries,
        title: `tried ${counted(tries.length, 'port')} of one host that did not answer`,
        fact: `Ports of one host that refused or stayed silent (alarm from ${REACH_PORTS})`,
        unit: 'ports',
      }));
  }

  private control(found: Reach, { devices }: BehaviourContext): Told[] {
    const files = !FILING.has(devices.deviceOf(found.source).kind);
    const tries = [...found.tries.values()].filter(
      ({ port }) => CONTROL.has(port) || (files && FILES_AND_MAIL.has(port)),
    );
    if (tries.length === 0) return [];
    const hosts = distinct(tries, ({ host }) => host).length;
    const title = `opened what controls or feeds other machines (port ${distinct(tries, ({ port }) => port)
      .slice(0, 4)
      .join(', ')}) to ${counted(hosts, 'new host')}`;
    const said = { fact: 'New hosts reached for by such services', unit: 'hosts' };
    return [{ kind: 'unusual-destination', key: 'reach-control', floor: 1, reached: hosts, tries, title, ...said }];
  }

  private finding(found: Reach, told: Told, { hosts, devices }: BehaviourContext): Finding {
    const who = hosts.address(found.source);
    const { usualPeers, peers } = devices.profileOf(found.source)!;
    const before = usualPeers ?? peers;
    const [first, last] = [told.tries[0]!, told.tries.at(-1)!];
    return makeFinding({
      detector: this.id,
      kind: told.kind,
      severity: 'info',
      confidence: Math.min(0.9, 0.5 + 0.1 * Math.log2(told.reached / told.floor)),
      title: `${who} ${told.title}`,
      summary:
        `In its first half hour it turned to ${counted(before, 'place')}. Later it ${told.title}` +
        `${within(last.at.sec - first.at.sec)}, beyond all it is made for.`,
      sources: [found.source],
      targets: distinct(told.tries, ({ host }) => host),
      ports: distinct(told.tries, ({ port }) => port),
      first: first.at,
      decided: found.decided ?? last.at,
      last: last.at,
      evidence: [fact(told.fact, told.reached, told.unit, before)],
      flows: told.tries.map(({ flow }) => flow),
    });
  }
}
