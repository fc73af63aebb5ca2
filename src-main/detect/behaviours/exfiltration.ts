/**
 * Much more out than in, to one outside place, beyond what the host sends elsewhere.
 *
 * Flows a local host opened to an outside address (and FTP data connections either way) are summed by pair. A finding
 * needs: the floor of bytes out, `EXFILTRATION.RATIO` times as much out as in, and `EXFILTRATION.TIMES_USUAL` times
 * the host's second-largest upload. The floor is 50 MB; 5 MB where the place has no name, the protocol is not known
 * and the port is not a usual one, or where its certificate was issued by nobody but itself; 100 kB through DNS or ICMP.
 * Confidence: 0.5 at the floor + 0.1 a doubling, at most 0.9. Severity: critical through a covert channel or to a bare
 * place, warning to one with a certificate of its own making, info to storage services and, below 1 GB, to places with a name, else warning.
 */
import type { FlowBatch } from '../../meter/flows/types.ts';
import type { ProtocolMessage } from '../../meter/protocols/types.ts';
import type { Behaviour, BehaviourContext, Finding, Observations, PacketTime } from '../types.ts';
import { BoundedMap, BoundedSet } from './common/bounded.ts';
import { Case, CaseBook } from './common/casebook.ts';
import { fact, makeFinding, timeOf } from './common/finding.ts';
import { EXFILTRATION } from './common/message-thresholds.ts';
import { counted, formatBytes, within } from './common/words.ts';

const TCP = 6;
const UDP = 17;
const ICMP = 1;
const BARE_BYTES = 5_000_000;
/** To a place with a name, over a usual protocol, less than this is somebody's backup more often than not. */
const NAMED_BYTES = 1_000_000_000;
const USUAL_PORTS = new Set([
  20, 21, 22, 25, 80, 110, 143, 443, 465, 587, 873, 989, 990, 993, 995, 3478, 3479, 3480, 3481, 5222, 5223, 5228, 8080,
  8443, 19302, 19305, 51820, 1194, 4500, 500,
]);
const STORAGE =
  /(^|\.)(google|googleapis|googleusercontent|gstatic|youtube|dropbox|dropboxapi|icloud|icloud-content|apple|onedrive|live|sharepoint|office|office365|microsoft|windows|azure|amazonaws|backblaze|backblazeb2|box|mega|wetransfer|github|gitlab|slack|zoom|webex|teams|whatsapp|facebook|fbcdn|instagram|telegram|netflix|spotify|akamai|cloudflare|fastly)\.[a-z.]+$/;

export class Upload extends Case {
  readonly source: number;
  readonly target: number;
  readonly port: number;
  readonly proto: number;
  out = 0;
  in = 0;
  service = '';
  readonly ports = new BoundedSet<number>(64);

  constructor(time: PacketTime, source: number, target: number, port: number, proto: number) {
    super(time);
    this.source = source;
    this.target = target;
    this.port = port;
    this.proto = proto;
  }
}

/** The two largest uploads of a host, to different places. */
interface Usual {
  largest: number;
  to: number;
  second: number;
}

export class Exfiltration implements Behaviour {
  readonly id = 'behaviour:exfiltration';
  private readonly uploads = new CaseBook<Upload>({ ceiling: 50_000, lifetime: 86_400 });
  private readonly usual = new BoundedMap<number, Usual>({ ceiling: 50_000 });
  /** Outside servers whose certificate names itself as its issuer. */
  private readonly selfIssued = new BoundedMap<number, true>({ ceiling: 50_000 });

  observe(seen: Observations, context: BehaviourContext): void {
    for (const message of seen.messages) this.learnCertificate(message);
    for (let row = 0; row < seen.flows.count; row++) this.look(seen.flows, row, context);
    this.uploads.flush((found, key) => this.judge(found, key, context));
  }

  finish(context: BehaviourContext): void {
    this.uploads.flush((found, key) => this.judge(found, key, context));
  }

  private learnCertificate(message: ProtocolMessage): void {
    if (message.kind !== 'tls' || message.what !== 'certificate' || message.fromOrig) return;
    if (message.subject !== '' && message.subject === message.issuer) {
      this.selfIssued.set(message.resp, true, message.sec);
    }
  }

