/**
 * A place outside that is contacted on a port that is nobody's, in a protocol nobody knows, and that no name led to.
 * Weak by itself (info): it is there to be read beside other incidents of the same host.
 *
 * At least `EACH_WAY` bytes each way and `BYTES` in all, one finding a host with all such places. Confidence 0.3.
 */
import type { FlowBatch } from '../../meter/flows/types.ts';
import type { Behaviour, BehaviourContext, Finding, Observations, PacketTime } from '../types.ts';
import { BoundedSet } from './common/bounded.ts';
import { Case, CaseBook } from './common/casebook.ts';
import { fact, makeFinding, timeOf } from './common/finding.ts';
import { counted, formatBytes } from './common/words.ts';

const TCP = 6;
const EACH_WAY = 100;
const BYTES = 1000;
/** Lowest port that is given to programs rather than to services; peers of file sharing and games live above. */
const KNOWN_PORTS = new Set([
  8000, 8008, 8080, 8081, 8443, 8883, 1883, 5222, 5223, 5228, 3389, 5900, 1935, 4070, 3478, 5938, 2222, 3306, 1433,
  27017,
]);

export class Places extends Case {
  readonly host: number;
  readonly places = new BoundedSet<number>(1000);
  readonly ports = new BoundedSet<number>(1000);
  bytes = 0;

  constructor(time: PacketTime, host: number) {
    super(time);
    this.host = host;
  }
}

export class UnusualDestination implements Behaviour {
  readonly id = 'behaviour:unusual-destination';
  private readonly cases = new CaseBook<Places>({ ceiling: 10_000, lifetime: 86_400 });

  observe(seen: Observations, context: BehaviourContext): void {
    for (let row = 0; row < seen.flows.count; row++) this.look(seen.flows, row, context);
    this.cases.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  finish(context: BehaviourContext): void {
    this.cases.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  private look(flows: FlowBatch, row: number, context: BehaviourContext): void {
    const c = flows.columns;
    const port = c.respPort[row]!;
    if (c.proto[row] !== TCP || port < 1024 || KNOWN_PORTS.has(port)) return;
    const meta = flows.meta[row];
    if (meta && (meta.service !== '' || meta.app !== '')) return;
    if (Math.min(c.origBytes[row]!, c.respBytes[row]!) < EACH_WAY || c.origBytes[row]! + c.respBytes[row]! < BYTES)
      return;
    const host = c.origHost[row]!;
    const place = c.respHost[row]!;
    // Without lookups in the capture a missing name means nothing.
    if (context.names.lookups === 0 || !context.network.isLocal(host) || context.network.isLocal(place)) return;
    if (context.names.nameOf(place, context.hosts.address(place)) !== '') return;
    const found = this.cases.open(`places|${host}`, timeOf(c, row), (time) => new Places(time, host));
    found.saw({ sec: c.lastSec[row]!, nano: c.lastNano[row]! }, c.id[row]!);
    found.places.add(place);
    found.ports.add(port);
    found.bytes += c.origBytes[row]! + c.respBytes[row]!;
    found.decide();
    this.cases.change(`places|${host}`, found);
  }

  private finding(found: Places, context: BehaviourContext): Finding {
    const who = context.hosts.address(found.host);
    return makeFinding({
      detector: this.id,
      kind: 'unusual-destination',
      severity: 'info',
      confidence: 0.3,
      title: `${who} spoke to ${counted(found.places.size, 'outside address', 'outside addresses')} that no name led to`,
      summary: `${formatBytes(found.bytes)} in unknown protocols, on ports that belong to no known service.`,
      sources: [found.host],
      targets: found.places.members,
      ports: found.ports.members,
      first: found.first,
      decided: found.decided ?? found.last,
      last: found.last,
      evidence: [
        fact('Places without a name', found.places.size, 'addresses'),
        fact('Bytes exchanged', found.bytes, 'bytes', null),
      ],
      flows: found.flows,
      bytes: found.bytes,
    });
  }
}
