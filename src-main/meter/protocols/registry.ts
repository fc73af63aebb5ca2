/** Every protocol Sonde knows: one line each. The order decides who is asked first where the port gives no hint. */
import type { Inspector } from './inspector.ts';
import { activision } from './inspectors/activision.ts';
import { ads } from './inspectors/ads.ts';
import { afp } from './inspectors/afp.ts';
import { ajp } from './inspectors/ajp.ts';
import { aliCloud } from './inspectors/ali-cloud.ts';
import { amongUs } from './inspectors/among-us.ts';
import { amqp } from './inspectors/amqp.ts';
import { ansiC1222 } from './inspectors/ansi-c1222.ts';
import { anydesk } from './inspectors/anydesk.ts';
import { ard } from './inspectors/ard.ts';
import { armagetron } from './inspectors/armagetron.ts';
import { artNet } from './inspectors/art-net.ts';
import { atg } from './inspectors/atg.ts';
import { avast } from './inspectors/avast.ts';
import { avastSecureDns } from './inspectors/avast-secure-dns.ts';
import { bacnet } from './inspectors/bacnet.ts';
import { bfcp } from './inspectors/bfcp.ts';
import { bfd } from './inspectors/bfd.ts';
import { bgp } from './inspectors/bgp.ts';
import { bitcoin } from './inspectors/bitcoin.ts';
import { bittorrent } from './inspectors/bittorrent.ts';
import { bjnp } from './inspectors/bjnp.ts';
import { canEth } from './inspectors/can-eth.ts';
import { capwap } from './inspectors/capwap.ts';
import { cassandra } from './inspectors/cassandra.ts';
import { ceph } from './inspectors/ceph.ts';
import { checkmk } from './inspectors/checkmk.ts';
import { cip } from './inspectors/cip.ts';
import { ciscoSkinny } from './inspectors/cisco-skinny.ts';
import { ciscoVpn } from './inspectors/cisco-vpn.ts';
import { citrix } from './inspectors/citrix.ts';
import { clickhouse } from './inspectors/clickhouse.ts';
import { cnpIp } from './inspectors/cnp-ip.ts';
import { coap } from './inspectors/coap.ts';
import { codMobile } from './inspectors/cod-mobile.ts';
import { codesys } from './inspectors/codesys.ts';
import { collectd } from './inspectors/collectd.ts';
import { corba } from './inspectors/corba.ts';
import { cpha } from './inspectors/cpha.ts';
import { crossfire } from './inspectors/crossfire.ts';
import { cryNetwork } from './inspectors/cry-network.ts';
import { dcerpc } from './inspectors/dcerpc.ts';
import { dhcp } from './inspectors/dhcp.ts';
import { dhcpv6 } from './inspectors/dhcpv6.ts';
import { diameter } from './inspectors/diameter.ts';
import { dicom } from './inspectors/dicom.ts';
import { dingTalk } from './inspectors/ding-talk.ts';
import { directConnect } from './inspectors/direct-connect.ts';
import { discord } from './inspectors/discord.ts';
import { dlep } from './inspectors/dlep.ts';
import { dnp3 } from './inspectors/dnp3.ts';
import { dns } from './inspectors/dns.ts';
import { dnscrypt } from './inspectors/dnscrypt.ts';
import { doip } from './inspectors/doip.ts';
import { drda } from './inspectors/drda.ts';
import { dropbox } from './inspectors/dropbox.ts';
import { dtls } from './inspectors/dtls.ts';
import { eaq } from './inspectors/eaq.ts';
import { easyweather } from './inspectors/easyweather.ts';
import { edonkey } from './inspectors/edonkey.ts';
import { egd } from './inspectors/egd.ts';
import { elasticsearch } from './inspectors/elasticsearch.ts';
import { enet } from './inspectors/enet.ts';
import { epicGames } from './inspectors/epic-games.ts';
import { espUdp } from './inspectors/esp-udp.ts';
import { etherSBus } from './inspectors/ether-s-bus.ts';
import { etherSIo } from './inspectors/ether-s-io.ts';
import { ethercat } from './inspectors/ethercat.ts';
import { ethereum } from './inspectors/ethereum.ts';
import { ethernetIp } from './inspectors/ethernet-ip.ts';
import { fastcgi } from './inspectors/fastcgi.ts';
import { finger } from './inspectors/finger.ts';
import { fins } from './inspectors/fins.ts';
import { fix } from './inspectors/fix.ts';
import { flute } from './inspectors/flute.ts';
import { forticlient } from './inspectors/forticlient.ts';
import { fox } from './inspectors/fox.ts';
import { ftp } from './inspectors/ftp.ts';
import { gamespy } from './inspectors/gamespy.ts';
import { gearman } from './inspectors/gearman.ts';
import { gelf } from './inspectors/gelf.ts';
import { geneve } from './inspectors/geneve.ts';
import { genshin } from './inspectors/genshin.ts';
import { git } from './inspectors/git.ts';
import { gnutella } from './inspectors/gnutella.ts';
import { gtp } from './inspectors/gtp.ts';
import { gtpC } from './inspectors/gtp-c.ts';
import { gtpPrime } from './inspectors/gtp-prime.ts';
import { h323 } from './inspectors/h323.ts';
import { hamachi } from './inspectors/hamachi.ts';
import { haproxy } from './inspectors/haproxy.ts';
import { hartIp } from './inspectors/hart-ip.ts';
import { heroesOfTheStorm } from './inspectors/heroes-of-the-storm.ts';
import { hislip } from './inspectors/hislip.ts';
import { hl7 } from './inspectors/hl7.ts';
import { hpVirtGrp } from './inspectors/hp-virt-grp.ts';
import { hsrp } from './inspectors/hsrp.ts';
import { http } from './inspectors/http.ts';
import { http2 } from './inspectors/http2.ts';
import { iax } from './inspectors/iax.ts';
import { ident } from './inspectors/ident.ts';
import { iec104 } from './inspectors/iec104.ts';
import { iec62056 } from './inspectors/iec62056.ts';
import { ieeeC37118 } from './inspectors/ieee-c37118.ts';
import { imap } from './inspectors/imap.ts';
import { imo } from './inspectors/imo.ts';
import { iperf } from './inspectors/iperf.ts';
import { iqiyi } from './inspectors/iqiyi.ts';
import { irc } from './inspectors/irc.ts';
import { isakmp } from './inspectors/isakmp.ts';
import { iscsi } from './inspectors/iscsi.ts';
import { jrmi } from './inspectors/jrmi.ts';
import { jsonRpc } from './inspectors/json-rpc.ts';
import { kafka } from './inspectors/kafka.ts';
import { kcp } from './inspectors/kcp.ts';
import { kerberos } from './inspectors/kerberos.ts';
import { kismet } from './inspectors/kismet.ts';
import { knxnet } from './inspectors/knxnet.ts';
import { l2tp } from './inspectors/l2tp.ts';
import { lagoFast } from './inspectors/lago-fast.ts';
import { ldap } from './inspectors/ldap.ts';
import { ldp } from './inspectors/ldp.ts';
import { lineCall } from './inspectors/line-call.ts';
import { lisp } from './inspectors/lisp.ts';
import { lolWildRift } from './inspectors/lol-wild-rift.ts';
import { lorawan } from './inspectors/lorawan.ts';
import { lotusNotes } from './inspectors/lotus-notes.ts';
import { lpd } from './inspectors/lpd.ts';
import { lustre } from './inspectors/lustre.ts';
import { matter } from './inspectors/matter.ts';
import { megaco } from './inspectors/megaco.ts';
import { melsec } from './inspectors/melsec.ts';
import { memcached } from './inspectors/memcached.ts';
import { meraki } from './inspectors/meraki.ts';
import { mgcp } from './inspectors/mgcp.ts';
import { mikrotik } from './inspectors/mikrotik.ts';
import { minecraft } from './inspectors/minecraft.ts';
import { mining } from './inspectors/mining.ts';
import { mms } from './inspectors/mms.ts';
import { modbus } from './inspectors/modbus.ts';
import { monero } from './inspectors/monero.ts';
import { mongodb } from './inspectors/mongodb.ts';
import { mpegTs } from './inspectors/mpeg-ts.ts';
import { mqtt } from './inspectors/mqtt.ts';
import { mqttSn } from './inspectors/mqtt-sn.ts';
import { msDo } from './inspectors/ms-do.ts';
import { msmq } from './inspectors/msmq.ts';
import { mssqlTds } from './inspectors/mssql-tds.ts';
import { mumble } from './inspectors/mumble.ts';
import { munin } from './inspectors/munin.ts';
import { mysql } from './inspectors/mysql.ts';
import { nano } from './inspectors/nano.ts';
import { natPmp } from './inspectors/nat-pmp.ts';
import { nats } from './inspectors/nats.ts';
import { nbd } from './inspectors/nbd.ts';
import { nebula } from './inspectors/nebula.ts';
import { netbiosDatagram } from './inspectors/netbios-datagram.ts';
import { neteaseGames } from './inspectors/netease-games.ts';
import { netbiosSession } from './inspectors/netbios-session.ts';
import { netflow } from './inspectors/netflow.ts';
import { nineP } from './inspectors/nine-p.ts';
import { nintendo } from './inspectors/nintendo.ts';
import { nntp } from './inspectors/nntp.ts';
import { noe } from './inspectors/noe.ts';
import { nomachine } from './inspectors/nomachine.ts';
import { ntp } from './inspectors/ntp.ts';
import { oicq } from './inspectors/oicq.ts';
import { oncRpc } from './inspectors/onc-rpc.ts';
import { ookla } from './inspectors/ookla.ts';
import { opcUa } from './inspectors/opc-ua.ts';
import { openflow } from './inspectors/openflow.ts';
import { openvpn } from './inspectors/openvpn.ts';
import { openwire } from './inspectors/openwire.ts';
import { oracleTns } from './inspectors/oracle-tns.ts';
import { oscar } from './inspectors/oscar.ts';
import { paltalk } from './inspectors/paltalk.ts';
import { pathOfExile } from './inspectors/path-of-exile.ts';
import { pcanywhere } from './inspectors/pcanywhere.ts';
import { pfcp } from './inspectors/pfcp.ts';
import { photon } from './inspectors/photon.ts';
import { pop3 } from './inspectors/pop3.ts';
import { postgresql } from './inspectors/postgresql.ts';
import { pptp } from './inspectors/pptp.ts';
import { profinetIo } from './inspectors/profinet-io.ts';
import { ptp } from './inspectors/ptp.ts';
import { quake } from './inspectors/quake.ts';
import { quic } from './inspectors/quic.ts';
import { radius } from './inspectors/radius.ts';
import { radmin } from './inspectors/radmin.ts';
import { raft } from './inspectors/raft.ts';
import { raknet } from './inspectors/raknet.ts';
import { rdp } from './inspectors/rdp.ts';
import { rdpeudp } from './inspectors/rdpeudp.ts';
import { redis } from './inspectors/redis.ts';
import { rfb } from './inspectors/rfb.ts';
import { riotGames } from './inspectors/riot-games.ts';
import { rip } from './inspectors/rip.ts';
import { ripeAtlas } from './inspectors/ripe-atlas.ts';
import { rlogin } from './inspectors/rlogin.ts';
import { rmcp } from './inspectors/rmcp.ts';
import { roblox } from './inspectors/roblox.ts';
import { roughtime } from './inspectors/roughtime.ts';
import { rexec } from './inspectors/rexec.ts';
import { rsh } from './inspectors/rsh.ts';
import { rsync } from './inspectors/rsync.ts';
import { rtcp } from './inspectors/rtcp.ts';
import { rtmp } from './inspectors/rtmp.ts';
import { rtp } from './inspectors/rtp.ts';
import { rtps } from './inspectors/rtps.ts';
import { rtsp } from './inspectors/rtsp.ts';
import { rx } from './inspectors/rx.ts';
import { s7comm } from './inspectors/s7comm.ts';
import { s7commPlus } from './inspectors/s7comm-plus.ts';
import { sap } from './inspectors/sap.ts';
import { sdRtn } from './inspectors/sd-rtn.ts';
import { sflow } from './inspectors/sflow.ts';
import { sip } from './inspectors/sip.ts';
import { slp } from './inspectors/slp.ts';
import { smb } from './inspectors/smb.ts';
import { smpp } from './inspectors/smpp.ts';
import { smtp } from './inspectors/smtp.ts';
import { snmp } from './inspectors/snmp.ts';
import { socks } from './inspectors/socks.ts';
import { softether } from './inspectors/softether.ts';
import { someip } from './inspectors/someip.ts';
import { sourceEngine } from './inspectors/source-engine.ts';
import { spice } from './inspectors/spice.ts';
import { spotify } from './inspectors/spotify.ts';
import { ssdp } from './inspectors/ssdp.ts';
import { ssh } from './inspectors/ssh.ts';
import { starcraft } from './inspectors/starcraft.ts';
import { stealthNet } from './inspectors/stealth-net.ts';
import { steam } from './inspectors/steam.ts';
import { steamDatagramRelay } from './inspectors/steam-datagram-relay.ts';
import { stomp } from './inspectors/stomp.ts';
import { stun } from './inspectors/stun.ts';
import { svn } from './inspectors/svn.ts';
import { syncthing } from './inspectors/syncthing.ts';
import { syslog } from './inspectors/syslog.ts';
import { tacacs } from './inspectors/tacacs.ts';
import { tailscale } from './inspectors/tailscale.ts';
import { tarantool } from './inspectors/tarantool.ts';
import { teamspeak } from './inspectors/teamspeak.ts';
import { teamviewer } from './inspectors/teamviewer.ts';
import { telegram } from './inspectors/telegram.ts';
import { telegramCall } from './inspectors/telegram-call.ts';
import { telnet } from './inspectors/telnet.ts';
import { tencentGames } from './inspectors/tencent-games.ts';
import { teredo } from './inspectors/teredo.ts';
import { tesOnline } from './inspectors/tes-online.ts';
import { tftpData } from './inspectors/tftp-data.ts';
import { tftp } from './inspectors/tftp.ts';
import { threema } from './inspectors/threema.ts';
import { thrift } from './inspectors/thrift.ts';
import { tinc } from './inspectors/tinc.ts';
import { tivo } from './inspectors/tivo.ts';
import { tls } from './inspectors/tls.ts';
import { tplinkShp } from './inspectors/tplink-shp.ts';
import { trdp } from './inspectors/trdp.ts';
import { tristation } from './inspectors/tristation.ts';
import { tuyaLp } from './inspectors/tuya-lp.ts';
import { ubiquiti } from './inspectors/ubiquiti.ts';
import { uftp } from './inspectors/uftp.ts';
import { ultraSurf } from './inspectors/ultra-surf.ts';
import { umas } from './inspectors/umas.ts';
import { usbip } from './inspectors/usbip.ts';
import { utp } from './inspectors/utp.ts';
import { viber } from './inspectors/viber.ts';
import { vmware } from './inspectors/vmware.ts';
import { vxlan } from './inspectors/vxlan.ts';
import { wakeOnLan } from './inspectors/wake-on-lan.ts';
import { warcraft3 } from './inspectors/warcraft3.ts';
import { warp } from './inspectors/warp.ts';
import { weave } from './inspectors/weave.ts';
import { wechat } from './inspectors/wechat.ts';
import { whatsapp } from './inspectors/whatsapp.ts';
import { whois } from './inspectors/whois.ts';
import { wireguard } from './inspectors/wireguard.ts';
import { worldOfWarcraft } from './inspectors/world-of-warcraft.ts';
import { wsDiscovery } from './inspectors/ws-discovery.ts';
import { x11 } from './inspectors/x11.ts';
import { xbox } from './inspectors/xbox.ts';
import { xdmcp } from './inspectors/xdmcp.ts';
import { xiaomi } from './inspectors/xiaomi.ts';
import { xmpp } from './inspectors/xmpp.ts';
import { xot } from './inspectors/xot.ts';
import { yojimbo } from './inspectors/yojimbo.ts';
import { z3950 } from './inspectors/z3950.ts';
import { zabbix } from './inspectors/zabbix.ts';
import { zeromq } from './inspectors/zeromq.ts';
import { zerotier } from './inspectors/zerotier.ts';
import { zookeeper } from './inspectors/zookeeper.ts';
import { zoom } from './inspectors/zoom.ts';
import { zug } from './inspectors/zug.ts';

