/**
 * Recognises the devices among the hosts of ours from what the meter sees, as it goes: nothing that comes later changes
 * what was true before. For each host at most 24 pieces of evidence and 40 places are kept, for at most `HOSTS` hosts.
 */
import type { HostDevice } from '../../../src-shared/domain/device-kinds.ts';
import type { Cards } from '../../meter/enrich/cards.ts';
import { describeCard } from '../../meter/enrich/mac-vendors.ts';
import { FLOW_EVENT, type FlowBatch, type FlowEventBatch } from '../../meter/flows/types.ts';
import type { HostTable } from '../../meter/hosts.ts';
import type { DhcpMessage, DnsMessage, HttpMessage } from '../../meter/protocols/types.ts';
import { BoundedMap } from '../behaviours/common/bounded.ts';
import { NameBook } from '../behaviours/common/names.ts';
import { looksLikeAnswer } from '../behaviours/common/tcp-flags.ts';
import { registeredDomain } from '../behaviours/common/texts.ts';
import type { DeviceView, NetworkView, Observations } from '../types.ts';
import { Evidence, judgeDevice, type EvidenceSource, type Piece } from './evidence.ts';
import { NO_DEVICES } from './none.ts';
import { Profile } from './profile.ts';
import {
  AGENTS,
  EMBEDDED,
  FINGERPRINTS,
  HOST_NAMES,
  OFFERED,
  OFFERED_PORTS,
  SERVICES,
  signOf,
  USED,
  VENDOR_CLASSES,
  type Sign,
  type Weights,
} from './signs.ts';
import { isBelow, MAKERS, type Maker } from './vendors.ts';

/** In a larger network those are forgotten that have been quiet longest. */
const HOSTS = 4096;
const WORDS = 4;
const V4_PREFIX = 0xffff;
const TCP = 6;
const UDP = 17;
const DHCP_OFFER = 2;
const DHCP_ACK = 5;
/** Names, time, leases and discovery: whoever is on a network asks for them, and of changing servers. */
const NETWORK_PORTS: ReadonlySet<number> = new Set([53, 67, 68, 123, 137, 138, 546, 547, 853, 1900, 3702, 5353, 5355]);
const SERVICE_TYPE = /_[a-z0-9-]{1,30}\._(?:tcp|udp)/;
const LONGEST = 60;

const shown = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

export interface DeviceBookOptions {
  hosts: HostTable;
  network: NetworkView;
  /** Whose card is whose. */
  cards: Cards;
}

interface Judged {
  /** What it was judged by. */
  state: string;
  device: HostDevice;
}

export class DeviceBook implements DeviceView {
  private readonly hosts: HostTable;
  private readonly network: NetworkView;
  private readonly cards: Cards;
  private readonly names = new NameBook();
  private readonly evidence = new BoundedMap<number, Evidence>({ ceiling: HOSTS });
  /** What clients said before they had an address, by card. */
  private readonly byCard = new BoundedMap<string, Evidence>({ ceiling: HOSTS });
  private readonly profiles = new BoundedMap<number, Profile>({ ceiling: HOSTS });
  private readonly judged = new BoundedMap<number, Judged>({ ceiling: HOSTS });
  /** Counts pieces. */
  private revision = 0;
  /** Packet time, seconds. */
  private now = 0;

  constructor({ hosts, network, cards }: DeviceBookOptions) {
    this.hosts = hosts;
    this.network = network;
    this.cards = cards;
  }

  /** Before the behaviours look at the same. */
  observe(seen: Observations): void {
    this.now = seen.now;
    for (const message of seen.messages) {
      this.names.learn(message);
      if (message.kind === 'dhcp') this.dhcp(message);
      else if (message.kind === 'dns') this.dns(message);
      else if (message.kind === 'http') this.http(message);
    }
    this.opened(seen.events);
    for (let row = 0; row < seen.flows.count; row++) if (seen.flows.meta[row]) this.flow(seen.flows, row);
    this.printers(seen.flows);
  }

  deviceOf(host: number): HostDevice {
    if (!this.isOurs(host)) return NO_DEVICES.deviceOf(host);
    const profile = this.profiles.peek(host);
    const state = `${this.revision} ${profile?.isWide} ${profile?.isNarrow} ${this.cards.cardOf(host)}`;
    const known = this.judged.peek(host);
    if (known?.state === state) return known.device;
    const device = judgeDevice(this.piecesOf(host, profile), profile?.isWide ?? false);
    this.judged.set(host, { state, device }, this.now);
    return device;
  }

