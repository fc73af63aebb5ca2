/**
 * Flows and messages against indicator lists: addresses outside our networks that hosts of ours turn to, or that turn to them;
 * names that they ask for or say they want (DNS, TLS, HTTP), URLs in the clear, fingerprints of TLS clients. One
 * finding an entry and host.
 */
import { FLOW_EVENT } from '../../../meter/flows/types.ts';
import type { DnsMessage, HttpMessage, ProtocolMessage, TlsMessage } from '../../../meter/protocols/types.ts';
import { at, CaseBook } from '../../behaviours/common/casebook.ts';
import { timeOf } from '../../behaviours/common/finding.ts';
import type { Behaviour, BehaviourContext, Observations } from '../../types.ts';
import { hashesOf } from './certificates.ts';
import { addressKey, Contact, keyOf, type Sight, type Sighting } from './contact.ts';
import { contactFinding, DETECTOR } from './finding.ts';
import type { Intel } from './intel.ts';
import { ListedHosts } from './listed-hosts.ts';
import type { Hit } from './types.ts';
import { keysOfRequest } from './urls.ts';

const WORDS = 4;
const CASES_MAX = 10_000;
const CASE_SECONDS = 86_400;

export class IntelMatch implements Behaviour {
  readonly id = DETECTOR;
  private readonly intel: Intel;
  private readonly contacts = new CaseBook<Contact>({ ceiling: CASES_MAX, lifetime: CASE_SECONDS });
  private readonly listed: ListedHosts;

  constructor(intel: Intel) {
    this.intel = intel;
    this.listed = new ListedHosts(intel);
  }

  observe(seen: Observations, context: BehaviourContext): void {
    this.openings(seen, context);
    for (const message of seen.messages) this.message(message, context);
    this.endings(seen, context);
    this.flush(context);
  }

  finish(context: BehaviourContext): void {
    this.flush(context);
  }

  private flush(context: BehaviourContext): void {
    this.contacts.flush((found, key) => context.report(key, contactFinding(found, context)));
  }

  /** Flows that open, and those that are answered. */
  private openings({ events }: Observations, context: BehaviourContext): void {
    const c = events.columns;
    for (let row = 0; row < events.count; row++) {
      const orig = c.origHost[row]!;
      const resp = c.respHost[row]!;
      const out = this.listed.has(resp, context);
      if (!out && !this.listed.has(orig, context)) continue;
      const [host, target] = out ? [orig, resp] : [resp, orig];
      const flow = c.flow[row]!;
      if (c.kind[row] === FLOW_EVENT.OPEN) {
        const sighting = { host, target, port: c.respPort[row]!, inbound: !out, time: timeOf(c, row), flow };
        this.address(sighting, context);
      } else if (c.kind[row] === FLOW_EVENT.ANSWERED)
        this.change(host, target, !out, (found) => (found.answered = true));
    }
  }

  private address(
    seen: Pick<Sighting, 'host' | 'target' | 'port' | 'inbound' | 'time' | 'flow'>,
    context: BehaviourContext,
  ): void {
    const hits = this.intel.address(context.hosts.words, seen.target * WORDS);
    const shown = context.hosts.address(seen.target);
    this.take({ ...seen, sight: 'address', hits, shown, name: '' });
  }

  /** Bytes of flows with an end that is listed. */
  private endings({ flows }: Observations, context: BehaviourContext): void {
    const c = flows.columns;
    for (let row = 0; row < flows.count; row++) {
      const orig = c.origHost[row]!;
      const resp = c.respHost[row]!;
      const out = this.listed.has(resp, context);
      if (!out && !this.listed.has(orig, context)) continue;
      const bytes = c.origBytes[row]! + c.respBytes[row]!;
      const last = { sec: c.lastSec[row]!, nano: c.lastNano[row]! };
      this.change(out ? orig : resp, out ? resp : orig, !out, (found) => {
        found.bytes += bytes;
        if (last.sec > found.last.sec) found.last = last;
      });
    }
  }

  private change(host: number, target: number, inbound: boolean, how: (found: Contact) => void): void {
    const key = addressKey(host, target, inbound);
    const found = this.contacts.find(key);
    if (!found) return;
    how(found);
    this.contacts.change(key, found);
  }

