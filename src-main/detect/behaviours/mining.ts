/**
 * Coin mining: a machine works for a pool. Where it is nobody's decision it is what break-ins are made for, and it costs power.
 *
 * Known by its requests, not by ports, and answered by the pool. A warning where the pool is outside; `info` between hosts
 * of ours (a pool or a proxy for one), and for pools of ours that are asked from outside. Confidence 0.95.
 */
import type { FlowBatch } from '../../meter/flows/types.ts';
import type { Behaviour, BehaviourContext, Finding, Observations, PacketTime } from '../types.ts';
import type { MiningMessage } from '../../meter/protocols/types.ts';
import { BoundedMap, BoundedSet } from './common/bounded.ts';
import { at, Case, CaseBook } from './common/casebook.ts';
import { earlier, fact, factUnlessZero, later, makeFinding, timeOf } from './common/finding.ts';
import { counted, formatBytes, formatList } from './common/words.ts';

/** Connections that were told of while they lasted. */
const OPEN_MAX = 20_000;
/** As `FlowMeta.app` names it, and the fact that names the program. */
const APP = 'Mining';
const AGENT = 'mining.agent';

/** One host that mines, with its pools. */
export class Miner extends Case {
  readonly host: number;
  readonly pools = new BoundedSet<number>(1000);
  readonly ports = new BoundedSet<number>(64);
  readonly agents = new BoundedSet<string>(8);
  outward = false;
  sent = 0;
  received = 0;

  constructor(time: PacketTime, host: number) {
    super(time);
    this.host = host;
  }
}

export class Mining implements Behaviour {
  readonly id = 'behaviour:mining';
  private readonly cases = new CaseBook<Miner>({ ceiling: 5000, lifetime: 86_400 });

  private readonly open = new BoundedMap<number, true>({ ceiling: OPEN_MAX });

  observe({ messages, flows }: Observations, context: BehaviourContext): void {
    for (const message of messages) if (message.kind === 'mining') this.answered(message, context);
    for (let row = 0; row < flows.count; row++) if (flows.meta[row]?.app === APP) this.look(flows, row, context);
    this.tell(context);
  }

  finish(context: BehaviourContext): void {
    this.tell(context);
  }

  /** A pool spoke to it: that is told at once, for such connections last for days. */
  private answered(message: MiningMessage, context: BehaviourContext): void {
    if (message.orig === 0 || message.resp === 0) return;
    const found = this.miner(message.orig, message.resp, message.respPort, at(message), context);
    found.saw(at(message), message.flow);
    found.decide();
    if (message.agent !== '') found.agents.add(message.agent);
    this.open.set(message.flow, true, message.sec);
  }

  private look(flows: FlowBatch, row: number, context: BehaviourContext): void {
    const c = flows.columns;
    const [host, pool] = [c.origHost[row]!, c.respHost[row]!];
    if (host === 0 || pool === 0 || c.origPayload[row] === 0 || c.respPayload[row] === 0) return;
    const [first, last] = [timeOf(c, row), { sec: c.lastSec[row]!, nano: c.lastNano[row]! }];
    const found = this.miner(host, pool, c.respPort[row]!, first, context);
    found.first = earlier(found.first, first);
    found.last = later(found.last, last);
    if (!this.open.delete(c.id[row]!)) found.saw(last, c.id[row]!);
    found.decide();
    found.sent += c.origPayload[row]!;
    found.received += c.respPayload[row]!;
    const agent = flows.meta[row]?.facts[AGENT];
    if (agent !== undefined) found.agents.add(agent);
  }

  /** The case of a host and one of its pools, to be told of. */
  private miner(host: number, pool: number, port: number, time: PacketTime, { network }: BehaviourContext): Miner {
    const outward = network.isLocal(host) && !network.isLocal(pool);
    const key = `mining|${host}|${outward ? 'out' : 'in'}`;
    const found = this.cases.open(key, time, (began) => new Miner(began, host));
    found.outward = outward;
    found.pools.add(pool);
    found.ports.add(port);
    this.cases.change(key, found);
    return found;
  }

  private tell(context: BehaviourContext): void {
    this.cases.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  private finding(found: Miner, context: BehaviourContext): Finding {
    const who = context.hosts.address(found.host);
    const pools = found.pools.size + found.pools.refused;
    const whom = formatList(
      [...found.pools.members].slice(0, 2).map((pool) => context.hosts.address(pool)),
      2,
      pools,
    );
    const by = found.agents.size > 0 ? ` by ${formatList([...found.agents.members])}` : '';
    return makeFinding({
      detector: this.id,
      kind: 'policy-violation',
      severity: found.outward ? 'warning' : 'info',
      confidence: 0.95,
      title: `${who} mines coins for ${whom}`,
      summary:
        `${counted(found.count, 'connection')} to ${counted(pools, 'pool')}${by}` +
        (found.sent > 0 ? `, ${formatBytes(found.sent)} sent and ${formatBytes(found.received)} received` : '') +
        (found.outward ? ', out of the network.' : '.'),
      sources: [found.host],
      targets: found.pools.members,
      targetsTotal: pools,
      ports: found.ports.members,
      first: found.first,
      decided: found.decided ?? found.last,
      last: found.last,
      evidence: [
        fact('Connections to mining pools', found.count, 'connections', 0),
        fact('Pools', pools, 'pools', 0),
        ...factUnlessZero('Minutes from the first to the last', Math.round(found.seconds / 6) / 10, 'minutes'),
        ...factUnlessZero('Bytes sent to pools', found.sent, 'bytes'),
        ...factUnlessZero('Bytes received from pools', found.received, 'bytes'),
      ],
      flows: found.flows,
      bytes: found.sent + found.received,
      technique: [{ id: 'T1496', name: 'Resource Hijacking' }],
      response: [
        `Find out who runs the miner on ${who} and whether it is allowed there.`,
        `If nobody meant it, somebody else's program runs on ${who}: examine it, remove the program, and block the pools.`,
      ],
    });
  }
}
