/**
 * A machine of ours that knocks at random places outside on the doors worms and bots come in by: telnet and the
 * service ports of cameras and routers (Mirai, Hajime and their heirs), Windows file sharing and RPC (WannaCry,
 * Blaster), SQL Server's resolution port (Slammer). Known malware traffic, so the machine is to be taken as infected.
 *
 * At least `PLACES` different outside addresses on such ports within `WINDOW` seconds, most of them without an answer.
 * Confidence 0.7 at the floor, +0.07 a doubling, at most 0.97. Scans that come from outside are not this: their
 * sources are not ours, and every address on the Internet sees them.
 */
import { FLOW_EVENT, type FlowEventBatch } from '../../meter/flows/types.ts';
import type { Behaviour, BehaviourContext, Finding, Observations, PacketTime } from '../types.ts';
import { at, Case, CaseBook } from './common/casebook.ts';
import { BoundedSet } from './common/bounded.ts';
import { DistinctCounter } from './common/distinct.ts';
import { fact, makeFinding, timeOf } from './common/finding.ts';
import { counted, formatDuration, formatPorts } from './common/words.ts';

const TCP = 6;
const UDP = 17;
/** Telnet and its alternatives, and services of devices that bots exploit; nobody reaches random hosts on them. */
const DEVICE_PORTS = new Set([23, 2323, 23231, 5555, 7547, 37215, 52869, 9527, 5358, 6789, 26, 60001, 34567]);
const WINDOWS_PORTS = new Set([135, 139, 445]);
const SLAMMER_PORT = 1434;
const PLACES = 20;
const WINDOW = 300;
/** Share of the places that answered: beyond it these are services that are used. */
const ANSWERED = 0.3;

export class Spread extends Case {
  readonly source: number;
  readonly family: 'devices' | 'windows' | 'database';
  readonly ports = new BoundedSet<number>(32);
  readonly targets = new BoundedSet<number>(1000);
  readonly places = new DistinctCounter(1024);
  answered = 0;
  /** Places at the beginning of the current window. */
  windowStart = 0;
  windowPlaces = 0;

  constructor(time: PacketTime, source: number, family: 'devices' | 'windows' | 'database') {
    super(time);
    this.source = source;
    this.family = family;
  }
}

export class WormSpread implements Behaviour {
  readonly id = 'behaviour:worm-spread';
  private readonly cases = new CaseBook<Spread>({ ceiling: 10_000, lifetime: 7200 });

  observe(seen: Observations, context: BehaviourContext): void {
    for (let row = 0; row < seen.events.count; row++) this.look(seen.events, row, context);
    this.cases.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  finish(context: BehaviourContext): void {
    this.cases.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  private look(events: FlowEventBatch, row: number, context: BehaviourContext): void {
    const c = events.columns;
    const port = c.respPort[row]!;
    const proto = c.proto[row]!;
    const family = familyOf(proto, port);
    if (family === undefined) return;
    const source = c.origHost[row]!;
    const target = c.respHost[row]!;
    if (source === 0 || target === 0) return;
    const key = `spread|${family}|${source}`;
    if (c.kind[row] !== FLOW_EVENT.OPEN) {
      const found = this.cases.find(key);
      if (found && c.kind[row] === FLOW_EVENT.ANSWERED) found.answered++;
      return;
    }
    if (context.network.isLocal(target) || context.network.isMulticast(target) || context.network.isBroadcast(target))
      return;
    const time = timeOf(c, row);
    const found = this.cases.open(key, at(time), (first) => new Spread(first, source, family));
    found.saw(time, c.flow[row]!);
    found.ports.add(port);
    if (found.places.add(target)) found.targets.add(target);
    if (time.sec - found.windowStart > WINDOW || time.sec < found.windowStart) {
      found.windowStart = time.sec;
      found.windowPlaces = found.places.count - 1;
    }
    if (found.places.count - found.windowPlaces >= PLACES && found.answered <= found.places.count * ANSWERED)
      found.decide();
    if (found.decided) this.cases.change(key, found);
  }

  private finding(found: Spread, context: BehaviourContext): Finding {
    const who = context.hosts.address(found.source);
    const places = found.places.count;
    const what = {
      devices: 'devices such as cameras and routers',
      windows: 'Windows machines',
      database: 'database servers',
    }[found.family];
    return makeFinding({
      detector: this.id,
      kind: 'command-and-control',
      confidence: Math.min(0.97, 0.7 + 0.07 * Math.log2(places / PLACES)),
      title: `${who} spreads like a bot or worm: it tried ${counted(places, 'random outside address', 'random outside addresses')}`,
      summary:
        `In ${formatDuration(found.seconds)} it tried port ${formatPorts([...found.ports.members])} of ${counted(places, 'address', 'addresses')}, of which ` +
        `${counted(found.answered, 'connection was', 'connections were')} answered. Malware looks for ${what} to infect like this; the machine itself is likely infected.`,
      sources: [found.source],
      targets: found.targets.members,
      targetsTotal: places,
      ports: found.ports.members,
      first: found.first,
      decided: found.decided ?? found.last,
      last: found.last,
      evidence: [
        fact(`Outside addresses tried (alarm from ${PLACES})`, places, 'addresses'),
        fact('Connections answered', found.answered, 'connections', null),
        fact('Addresses a minute', places / Math.max(found.seconds / 60, 1 / 60), 'addresses/min'),
      ],
      flows: found.flows,
      technique: [{ id: 'T1595.001', name: 'Active Scanning: Scanning IP Blocks' }],
      response: [
        'Cut the machine off the network and examine or reset it: it looks for others to infect.',
        'Block these ports outwards for all machines that do not need them.',
      ],
    });
  }
}

function familyOf(proto: number, port: number): 'devices' | 'windows' | 'database' | undefined {
  if (proto === TCP) return DEVICE_PORTS.has(port) ? 'devices' : WINDOWS_PORTS.has(port) ? 'windows' : undefined;
  return proto === UDP && port === SLAMMER_PORT ? 'database' : undefined;
}
