/** The layers that can be taken apart. Adding one is a function in a file, a line here, and a line where it follows. */
import { dcerpc } from './dcerpc.ts';
import { dhcp } from './dhcp.ts';
import { dns, dnsOverTcp } from './dns.ts';
import { icmp, icmpv6 } from './icmp.ts';
import { cooked, cooked2, ethernet, llc, loopback, mpls, pppoe, raw, vlan } from './link.ts';
import { arp, gre, ipv4, ipv6 } from './network.ts';
import type { Layer } from './part.ts';
import { data, ntp } from './plain.ts';
import { http, lines } from './text.ts';
import { smb2, smbFraming } from './smb.ts';
import { tls } from './tls.ts';
import { tcp, udp, vxlan } from './transport.ts';
import { radiotap, wifi } from './wifi.ts';

export const DATA: Layer = { title: 'Data', read: data };

export const LAYERS: ReadonlyMap<string, Layer> = new Map<string, Layer>([
  ['ethernet', { title: 'Ethernet', read: ethernet }],
  ['vlan', { title: 'VLAN', read: vlan }],
  ['llc', { title: 'LLC', read: llc }],
  ['mpls', { title: 'MPLS', read: mpls }],
  ['pppoe', { title: 'PPPoE', read: pppoe }],
  ['loopback', { title: 'Loopback', read: loopback }],
  ['raw', { title: 'IP', read: raw }],
  ['cooked', { title: 'Linux cooked', read: cooked }],
  ['cooked2', { title: 'Linux cooked 2', read: cooked2 }],
  ['radiotap', { title: 'Radiotap', read: radiotap }],
  ['wifi', { title: '802.11', read: wifi }],
  ['arp', { title: 'ARP', read: arp }],
  ['ipv4', { title: 'IPv4', read: ipv4 }],
  ['ipv6', { title: 'IPv6', read: ipv6 }],
  ['gre', { title: 'GRE', read: gre }],
  ['icmp', { title: 'ICMP', read: icmp }],
  ['icmpv6', { title: 'ICMPv6', read: icmpv6 }],
  ['tcp', { title: 'TCP', read: tcp }],
  ['udp', { title: 'UDP', read: udp }],
  ['vxlan', { title: 'VXLAN', read: vxlan }],
  ['dns', { title: 'DNS', read: dns }],
  ['dns-tcp', { title: 'DNS over TCP', read: dnsOverTcp }],
  ['tls', { title: 'TLS', read: tls }],
  ['http', { title: 'HTTP', read: http }],
  ['lines', { title: 'Text', read: lines }],
  ['dhcp', { title: 'DHCP', read: dhcp }],
  ['dcerpc', { title: 'DCE/RPC', read: dcerpc }],
  ['smb', { title: 'NetBIOS session', read: smbFraming }],
  ['smb2', { title: 'SMB 2', read: smb2 }],
  ['ntp', { title: 'NTP', read: ntp }],
  ['data', DATA],
]);
