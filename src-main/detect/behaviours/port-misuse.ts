/**
 * The right port with something that is not its protocol, nor any other that is known: control channels, tunnels and shells
 * that hide where firewalls look at ports only. Also what programs do that speak a protocol of their own on the web's ports.
 *
 * Asked for: TCP from its SYN on without a gap, both ends shown to every inspector and known to none, and gone on with (two
 * payloads each at least); UDP where every datagram of the port's protocol can be told by itself. So midstream pick-up,
 * packet loss, short snap lengths, QUIC and encryption after a known beginning (STARTTLS, CONNECT) are no violations.
 *
 *   from inside to outside, not on the web's ports                                                 warning 0.6
 *   readable text both ways on 443, to an address that no name led to                               warning 0.5
 *   the web's ports, to an address that no name led to (in a capture without lookups: all)           info 0.4
 *   inside the network, or from outside to a server of ours                                          info 0.5
 * Nothing: the web's ports of a named place (applications of their own kind keep to them), and of Telegram.
 */
import { OurNetworks } from '../../meter/enrich/our-networks.ts';
import type { MisplacedMessage, PayloadMessage } from '../../meter/protocols/types.ts';
import type { Behaviour, BehaviourContext, Finding, Observations } from '../types.ts';
import { BoundedMap } from './common/bounded.ts';
import { fact, factUnlessZero, makeFinding } from './common/finding.ts';
import { MisplacedCases, type MisplacedCase } from './common/misplaced-cases.ts';
import { ownerOf } from './common/port-owners.ts';
import { counted } from './common/words.ts';

const WEB = new Set([80, 443]);
/** Ports on which everything is encrypted from the first byte. */
const ENCRYPTED = new Set([443, 465, 636, 853, 990, 993, 995]);
/** Datagrams of these are known each by itself; QUIC's are not, once the connection has begun. */
const BY_DATAGRAM = new Set([53, 123, 161]);
/** Terminals, and devices that begin to talk without negotiation, are what this port is for. */
const TELNET = 23;
/** Its protocol has no mark and its servers no names: core.telegram.org/resources/cidr.txt. */
const TELEGRAM = [
  '91.105.192.0/23',
  '91.108.4.0/22',
  '91.108.8.0/22',
  '91.108.12.0/22',
  '91.108.16.0/22',
  '91.108.20.0/22',
  '91.108.56.0/22',
  '149.154.160.0/20',
  '185.76.151.0/24',
  '2001:67c:4e8::/48',
  '2001:b28:f23c::/47',
  '2001:b28:f23f::/48',
  '2a0a:f280::/32',
];
/** Characters of a payload that are looked at, and the share of them that are letters, digits and the like in a text. */
const LOOKED_AT = 256;
const LEAST = 4;
const TEXT_SHARE = 0.95;
const NOT_TEXT = /[^\t\n\r\x20-\x7e]/g;

/** Bits: who sent something readable, or something that is not. */
const ORIG_TEXT = 1;
const RESP_TEXT = 2;
const BINARY = 4;

export class PortMisuse implements Behaviour {
  readonly id = 'behaviour:port-misuse';
  private readonly cases = new MisplacedCases();
  /** What unknown connections on ports for encryption look like, until they are told of. */
  private readonly looks = new BoundedMap<number, number>({ ceiling: 20_000, lifetime: 3600 });
  private telegram: OurNetworks | null = null;

  observe(seen: Observations, context: BehaviourContext): void {
    for (const message of seen.messages) {
      if (message.kind === 'payload') this.payload(message);
      else if (message.kind === 'misplaced' && message.app === '') this.look(message, context);
    }
    this.cases.ended(seen.flows);
    this.tell(context);
  }

  finish(context: BehaviourContext): void {
    this.tell(context);
  }

  private payload({ flow, respPort, transport, fromOrig, text, sec }: PayloadMessage): void {
    if (transport !== 'tcp' || !ENCRYPTED.has(respPort)) return;
    const shown = text.slice(0, LOOKED_AT);
    const strange = shown.match(NOT_TEXT)?.length ?? 0;
    const readable = shown.length >= LEAST && strange <= shown.length * (1 - TEXT_SHARE);
    const bits = readable ? (fromOrig ? ORIG_TEXT : RESP_TEXT) : BINARY;
    this.looks.set(flow, (this.looks.peek(flow) ?? 0) | bits, sec);
  }

  private look(message: MisplacedMessage, context: BehaviourContext): void {
    const { respPort: port, transport, resp } = message;
    if (ownerOf(port, transport) === undefined || port === TELNET) return;
    if (transport === 'udp' && !BY_DATAGRAM.has(port)) return;
    const outward = context.network.isLocal(message.orig) && !context.network.isLocal(resp);
    const named = context.names.nameOf(resp, context.hosts.address(resp)) !== '';
    if (WEB.has(port) && !context.network.isLocal(resp) && (named || this.isTelegram(resp, context))) return;
    const found = this.cases.note(message, context);
    const readable = this.looks.peek(message.flow) === (ORIG_TEXT | RESP_TEXT);
    if (outward && (!WEB.has(port) || (readable && context.names.lookups > 0))) found.worse++;
    if (readable) found.readable++;
  }

  private isTelegram(host: number, context: BehaviourContext): boolean {
    return (this.telegram ??= new OurNetworks(context.hosts, TELEGRAM)).has(host);
  }

  private tell(context: BehaviourContext): void {
    this.cases.flush((found, key) => context.report(key, this.finding(found, context)));
  }

  private finding(found: MisplacedCase, context: BehaviourContext): Finding {
    const owner = ownerOf(found.port, found.transport)!;
    const web = WEB.has(found.port);
    const who = context.hosts.address(found.host);
    const loud = found.worse > 0;
    return makeFinding({
      detector: this.id,
      kind: 'protocol-violation',
      severity: loud ? 'warning' : 'info',
      confidence: found.outward ? (loud ? (web ? 0.5 : 0.6) : 0.4) : 0.5,
      title: `Unknown traffic between ${found.who(context)}, which belongs to ${owner}`,
      summary:
        `${counted(found.count, 'connection')} on the port of ${owner} carried no protocol that is known` +
        (found.readable > 0 ? ', but readable text where everything should be encrypted' : '') +
        (found.outward
          ? '. Such a connection passes firewalls that look at ports only.'
          : found.inward
            ? ', from outside to a server inside.'
            : ', inside the network.'),
      ...found.parts(),
      evidence: [
        fact('Connections in which both ends spoke something unknown', found.count, 'connections', 0),
        ...factUnlessZero('Connections with readable text both ways', found.readable, 'connections', 0),
        ...found.volume(),
      ],
      ...(found.outward ? { technique: [{ id: 'T1095', name: 'Non-Application Layer Protocol' }] } : {}),
      response: found.outward
        ? [
            `Find the program on ${who} that keeps this connection, and look up the far end.`,
            `If nobody knows it, block the far end and examine ${who}; let port ${found.port} out only through a proxy that looks inside.`,
          ]
        : [
            `Find out what listens on port ${found.port}; a service of its own kind belongs on a port of its own.`,
            'Mark it as expected if it is known.',
          ],
    });
  }
}
