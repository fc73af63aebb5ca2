/** Names of flows whose transport already says what they are. */
import type { FlowMeta } from '../flows/types.ts';
import { TUNNEL } from '../packets/types.ts';
import { namedMeta } from './context.ts';

const APPS: ReadonlyMap<number, string> = new Map([
  [1, 'ICMP'],
  [2, 'IGMP'],
  [3, 'GGP'],
  [4, 'IP_in_IP'],
  [8, 'EGP'],
  [46, 'RSVP'],
  [47, 'GRE'],
  [50, 'IPSec'],
  [51, 'IPSec'],
  [58, 'ICMPV6'],
  [88, 'EIGRP'],
  [89, 'OSPF'],
  [103, 'IP_PIM'],
  [112, 'VRRP'],
  [113, 'PGM'],
  [115, 'L2TP'],
  [132, 'SCTP'],
]);

/** The name of a flow of this IP protocol in which nothing else was recognised. */
export function transportApp(proto: number): FlowMeta | undefined {
  const app = APPS.get(proto);
  return app === undefined ? undefined : namedMeta('', app);
}

const TUNNELS: ReadonlyMap<number, { service: string; app: string }> = new Map([
  [TUNNEL.VXLAN, { service: 'vxlan', app: 'VXLAN' }],
  [TUNNEL.GENEVE, { service: 'geneve', app: 'GENEVE' }],
  [TUNNEL.GTPU, { service: 'gtpv1', app: 'GTP' }],
  [TUNNEL.TEREDO, { service: 'teredo', app: 'TEREDO' }],
  [TUNNEL.AYIYA, { service: 'ayiya', app: 'AYIYA' }],
]);

/** The names of a flow that carries packets in this kind of tunnel (`TUNNEL`); IP and GRE are no services. */
export function tunnelName(tunnel: number): { service: string; app: string } | undefined {
  return TUNNELS.get(tunnel);
}