  profileOf(host: number): Profile | undefined {
    return this.profiles.peek(host);
  }

  placeOf(host: number): string {
    const address = this.hosts.address(host);
    const name = this.names.nameOf(host, address);
    return name === '' ? address : registeredDomain(name);
  }

  isOwnCloud(device: number, place: number): boolean {
    const clouds = this.makerOf(device)?.clouds;
    const name = clouds ? this.names.lookedUp(this.hosts.address(place)) : '';
    return clouds !== undefined && name !== '' && isBelow(name, clouds);
  }

  private makerOf(host: number): Maker | undefined {
    return signOf(MAKERS, this.vendorOf(host) ?? '');
  }

  private vendorOf(host: number): string | null {
    const mac = this.cards.cardOf(host);
    const card = mac ? describeCard(mac) : null;
    // A made-up address says nothing, but for the software that says whose it is.
    return card?.vendor ?? null;
  }

  /** What is known of the machine: of its other addresses and of its card too. */
  private piecesOf(host: number, profile: Profile | undefined): Piece[] {
    const pieces = new Map<string, Piece>();
    const take = (evidence: Evidence | undefined): void => {
      for (const [text, piece] of evidence?.pieces ?? []) pieces.set(text, piece);
    };
    for (const other of this.cards.besides(host)) take(this.evidence.peek(other));
    take(this.evidence.peek(host));
    const mac = this.cards.cardOf(host);
    if (mac) take(this.byCard.peek(mac));
    const vendor = this.vendorOf(host);
    const maker = signOf(MAKERS, vendor ?? '');
    const all = [...pieces.values()];
    if (vendor !== null)
      all.push({ source: 'card', text: `its card is made by ${shown(vendor)}`, weights: maker?.as ?? {} });
    if (profile?.isNarrow)
      all.push({ source: 'behaviour', text: 'few places, and one called on a schedule', weights: EMBEDDED });
    return all;
  }

  private add(host: number, source: EvidenceSource, text: string, weights: Weights): void {
    if (host === 0 || !this.isOurs(host)) return;
    const evidence = this.evidence.obtain(host, this.now, () => new Evidence());
    if (evidence.add({ source, text, weights })) this.revision++;
  }

  /** A machine of ours: neither a group of them nor one that has no address yet. */
  isOurs(host: number): boolean {
    const { network, hosts } = this;
    if (!network.isLocal(host) || network.isMulticast(host) || network.isBroadcast(host)) return false;
    const [at, words] = [host * WORDS, hosts.words];
    const prefix = words[at + 2]!;
    return words[at + 3] !== 0 || words[at] !== 0 || words[at + 1] !== 0 || (prefix !== 0 && prefix !== V4_PREFIX);
  }

  private say(host: number, source: EvidenceSource, signs: readonly Sign[], text: string, words: string): void {
    const sign = signOf(signs, text);
    if (sign) this.add(host, source, `${words} “${shown(text)}”`, sign.as);
  }

  private dhcp(message: DhcpMessage): void {
    const sender = message.fromOrig ? message.orig : message.resp;
    if (message.type === DHCP_OFFER || message.type === DHCP_ACK) {
      const isRouter = message.routers.includes(this.hosts.address(sender));
      this.add(sender, 'protocol', 'hands out addresses by DHCP', { network: isRouter ? 0.75 : 0.4, computer: 0.1 });
      return;
    }
    if (message.clientMac === '') return;
    const said: Piece[] = [];
    const look = (source: EvidenceSource, signs: readonly Sign[], text: string, words: string): void => {
      const sign = signOf(signs, text);
      if (sign) said.push({ source, text: `${words} “${shown(text)}”`, weights: sign.as });
    };
    look('dhcp', VENDOR_CLASSES, message.vendorClass, 'its DHCP vendor class is');
    look('dhcp', FINGERPRINTS, message.parameters.join(','), 'its DHCP requests ask for options');
    look('name', HOST_NAMES, message.hostname, 'calls itself');
    if (said.length === 0) return;
    const evidence = this.byCard.obtain(message.clientMac, message.sec, () => new Evidence());
    for (const piece of said) if (evidence.add(piece)) this.revision++;
  }

