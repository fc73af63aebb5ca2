/** The protocols of the application layer: one line each. The first that recognises a flow has it. */
import { dcerpc } from './dcerpc/parser.ts';
import { dhcp } from './dhcp/parser.ts';
import { dns, llmnr, mdns } from './dns/parser.ts';
import { enip } from './enip/parser.ts';
import { ftp } from './ftp/parser.ts';
import { ftpData } from './ftp-data/parser.ts';
import { http1 } from './http/parser.ts';
import { http2 } from './http2/parser.ts';
import { ike } from './ike/parser.ts';
import { krb5 } from './krb5/parser.ts';
import { ldap } from './ldap/parser.ts';
import { modbus } from './modbus/parser.ts';
import { mqtt } from './mqtt/parser.ts';
import { ntp } from './ntp/parser.ts';
import { pgsql } from './pgsql/parser.ts';
import type { AppProtocol } from './protocol.ts';
import { quic } from './quic/parser.ts';
import { rfb } from './rfb/parser.ts';
import { sip } from './sip/parser.ts';
import { smb } from './smb/parser.ts';
import { smtp } from './smtp/parser.ts';
import { snmp } from './snmp/parser.ts';
import { ssh } from './ssh/parser.ts';
import { tls } from './tls/parser.ts';
import { websocket } from './websocket/parser.ts';

export const PROTOCOLS: readonly AppProtocol[] = [
  tls,
  ssh,
  smtp,
  ftp,
  ftpData,
  smb,
  dcerpc,
  quic,
  krb5,
  snmp,
  ldap,
  mqtt,
  modbus,
  enip,
  dhcp,
  rfb,
  sip,
  ntp,
  ike,
  llmnr,
  mdns,
  dns,
  pgsql,
  websocket,
  http2,
  http1,
];
