/** Counts, flow by flow, what tells whether a capture can be trusted: missing directions, holes, tunnels, one address for all. */
import { FLOW_EVENT, type FlowBatch, type FlowEventBatch } from '../flows/types.ts';
import { PROTO, TUNNEL } from '../packets/types.ts';

const SYN = 0x02;
const ACK = 0x10;
/** Packets from which one side of a connection is more than an attempt, a probe or a stray answer. */
const TALK_PACKETS = 3;
/** Addresses that open connections of which times to live are kept. */
const OPENERS_MAX = 4096;
/** Other hosts of one of them that are told apart. */
const PEERS_MAX = 64;
/** Tunnels that show nothing of what they carry, as flows are named. */
const SHUT: ReadonlySet<string> = new Set([
  'WireGuard',
  'OpenVPN',
  'IPSec',
  'CiscoVPN',
  'CloudflareWarp',
  'Tailscale',
  'ZeroTier',
  'FortiClient',
  'Softether',
  'TINC',
  'Hamachi',
  'Nebula',
]);

/** Connections that one address opened, by the time to live of the first packet (its place in the array). */
export interface Opener {
  opened: number;
  ttls: Uint32Array;
  /** Hosts that they went to; `PEERS_MAX` at most. */
  peers: Set<number>;
}

export class FlowTally {
  flows = 0;
  /** TCP connections in which data was sent; of them those with packets of one side only. */
  talks = 0;
  oneSided = 0;
  /** Of those with both sides: payload bytes, bytes that were acknowledged but never seen, connections with such holes. */
  tcpBytes = 0;
  missedBytes = 0;
  withHoles = 0;
  /** IP bytes of flows in tunnels that stay shut, by name. */
  readonly shut = new Map<string, number>();
  /** Connections that were opened, and by whom, by host id. */
  opened = 0;
  readonly openers = new Map<number, Opener>();

  events(events: FlowEventBatch): void {
    const { kind, proto, tcpFlags, flipped } = events.columns;
    for (let i = 0; i < events.count; i++) {
      if (kind[i] !== FLOW_EVENT.OPEN || proto[i] !== PROTO.TCP || flipped[i] !== 0) continue;
      if ((tcpFlags[i]! & (SYN | ACK)) === SYN) this.open(events, i);
    }
  }

  private open(events: FlowEventBatch, i: number): void {
    const { origHost, respHost, ttl } = events.columns;
    const host = origHost[i]!;
    this.opened++;
    let opener = this.openers.get(host);
    if (!opener) {
      if (host === 0 || this.openers.size >= OPENERS_MAX) return;
      opener = { opened: 0, ttls: new Uint32Array(256), peers: new Set() };
      this.openers.set(host, opener);
    }
    opener.opened++;
    const { ttls, peers } = opener;
    ttls[ttl[i]!] = ttls[ttl[i]!]! + 1;
    if (peers.size < PEERS_MAX) peers.add(respHost[i]!);
  }

  ended(flows: FlowBatch): void {
    const c = flows.columns;
    this.flows += flows.count;
    for (let row = 0; row < flows.count; row++) {
      const proto = c.proto[row]!;
      if (proto === PROTO.TCP) this.connection(flows, row);
      else if (proto !== PROTO.UDP) continue;
      const app = flows.meta[row]?.app;
      if (app === undefined || c.tunnel[row] !== TUNNEL.NONE || !SHUT.has(app)) continue;
      this.shut.set(app, (this.shut.get(app) ?? 0) + c.origIpBytes[row]! + c.respIpBytes[row]!);
    }
  }

  private connection({ columns: c }: FlowBatch, row: number): void {
    const there = c.origPkts[row]!;
    const back = c.respPkts[row]!;
    const data = c.origDataPkts[row]! + c.respDataPkts[row]!;
    if (data === 0) return;
    if (there > 0 && back > 0) {
      this.talks++;
      this.tcpBytes += c.origBytes[row]! + c.respBytes[row]!;
      this.missedBytes += c.missedBytes[row]!;
      if (c.missedBytes[row]! > 0) this.withHoles++;
    } else if (there + back >= TALK_PACKETS && ((c.origFlags[row]! | c.respFlags[row]!) & ACK) !== 0) {
      this.talks++;
      this.oneSided++;
    }
  }
}
