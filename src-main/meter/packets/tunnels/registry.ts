/** What carries packets inside IP and UDP. Adding a tunnel is a file and a line here. */
import { anyIp, mpls } from '../net/ethertype.ts';
import type { Carriers, DecodeState } from '../net/state.ts';
import { PROTO, TUNNEL } from '../types.ts';
import { follow } from './follow.ts';
import { gre } from './gre.ts';
import { ayiya, geneve, gtpU, teredo, vxlan, type UdpTunnel } from './udp-tunnels.ts';

const MPLS_IN_IP = 137;

const UDP_TUNNELS: readonly (readonly [number, UdpTunnel])[] = [
  [4789, vxlan],
  [8472, vxlan],
  [6081, geneve],
  [2152, gtpU],
  [2123, gtpU],
  [3544, teredo],
  [5072, ayiya],
];

const BY_PORT: ReadonlyMap<number, UdpTunnel> = new Map(UDP_TUNNELS);

function markPorts(): Uint8Array {
  const ports = new Uint8Array(65_536);
  for (const [port] of UDP_TUNNELS) ports[port] = 1;
  return ports;
}

export const CARRIERS: Carriers = {
  udpPorts: markPorts(),
  overIp(s: DecodeState, row: number, proto: number, at: number, end: number, limit: number): void {
    if (proto === PROTO.GRE) gre(s, row, at, end, limit);
    else if (proto === PROTO.IPIP || proto === PROTO.IPV6) follow(s, row, TUNNEL.IP, anyIp, at, end, limit);
    else if (proto === MPLS_IN_IP) follow(s, row, TUNNEL.IP, mpls, at, end, limit);
  },
  overUdp(s: DecodeState, row: number, at: number, end: number, limit: number): void {
    const { dstPort, srcPort } = s.columns;
    const byDestination = BY_PORT.get(dstPort[row]!);
    if (byDestination?.(s, row, at, end, limit)) return;
    const bySource = BY_PORT.get(srcPort[row]!);
    if (bySource && bySource !== byDestination && bySource(s, row, at, end, limit)) return;
    if (byDestination !== teredo && bySource !== teredo) teredo(s, row, at, end, limit);
  },
};
