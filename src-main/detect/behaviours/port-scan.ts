/**
 * Port scans: one host tries many ports (or IP protocols) of another, and most of them refuse, stay silent, or are
 * opened and not used. SYN, connect, FIN, NULL, XMAS, ACK and UDP scans, fast or over hours, of one or many targets.
 *
 * Confidence: 0.6 at the floor, +0.08 for each doubling of failed ports above it, at most 0.98; 0.4 for the hint that
 * a few ports were tried at once; the share of tries that failed scales it.
 */
import { FLOW_EVENT } from '../../meter/flows/types.ts';
import { PROTO } from '../../meter/packets/types.ts';
import type { Behaviour, BehaviourContext, Observations, PacketTime } from '../types.ts';
import { BoundedMap } from './common/bounded.ts';
import { FanTable, TRIED, type Fan } from './common/fan-table.ts';
import { HostColumn } from './common/host-columns.ts';
import { describePortScan, type ScanCase } from './common/scan-report.ts';
import { looksLikeAnswer, OPENING, openingOf } from './common/tcp-flags.ts';
import { PORT_SCAN } from './common/thresholds.ts';

/** What the members of a fan are: the low two bits of its second key. */
export const SCAN_CLASS = { TCP: 0, UDP: 1, SCTP: 2, PROTOCOLS: 3 } as const;

/** Ports to which traceroute sends, with a time to live too small to arrive (its classic range, 33434 and up). */
const TRACEROUTE_FIRST = 33434;
const TRACEROUTE_LAST = 33690;
const TRACEROUTE_TTL = 32;
/** Mean bytes of the first datagrams above which trying ports is not a UDP scan: probes are empty or short. */
const PROBE_PAYLOAD = 120;
/**
 * A host that accepts everything (a honeypot, a firewall's proxy): ports that were opened and never used, and how many
 * of them below 1024. Passive FTP opens many as well, but none of those.
 */
const IDLE_PORTS = 50;
const IDLE_SYSTEM_PORTS = 10;
/** A finding is brought up to date when it has grown this much: the work for all of them stays linear. */
const GROWTH = 2;
/** Cases held; targets of one case kept in detail. */
const CASES = 4096;
const FANS_A_CASE = 1000;

export class PortScan implements Behaviour {
  readonly id = 'behaviour:port-scan';
  private readonly table = new FanTable({ pause: PORT_SCAN.PAUSE });
  /** Different services and different hosts each source tried: what is usual for it. */
  private readonly services = new HostColumn();
  private readonly peers = new HostColumn();
  private readonly cases = new BoundedMap<string, ScanCase>({ ceiling: CASES });
  /** Fans near the floor whose newest tries may yet be answered. */
  private readonly waiting = new Set<Fan>();
  private readonly changed = new Set<ScanCase>();
  private second = Number.NEGATIVE_INFINITY;

  observe(seen: Observations, context: BehaviourContext): void {
    const {
      kind,
      sec,
      nano,
      origHost,
      respHost,
      origPort,
      respPort,
      proto,
      tcpFlags,
      payloadLength,
      ttl,
      flow,
      flipped,
    } = seen.events.columns;
    for (let i = 0; i < seen.events.count; i++) {
      const protocol = proto[i]!;
      if (protocol === PROTO.ICMP || protocol === PROTO.ICMPV6) continue;
      if (sec[i]! > this.second) this.tick(sec[i]!);
      const a = origHost[i]!;
      const target = respHost[i]!;
      if (a === 0 || target === 0) continue;
      const what = classOf(protocol);
      const b = target * 4 + what;
      const member = what === SCAN_CLASS.PROTOCOLS ? protocol : respPort[i]!;
      if (kind[i] !== FLOW_EVENT.OPEN) {
        this.settle(a, b, member, kind[i] === FLOW_EVENT.REFUSED ? TRIED.REFUSED : answerState(what), sec[i]!);
        continue;
      }
      const opening = what === SCAN_CLASS.TCP ? openingOf(tcpFlags[i]!, payloadLength[i]!) : OPENING.SYN;
      if (opening === OPENING.ANSWER || opening === OPENING.MIDDLE || flipped[i] === 1) continue;
      if ((opening === OPENING.ACK || what === SCAN_CLASS.UDP) && looksLikeAnswer(origPort[i]!, member)) continue;
      if (
        what === SCAN_CLASS.UDP &&
        member >= TRACEROUTE_FIRST &&
        member <= TRACEROUTE_LAST &&
        ttl[i]! < TRACEROUTE_TTL
      ) {
        continue;
      }
      const fan = this.table.note(a, b, member, flow[i]!, sec[i]!, nano[i]!, opening, payloadLength[i]!);
      if (this.table.freshKey) this.peers.add(a);
      if (!this.table.freshMember) continue;
      this.services.add(a);
      if (fan) this.consider(fan, sec[i]!, context);
    }
    this.readEnded(seen);
    this.flush(context);
  }

