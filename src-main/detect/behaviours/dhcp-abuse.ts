/**
 * Abuse of DHCP: so many clients or requests that the pool runs dry (starvation), and a second server that answers
 * with gateways or name servers of its own.
 *
 * Starvation: more different client cards within the window than people come in at once; or requests at a machine's
 * pace by few. Confidence 0.7 at the floor, +0.1 a doubling. A classroom coming to life: tens of cards over minutes,
 * each asking two to four times and getting an answer.
 * Second server: two servers that offer different gateways or name servers to clients of the same relay or segment.
 * Confidence 0.65 (0.8 when one of them is a client itself, or answers from outside the other's network); two servers
 * that agree are a redundant pair.
 */
import type { DhcpMessage } from '../../meter/protocols/types.ts';
import type { Behaviour, BehaviourContext, Finding, Observations, PacketTime } from '../types.ts';
import { BoundedMap, BoundedSet } from './common/bounded.ts';
import { at, Case, CaseBook } from './common/casebook.ts';
import { DistinctCounter, hashText } from './common/distinct.ts';
import { fact, makeFinding } from './common/finding.ts';
import { DHCP_ABUSE } from './common/message-thresholds.ts';
import { counted, formatList, within } from './common/words.ts';

const DISCOVER = 1;
const OFFER = 2;
const REQUEST = 3;
const DECLINE = 4;
const ACK = 5;
const RELEASE = 7;
const INFORM = 8;
const CLIENT_TYPES = new Set([DISCOVER, REQUEST, RELEASE, INFORM, DECLINE]);

/** Addresses of clients and servers kept of a flood. */
const ADDRESSES = 65_536;
/** What clients say (RFC 2132, 9.6); the first two ask for an address. */
const TYPE_NAMES: ReadonlyMap<number, string> = new Map([
  [DISCOVER, 'DISCOVER'],
  [REQUEST, 'REQUEST'],
  [DECLINE, 'DECLINE'],
  [RELEASE, 'RELEASE'],
  [INFORM, 'INFORM'],
]);

export class Starvation extends Case {
  /** Requests and different cards, senders and answers in the current window, and the most of any window. */
  windowStart = 0;
  requests = 0;
  answers = 0;
  cards = new DistinctCounter(512);
  mostRequests = 0;
  mostCards = 0;
  readonly senders = new BoundedSet<number>(ADDRESSES);
  readonly servers = new BoundedSet<number>(ADDRESSES);
  /** Servers that answered. */
  readonly answering = new BoundedSet<number>(ADDRESSES);
  /** Messages of clients by type, and the first cards. */
  readonly types = new Map<number, number>();
  readonly macs = new BoundedSet<string>(4);
  readonly allCards = new DistinctCounter(1024);
  answered = 0;
}

interface Server {
  host: number;
  gateways: string;
  nameServers: string;
  offers: number;
  first: PacketTime;
}

export class Rogue extends Case {
  readonly one: Server;
  readonly other: Server;

  constructor(time: PacketTime, one: Server, other: Server) {
    super(time);
    this.one = one;
    this.other = other;
  }
}

export class DhcpAbuse implements Behaviour {
  readonly id = 'behaviour:dhcp-abuse';
  private readonly floods = new CaseBook<Starvation>({ ceiling: 4 });
  private readonly rogues = new CaseBook<Rogue>({ ceiling: 100 });
  private readonly servers = new BoundedMap<string, Server>({ ceiling: 256, lifetime: 86_400 });
  private readonly clients = new BoundedMap<string, number>({ ceiling: 10_000, lifetime: 86_400 });

  observe(seen: Observations, context: BehaviourContext): void {
    for (const message of seen.messages) if (message.kind === 'dhcp') this.look(message);
    this.flush(context);
  }

  finish(context: BehaviourContext): void {
    this.flush(context);
  }

  private flush(context: BehaviourContext): void {
    this.floods.flush((found, key) => context.report(key, this.starvation(found, context)));
    this.rogues.flush((found, key) => context.report(key, this.rogue(found, context)));
  }

  private look(message: DhcpMessage): void {
    const key = 'dhcp|starvation';
    const found = this.floods.open(key, at(message), (time) => new Starvation(time));
    if (message.sec - found.windowStart >= DHCP_ABUSE.WINDOW || message.sec < found.windowStart) {
      found.windowStart = message.sec;
      found.requests = 0;
      found.answers = 0;
      found.cards = new DistinctCounter(512);
    }
    if (CLIENT_TYPES.has(message.type)) this.request(found, message, key);
    else if (message.type === OFFER || message.type === ACK) {
      found.answers++;
      found.answered++;
      found.answering.add(message.fromOrig ? message.orig : message.resp);
      this.offer(message);
    }
  }