  private dns({ variant, response, qname, names, addresses, fromOrig, orig, resp }: DnsMessage): void {
    if (variant !== 'mdns' || !response) return;
    const sender = fromOrig ? orig : resp;
    for (const name of [qname, ...names]) {
      const type = SERVICE_TYPE.exec(name)?.[0];
      const sign = type && signOf(SERVICES, type);
      if (sign) this.add(sender, 'service', `announces ${type} by mDNS`, sign.as);
    }
    if (addresses.length > 0 && !qname.includes('_'))
      this.say(sender, 'name', HOST_NAMES, qname.replace(/\.local$/, ''), 'calls itself');
  }

  private http({ method, agent, orig }: HttpMessage): void {
    if (method !== '') this.say(orig, 'agent', AGENTS, agent, 'its programs call themselves');
  }

  /** Whom a host of ours turns to. A host that was never answered has no habits: a flood's forged senders are many. */
  private opened({ columns: c, count }: FlowEventBatch): void {
    for (let i = 0; i < count; i++) {
      const proto = c.proto[i]!;
      const port = c.respPort[i]!;
      if ((proto !== TCP && proto !== UDP) || c.flipped[i] === 1 || NETWORK_PORTS.has(port)) continue;
      const host = c.origHost[i]!;
      const target = c.respHost[i]!;
      if (host === 0 || target === 0 || c.kind[i] === FLOW_EVENT.REFUSED || !this.isOurs(host)) continue;
      const now = c.sec[i]! + c.nano[i]! * 1e-9;
      const known = this.profiles.touch(host, now);
      if (c.kind[i] === FLOW_EVENT.ANSWERED) {
        if (!known) this.begin(host, target, port, now);
        continue;
      }
      if (!known || known.isWide || looksLikeAnswer(c.origPort[i]!, port) || this.isGroup(target)) continue;
      known.note(this.placeOf(target), port, now);
    }
  }

  private begin(host: number, target: number, port: number, now: number): void {
    const profile = new Profile(now);
    profile.note(this.placeOf(target), port, now);
    this.profiles.set(host, profile, now);
  }

  private isGroup(host: number): boolean {
    return this.network.isMulticast(host) || this.network.isBroadcast(host);
  }

  private flow({ columns: c, meta }: FlowBatch, row: number): void {
    const { app, facts } = meta[row]!;
    const orig = c.origHost[row]!;
    const resp = c.respHost[row]!;
    const used = USED[app];
    if (used) this.add(orig, 'protocol', `speaks ${app}`, used);
    if (c.respPkts[row]! > 0) {
      const offered = OFFERED[app] ?? OFFERED[facts['http.use'] ?? ''];
      if (offered) this.add(resp, 'protocol', `answers ${OFFERED[app] ? app : facts['http.use']}`, offered);
      this.say(resp, 'agent', AGENTS, facts['http.server'] ?? '', 'its server calls itself');
    }
    this.say(orig, 'agent', AGENTS, facts['sip.agent'] ?? '', 'its programs call themselves');
    if (app === 'SSDP') this.ssdp(orig, facts);
  }

  /** A search names what is looked for, an announcement and an answer what is there. */
  private ssdp(host: number, facts: Readonly<Record<string, string>>): void {
    this.say(host, 'agent', AGENTS, facts['ssdp.user-agent'] ?? '', 'its programs call themselves');
    const server = facts['ssdp.server'];
    if (server === undefined) return;
    this.say(host, 'agent', AGENTS, server, 'its server calls itself');
    for (const type of [facts['ssdp.nt'], facts['ssdp.st']])
      this.say(host, 'service', SERVICES, type ?? '', 'announces by SSDP');
  }

  /** Raw printing has no words of its own: who takes data on its port is a printer. */
  private printers({ columns: c, count }: FlowBatch): void {
    for (let row = 0; row < count; row++) {
      const weights = OFFERED_PORTS[c.respPort[row]!];
      if (weights && c.proto[row] === TCP && c.respPkts[row]! > 0 && c.origBytes[row]! > 0)
        this.add(c.respHost[row]!, 'protocol', `takes data on port ${c.respPort[row]}`, weights);
    }
  }
}