  finish(context: BehaviourContext): void {
    for (const fan of this.table.all()) {
      if (!fan.decided && context.network.isMulticast(fan.b >>> 2)) continue;
      this.judge(fan, Number.POSITIVE_INFINITY);
    }
    for (const [, found] of this.cases) {
      for (const fan of found.fans) if (fan.decided && !stillFailed(fan)) found.excused++;
      if (found.excused === found.fans.length && found.fans.length > 0) {
        context.withdraw(found.key);
        this.changed.delete(found);
      } else if (found.decided) this.changed.add(found);
    }
    this.flush(context, true);
  }

  private settle(a: number, b: number, member: number, state: number, now: number): void {
    const fan = this.table.settle(a, b, member, state);
    if (!fan || (fan.decided && !fan.hinted) || state !== TRIED.REFUSED) return;
    if (fan.tried >= PORT_SCAN.PORTS_EACH) this.judge(fan, now);
  }

  /** A new member came: decide now, or look again when its youngest tries have had time to be answered. */
  private consider(fan: Fan, now: number, context: BehaviourContext): void {
    if (fan.decided && !fan.hinted) {
      this.grew(fan);
      return;
    }
    if (fan.tried < PORT_SCAN.PORTS_EACH) return;
    if (context.network.isMulticast(fan.b >>> 2) || context.network.isBroadcast(fan.b >>> 2)) return;
    if (!this.judge(fan, now) && this.waiting.size < CASES) this.waiting.add(fan);
  }

  /** Packet time went on to another second. */
  private tick(second: number): void {
    this.second = second;
    for (const fan of this.waiting) {
      if (second - fan.lastSec > 2 * PORT_SCAN.GRACE + 1) this.waiting.delete(fan);
      this.judge(fan, second, { sec: second, nano: 0 });
    }
  }

  /** Decides the fan when there is enough. */
  private judge(fan: Fan, now: number, when?: PacketTime): boolean {
    if (fan.decided && !fan.hinted) return true;
    const weight = weigh(fan, failedPorts(fan, now));
    if (weight === 0 || (fan.hinted && weight !== FULL)) return false;
    const found = this.caseOf(fan);
    const at = when ?? fan.last;
    if (fan.hinted) {
      this.confirm(found, fan, at);
      return true;
    }
    if (weight === HALF) {
      found.lesser++;
      fan.counted = true;
      if (found.lesser < PORT_SCAN.TARGETS) {
        found.spare.push(fan);
        return false;
      }
      for (const other of found.spare.splice(0)) this.decide(found, other, at);
    }
    if (weight === HINT) {
      found.hints++;
      fan.hinted = true;
    }
    this.decide(found, fan, at);
    return weight === FULL;
  }

  /** What was a hint has become a scan. */
  private confirm(found: ScanCase, fan: Fan, at: PacketTime): void {
    fan.hinted = false;
    fan.decided = at;
    fan.reportedAt = fan.tried;
    found.hints--;
    if (found.hints === 0) found.reported = 0;
    this.changed.add(found);
  }

  private decide(found: ScanCase, fan: Fan, at: PacketTime): void {
    if (fan.decided) return;
    fan.decided = at;
    found.decided ??= at;
    found.targetsTotal++;
    if (found.fans.length < FANS_A_CASE) found.fans.push(fan);
    found.last = fan.last;
    fan.reportedAt = fan.tried;
    this.changed.add(found);
  }

  private grew(fan: Fan): void {
    if (fan.tried < fan.reportedAt * 1.25) return;
    fan.reportedAt = fan.tried;
    const found = this.cases.peek(nameOf(fan));
    // The case may have been pushed out by newer ones: what was reported stays as it is.
    if (!found || found.fans.length === 0) return;
    found.last = fan.last;
    this.changed.add(found);
  }

  /** The open case of the fan's source and protocol; a new one when the last has been silent for long. */
  private caseOf(fan: Fan): ScanCase {
    const what = fan.b & 3;
    const name = nameOf(fan);
    const known = this.cases.touch(name, fan.lastSec);
    if (known && fan.first.sec - known.last.sec <= PORT_SCAN.PAUSE) return known;
    const made: ScanCase = {
      key: `behaviour:${name} ${fan.first.sec}`,
      source: fan.a,
      what,
      fans: [],
      spare: [],
      lesser: 0,
      hints: 0,
      excused: 0,
      reported: 0,
      targetsTotal: 0,
      decided: null,
      last: fan.last,
    };
    this.cases.set(name, made, fan.lastSec);
    return made;
  }

