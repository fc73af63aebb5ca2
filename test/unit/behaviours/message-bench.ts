/** A bench for behaviours: hand-built messages, flows and events in, findings out. */
import { makeFlowBatch, makeFlowEventBatch, FLOW_EVENT, type FlowMeta } from '../../../src-main/meter/flows/types.ts';
import { NameBook } from '../../../src-main/detect/behaviours/common/names.ts';
import { NO_DEVICES } from '../../../src-main/detect/devices/none.ts';
import { HostTable } from '../../../src-main/meter/hosts.ts';
import type { ProtocolMessage } from '../../../src-main/meter/protocols/types.ts';
import { makeHostWindowBatch, makePulseBatch } from '../../../src-main/meter/windows/types.ts';
import type { Behaviour, BehaviourContext, Finding } from '../../../src-main/detect/types.ts';

/** 1 January 2024. */
export const START = 1_704_067_200;

/** A message of one kind with what matters given, and the rest as ordinary as can be. */
export type Given<K extends ProtocolMessage['kind']> = Partial<Extract<ProtocolMessage, { kind: K }>> & {
  at: number;
  from: string;
  to: string;
};

export interface GivenFlow {
  at: number;
  from: string;
  to: string;
  port: number;
  proto?: number;
  seconds?: number;
  up?: number;
  down?: number;
  packets?: number;
  service?: string;
  state?: number;
}

const DEFAULTS = {
  dns: {
    variant: 'dns',
    response: false,
    id: 1,
    rcode: 0,
    qname: 'www.example.com',
    qtype: 1,
    addresses: [],
    names: [],
    answers: 0,
    size: 40,
    answerBytes: 0,
    authoritative: false,
    ttl: 0,
  },
  http: {
    method: '',
    host: '',
    uri: '',
    agent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120.0',
    status: 0,
    length: -1,
    contentType: '',
    authorization: '',
    body: '',
  },
  tls: {
    what: 'client-hello',
    sni: '',
    alpn: '',
    version: 'TLSv1.2',
    ja3: '',
    ja4: '',
    subject: '',
    issuer: '',
    alert: -1,
  },
  ssh: { software: '', what: 'banner' },
  login: { protocol: 'ftp', outcome: 'failed', user: 'user', cleartext: false, code: 0 },
  smb: { dialect: '3.1.1', command: 'create', status: 0, path: '', share: '' },
  kerberos: { type: 'as-req', client: '', service: '', error: 0, etypes: [18] },
  dhcp: {
    type: 1,
    transaction: 1,
    clientMac: '',
    serverId: '',
    yourAddress: '',
    requested: '',
    hostname: '',
    vendorClass: '',
    routers: [],
    nameServers: [],
  },
  arp: { operation: 1, senderMac: '', targetMac: '', frameSource: '', frameTarget: 'ff:ff:ff:ff:ff:ff' },
  icmp: { type: 8, code: 0, identifier: 1, sequence: 1, size: 56, entropy: 5, hash: 1 },
  rdp: { cookie: '' },
  snmp: { version: 1, community: 'other', pdu: 'get', size: 40 },
  ntp: { mode: 3, version: 4, size: 48 },
  ldap: { operation: 'search', result: 0, name: '' },
  weird: { name: '', detail: '' },
  named: { source: 'ntlm', name: '' },
  tunnel: {},
  dcerpc: {
    what: 'call',
    interface: '',
    operation: -1,
    size: 24,
    encrypted: false,
    transport: 'tcp',
    object: false,
    detail: '',
  },
  payload: { transport: 'tcp', text: '', size: 0 },
  misplaced: { transport: 'tcp', app: '' },
  clear: { protocol: 'mqtt', user: '' },
  mining: { agent: '' },
} as const;

const PORTS: Partial<Record<ProtocolMessage['kind'], number>> = {
  dns: 53,
  http: 80,
  tls: 443,
  ssh: 22,
  smb: 445,
  kerberos: 88,
  dhcp: 67,
  snmp: 161,
  ldap: 389,
  dcerpc: 49_668,
};

export class Bench {
  readonly hosts = new HostTable();
  readonly findings = new Map<string, Finding>();
  readonly withdrawn: string[] = [];
  private readonly behaviour: Behaviour;
  private readonly context: BehaviourContext;
  private readonly names = new NameBook();
  private flows = 0;