  private look(flows: FlowBatch, row: number, context: BehaviourContext): void {
    const c = flows.columns;
    const proto = c.proto[row]!;
    if (proto !== TCP && proto !== UDP && proto !== ICMP) return;
    const service = flows.meta[row]?.service ?? '';
    const orig = c.origHost[row]!;
    const resp = c.respHost[row]!;
    if (orig === 0 || resp === 0) return;
    const outward = context.network.isLocal(orig) && !context.network.isLocal(resp);
    const active = service === 'ftp-data' && context.network.isLocal(resp) && !context.network.isLocal(orig);
    if (!outward && !active) return;
    const [source, target] = outward ? [orig, resp] : [resp, orig];
    if (context.network.isMulticast(target) || context.network.isBroadcast(target)) return;
    const out = outward ? c.origBytes[row]! : c.respBytes[row]!;
    const back = outward ? c.respBytes[row]! : c.origBytes[row]!;
    // A lying sequence number makes a flow look huge: it cannot be larger than what its packets could carry.
    const carried = outward ? c.origPkts[row]! : c.respPkts[row]!;
    const honest = Math.min(out, carried * 65_535);
    const start = timeOf(c, row);
    const key = `upload|${source}|${target}|${proto}`;
    const found = this.uploads.open(key, start, (time) => new Upload(time, source, target, c.respPort[row]!, proto));
    found.saw({ sec: c.lastSec[row]!, nano: c.lastNano[row]! }, c.id[row]!);
    found.out += honest;
    found.in += back;
    found.ports.add(c.respPort[row]!);
    if (service !== '') found.service = service;
    this.remember(source, target, found.out, start.sec);
    if (found.out >= EXFILTRATION.COVERT_BYTES) this.uploads.change(key, found);
  }

  private remember(source: number, target: number, out: number, now: number): void {
    const usual = this.usual.obtain(source, now, () => ({ largest: 0, to: -1, second: 0 }));
    if (target === usual.to) usual.largest = Math.max(usual.largest, out);
    else if (out > usual.largest) [usual.second, usual.largest, usual.to] = [usual.largest, out, target];
    else usual.second = Math.max(usual.second, out);
  }

  private judge(found: Upload, key: string, context: BehaviourContext): void {
    const name = context.names.nameOf(found.target, context.hosts.address(found.target));
    const covert = found.proto === ICMP || found.service.includes('dns');
    const bare = name === '' && found.service === '' && !USUAL_PORTS.has(found.port);
    const own = this.selfIssued.peek(found.target) === true;
    const floor = covert ? EXFILTRATION.COVERT_BYTES : bare || own ? BARE_BYTES : EXFILTRATION.BYTES;
    if (found.out < floor || found.out < found.in * (covert ? 2 : EXFILTRATION.RATIO)) return;
    const usual = this.usual.peek(found.source);
    const elsewhere = usual && usual.to === found.target ? usual.second : (usual?.largest ?? 0);
    if (!covert && found.out < elsewhere * EXFILTRATION.TIMES_USUAL) return;
    found.decide();
    context.report(key, this.finding(found, name, { covert, bare, own }, floor, elsewhere, context));
  }

  private finding(
    found: Upload,
    name: string,
    { covert, bare, own }: { covert: boolean; bare: boolean; own: boolean },
    floor: number,
    elsewhere: number,
    context: BehaviourContext,
  ): Finding {
    const who = context.hosts.address(found.source);
    const whom = name === '' ? context.hosts.address(found.target) : name;
    const known = STORAGE.test(name);
    const how = covert ? (found.proto === ICMP ? ' in ping messages' : ' in DNS messages') : '';
    return makeFinding({
      detector: this.id,
      kind: 'data-exfiltration',
      ...(covert || bare
        ? {}
        : {
            severity:
              known || (!own && name !== '' && found.out < NAMED_BYTES) ? ('info' as const) : ('warning' as const),
          }),
      confidence: Math.min(0.9, 0.5 + 0.1 * Math.log2(Math.max(1, found.out / floor))) * (known ? 0.5 : 1),
      title: `${who} sent ${formatBytes(found.out)} to ${whom}${how}`,
      summary:
        `${formatBytes(found.out)} out and ${formatBytes(found.in)} back${within(found.seconds)}, in ` +
        `${counted(found.count, 'connection')}; the most it sent to any other outside place is ${formatBytes(elsewhere)}.` +
        (own ? ' The certificate of the place was issued by nobody but itself.' : ''),
      sources: [found.source],
      targets: [found.target],
      ports: found.ports.members,
      domains: name === '' ? [] : [name],
      first: found.first,
      decided: found.decided ?? found.last,
      last: found.last,
      evidence: [
        fact('Sent there (usual: the most this host sent to any other outside place)', found.out, 'bytes', elsewhere),
        fact('Came back', found.in, 'bytes'),
        fact(
          `Bytes sent for each byte that came back (alarm from ${covert ? 2 : EXFILTRATION.RATIO})`,
          found.out / Math.max(1, found.in),
          'bytes',
        ),
      ],
      flows: found.flows,
      bytes: found.out + found.in,
      technique:
        covert || bare
          ? [{ id: 'T1048', name: 'Exfiltration Over Alternative Protocol' }]
          : [{ id: 'T1567', name: 'Exfiltration Over Web Service' }],
    });
  }
}