  private request(found: Starvation, message: DhcpMessage, key: string): void {
    const card = hashText(message.clientMac);
    found.requests++;
    found.types.set(message.type, (found.types.get(message.type) ?? 0) + 1);
    found.macs.add(message.clientMac);
    found.cards.add(card);
    found.allCards.add(card);
    found.saw(at(message), message.flow);
    const sender = message.fromOrig ? message.orig : message.resp;
    found.senders.add(sender);
    found.servers.add(message.fromOrig ? message.resp : message.orig);
    this.clients.set(message.clientMac, sender, message.sec);
    found.mostRequests = Math.max(found.mostRequests, found.requests);
    found.mostCards = Math.max(found.mostCards, found.cards.count);
    const manyCards = found.cards.count >= DHCP_ABUSE.CLIENTS;
    // Many requests of few cards: more than eight each, where a client asks four times and then backs off.
    const manyRequests = found.requests >= DHCP_ABUSE.REQUESTS && found.requests > found.cards.count * 8;
    if (manyCards || manyRequests) found.decide();
    // Ordinary requests hours later do not make the incident longer.
    if (found.decided && (manyCards || manyRequests)) this.floods.change(key, found);
  }

  private offer(message: DhcpMessage): void {
    if (message.routers.length === 0 && message.nameServers.length === 0) return;
    const host = message.fromOrig ? message.orig : message.resp;
    const id = message.serverId !== '' ? message.serverId : String(host);
    const server: Server = this.servers.touch(id, message.sec) ?? {
      host,
      gateways: '',
      nameServers: '',
      offers: 0,
      first: at(message),
    };
    server.gateways = message.routers.join(',');
    server.nameServers = message.nameServers.join(',');
    server.offers++;
    this.servers.set(id, server, message.sec);
    for (const [otherId, other] of this.servers) {
      if (otherId === id || other.host === server.host) continue;
      // Different networks are different segments seen at one place: each may have its server.
      if (!sameNetwork(message.yourAddress, id, otherId)) continue;
      if (other.gateways === server.gateways && other.nameServers === server.nameServers) continue;
      const [first, second] = other.first.sec <= server.first.sec ? [other, server] : [server, other];
      const key = `dhcp|rogue|${first.host}|${second.host}`;
      const rogue = this.rogues.open(key, at(message), (time) => new Rogue(time, first, second));
      rogue.saw(at(message), message.flow);
      rogue.decide();
      this.rogues.change(key, rogue);
    }
  }

  private starvation(found: Starvation, context: BehaviourContext): Finding {
    // A client without an address is nobody in particular, and the broadcast address is no server.
    const somebody = (host: number): boolean =>
      !/^(?:0\.0\.0\.0|255\.255\.255\.255|::)$/.test(context.hosts.address(host));
    const servers = [...new Set([...found.answering.members, ...found.servers.members])].filter(somebody);
    const excess = Math.max(found.mostCards / DHCP_ABUSE.CLIENTS, found.mostRequests / DHCP_ABUSE.REQUESTS);
    const cards = found.allCards.count;
    const said = describeRequests(found, cards);
    const senders = [...found.senders.members].filter(somebody);
    // One card under many addresses is one client: the addresses are its inventions, or it took them one by one.
    const sources = cards === 1 ? senders.slice(0, 1) : senders;
    const bounded = found.servers.refused > 0 || found.answering.refused > 0;
    return makeFinding({
      detector: this.id,
      kind: 'dhcp-abuse',
      confidence: Math.min(0.95, 0.7 + 0.1 * Math.log2(Math.max(1, excess))),
      title: said.title,
      summary: said.summary,
      sources,
      targets: servers,
      ports: [67],
      first: found.first,
      decided: found.decided ?? found.last,
      last: found.last,
      evidence: [
        ...[...found.types].map(([type, count]) =>
          fact(`DHCP${TYPE_NAMES.get(type) ?? ''} messages`, count, 'messages'),
        ),
        fact(
          `Most in ${DHCP_ABUSE.WINDOW} seconds (alarm from ${DHCP_ABUSE.REQUESTS} of few clients)`,
          found.mostRequests,
          'messages',
        ),
        ...(found.mostCards > 1
          ? [
              fact(
                `Most hardware addresses in ${DHCP_ABUSE.WINDOW} seconds (alarm from ${DHCP_ABUSE.CLIENTS})`,
                found.mostCards,
                'addresses',
              ),
            ]
          : []),
        ...(cards === 1 && senders.length > 1
          ? [fact('IP addresses under which the client asked', senders.length, 'addresses')]
          : []),
        fact(bounded ? 'Servers asked or answering (at least)' : 'Servers asked or answering', servers.length, 'hosts'),
        fact('Answers of servers', found.answered, 'answers'),
      ],
      packets: found.count,
      ...(said.response === undefined ? {} : { response: said.response }),
      ...(cards === 1 ? { filter: `dhcp.hw.mac_addr == ${[...found.macs.members][0] ?? ''}` } : {}),
      flows: found.flows,
      technique: [{ id: 'T1499', name: 'Endpoint Denial of Service' }],
    });
  }

