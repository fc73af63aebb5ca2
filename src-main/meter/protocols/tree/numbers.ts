/** What numbers say follows. Assignments are those of the IEEE and of IANA. */

export const ETHER_TYPES: Readonly<Record<number, string>> = {
  0x0800: 'IPv4',
  0x0806: 'ARP',
  0x8035: 'Reverse ARP',
  0x8100: 'VLAN',
  0x86dd: 'IPv6',
  0x8847: 'MPLS',
  0x8848: 'MPLS',
  0x8863: 'PPPoE discovery',
  0x8864: 'PPPoE session',
  0x888e: 'EAPOL',
  0x88a8: 'provider VLAN',
  0x88cc: 'LLDP',
  0x9100: 'VLAN',
};

/** Lengths of IEEE 802.3 end here; larger numbers are types. */
export const LENGTH_MAX = 1500;

export function byEtherType(type: number): string {
  if (type === 0x0800) return 'ipv4';
  if (type === 0x86dd) return 'ipv6';
  if (type === 0x0806 || type === 0x8035) return 'arp';
  if (type === 0x8100 || type === 0x88a8 || type === 0x9100) return 'vlan';
  if (type === 0x8847 || type === 0x8848) return 'mpls';
  if (type === 0x8864) return 'pppoe';
  return 'data';
}

export const IP_PROTOCOLS: Readonly<Record<number, string>> = {
  0: 'hop-by-hop options',
  1: 'ICMP',
  2: 'IGMP',
  4: 'IPv4',
  6: 'TCP',
  17: 'UDP',
  41: 'IPv6',
  43: 'routing',
  44: 'fragment',
  47: 'GRE',
  50: 'ESP',
  51: 'AH',
  58: 'ICMPv6',
  59: 'nothing',
  60: 'destination options',
  89: 'OSPF',
  103: 'PIM',
  132: 'SCTP',
};

const BY_PROTOCOL: ReadonlyMap<number, string> = new Map([
  [1, 'icmp'],
  [4, 'ipv4'],
  [6, 'tcp'],
  [17, 'udp'],
  [41, 'ipv6'],
  [47, 'gre'],
  [58, 'icmpv6'],
]);

export function byIpProtocol(protocol: number): string {
  return BY_PROTOCOL.get(protocol) ?? 'data';
}

/** LINKTYPE_ numbers of tcpdump.org's registry. */
const BY_LINK: ReadonlyMap<number, string> = new Map([
  [0, 'loopback'],
  [1, 'ethernet'],
  [12, 'raw'],
  [14, 'raw'],
  [101, 'raw'],
  [105, 'wifi'],
  [108, 'loopback'],
  [113, 'cooked'],
  [127, 'radiotap'],
  [228, 'ipv4'],
  [229, 'ipv6'],
  [276, 'cooked2'],
]);

export function byLink(link: number): string {
  return BY_LINK.get(link) ?? 'data';
}
