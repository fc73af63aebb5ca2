/**
 * Protocol inspectors: one file a protocol, one line in `registry.ts`. An inspector recognises its protocol from the
 * first payload bytes of either direction on any port, then reads on as far as it wants, bounded, and reports facts
 * (for the flow) and messages (for the behaviours).
 */
import type { FlowTable } from '../flows/types.ts';
import type { FlowMeta } from '../flows/types.ts';
import type { HostTable } from '../hosts.ts';
import type { PacketBatch, SegmentBatch } from '../packets/types.ts';

interface MessageBase {
  /** Packet time. */
  sec: number;
  nano: number;
  /** `FlowBatch.id` of the flow, -1 where there is none (ARP). */
  flow: number;
  /** Host ids: the flow's originator and responder. */
  orig: number;
  resp: number;
  respPort: number;
  /** Sent by the originator. */
  fromOrig: boolean;
}

/** DNS, mDNS and LLMNR: one a message (first question). Names lower case, without the final dot. */
export interface DnsMessage extends MessageBase {
  kind: 'dns';
  variant: 'dns' | 'mdns' | 'llmnr' | 'nbns';
  response: boolean;
  id: number;
  rcode: number;
  qname: string;
  qtype: number;
  /** A and AAAA answers as text, at most 16. */
  addresses: string[];
  /** Whose address each of them is; absent where all are the question's. */
  owners?: string[] | undefined;
  /** Other answers: CNAME, NS, PTR, MX targets; TXT is only measured. At most 16. */
  names: string[];
  /**
   * Addresses that answer nothing, and whose they are: of targets that answers name (SRV, MX, NS), in mDNS of any host. Absent
   * where there are none; at most 16.
   */
  besides?: { addresses: readonly string[]; owners: readonly string[] } | undefined;
  answers: number;
  /** Bytes of the message, and of answer data (TXT, NULL …). */
  size: number;
  answerBytes: number;
  authoritative: boolean;
  ttl: number;
}

export interface HttpMessage extends MessageBase {
  kind: 'http';
  /** Request: method and target; response: status. One of the two is there. */
  method: string;
  host: string;
  /** As sent (not decoded), at most 4,096 characters: a longer one is its beginning, "…", and its end. */
  uri: string;
  agent: string;
  status: number;
  /** Content-Length, -1 when not stated. */
  length: number;
  contentType: string;
  /** Basic credentials or a cookie were sent; never what they were. */
  authorization: '' | 'basic' | 'digest' | 'bearer' | 'ntlm' | 'negotiate' | 'other';
  /** Up to the first 1,024 bytes of a request's body as Latin-1 text. */
  body: string;
  /** First header line, of those not stated above, that carries code where data belongs ('${', '() {'), as sent. */
  oddHeader?: string;
}

export interface TlsMessage extends MessageBase {
  kind: 'tls';
  what: 'client-hello' | 'server-hello' | 'certificate' | 'established' | 'alert';
  sni: string;
  alpn: string;
  /** Negotiated or highest offered, e.g. 'TLSv1.3'. */
  version: string;
  ja3: string;
  ja4: string;
  subject: string;
  issuer: string;
  /** Host names that a certificate is for besides its subject, where they were read; at most 16. */
  names?: readonly string[];
  /** The certificate itself (DER), not to be changed; the same array where the same was met a moment ago. */
  der?: Uint8Array;
  alert: number;
}

export interface SshMessage extends MessageBase {
  kind: 'ssh';
  /** Banner. */
  software: string;
  /** What packet sizes and order imply once known (Zeek's heuristic idea): attempts seen, success or not. */
  what: 'banner' | 'auth-failed' | 'auth-succeeded';
}

/** Login tries and their outcome where a protocol shows them. */
export interface LoginMessage extends MessageBase {
  kind: 'login';
  protocol: 'ftp' | 'smtp' | 'smb' | 'kerberos' | 'ldap' | 'http' | 'pop3' | 'imap' | 'telnet' | 'rdp' | 'snmp' | 'sip';
  outcome: 'attempt' | 'failed' | 'succeeded';
  /** Account name (never the secret). */
  user: string;
  /** The secret crossed the wire in the clear. */
  cleartext: boolean;
  /** Status or error code of the protocol. */
  code: number;
}

export interface SmbMessage extends MessageBase {
  kind: 'smb';
  dialect: string;
  command: string;
  /** NT status of a response. */
  status: number;
  /** Share, pipe or file; of a longer path its end. */
  path: string;
  /** Share that a file or pipe is on; '' when its connecting was not seen, and for everything else. */
  share: string;
}

export interface KerberosMessage extends MessageBase {
  kind: 'kerberos';
  type: 'as-req' | 'as-rep' | 'tgs-req' | 'tgs-rep' | 'ap-req' | 'error' | 'other';
  client: string;
  service: string;
  error: number;
  /** Encryption type numbers offered or used. */
  etypes: number[];
}

export interface DhcpMessage extends MessageBase {
  kind: 'dhcp';
  type: number;
  transaction: number;
  clientMac: string;
  serverId: string;
  yourAddress: string;
  requested: string;
  hostname: string;
  vendorClass: string;
  /** Options that the client asks for (option 55), in its order: each system has its own. At most 64. */
  parameters: number[];
  routers: string[];
  nameServers: string[];
}

/** ARP is not a flow; `orig` is the sender's address, `resp` the target's. */
export interface ArpMessage extends MessageBase {
  kind: 'arp';
  operation: number;
  senderMac: string;
  targetMac: string;
  /** MAC addresses of the frame itself ('' where the link layer has none). */
  frameSource: string;
  frameTarget: string;
}

