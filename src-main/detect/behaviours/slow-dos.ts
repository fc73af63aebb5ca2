/**
 * Slow denial of service: one host holds many connections to a web service open and lets them starve, by sending its
 * request (slowloris), its body (RUDY) or its acknowledgements (slow read) as slowly as the server allows.
 *
 * Confidence: 0.7 at the floor, +0.08 for each doubling of starving connections, at most 0.95; 0.55 where the requests
 * were answered and only the number of open connections is out of the ordinary.
 */
import { FLOW_EVENT } from '../../meter/flows/types.ts';
import { PROTO } from '../../meter/packets/types.ts';
import type { Behaviour, BehaviourContext, Observations, PacketTime } from '../types.ts';
import { BoundedMap } from './common/bounded.ts';
import { fact, makeFinding, secondsBetween } from './common/finding.ts';
import { FlowIds } from './common/flow-ids.ts';
import { FlowMap } from './common/flow-map.ts';
import { SLOW_DOS } from './common/thresholds.ts';
import { counted, formatNumber, within } from './common/words.ts';

const WEB_PORTS = new Set([80, 81, 88, 443, 3000, 5000, 8000, 8008, 8080, 8081, 8088, 8443, 8888, 9000, 9090]);
const CONTESTS = 8192;
const CONNECTIONS = 4096;
/** Open at once with answered requests: five times what browsers and proxies open to one service. */
const OPEN_AT_ONCE = 100;
/** Share of SYNs among the TCP packets in; a connection that is completed and used has two packets more. */
const HALF_OPEN_SHARE = 0.5;
/** The server gave up waiting, or understood nothing. */
const GIVEN_UP = new Set([400, 408]);

/** One client and one web service. */
export class Contest {
  readonly source: number;
  readonly target: number;
  readonly port: number;
  readonly first: PacketTime;
  last: PacketTime;
  /** Answered, not ended, nothing served: flow → when it was opened; oldest first. */
  readonly starving = new Map<number, number>();
  /** Answered, not ended. */
  readonly open = new Map<number, number>();
  connections = 0;
  served = 0;
  /** Ended after a long time with nothing served. */
  starved = 0;
  /** Cut off by the end of the capture, with a request begun. */
  young = 0;
  peak = 0;
  readonly flows = new FlowIds();
  decided: PacketTime | null = null;
  servedKind = false;
  reportedAt = 0;

  constructor(source: number, target: number, port: number, time: PacketTime) {
    this.source = source;
    this.target = target;
    this.port = port;
    this.first = time;
    this.last = time;
  }
}

export class SlowDos implements Behaviour {
  readonly id = 'behaviour:slow-dos';
  private readonly contests = new FlowMap<string, Contest>({ ceiling: CONTESTS });
  /** Contests with enough starving connections to be looked at every second. */
  private readonly watched = new Set<Contest>();
  /** Hosts under a SYN flood, and since when they are not. */
  private readonly flooded = new BoundedMap<number, number>({ ceiling: CONTESTS });
  private second = Number.NEGATIVE_INFINITY;

  observe(seen: Observations, context: BehaviourContext): void {
    const { kind, proto, sec, nano, origHost, respHost, respPort, flow } = seen.events.columns;
    for (let i = 0; i < seen.events.count; i++) {
      if (kind[i] !== FLOW_EVENT.ANSWERED || proto[i] !== PROTO.TCP || !WEB_PORTS.has(respPort[i]!)) continue;
      this.answered(origHost[i]!, respHost[i]!, respPort[i]!, flow[i]!, { sec: sec[i]!, nano: nano[i]! });
    }
    for (const message of seen.messages) {
      if (message.kind === 'http' && message.status > 0) {
        if (!GIVEN_UP.has(message.status)) this.serve(message.orig, message.resp, message.respPort, message.flow);
      } else if (message.kind === 'tls' && (message.what === 'established' || message.what === 'server-hello')) {
        this.serve(message.orig, message.resp, message.respPort, message.flow);
      }
    }
    this.readEnded(seen);
    this.readPulses(seen);
    // Only now: who of these connections was served or ended in the meantime is told by the lists after the events.
    this.tick(Math.max(this.second, Math.floor(seen.now)), context);
  }

  finish(context: BehaviourContext): void {
    for (const [, contest] of this.contests) {
      this.judge(contest, Math.max(this.second, contest.last.sec), context);
      if (contest.decided) this.report(contest, context);
    }
  }

  private answered(source: number, target: number, port: number, flow: number, time: PacketTime): void {
    const contest = this.contests.obtain(
      `${source} ${target} ${port}`,
      time.sec,
      () => new Contest(source, target, port, time),
    );
    contest.last = time;
    contest.connections++;
    contest.flows.add(flow);
    if (contest.open.size < CONNECTIONS) contest.open.set(flow, time.sec);
    if (contest.starving.size < CONNECTIONS) contest.starving.set(flow, time.sec);
    contest.peak = Math.max(contest.peak, contest.starving.size);
    if (contest.starving.size >= SLOW_DOS.CONNECTIONS || contest.open.size >= OPEN_AT_ONCE) this.watched.add(contest);
  }

  private serve(source: number, target: number, port: number, flow: number): void {
    const contest = this.contests.peek(`${source} ${target} ${port}`);
    if (contest?.starving.delete(flow)) contest.served++;
  }

