/** Every protocol Sonde knows: one line each. The order decides who is asked first where the port gives no hint. */
import type { Inspector } from './inspector.ts';
import { bittorrent } from './inspectors/bittorrent.ts';
import { dcerpc } from './inspectors/dcerpc.ts';
import { dhcp } from './inspectors/dhcp.ts';
import { dhcpv6 } from './inspectors/dhcpv6.ts';
import { dnp3 } from './inspectors/dnp3.ts';
import { dns } from './inspectors/dns.ts';
import { dropbox } from './inspectors/dropbox.ts';
import { dtls } from './inspectors/dtls.ts';
import { fix } from './inspectors/fix.ts';
import { ftp } from './inspectors/ftp.ts';
import { geneve } from './inspectors/geneve.ts';
import { gnutella } from './inspectors/gnutella.ts';
import { gtp } from './inspectors/gtp.ts';
import { http } from './inspectors/http.ts';
import { imap } from './inspectors/imap.ts';
import { irc } from './inspectors/irc.ts';
import { isakmp } from './inspectors/isakmp.ts';
import { kerberos } from './inspectors/kerberos.ts';
import { ldap } from './inspectors/ldap.ts';
import { modbus } from './inspectors/modbus.ts';
import { mongodb } from './inspectors/mongodb.ts';
import { mqtt } from './inspectors/mqtt.ts';
import { munin } from './inspectors/munin.ts';
import { mysql } from './inspectors/mysql.ts';
import { natPmp } from './inspectors/nat-pmp.ts';
import { netbiosDatagram } from './inspectors/netbios-datagram.ts';
import { ntp } from './inspectors/ntp.ts';
import { oncRpc } from './inspectors/onc-rpc.ts';
import { pop3 } from './inspectors/pop3.ts';
import { postgresql } from './inspectors/postgresql.ts';
import { quic } from './inspectors/quic.ts';
import { radius } from './inspectors/radius.ts';
import { rdp } from './inspectors/rdp.ts';
import { rdpeudp } from './inspectors/rdpeudp.ts';
import { redis } from './inspectors/redis.ts';
import { rfb } from './inspectors/rfb.ts';
import { rtsp } from './inspectors/rtsp.ts';
import { sip } from './inspectors/sip.ts';
import { smb } from './inspectors/smb.ts';
import { smtp } from './inspectors/smtp.ts';
import { snmp } from './inspectors/snmp.ts';
import { socks } from './inspectors/socks.ts';
import { spotify } from './inspectors/spotify.ts';
import { ssdp } from './inspectors/ssdp.ts';
import { ssh } from './inspectors/ssh.ts';
import { stun } from './inspectors/stun.ts';
import { syslog } from './inspectors/syslog.ts';
import { telnet } from './inspectors/telnet.ts';
import { teredo } from './inspectors/teredo.ts';
import { tftp } from './inspectors/tftp.ts';
import { tls } from './inspectors/tls.ts';
import { vxlan } from './inspectors/vxlan.ts';
import { wireguard } from './inspectors/wireguard.ts';
import { wsDiscovery } from './inspectors/ws-discovery.ts';
import { xmpp } from './inspectors/xmpp.ts';

export const inspectors: readonly Inspector[] = [
  tls,
  http,
  ssh,
  dns,
  smb,
  kerberos,
  ldap,
  dcerpc,
  rdp,
  smtp,
  ftp,
  pop3,
  imap,
  irc,
  dhcp,
  ntp,
  snmp,
  quic,
  dtls,
  stun,
  ssdp,
  sip,
  rtsp,
  rdpeudp,
  redis,
  mysql,
  postgresql,
  mqtt,
  xmpp,
  rfb,
  socks,
  telnet,
  modbus,
  dnp3,
  oncRpc,
  radius,
  syslog,
  tftp,
  dhcpv6,
  netbiosDatagram,
  isakmp,
  wireguard,
  bittorrent,
  gnutella,
  gtp,
  vxlan,
  geneve,
  teredo,
  dropbox,
  spotify,
  wsDiscovery,
  natPmp,
  mongodb,
  fix,
  munin,
];