/** At most the first 64 of a flow, and only those with 1 payload byte or more. */
export interface IcmpMessage extends MessageBase {
  kind: 'icmp';
  type: number;
  code: number;
  identifier: number;
  sequence: number;
  size: number;
  /** Shannon entropy of the payload, bits a byte. */
  entropy: number;
  /** Hash of the payload: an ordinary echo repeats the request's. */
  hash: number;
}

export interface RdpMessage extends MessageBase {
  kind: 'rdp';
  cookie: string;
}

export interface SnmpMessage extends MessageBase {
  kind: 'snmp';
  version: number;
  community: 'public' | 'private' | 'other' | '';
  pdu: string;
  size: number;
}

export interface NtpMessage extends MessageBase {
  kind: 'ntp';
  mode: number;
  version: number;
  size: number;
}

export interface LdapMessage extends MessageBase {
  kind: 'ldap';
  operation: string;
  result: number;
  name: string;
}

/** Something that breaks a protocol's rules: `name` from the closed list in `weird.ts`. */
export interface WeirdMessage extends MessageBase {
  kind: 'weird';
  name: string;
  detail: string;
}

/**
 * Remote procedure calls (MS-RPCE, C706), over TCP or inside an SMB pipe: binds, calls and faults, at most 512 a connection or
 * pipe; beside that each call of an interface that has a name the first sixteen times.
 */
export interface DcerpcMessage extends MessageBase {
  kind: 'dcerpc';
  what: 'bind' | 'call' | 'fault';
  /** UUID of the interface, lower case with dashes; '' when the bind was not seen. */
  interface: string;
  /** Operation number of a call, else -1. */
  operation: number;
  /** Bytes of the call's arguments. */
  size: number;
  /** Arguments are encrypted (authentication level 6). */
  encrypted: boolean;
  /** 'tcp', or the name of the SMB pipe. */
  transport: string;
  /** The call goes to a distributed object (DCOM): its arguments begin with an ORPCTHIS. */
  object: boolean;
  /** Class of object that a call asks for, where it is one of those known ('' otherwise). */
  detail: string;
}

/** The sender says what it is called: in an NTLM message, or in NetBIOS datagrams and registrations. */
export interface NamedMessage extends MessageBase {
  kind: 'named';
  source: 'ntlm' | 'netbios';
  name: string;
}

/** What follows in the flow is meant for another host than its responder, which only passes it on (SOCKS). */
export interface TunnelMessage extends MessageBase {
  kind: 'tunnel';
}

/**
 * The first payload of one direction of a TCP or UDP flow whose protocol no inspector knows: at most 512 bytes as
 * Latin-1 text, at most two a direction.
 */
export interface PayloadMessage extends MessageBase {
  kind: 'payload';
  transport: 'tcp' | 'udp';
  text: string;
  size: number;
}

/**
 * A protocol on a port that is usual for another one, or (`app` is '') what no inspector knows on a port that is usual for a
 * protocol: once a flow, when both ends have gone on with it (`misplaced.ts`).
 */
export interface MisplacedMessage extends MessageBase {
  kind: 'misplaced';
  transport: 'tcp' | 'udp';
  /** As nDPI names the protocol. */
  app: string;
}

/**
 * A password that crossed the wire in the clear where no login message says so: once a flow and protocol, and nothing of
 * whether it was accepted.
 */
export interface ClearMessage extends MessageBase {
  kind: 'clear';
  /** Id of the inspector. */
  protocol: string;
  /** Account name where it is known, else ''. */
  user: string;
}

/** A pool answered a request of a mining program, once a flow. */
export interface MiningMessage extends MessageBase {
  kind: 'mining';
  /** What the program calls itself, '' where it does not. */
  agent: string;
}

export type ProtocolMessage =
  | DnsMessage
  | HttpMessage
  | TlsMessage
  | SshMessage
  | LoginMessage
  | SmbMessage
  | KerberosMessage
  | DhcpMessage
  | ArpMessage
  | NamedMessage
  | TunnelMessage
  | IcmpMessage
  | RdpMessage
  | SnmpMessage
  | NtpMessage
  | LdapMessage
  | WeirdMessage
  | DcerpcMessage
  | PayloadMessage
  | MisplacedMessage
  | ClearMessage
  | MiningMessage;

export interface ProtocolStage {
  /** Looks at the payloads of one batch, after the flow table has filled in slots. Appends to `messages`. */
  process(packets: PacketBatch, segments: SegmentBatch, table: FlowTable, messages: ProtocolMessage[]): void;
  /** Called by `FlowTable.drain` for a flow that ends; frees what was held for the slot. */
  finish(slot: number, table: FlowTable, messages: ProtocolMessage[]): FlowMeta | undefined;
  /** What is known by now of a flow that has not ended. */
  learned(slot: number, table: FlowTable): FlowMeta | undefined;
  readonly statistics: {
    inspected: number;
    abandoned: number;
    /** Requests for memory that were refused, by the budget or by a flow's own bound. */
    refused: number;
    /** Bytes of the budget that flows hold. */
    held: number;
  };
  /** False: payloads of flows that open from now on are passed over. Flows that are being read are read on. */
  inspectNew: boolean;
}

export interface ProtocolStageOptions {
  hosts: HostTable;
  /**
   * Bytes that all flows together may hold for reassembly and for what inspectors keep (default 64 MiB). A flow that asks
   * beyond it is read no deeper: its name and what was learned stay.
   */
  bufferCeiling?: number;
}
