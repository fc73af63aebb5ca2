/**
 * Conversations that do not go with their port, gathered by who holds them: one case a client, protocol and port with its
 * servers; where clients outside come to a server of ours, one case a server with its clients.
 */
import type { FlowBatch } from '../../../meter/flows/types.ts';
import type { MisplacedMessage } from '../../../meter/protocols/types.ts';
import type { BehaviourContext, PacketTime } from '../../types.ts';
import { BoundedMap, BoundedSet } from './bounded.ts';
import { at, Case, CaseBook } from './casebook.ts';
import { earlier, factUnlessZero, later, secondsBetween, timeOf, type FindingParts } from './finding.ts';
import { formatList } from './words.ts';

const DAY = 86_400;
const OTHERS = 1000;

export class MisplacedCase extends Case {
  /** Who holds it: the client, or a server of ours that is asked from outside. */
  readonly host: number;
  readonly inward: boolean;
  readonly port: number;
  readonly transport: MisplacedMessage['transport'];
  readonly app: string;
  readonly others = new BoundedSet<number>(OTHERS);
  /** It leads out of the network. */
  outward = false;
  /** Payload bytes of clients and of servers, and seconds of the longest, of connections that ended. */
  sent = 0;
  received = 0;
  longest = 0;
  /** Free for the behaviour: connections with what makes them worse, and those of text. */
  worse = 0;
  readable = 0;

  constructor(time: PacketTime, host: number, inward: boolean, { respPort, transport, app }: MisplacedMessage) {
    super(time);
    this.host = host;
    this.inward = inward;
    this.port = respPort;
    this.transport = transport;
    this.app = app;
  }

  /** "A and B on port N", clients first. */
  who(context: BehaviourContext): string {
    const others = [...this.others.members].slice(0, 2).map((host) => context.hosts.address(host));
    const [host, list] = [context.hosts.address(this.host), formatList(others, 2, this.othersTotal)];
    return `${this.inward ? `${list} and ${host}` : `${host} and ${list}`} on port ${this.port}`;
  }

  get othersTotal(): number {
    return this.others.size + this.others.refused;
  }

  /** What every finding about it has alike. */
  parts(): Pick<FindingParts, 'sources' | 'targets' | 'ports' | 'first' | 'decided' | 'last' | 'flows' | 'bytes'> & {
    sourcesTotal?: number;
    targetsTotal?: number;
  } {
    const { host, inward, others, othersTotal } = this;
    return {
      ...(inward
        ? { sources: others.members, sourcesTotal: othersTotal, targets: [host] }
        : { sources: [host], targets: others.members, targetsTotal: othersTotal }),
      ports: [this.port],
      first: this.first,
      decided: this.decided ?? this.last,
      last: this.last,
      flows: this.flows,
      bytes: this.sent + this.received,
    };
  }

  volume(): ReturnType<typeof factUnlessZero> {
    return [
      ...factUnlessZero('Sent by the clients in finished connections', this.sent, 'bytes'),
      ...factUnlessZero('Sent by the servers in finished connections', this.received, 'bytes'),
      ...factUnlessZero('Longest finished connection', this.longest, 's'),
    ];
  }
}

export class MisplacedCases {
  private readonly cases = new CaseBook<MisplacedCase>({ ceiling: 10_000, lifetime: DAY });
  /** Case of a connection that has not ended yet. */
  private readonly open = new BoundedMap<number, string>({ ceiling: 20_000, lifetime: DAY });

  note(message: MisplacedMessage, context: BehaviourContext): MisplacedCase {
    const { orig, resp, respPort, transport, app, flow } = message;
    const { network } = context;
    const inward = !network.isLocal(orig) && network.isLocal(resp);
    const host = inward ? resp : orig;
    const key = `misplaced|${app}|${transport}|${respPort}|${host}|${inward ? 'in' : 'out'}`;
    const found = this.cases.open(key, at(message), (time) => new MisplacedCase(time, host, inward, message));
    found.others.add(inward ? orig : resp);
    found.outward ||= network.isLocal(orig) && !network.isLocal(resp);
    found.saw(at(message), flow);
    found.decide();
    this.open.set(flow, key, message.sec);
    this.cases.change(key, found);
    return found;
  }

  /** Adds up what connections of the cases carried, now that it is known. */
  ended(flows: FlowBatch): void {
    const c = flows.columns;
    for (let row = 0; row < flows.count && this.open.size > 0; row++) {
      const key = this.open.peek(c.id[row]!);
      if (key === undefined) continue;
      this.open.delete(c.id[row]!);
      const found = this.cases.find(key);
      if (!found) continue;
      const [first, last] = [timeOf(c, row), { sec: c.lastSec[row]!, nano: c.lastNano[row]! }];
      found.first = earlier(found.first, first);
      found.last = later(found.last, last);
      found.sent += c.origPayload[row]!;
      found.received += c.respPayload[row]!;
      found.longest = Math.max(found.longest, secondsBetween(first, last));
      this.cases.change(key, found);
    }
  }

  flush(report: (found: MisplacedCase, key: string) => void): void {
    this.cases.flush(report);
  }
}
