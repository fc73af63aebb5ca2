/**
 * File sharing that takes most of what crosses the border of the network: a host that trades with several others by a
 * protocol of file sharing, and as many bytes as all the rest together; flows in which only one end sent data do not count. A note for information: it is nobody's attack, and
 * the reason why a small line is full.
 *
 * Confidence 0.9: the protocol was recognised in the traffic, not guessed by its port.
 */
import type { FlowBatch } from '../../meter/flows/types.ts';
import type { Behaviour, BehaviourContext, Finding, Observations, PacketTime } from '../types.ts';
import { BoundedSet } from './common/bounded.ts';
import { Case, CaseBook } from './common/casebook.ts';
import { fact, makeFinding, timeOf } from './common/finding.ts';
import { FILE_SHARING } from './common/thresholds.ts';
import { counted, formatBytes, formatList } from './common/words.ts';

/** As `FlowMeta.app` names them. */
const PROTOCOLS: ReadonlySet<string> = new Set(['BitTorrent', 'eDonkey', 'Gnutella', 'DirectConnect']);

/** One host that shares, since it was first seen to. */
export class Sharing extends Case {
  readonly host: number;
  readonly peers = new BoundedSet<number>(1000);
  readonly protocols = new BoundedSet<string>(4);
  out = 0;
  in = 0;
  /** What had crossed the border before. */
  readonly before: number;

  constructor(time: PacketTime, host: number, before: number) {
    super(time);
    this.host = host;
    this.before = before;
  }

  get bytes(): number {
    return this.out + this.in;
  }
}

export class FileSharing implements Behaviour {
  readonly id = 'behaviour:file-sharing';
  private readonly cases = new CaseBook<Sharing>({ ceiling: 5000, lifetime: 3600 });
  /** Bytes of flows between us and outside that ended. */
  private crossed = 0;

  observe({ flows }: Observations, context: BehaviourContext): void {
    for (let row = 0; row < flows.count; row++) this.look(flows, row, context);
    this.cases.flush((found, key) => this.judge(found, key, context));
  }

  finish(context: BehaviourContext): void {
    this.cases.flush((found, key) => this.judge(found, key, context));
  }

  private look(flows: FlowBatch, row: number, context: BehaviourContext): void {
    const c = flows.columns;
    const orig = c.origHost[row]!;
    const resp = c.respHost[row]!;
    const ours = context.network.isLocal(orig);
    if (orig === 0 || resp === 0 || ours === context.network.isLocal(resp)) return;
    const [sent, answered] = [c.origIpBytes[row]!, c.respIpBytes[row]!];
    const app = flows.meta[row]?.app ?? '';
    // Anybody can send to a host, and in the name of others: it shares where it takes part.
    if (PROTOCOLS.has(app) && c.origPayload[row]! > 0 && c.respPayload[row]! > 0) {
      const [host, peer] = ours ? [orig, resp] : [resp, orig];
      const key = `sharing|${host}`;
      const found = this.cases.open(key, timeOf(c, row), (time) => new Sharing(time, host, this.crossed));
      found.saw({ sec: c.lastSec[row]!, nano: c.lastNano[row]! }, c.id[row]!);
      found.peers.add(peer);
      found.protocols.add(app);
      found.out += ours ? sent : answered;
      found.in += ours ? answered : sent;
      this.cases.change(key, found);
    }
    this.crossed += sent + answered;
  }

  private judge(found: Sharing, key: string, context: BehaviourContext): void {
    const all = this.crossed - found.before;
    const enough = found.peers.size >= FILE_SHARING.PEERS && found.bytes >= FILE_SHARING.BYTES;
    if (!enough || found.bytes < all * FILE_SHARING.SHARE) return;
    found.decide();
    context.report(key, this.finding(found, all, context));
  }

  private finding(found: Sharing, all: number, context: BehaviourContext): Finding {
    const who = context.hosts.address(found.host);
    const peers = found.peers.size + found.peers.refused;
    const share = Math.round((found.bytes / all) * 100);
    return makeFinding({
      detector: this.id,
      kind: 'excessive-traffic',
      severity: 'info',
      confidence: 0.9,
      title: `${who} shares files with ${counted(peers, 'peer')}: ${formatBytes(found.bytes)}, ${share} % of what crossed the border`,
      summary:
        `By ${formatList([...found.protocols.members])} it sent ${formatBytes(found.out)} and received ` +
        `${formatBytes(found.in)}. Nobody need have broken in; others on the line will find it slow.`,
      sources: [found.host],
      targets: found.peers.members,
      targetsTotal: peers,
      first: found.first,
      decided: found.decided ?? found.last,
      last: found.last,
      evidence: [
        fact('Bytes by file sharing', found.bytes, 'bytes'),
        fact('Share of all bytes to and from outside since then', share, '%'),
        fact('Peers', peers, 'peers'),
      ],
      flows: found.flows,
      bytes: found.bytes,
      technique: [],
      response: [
        'Ask whose machine it is and whether it is meant to share; updates and games are spread by these protocols, too.',
        'If the line is short, give such traffic its own low priority or a limit at the border.',
      ],
    });
  }
}
