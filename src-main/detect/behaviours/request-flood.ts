/**
 * Request floods: one client asks one web server for far more than pages are made of, in seconds; or many clients ask
 * it for the same page, each time with another meaningless query so that no cache helps.
 *
 * Confidence: 0.65 at the floor, +0.08 for each doubling of the requests in the busiest window, at most 0.95.
 */
import type { HttpMessage } from '../../meter/protocols/types.ts';
import type { Behaviour, BehaviourContext, Observations, PacketTime } from '../types.ts';
import { DistinctCounter, hashText, TopCounter } from './common/distinct.ts';
import { fact, makeFinding, secondsBetween } from './common/finding.ts';
import { FlowIds, FlowRoom } from './common/flow-ids.ts';
import { FlowMap } from './common/flow-map.ts';
import { REQUEST_FLOOD } from './common/thresholds.ts';
import { counted, formatNumber, within } from './common/words.ts';

const PAIRS = 8192;
const SERVERS = 2048;
/** Share of "not found" among the answers above which somebody is looking for pages rather than flooding. */
const NOT_FOUND = 0.5;

export class Pair {
  first: PacketTime;
  last: PacketTime;
  windowStart: number;
  inWindow = 0;
  peak = 0;
  requests = 0;
  answers = 0;
  notFound = 0;
  decided: PacketTime | null = null;
  reportedAt = 0;
  port = 0;
  readonly flows = new FlowIds();

  constructor(time: PacketTime) {
    this.first = time;
    this.last = time;
    this.windowStart = time.sec;
  }
}

/** Requests of all clients to one server within the current window. */
export class Server {
  start: number;
  first: PacketTime;
  requests = 0;
  clients = new TopCounter(256);
  distinctClients = new DistinctCounter();
  paths = new TopCounter(16);
  uris = new DistinctCounter();
  readonly flows = new FlowIds();
  /** Of the windows that were too much. */
  total = 0;
  peak = 0;
  decided: PacketTime | null = null;
  last: PacketTime;
  port = 0;

  constructor(time: PacketTime) {
    this.start = time.sec;
    this.first = time;
    this.last = time;
  }

  turn(time: PacketTime): void {
    this.start = time.sec;
    if (!this.decided) {
      this.first = time;
      this.flows.clear();
      this.clients = new TopCounter(256);
      this.distinctClients = new DistinctCounter();
    }
    this.requests = 0;
    this.paths = new TopCounter(16);
    this.uris = new DistinctCounter();
  }
}

export class RequestFlood implements Behaviour {
  readonly id = 'behaviour:request-flood';
  private readonly flowRoom = new FlowRoom();
  private readonly pairs = new FlowMap<string, Pair>({ ceiling: PAIRS, lifetime: 600 }, this.flowRoom);
  private readonly servers = new FlowMap<number, Server>({ ceiling: SERVERS, lifetime: 600 }, this.flowRoom);

  observe(seen: Observations, context: BehaviourContext): void {
    for (const message of seen.messages) if (message.kind === 'http') this.read(message, context);
  }

  finish(context: BehaviourContext): void {
    for (const [host, server] of this.servers) if (server.decided) this.reportServer(host, server, context);
    for (const [key, pair] of this.pairs) {
      if (!pair.decided) continue;
      if (pair.notFound > pair.answers * NOT_FOUND) context.withdraw(`${this.id} ${key}`);
      else this.report(key, pair, context);
    }
  }

  private read(message: HttpMessage, context: BehaviourContext): void {
    const time = { sec: message.sec, nano: message.nano };
    const key = `${message.orig} ${message.resp}`;
    const pair = this.pairs.obtain(key, message.sec, () => new Pair(time));
    pair.last = time;
    if (message.status > 0) {
      pair.answers++;
      if (message.status === 404) pair.notFound++;
      return;
    }
    this.readServer(message, time, context);
    pair.requests++;
    pair.port = message.respPort;
    pair.flows.add(message.flow);
    if (Math.abs(message.sec - pair.windowStart) >= REQUEST_FLOOD.WINDOW) {
      pair.windowStart = message.sec;
      pair.inWindow = 0;
    }
    pair.peak = Math.max(pair.peak, ++pair.inWindow);
    if (pair.decided) {
      if (pair.requests >= pair.reportedAt * 1.5) this.report(key, pair, context);
    } else if (pair.inWindow >= REQUEST_FLOOD.REQUESTS && pair.notFound <= pair.answers * NOT_FOUND) {
      pair.decided = time;
      this.report(key, pair, context);
    }
  }

