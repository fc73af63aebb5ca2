/**
 * Coin mining: a machine works for a pool. Where it is nobody's decision it is what break-ins are made for, and it costs power.
 *
 * Known by its requests, not by ports, and answered by the pool. A warning where the pool is outside; `info` between hosts
 * of ours (a pool or a proxy for one), and for pools of ours that are asked from outside. Confidence 0.95.
 */
import type { FlowBatch } from '../../meter/flows/types.ts';
import type { Behaviour, BehaviourContext, Finding, Observations, PacketTime } from '../types.ts';
import { BoundedSet } from './common/bounded.ts';
import { Case, CaseBook } from './common/casebook.ts';
import { earlier, fact, factUnlessZero, later, makeFinding, timeOf } from './common/finding.ts';
import { counted, formatBytes, formatList } from './common/words.ts';

/** As `FlowMeta.app` names it, and the fact that names the program. */
const APP = 'Mining';
const AGENT = 'mining.agent';

/** One host that mines, with its pools. */
class Miner extends Case {
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

  observe({ flows }: Observations, context: BehaviourContext): void {
    for (let row = 0; row < flows.count; row++) if (flows.meta[row]?.app === APP) this.look(flows, row, context);
    this.tell(context);
  }

  finish(context: BehaviourContext): void {
    this.tell(context);
  }

  private look(flows: FlowBatch, row: number, { network }: BehaviourContext): void {
    const c = flows.columns;
    const [host, pool] = [c.origHost[row]!, c.respHost[row]!];
    if (host === 0 || pool === 0 || c.origPayload[row] === 0 || c.respPayload[row] === 0) return;
    const outward = network.isLocal(host) && !network.isLocal(pool);
    const key = `mining|${host}|${outward ? 'out' : 'in'}`;
    const [first, last] = [timeOf(c, row), { sec: c.lastSec[row]!, nano: c.lastNano[row]! }];
    const found = this.cases.open(key, first, (time) => new Miner(time, host));
    found.first = earlier(found.first, first);
    found.last = later(found.last, last);
    found.saw(last, c.id[row]!);
    found.decide();
    found.outward = outward;
    found.pools.add(pool);
    found.ports.add(c.respPort[row]!);
    found.sent += c.origPayload[row]!;
    found.received += c.respPayload[row]!;
    const agent = flows.meta[row]?.facts[AGENT];
    if (agent !== undefined) found.agents.add(agent);
    this.cases.change(key, found);
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
        `${counted(found.count, 'connection')} to ${counted(pools, 'pool')}${by}, ` +
        `${formatBytes(found.sent)} sent and ${formatBytes(found.received)} received` +
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
        fact('Bytes sent to pools', found.sent, 'bytes'),
        fact('Bytes received from pools', found.received, 'bytes'),
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
