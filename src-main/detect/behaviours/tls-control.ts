/**
 * Encrypted connections that look set up by hand or by a kit: certificates that nobody issued, with the example names
 * of the tool that made them, served without a name on odd ports, called again and again.
 *
 * Points, for connections to outside addresses: issued by itself 2; example fields of OpenSSL or a kit's defaults 3; a
 * name of letters in no rhythm 2; the client named no server (SNI) 1; another port than 443, 465, 587, 853, 993, 995,
 * 8443 1; three connections or more 1; no name was ever looked up for the address (while others were) 1.
 * `info` from 4 points, a warning from 6, critical from 7. Confidence 0.3 + 0.07 a point, at most 0.9.
 * Ordinary: appliances and devices with certificates of their own (inside, or with a product's name and a server
 * name), mail servers, TLS 1.3 (which hides certificates: nothing is said then).
 */
import type { TlsMessage } from '../../meter/protocols/types.ts';
import type { Behaviour, BehaviourContext, Finding, Observations, PacketTime } from '../types.ts';
import { BoundedMap } from './common/bounded.ts';
import { at, Case, CaseBook } from './common/casebook.ts';
import { fact, makeFinding } from './common/finding.ts';
import { surprise } from './common/letter-pairs.ts';
import { counted, within } from './common/words.ts';

const USUAL_PORTS = new Set([
  443, 465, 587, 853, 993, 995, 8443, 25, 143, 110, 21, 990, 5222, 5223, 5228, 636, 8883, 3389, 5061,
]);
const EXAMPLE =
  /Internet Widgits|Some-State|Default Company|My Company|Global Security|IT Department|CN=example\.(?:com|org)|Default City|SomeOrganization|\bO=Test\b|Company Ltd\b|CN=localhost\b/i;
const INFO_POINTS = 4;
const WARNING_POINTS = 6;
const CRITICAL_POINTS = 7;
const REPEATED = 3;
const IMPROBABLE = 5.8;

export class Endpoint extends Case {
  readonly client: number;
  readonly server: number;
  readonly port: number;
  subject = '';
  issuer = '';
  sni = '';
  connections = 0;

  constructor(time: PacketTime, client: number, server: number, port: number) {
    super(time);
    this.client = client;
    this.server = server;
    this.port = port;
  }
}

export class TlsControl implements Behaviour {
  readonly id = 'behaviour:tls-control';
  private readonly endpoints = new CaseBook<Endpoint>({ ceiling: 20_000, lifetime: 14_400 });
  /** Server name of a flow's hello, until its certificate comes. */
  private readonly asked = new BoundedMap<number, string>({ ceiling: 20_000, lifetime: 120 });

  observe(seen: Observations, context: BehaviourContext): void {
    for (const message of seen.messages) {
      if (message.kind === 'tls') this.look(message, context);
    }
    this.endpoints.flush((found, key) => this.judge(found, key, context));
  }

  finish(context: BehaviourContext): void {
    this.endpoints.flush((found, key) => this.judge(found, key, context));
  }

  private look(message: TlsMessage, context: BehaviourContext): void {
    if (message.what === 'client-hello') this.asked.set(message.flow, message.sni, message.sec);
    if (message.what !== 'certificate' || message.fromOrig || context.network.isLocal(message.resp)) return;
    const key = `tlscontrol|${message.orig}|${message.resp}|${message.respPort}`;
    const found = this.endpoints.open(
      key,
      at(message),
      (time) => new Endpoint(time, message.orig, message.resp, message.respPort),
    );
    // A chain is several certificates: the first is the server's.
    const seen = this.asked.touch(message.flow, message.sec);
    if (seen === undefined && found.connections > 0) return;
    this.asked.delete(message.flow);
    found.saw(at(message), message.flow);
    found.connections++;
    found.subject = message.subject;
    found.issuer = message.issuer;
    found.sni = seen ?? '';
    this.endpoints.change(key, found);
  }

  private points(found: Endpoint, context: BehaviourContext): number {
    let points = 0;
    if (found.subject !== '' && found.subject === found.issuer) points += 2;
    if (EXAMPLE.test(found.subject)) points += 3;
    const common =
      /CN=([^,/]+)/
        .exec(found.subject)?.[1]
        ?.toLowerCase()
        .replace(/^www\./, '') ?? '';
    const label = common.split('.')[0] ?? '';
    if (label.length >= 8 && !/^[0-9a-f-]+$/.test(label) && surprise(label) >= IMPROBABLE) points += 2;
    if (points === 0) return 0;
    if (found.sni === '') points += 1;
    if (!USUAL_PORTS.has(found.port)) points += 1;
    if (found.connections >= REPEATED) points += 1;
    if (context.names.lookups > 0 && context.names.nameOf(found.server, context.hosts.address(found.server)) === '')
      points += 1;
    return points;
  }

  private judge(found: Endpoint, key: string, context: BehaviourContext): void {
    const points = this.points(found, context);
    if (points < INFO_POINTS) return;
    found.decide();
    context.report(key, this.finding(found, points, context));
  }

  private finding(found: Endpoint, points: number, context: BehaviourContext): Finding {
    const who = context.hosts.address(found.client);
    const whom = context.hosts.address(found.server);
    return makeFinding({
      detector: this.id,
      kind: 'command-and-control',
      severity: points >= CRITICAL_POINTS ? 'critical' : points >= WARNING_POINTS ? 'warning' : 'info',
      confidence: Math.min(0.9, 0.3 + 0.07 * points),
      title: `${who} speaks TLS to ${whom} port ${found.port}, with a ${found.subject === found.issuer ? 'certificate it issued itself' : 'suspicious certificate'}`,
      summary:
        `The certificate says "${found.subject.slice(0, 120)}"` +
        (found.subject === found.issuer ? ' and vouches for itself' : '') +
        `; ${found.sni === '' ? 'the client named no server' : `the client asked for ${found.sni}`}; ` +
        `${counted(found.connections, 'connection')}${within(found.seconds)}. Kits for remote control make such certificates.`,
      sources: [found.client],
      targets: [found.server],
      ports: [found.port],
      domains: found.sni === '' ? [] : [found.sni],
      first: found.first,
      decided: found.decided ?? found.last,
      last: found.last,
      evidence: [
        fact('Connections', found.connections, 'connections'),
        fact(`Signs of a certificate made for the purpose, weighted (alarm from ${WARNING_POINTS})`, points, 'points'),
      ],
      flows: found.flows,
      technique: [{ id: 'T1573.002', name: 'Encrypted Channel: Asymmetric Cryptography' }],
    });
  }
}