  private message(message: ProtocolMessage, context: BehaviourContext): void {
    if (message.kind === 'dns') this.question(message, context);
    else if (message.kind === 'tls' && message.what === 'client-hello') this.hello(message, context);
    else if (message.kind === 'tls' && message.what === 'certificate') this.certificate(message, context);
    else if (message.kind === 'http' && message.method !== '') this.request(message, context);
  }

  private question(message: DnsMessage, context: BehaviourContext): void {
    if (message.variant !== 'dns' || message.qname === '') return;
    const hits = this.intel.name(message.qname);
    if (hits.length === 0) return;
    const asks = message.response !== message.fromOrig;
    const sighting = this.sighting(message, asks, 'question', hits, message.qname, message.qname);
    // An answer tells nothing more, unless its question was not seen.
    if (message.response && this.contacts.find(keyOf(sighting))) return;
    this.takeOurs(sighting, context);
  }

  private hello(message: TlsMessage, context: BehaviourContext): void {
    const { sni, ja3, ja4, fromOrig } = message;
    const named = sni === '' ? [] : this.intel.name(sni);
    if (named.length > 0) this.takeOurs(this.sighting(message, fromOrig, 'name', named, sni, sni), context);
    const client = this.intel.client(ja3, ja4);
    const print = client[0]?.value ?? '';
    if (client.length > 0) this.takeOurs(this.sighting(message, fromOrig, 'client', client, print, sni), context);
  }

  /** What a server shows to a host of ours. */
  private certificate(message: TlsMessage, context: BehaviourContext): void {
    if (message.fromOrig || !message.der || !this.intel.hasCertificates) return;
    const hits = this.intel.certificate(hashesOf(message.der), context.hosts.words, message.resp * WORDS);
    const lead = hits[0];
    if (!lead) return;
    const { sni } = message;
    this.takeOurs(this.sighting(message, true, 'certificate', hits, lead.value, sni), context);
  }

  private request(message: HttpMessage, context: BehaviourContext): void {
    const name = message.host.replace(/:\d*$/, '');
    const named = name === '' ? [] : this.intel.name(name);
    const { fromOrig } = message;
    if (named.length > 0) this.takeOurs(this.sighting(message, fromOrig, 'name', named, name, name), context);
    if (!this.intel.hasUrls) return;
    const { hosts } = context;
    const keys = keysOfRequest(message.host, hosts.address(message.resp), message.respPort, message.uri);
    const hits = this.intel.url(keys, hosts.words, message.resp * WORDS);
    if (hits.length === 0) return;
    this.takeOurs(this.sighting(message, fromOrig, 'url', hits, hits[0]!.value, name), context);
  }

  private sighting(
    message: ProtocolMessage,
    byOrig: boolean,
    sight: Sight,
    hits: readonly Hit[],
    shown: string,
    name: string,
  ): Sighting {
    const { orig, resp, respPort: port, flow } = message;
    const [host, target] = byOrig ? [orig, resp] : [resp, orig];
    const lower = shown.toLowerCase();
    const time = at(message);
    return {
      sight,
      hits,
      host,
      target,
      port,
      shown: sight === 'url' ? shown : lower,
      name,
      inbound: false,
      time,
      flow,
    };
  }

  /** What strangers ask hosts of ours for says nothing about ours. */
  private takeOurs(seen: Sighting, context: BehaviourContext): void {
    const { network } = context;
    const inside = network.isLocal(seen.target);
    if (inside && !network.isLocal(seen.host)) return;
    // Whoever answers a question is not the one whose name it is; a resolver of ours may ask it again outside.
    this.take(seen.sight === 'question' && !inside ? { ...seen, target: 0 } : seen);
  }

  private take(seen: Sighting): void {
    if (seen.hits.length === 0) return;
    const { host, sight, shown, inbound, time } = seen;
    const key = keyOf(seen);
    const found = this.contacts.open(key, time, (first) => new Contact(first, host, sight, shown, inbound));
    found.addHits(seen.hits);
    found.saw(time, seen.flow);
    if (seen.target !== 0) found.targets.add(seen.target);
    found.ports.add(seen.port);
    if (seen.name !== '') found.names.add(seen.name.toLowerCase());
    for (const { list } of seen.hits) list.hits++;
    found.decide();
    this.contacts.change(key, found);
  }
}