  private readServer(message: HttpMessage, time: PacketTime, context: BehaviourContext): void {
    const server = this.servers.obtain(message.resp, message.sec, () => new Server(time));
    if (Math.abs(message.sec - server.start) >= REQUEST_FLOOD.WINDOW) server.turn(time);
    server.last = time;
    server.port = message.respPort;
    server.requests++;
    server.clients.add(message.orig);
    server.distinctClients.add(message.orig);
    const query = message.uri.indexOf('?');
    server.paths.add(hashText(query < 0 ? message.uri : message.uri.slice(0, query)));
    server.uris.add(hashText(message.uri));
    server.flows.add(message.flow);
    server.peak = Math.max(server.peak, server.requests);
    if (server.decided) {
      server.total++;
      return;
    }
    if (server.requests < REQUEST_FLOOD.REQUESTS || server.distinctClients.count < REQUEST_FLOOD.CLIENTS) return;
    const samePath = (server.paths.top(1)[0]?.[1] ?? 0) >= server.requests * REQUEST_FLOOD.SAME_PATH;
    if (!samePath || server.uris.count < server.requests * REQUEST_FLOOD.DIFFERENT_QUERIES) return;
    server.decided = time;
    server.total = server.requests;
    this.reportServer(message.resp, server, context);
  }

  private reportServer(host: number, server: Server, context: BehaviourContext): void {
    const address = context.hosts.address(host);
    const clients = Math.max(server.distinctClients.count, server.clients.size);
    const seconds = secondsBetween(server.first, server.last);
    context.report(
      `${this.id} server ${host}`,
      makeFinding({
        detector: this.id,
        kind: 'ddos',
        confidence: Math.min(0.95, 0.7 + 0.08 * Math.log2(Math.max(1, server.peak / REQUEST_FLOOD.REQUESTS))),
        title: `${counted(clients, 'client')} sent ${counted(server.total, 'request')} for one page of ${address}${within(seconds)}`,
        summary:
          `Nearly every request asks for the same page with another query, which no cache can answer and no visitor types. ` +
          `At most ${formatNumber(server.peak)} came within ${REQUEST_FLOOD.WINDOW} seconds.`,
        sources: server.clients.top(256).map(([client]) => client),
        sourcesTotal: clients,
        targets: [host],
        ports: [server.port],
        first: server.first,
        decided: server.decided ?? server.last,
        last: server.last,
        evidence: [
          fact('Requests for one page, each with another query', server.total, 'requests'),
          fact('Clients', clients, 'hosts'),
          fact(
            `Requests in the busiest ${REQUEST_FLOOD.WINDOW} seconds (alarm from ${REQUEST_FLOOD.REQUESTS})`,
            server.peak,
            'requests',
          ),
        ],
        flows: server.flows,
        technique: [{ id: 'T1499.002', name: 'Service Exhaustion Flood' }],
      }),
    );
  }

  private report(key: string, pair: Pair, context: BehaviourContext): void {
    pair.reportedAt = pair.requests;
    const [source, target] = key.split(' ').map(Number) as [number, number];
    const seconds = secondsBetween(pair.first, pair.last);
    const from = context.hosts.address(source);
    const to = context.hosts.address(target);
    context.report(
      `${this.id} ${key}`,
      makeFinding({
        detector: this.id,
        kind: 'dos-flood',
        confidence: Math.min(0.95, 0.65 + 0.08 * Math.log2(Math.max(1, pair.peak / REQUEST_FLOOD.REQUESTS))),
        title: `${from} sent ${counted(pair.requests, 'web request')} to ${to}${within(seconds)}`,
        summary:
          `At most ${formatNumber(pair.peak)} requests came within ${REQUEST_FLOOD.WINDOW} seconds; a page with all its ` +
          `parts takes one to two hundred. ${formatNumber(pair.answers)} were answered.`,
        sources: [source],
        targets: [target],
        ports: [pair.port],
        first: pair.first,
        decided: pair.decided ?? pair.last,
        last: pair.last,
        evidence: [
          fact(
            `Requests in the busiest ${REQUEST_FLOOD.WINDOW} seconds (alarm from ${REQUEST_FLOOD.REQUESTS})`,
            pair.peak,
            'requests',
          ),
          fact('Requests in all', pair.requests, 'requests'),
          fact('Answers', pair.answers, 'answers'),
        ],
        flows: pair.flows,
        technique: [{ id: 'T1499.002', name: 'Service Exhaustion Flood' }],
      }),
    );
  }
}

export const requestFlood = (): Behaviour => new RequestFlood();
