/**
 * Services over UDP that answer with more than they are asked, and are therefore used to reflect floods (CISA alert
 * TA14-017A and later advisories). Port → name.
 */
export const REFLECTORS: ReadonlyMap<number, string> = new Map([
  [7, 'echo'],
  [17, 'QOTD'],
  [19, 'chargen'],
  [53, 'DNS'],
  [69, 'TFTP'],
  [111, 'portmapper'],
  [123, 'NTP'],
  [137, 'NetBIOS'],
  [161, 'SNMP'],
  [177, 'XDMCP'],
  [389, 'CLDAP'],
  [427, 'SLP'],
  [500, 'IKE'],
  [520, 'RIP'],
  [523, 'DB2'],
  [623, 'IPMI'],
  [1194, 'OpenVPN'],
  [1434, 'SQL Server browser'],
  [1604, 'Citrix'],
  [1701, 'L2TP'],
  [1900, 'SSDP'],
  [2362, 'digiman'],
  [3283, 'Apple Remote Desktop'],
  [3389, 'RDP'],
  [3478, 'STUN'],
  [3659, 'Apple SASL'],
  [3702, 'WS-Discovery'],
  [4500, 'IKE NAT-T'],
  [5060, 'SIP'],
  [5093, 'Sentinel'],
  [5351, 'NAT-PMP'],
  [5353, 'mDNS'],
  [5632, 'pcAnywhere'],
  [5683, 'CoAP'],
  [7547, 'TR-069'],
  [8767, 'TeamSpeak'],
  [9987, 'TeamSpeak'],
  [10001, 'Ubiquiti discovery'],
  [10074, 'Mitel'],
  [11211, 'Memcached'],
  [17185, 'VxWorks debug'],
  [20800, 'Quake'],
  [26000, 'Quake'],
  [27015, 'Source engine'],
  [27960, 'Quake 3'],
  [30718, 'Lantronix'],
  [32414, 'Plex'],
  [33848, 'Jenkins'],
  [34567, 'DVR'],
  [37810, 'DVR discovery'],
  [41794, 'Crestron'],
  [47808, 'BACnet'],
  [48899, 'Beckhoff'],
  [53413, 'Netis'],
  [64738, 'Mumble'],
]);

/** One byte a port, because the question is asked for every new flow. */
export const IS_REFLECTOR = (() => {
  const bits = new Uint8Array(65_536);
  for (const port of REFLECTORS.keys()) bits[port] = 1;
  return bits;
})();

/** UDP ports to which machines report without being answered: syslog, traps, flow records, metrics, logs. */
export const TELEMETRY_PORTS: ReadonlySet<number> = new Set([
  162, 514, 1514, 2055, 2056, 4729, 4739, 5140, 6343, 6514, 8094, 8125, 9555, 9995, 9996, 12201, 25826,
]);