  private rogue(found: Rogue, context: BehaviourContext): Finding {
    const whoFirst = context.hosts.address(found.one.host);
    const whoSecond = context.hosts.address(found.other.host);
    return makeFinding({
      detector: this.id,
      kind: 'dhcp-abuse',
      confidence: 0.65,
      title: `${whoSecond} answers DHCP requests beside ${whoFirst}, with other settings`,
      summary:
        `${whoSecond} gives out the gateway ${found.other.gateways || 'none'} and the name servers ` +
        `${formatList(found.other.nameServers.split(','))}; ${whoFirst} gives ${found.one.gateways || 'none'} and ` +
        `${formatList(found.one.nameServers.split(','))}. Clients that take the wrong one send their traffic elsewhere.`,
      sources: [found.other.host],
      targets: [found.one.host],
      ports: [67],
      first: found.first,
      decided: found.decided ?? found.last,
      last: found.last,
      evidence: [
        fact('Answers of the second server', found.other.offers, 'answers'),
        fact('Answers of the first server', found.one.offers, 'answers'),
      ],
      flows: found.flows,
      technique: [{ id: 'T1557.003', name: 'Adversary-in-the-Middle: DHCP Spoofing' }],
    });
  }
}

interface Words {
  title: string;
  summary: string;
  response?: readonly string[];
}

/** What the messages were, and what they can do. */
function describeRequests(found: Starvation, cards: number): Words {
  const [type, most] = [...found.types].reduce((best, one) => (one[1] > best[1] ? one : best), [0, 0]);
  const leasing = (found.types.get(DISCOVER) ?? 0) + (found.types.get(REQUEST) ?? 0);
  const message = most === found.count ? `DHCP${TYPE_NAMES.get(type) ?? ''} message` : 'DHCP message';
  const client = cards === 1 ? `One client (${[...found.macs.members][0]})` : counted(cards, 'client');
  const most30 = `Up to ${counted(found.mostRequests, 'message')} came within ${DHCP_ABUSE.WINDOW} seconds`;
  const from = `from ${counted(found.mostCards, 'hardware address', 'hardware addresses')}`;
  const title = `${client} sent ${counted(found.count, message)}${within(found.seconds)}`;
  if (leasing * 2 > found.count && found.mostCards >= DHCP_ABUSE.CLIENTS) {
    return { title, summary: `${most30}, ${from}: the address pool can be used up, and new machines get none.` };
  }
  const effect =
    leasing * 2 > found.count
      ? 'So few clients can hold few addresses; but the server has to answer each message, and a broken or hostile program sends them.'
      : type === RELEASE
        ? 'They give addresses back: in the name of others this takes the addresses away from them.'
        : 'Messages of this kind lease no address: the pool is not used up, but the server has to answer each of them.';
  const response = [
    'Find the device by its hardware address at the switch port, and the program on it that sends these messages.',
    'Let the switch limit DHCP messages of each port (DHCP snooping with a rate limit).',
  ];
  return { title, summary: `${most30}, ${from}. ${effect}`, response };
}

/** Whether an address offered and two servers share their first two octets: one segment, as far as can be told. */
function sameNetwork(offered: string, one: string, other: string): boolean {
  const prefix = (address: string): string => address.split('.').slice(0, 2).join('.');
  return offered !== '' && prefix(one) === prefix(other) && prefix(offered) === prefix(one);
}
