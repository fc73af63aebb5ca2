/**
 * Ports that belong to one protocol (IANA's system ports, and RDP's), as far as firewalls are written for them. Ports above
 * 1023 are left out: programs take any of those, and file sharing does so by design.
 */

type Transport = 'tcp' | 'udp';

const TCP: ReadonlyMap<number, string> = new Map([
  [21, 'FTP'],
  [22, 'SSH'],
  [23, 'Telnet'],
  [25, 'SMTP'],
  [53, 'DNS'],
  [80, 'HTTP'],
  [88, 'Kerberos'],
  [110, 'POP3'],
  [135, 'DCE/RPC'],
  [139, 'NetBIOS'],
  [143, 'IMAP'],
  [179, 'BGP'],
  [389, 'LDAP'],
  [443, 'HTTPS'],
  [445, 'SMB'],
  [465, 'SMTP over TLS'],
  [587, 'mail submission'],
  [636, 'LDAP over TLS'],
  [853, 'DNS over TLS'],
  [990, 'FTP over TLS'],
  [993, 'IMAP over TLS'],
  [995, 'POP3 over TLS'],
  [3389, 'RDP'],
]);

const UDP: ReadonlyMap<number, string> = new Map([
  [53, 'DNS'],
  [67, 'DHCP'],
  [80, 'HTTP'],
  [88, 'Kerberos'],
  [123, 'NTP'],
  [161, 'SNMP'],
  [389, 'LDAP'],
  [443, 'HTTPS'],
  [500, 'IKE'],
  [853, 'DNS over QUIC'],
]);

/** What the port is for; undefined where it is nobody's. */
export function ownerOf(port: number, transport: Transport): string | undefined {
  return (transport === 'tcp' ? TCP : UDP).get(port);
}