  constructor(behaviour: Behaviour) {
    this.behaviour = behaviour;
    const local = (host: number): boolean =>
      /^(10\.|192\.168\.|172\.16\.|127\.|fe80:|0\.0\.0\.0)/.test(this.hosts.address(host));
    this.context = {
      hosts: this.hosts,
      network: {
        isLocal: local,
        isMulticast: (host) => /^(22[4-9]|23\d)\./.test(this.hosts.address(host)),
        isBroadcast: (host) => this.hosts.address(host).endsWith('.255'),
      },
      devices: NO_DEVICES,
      names: this.names,
      report: (key, finding) => this.findings.set(key, finding),
      withdraw: (key) => {
        this.withdrawn.push(key);
        this.findings.delete(key);
      },
    };
  }

  /** Id of an IPv4 address. */
  host(address: string): number {
    const d = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    return this.hosts.intern(Uint32Array.of(0, 0, 0xffff, d), 0);
  }

  message<K extends ProtocolMessage['kind']>(kind: K, given: Given<K>): ProtocolMessage {
    const { at, from, to, ...rest } = given;
    const sec = Math.floor(START + at);
    return {
      sec,
      nano: Math.round((START + at - sec) * 1e9),
      flow: this.flows++,
      orig: this.host(from),
      resp: this.host(to),
      respPort: PORTS[kind] ?? 0,
      fromOrig: true,
      ...DEFAULTS[kind],
      ...rest,
      kind,
    } as unknown as ProtocolMessage;
  }

  /** Shows messages in one delivery; returns the findings so far. */
  see(...messages: ProtocolMessage[]): Finding[] {
    return this.deliver(messages, [], []);
  }

  /** Shows flows that ended; with `opened` their first packets as events, too. */
  ended(flows: readonly GivenFlow[], opened = false): Finding[] {
    return this.deliver([], flows, opened ? flows : []);
  }

  finish(): Finding[] {
    this.behaviour.finish(this.context);
    return [...this.findings.values()];
  }

  addresses(hosts: readonly number[]): string[] {
    return hosts.map((host) => this.hosts.address(host));
  }

  private deliver(
    messages: readonly ProtocolMessage[],
    flows: readonly GivenFlow[],
    opened: readonly GivenFlow[],
  ): Finding[] {
    const batch = makeFlowBatch(Math.max(1, flows.length));
    const events = makeFlowEventBatch(Math.max(1, opened.length));
    for (const flow of flows) this.flow(batch, flow);
    for (const flow of opened) {
      const row = events.count++;
      const c = events.columns;
      c.kind[row] = FLOW_EVENT.OPEN;
      c.sec[row] = Math.floor(START + flow.at);
      c.nano[row] = Math.round(((START + flow.at) % 1) * 1e9);
      c.origHost[row] = this.host(flow.from);
      c.respHost[row] = this.host(flow.to);
      c.respPort[row] = flow.port;
      c.proto[row] = flow.proto ?? 6;
      c.flow[row] = row;
    }
    for (const message of messages) this.names.learn(message);
    this.behaviour.observe(
      { events, messages, flows: batch, windows: makeHostWindowBatch(1), pulses: makePulseBatch(1), now: START },
      this.context,
    );
    return [...this.findings.values()];
  }

  private flow(batch: ReturnType<typeof makeFlowBatch>, flow: GivenFlow): void {
    const row = batch.count++;
    const c = batch.columns;
    const end = START + flow.at + (flow.seconds ?? 1);
    c.id[row] = this.flows++;
    c.sec[row] = Math.floor(START + flow.at);
    c.nano[row] = Math.round(((START + flow.at) % 1) * 1e9);
    c.lastSec[row] = Math.floor(end);
    c.lastNano[row] = Math.round((end % 1) * 1e9);
    c.origHost[row] = this.host(flow.from);
    c.respHost[row] = this.host(flow.to);
    c.respPort[row] = flow.port;
    c.proto[row] = flow.proto ?? 6;
    c.origBytes[row] = flow.up ?? 1000;
    c.respBytes[row] = flow.down ?? 1000;
    c.origPayload[row] = flow.up ?? 1000;
    c.respPayload[row] = flow.down ?? 1000;
    c.origPkts[row] = flow.packets ?? Math.ceil((flow.up ?? 1000) / 1000) + 4;
    c.respPkts[row] = Math.ceil((flow.down ?? 1000) / 1000) + 4;
    c.connState[row] = flow.state ?? 3;
    const meta: FlowMeta | undefined =
      flow.service === undefined ? undefined : { service: flow.service, app: '', facts: {} };
    batch.meta[row] = meta;
  }
}

/** `count` things made by `make`. */
export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