  private readEnded(seen: Observations): void {
    const c = seen.flows.columns;
    for (let row = 0; row < seen.flows.count; row++) {
      if (c.proto[row] !== PROTO.TCP || !WEB_PORTS.has(c.respPort[row]!)) continue;
      const contest = this.contests.peek(`${c.origHost[row]} ${c.respHost[row]} ${c.respPort[row]}`);
      if (!contest) continue;
      const id = c.id[row]!;
      const opened = contest.open.get(id);
      contest.open.delete(id);
      if (!contest.starving.delete(id) || opened === undefined) continue;
      const begun = c.origDataPkts[row]! > 0 && c.respDataPkts[row] === 0;
      if (begun && c.lastSec[row]! - opened >= SLOW_DOS.YOUNG_SECONDS) contest.young++;
      // What came back is more than an error page: served, in a protocol we did not read.
      if (c.respPayload[row]! > 2000) contest.served++;
      else if (c.lastSec[row]! - opened >= SLOW_DOS.SECONDS) contest.starved++;
    }
  }

  /** Handshakes that are never completed look starved too: those are a SYN flood's. */
  private readPulses(seen: Observations): void {
    const p = seen.pulses.columns;
    for (let i = 0; i < seen.pulses.count; i++) {
      const tcp = p.packetsIn[i]! - p.udpIn[i]! - p.icmpIn[i]! - p.otherIn[i]!;
      if (p.synIn[i]! >= SLOW_DOS.CONNECTIONS && p.synIn[i]! >= tcp * HALF_OPEN_SHARE) {
        this.flooded.set(p.host[i]!, p.second[i]!, p.second[i]!);
      }
    }
  }

  private tick(second: number, context: BehaviourContext): void {
    this.second = second;
    for (const contest of this.watched) {
      this.judge(contest, second, context);
      const few = contest.starving.size < SLOW_DOS.CONNECTIONS && contest.open.size < OPEN_AT_ONCE;
      if (few && contest.starved < SLOW_DOS.CONNECTIONS) this.watched.delete(contest);
    }
  }

  private judge(contest: Contest, now: number, context: BehaviourContext): void {
    if (contest.decided) {
      if (contest.connections >= contest.reportedAt * 1.5) this.report(contest, context);
      return;
    }
    const old = oldEnough(contest.starving, now) + contest.starved;
    const enough = old >= SLOW_DOS.CONNECTIONS || contest.young >= SLOW_DOS.YOUNG_CONNECTIONS;
    const starving = enough && contest.served <= contest.connections * SLOW_DOS.SERVED_SHARE;
    const held = oldEnough(contest.open, now) >= OPEN_AT_ONCE;
    if (!starving && !held) return;
    const flooded = this.flooded.peek(contest.target);
    if (flooded !== undefined && flooded >= contest.first.sec - 1) return;
    contest.decided = { sec: decisionTime(starving ? contest.starving : contest.open, now), nano: 0 };
    contest.servedKind = !starving;
    this.report(contest, context);
  }

  private report(contest: Contest, context: BehaviourContext): void {
    contest.reportedAt = contest.connections;
    const source = context.hosts.address(contest.source);
    const target = context.hosts.address(contest.target);
    const held = contest.servedKind ? contest.open.size : Math.max(contest.peak, contest.starved, contest.young);
    const seconds = secondsBetween(contest.first, contest.last);
    context.report(
      `${this.id} ${contest.source} ${contest.target} ${contest.port}`,
      makeFinding({
        detector: this.id,
        kind: 'slow-dos',
        confidence: contest.servedKind
          ? 0.55
          : Math.min(0.95, 0.7 + 0.08 * Math.log2(Math.max(1, held / SLOW_DOS.CONNECTIONS))),
        title: `${source} holds ${counted(held, 'connection')} to the web service on ${target} port ${contest.port} open without using them`,
        summary:
          `Of ${formatNumber(contest.connections)} connections that ${target} accepted, ${formatNumber(contest.served)} ever got an answer ` +
          `to a request. A web server serves a limited number of connections at once: this client takes them up.`,
        sources: [contest.source],
        targets: [contest.target],
        ports: [contest.port],
        first: contest.first,
        decided: contest.decided ?? contest.last,
        last: contest.last,
        evidence: [
          fact(`Connections open at once without an answer (alarm from ${SLOW_DOS.CONNECTIONS})`, held, 'connections'),
          fact(`Connections opened${within(seconds)}`, contest.connections, 'connections'),
          fact('Connections that were served', contest.served, 'connections'),
        ],
        flows: contest.flows,
      }),
    );
  }
}

/** How many were opened at least `SLOW_DOS.SECONDS` ago. Maps keep the order of opening, so this stops early. */
function oldEnough(opened: ReadonlyMap<number, number>, now: number): number {
  let count = 0;
  for (const at of opened.values()) {
    if (now - at < SLOW_DOS.SECONDS) break;
    count++;
  }
  return count;
}

/** When the last of the connections that make up the floor had been open long enough. */
function decisionTime(opened: ReadonlyMap<number, number>, now: number): number {
  let left: number = SLOW_DOS.CONNECTIONS;
  for (const at of opened.values()) if (--left === 0) return Math.min(now, at + SLOW_DOS.SECONDS);
  return now;
}

export const slowDos = (): Behaviour => new SlowDos();