export const inspectors: readonly Inspector[] = [
  tls,
  http,
  ssh,
  dns,
  smb,
  kerberos,
  ldap,
  profinetIo,
  dcerpc,
  rdp,
  vmware,
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
  dnp3,
  oncRpc,
  radius,
  syslog,
  tftp,
  dhcpv6,
  netbiosDatagram,
  netbiosSession,
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
  afp,
  ajp,
  amqp,
  bgp,
  bitcoin,
  cassandra,
  ceph,
  checkmk,
  ciscoSkinny,
  citrix,
  corba,
  diameter,
  dicom,
  drda,
  edonkey,
  elasticsearch,
  ethernetIp,
  fastcgi,
  fins,
  gearman,
  git,
  h323,
  hartIp,
  hislip,
  hl7,
  http2,
  iec104,
  iec62056,
  ieeeC37118,
  iscsi,
  jrmi,
  mining,
  kafka,
  ldp,
  lustre,
  memcached,
  megaco,
  mssqlTds,
  mumble,
  nats,
  nntp,
  nomachine,
  ookla,
  opcUa,
  openflow,
  oracleTns,
  openwire,
  pptp,
  radmin,
  rsync,
  rtmp,
  smpp,
  stomp,
  syncthing,
  tacacs,
  teamviewer,
  thrift,
  tinc,
  tplinkShp,
  tuyaLp,
  umas,
  modbus,
  whatsapp,
  whois,
  x11,
  xiaomi,
  zabbix,
  zeromq,
  z3950,
  ads,
  dlep,
  haproxy,
  bacnet,
  bfd,
  bfcp,
  bjnp,
  capwap,
  coap,
  collectd,
  cpha,
  ansiC1222,
  dnscrypt,
  discord,
  ethereum,
  hsrp,
  iax,
  knxnet,
  l2tp,
  lisp,
  mgcp,
  mikrotik,
  mpegTs,
  netflow,
  openvpn,
  pfcp,
  ptp,
  sourceEngine,
  quake,
  raknet,
  rmcp,
  roughtime,
  rtcp,
  rtps,
  rx,
  slp,
  someip,
  steam,
  tailscale,
  teamspeak,
  tivo,
  trdp,
  ubiquiti,
  uftp,
  xdmcp,
  yojimbo,
  zoom,
  sflow,
  egd,
  etherSBus,
  oicq,
  monero,
  msmq,
  nbd,
  gtpC,
  wakeOnLan,
  jsonRpc,
  s7comm,
  s7commPlus,
  mms,
  minecraft,
  worldOfWarcraft,
  warcraft3,
  directConnect,
  nintendo,
  genshin,
  amongUs,
  cnpIp,
  atg,
  lorawan,
  kismet,
  espUdp,
  nano,
  clickhouse,
  flute,
  canEth,
  etherSIo,
  rsh,
  rexec,
  rlogin,
  melsec,
  svn,
  zookeeper,
  iperf,
  lpd,
  ident,
  finger,
  rip,
  ard,
  mqttSn,
  gelf,
  gamespy,
  oscar,
  activision,
  anydesk,
  armagetron,
  artNet,
  cip,
  ciscoVpn,
  codesys,
  crossfire,
  easyweather,
  eaq,
  enet,
  forticlient,
  fox,
  gtpPrime,
  lotusNotes,
  matter,
  meraki,
  nineP,
  noe,
  pcanywhere,
  photon,
  raft,
  ripeAtlas,
  roblox,
  sap,
  softether,
  spice,
  starcraft,
  telegram,
  telegramCall,
  tencentGames,
  threema,
  tristation,
  usbip,
  viber,
  warp,
  weave,
  wechat,
  xot,
  doip,
  ethercat,
  msDo,
  nebula,
  tarantool,
  zerotier,
  aliCloud,
  avast,
  avastSecureDns,
  codMobile,
  cryNetwork,
  dingTalk,
  hamachi,
  heroesOfTheStorm,
  hpVirtGrp,
  imo,
  iqiyi,
  lagoFast,
  lineCall,
  lolWildRift,
  neteaseGames,
  paltalk,
  pathOfExile,
  riotGames,
  sdRtn,
  stealthNet,
  steamDatagramRelay,
  tesOnline,
  ultraSurf,
  xbox,
  zug,
  utp,
  rtp,
  kcp,
  tftpData,
  epicGames,
];