  /** Flows that carried something were meant, even where our capture shows one direction only. */
  private readEnded(seen: Observations): void {
    const c = seen.flows.columns;
    for (let row = 0; row < seen.flows.count; row++) {
      const protocol = c.proto[row]!;
      if (protocol !== PROTO.TCP && protocol !== PROTO.UDP) continue;
      if (c.origDataPkts[row] === 0 && c.respDataPkts[row] === 0) continue;
      // A datagram out is the try itself.
      if (protocol === PROTO.UDP && c.respPkts[row] === 0) continue;
      const b = c.respHost[row]! * 4 + classOf(protocol);
      this.table.settle(c.origHost[row]!, b, c.respPort[row]!, TRIED.USED);
    }
  }

  /** Reports what has doubled since it was last reported; `all`: whatever changed. */
  private flush(context: BehaviourContext, all = false): void {
    for (const found of this.changed) {
      let tried = 0;
      for (const fan of found.fans) tried += fan.tried;
      if (!all && tried < found.reported * GROWTH) continue;
      found.reported = tried;
      context.report(found.key, describePortScan(this.id, found, this.usual(found), context));
    }
    this.changed.clear();
  }

  /** Mean ports on the other hosts this source spoke to; null when there are none. */
  private usual(found: ScanCase): number | null {
    let services = this.services.get(found.source);
    let peers = this.peers.get(found.source);
    for (const fan of found.fans) {
      services -= fan.tried;
      peers--;
    }
    return peers > 0 && services > 0 ? Math.round((services / peers) * 10) / 10 : null;
  }
}

const HALF = 1;
const HINT = 2;
const FULL = 3;

function nameOf(fan: Fan): string {
  return `port-scan ${fan.a} ${fan.b & 3}`;
}

function classOf(protocol: number): number {
  if (protocol === PROTO.TCP) return SCAN_CLASS.TCP;
  if (protocol === PROTO.UDP) return SCAN_CLASS.UDP;
  return protocol === PROTO.SCTP ? SCAN_CLASS.SCTP : SCAN_CLASS.PROTOCOLS;
}

/** A datagram back is a service that works; a SYN+ACK says only that a port is open. */
function answerState(what: number): number {
  return what === SCAN_CLASS.TCP || what === SCAN_CLASS.SCTP ? TRIED.ANSWERED : TRIED.USED;
}

/** Tries by flags that no program sends to connect. */
function stealthTries(fan: Fan): number {
  const o = fan.openings;
  return o[OPENING.FIN]! + o[OPENING.NULL]! + o[OPENING.XMAS]! + o[OPENING.ODD]!;
}

/** Different members that failed; for probes that do not ask for a connection, all of them. */
function failedPorts(fan: Fan, now: number): number {
  const probes = stealthTries(fan) + fan.openings[OPENING.ACK]!;
  if ((fan.b & 3) === SCAN_CLASS.TCP && probes * 2 > fan.tries) return fan.tried;
  const failed = fan.failed(now);
  if (now !== Number.POSITIVE_INFINITY || fan.idle < IDLE_PORTS) return failed;
  let system = 0;
  fan.each((port) => void (port < 1024 && system++));
  return system < IDLE_SYSTEM_PORTS ? failed : failed + fan.idle;
}

/** 0: nothing; `HALF`: counts where there are several such targets; `HINT`; `FULL`. */
function weigh(fan: Fan, failed: number): number {
  const what = fan.b & 3;
  if (what === SCAN_CLASS.PROTOCOLS) return fan.tried >= PORT_SCAN.PROTOCOLS ? FULL : 0;
  if (failed < fan.tried * PORT_SCAN.FAILED_SHARE) return 0;
  if (what === SCAN_CLASS.UDP && fan.payload > fan.tries * PROBE_PAYLOAD) return 0;
  const seconds = fan.lastSec - fan.first.sec;
  const udp = what === SCAN_CLASS.UDP;
  const floor = (udp ? PORT_SCAN.UDP_PORTS : PORT_SCAN.PORTS) * (seconds > PORT_SCAN.PAUSE ? 2 : 1);
  if (failed >= floor) return FULL;
  if (udp) return 0;
  if (stealthTries(fan) >= PORT_SCAN.FEW_PORTS) return FULL;
  const few = fan.tried >= PORT_SCAN.FEW_PORTS && failed >= PORT_SCAN.FEW_PORTS - 1;
  if (few && seconds <= PORT_SCAN.FEW_SECONDS && fan.answered <= 1) return HINT;
  return failed >= PORT_SCAN.PORTS_EACH && !fan.counted ? HALF : 0;
}

/** At the end of input: whether what was decided early still holds now that every flow's end is known. */
function stillFailed(fan: Fan): boolean {
  const what = fan.b & 3;
  if (what === SCAN_CLASS.PROTOCOLS) return true;
  const failed = failedPorts(fan, Number.POSITIVE_INFINITY);
  return failed >= fan.tried * PORT_SCAN.FAILED_SHARE * 0.75;
}

export const portScan = (): Behaviour => new PortScan();
