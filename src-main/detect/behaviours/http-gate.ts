/**
 * HTTP that programs controlled from outside speak: regular questions to a bare address, posts of encoded data to a
 * script that answers with next to nothing, gates on odd ports, agents that no browser sends.
 *
 * One case is one client, server and host header. Points:
 *   host is a bare address 2 (with another port than 80 or 8080 3); no agent or a script's 1; a browser of before 2013
 *   as default of a program 1; a post of one encoded value 3, of encoded bytes as a whole 2 (1 to a name); the same path again and
 *   again with a new random value 2; posts without a page asked for before 1; tiny answers 1; a path that is random
 *   1; questions on a schedule (score 0.85 or more, 8 questions or more) 3 (1 to a name, with nothing random
 * beside it), over several paths in no order 2 more.
 * an agent only malware sends 4; a program brought in under a false ending or from a bare address 4.
 * A warning from 6 points, critical from 8. A place with a name must also show a disguise (an old browser's agent, new
 * random values, a script that collects, paths in no order). Inside the network one point more is asked for with a
 * schedule and two without, unless the schedule changes paths.
 * Confidence 0.4 + 0.05 a point, at most 0.95.
 *
 * Ordinary: telemetry and adverts (a name, cookies, browsers), update checks (GET, named, hours apart), devices that
 * report to their vendor (a name, one path, readable fields), web consoles that refresh (one path, scripts and
 * pictures asked for before), SOAP and UPnP among neighbours (XML, local).
 */
import type { HttpMessage } from '../../meter/protocols/types.ts';
import type { Behaviour, BehaviourContext, Finding, Observations, PacketTime } from '../types.ts';
import { scoreBeacon, type BeaconScore } from './common/beacon-score.ts';
import { BoundedMap, BoundedSet } from './common/bounded.ts';
import { at, Case, CaseBook } from './common/casebook.ts';
import { fact, factUnlessZero, makeFinding } from './common/finding.ts';
import { Recent } from './common/order-statistics.ts';
import { entropyOf, hostOnly, isAddress, looksEncoded, wordiness } from './common/texts.ts';
import { counted, formatDuration, within } from './common/words.ts';

const WARNING_POINTS = 6;
const CRITICAL_POINTS = 8;
const SCHEDULED = 8;
const SCHEDULE_SCORE = 0.85;
const KEPT = 128;
const TINY = 200;
const OLD_BROWSER =
  /MSIE [4-8]\.|Windows NT 5\.[01]\b.*(?:MSIE|Firefox\/[1-9]\.)|Mozilla\/4\.0 \(compatible\)|Opera\/[1-9]\.\d/;
const SCRIPT_AGENT =
  /^(?:python|curl|wget|go-http|java|perl|ruby|winhttp|wininet|powershell|libwww|microsoft-cryptoapi-x|autoit|nsis|delphi|indy|okhttp-x|http client|client|test|agent|mozilla|mozilla\/\d\.0)\b[^(]*$|WindowsPowerShell/i;
const WEB_PORTS = new Set([80, 8080]);
/** Agents that only malware has sent (LokiBot, AZORult, Pony and their like). */
const MALWARE_AGENT =
  /Charon; Inferno|MSIE 6\.0b|MSIE 5\.0; Windows 98\)|Mozilla\/5\.0 Gecko\/41 Firefox\/5$|^MyAgent|^KUKU|^ZmEu|^Hello, World$|Jorgee/;
/** Scripts that collect: endings of web applications made in a hurry. */
const SCRIPT = /\.(?:php|asp|aspx|jsp|cgi)$/i;
/** Programs by their stated type; the generic type is used for all kinds of data. */
const PROGRAM_TYPE = /x-msdownload|x-dosexec|vnd\.microsoft\.portable-executable|x-executable|x-sharedlib|x-elf/i;
/** Endings that no program has. */
const FALSE_ENDING = /\.(?:png|jpe?g|gif|ico|txt|css|html?|php|bmp|pdf)$|\/$/i;
/** Parts of an ordinary page: who asks for them browses. */
const PAGE_PART = /\.(?:js|css|png|jpe?g|gif|ico|svg|woff2?|ttf|webp|map|mp4|m3u8|ts|swf)(?:$|\?)/i;
/** Protocols within HTTP that talk to bare addresses by nature. */
const PLUMBING = /xml|soap|upnp|ocsp|json-rpc|grpc|x-rtsp|dash|mpegurl|dns-message|pkix|ipp\b/i;
const PLUMBING_PATH =
  /\/(?:wsman|upnp|description\.xml|rootdesc|ctl\/|dial|ssdp|setup\/|onvif|api\/[0-9a-f]{16,}|generate_204|ncsi|connecttest|adfs\/)/i;

export class Gate extends Case {
  readonly client: number;
  readonly server: number;
  readonly port: number;
  readonly host: string;
  readonly paths = new Map<string, number>();
  readonly queries = new BoundedSet<string>(256);
  readonly times: number[] = [];
  readonly answers = new Recent(KEPT);
  agent = '';
  requests = 0;
  posts = 0;
  pages = 0;
  parts = 0;
  encodedField = 0;
  encodedBody = 0;
  randomQuery = 0;
  randomPath = 0;
  plumbing = 0;
  tiny = 0;
  answered = 0;
  judgeAt: number = SCHEDULED;
  changes = 0;
  lastPath = '';
  schedule: BeaconScore | null = null;
  sample = '';
  gates = 0;
  programs = 0;
  program = '';
  lastUri = '';

  constructor(time: PacketTime, message: HttpMessage, host: string) {
    super(time);
    this.client = message.orig;
    this.server = message.resp;
    this.port = message.respPort;
    this.host = host;
  }

  /** Questions on a schedule: enough of them, tightly timed, over at least half a minute. */
  get scheduled(): boolean {
    const s = this.schedule;
    return (
      s !== null &&
      this.times.length >= SCHEDULED &&
      s.score >= SCHEDULE_SCORE &&
      s.jitter <= 0.3 &&
      s.interval.median >= 1 &&
      s.span >= 30
    );
  }

  /** Two to a dozen paths, taken in no fixed order: a program that pretends to browse. */
  get wandering(): boolean {
    return (
      this.paths.size >= 2 &&
      this.paths.size <= 12 &&
      this.changes >= 3 &&
      this.parts === 0 &&
      this.requests >= this.paths.size * 3
    );
  }

  get bare(): boolean {
    return this.host === '' || isAddress(this.host);
  }

  /** A named place has to show a disguise as well: devices and programs post to names of their own all day. */
  get disguised(): boolean {
    return (
      this.bare ||
      OLD_BROWSER.test(this.agent) ||
      MALWARE_AGENT.test(this.agent) ||
      this.randomQuery >= 2 ||
      this.gates > 0 ||
      this.wandering
    );
  }

  get points(): number {
    const bare = this.bare;
    let points = 0;
    if (MALWARE_AGENT.test(this.agent)) points += 4;
    if (this.programs > 0) points += 4;
    if (bare) points += WEB_PORTS.has(this.port) ? 2 : 3;
    if (this.agent === '' || SCRIPT_AGENT.test(this.agent)) points += 1;
    else if (OLD_BROWSER.test(this.agent)) points += 1;
    if (this.encodedField > 0) points += 3;
    else if (this.encodedBody > 0) points += bare ? 2 : 1;
    const mostPath = Math.max(0, ...this.paths.values());
    if (this.randomQuery >= 2 && mostPath >= 2) points += 2;
    if (this.posts > 0 && this.pages === 0 && this.parts === 0) points += 1;
    if (this.answered > 0 && this.tiny * 2 >= this.answered && this.requests >= 2) points += 1;
    if (this.randomPath > 0) points += 1;
    // Named places are asked on timers by much software: there the schedule counts with something random beside it.
    if (this.scheduled) points += this.wandering ? 5 : bare || this.randomQuery >= 2 || this.encodedField > 0 ? 3 : 1;
    return points;
  }
}

export class HttpGate implements Behaviour {
  readonly id = 'behaviour:http-gate';
  private readonly gates = new CaseBook<Gate>({ ceiling: 20_000, lifetime: 14_400 });
  private readonly pending = new BoundedMap<number, string>({ ceiling: 20_000, lifetime: 300 });

  observe(seen: Observations, context: BehaviourContext): void {
    for (const message of seen.messages) {
      if (message.kind !== 'http') continue;
      if (message.method === '') this.answer(message);
      else this.request(message);
    }
    this.gates.flush((found, key) => this.judge(found, key, context));
  }

  finish(context: BehaviourContext): void {
    for (const [key, gate] of this.gates) {
      if (gate.times.length >= SCHEDULED && gate.decided) this.gates.change(key, gate);
    }
    this.gates.flush((found, key) => this.judge(found, key, context));
  }

  private request(message: HttpMessage): void {
    if (
      message.method === 'CONNECT' ||
      message.method === 'NOTIFY' ||
      message.method === 'M-SEARCH' ||
      message.method === 'OPTIONS'
    )
      return;
    const host = hostOnly(message.host).toLowerCase();
    const key = `gate|${message.orig}|${message.resp}|${message.respPort}|${host}`;
    const gate = this.gates.open(key, at(message), (time) => new Gate(time, message, host));
    gate.saw(at(message), message.flow);
    gate.requests++;
    gate.agent = message.agent;
    const mark = message.uri.indexOf('?');
    const path = mark < 0 ? message.uri : message.uri.slice(0, mark);
    this.path(gate, path, mark < 0 ? '' : message.uri.slice(mark + 1));
    if (
      PLUMBING.test(message.contentType) ||
      PLUMBING_PATH.test(path) ||
      message.authorization === 'digest' ||
      message.authorization === 'bearer'
    )
      gate.plumbing++;
    if (message.method === 'POST' || message.method === 'PUT') {
      gate.posts++;
      const encoded = encodedBody(message.body);
      if (encoded !== '' && SCRIPT.test(path)) gate.gates++;
      if (encoded === 'field') gate.encodedField++;
      else if (encoded === 'whole') gate.encodedBody++;
      gate.sample ||= message.uri;
    } else if (PAGE_PART.test(message.uri)) gate.parts++;
    else gate.pages++;
    const now = message.sec + message.nano / 1e9;
    const last = gate.times[gate.times.length - 1];
    if (last === undefined || now - last >= 0.5) {
      if (gate.times.length >= KEPT) gate.times.shift();
      gate.times.push(now);
    }
    gate.lastUri = path;
    this.pending.set(message.flow, key, message.sec);
    this.changed(key, gate);
  }

  private path(gate: Gate, path: string, query: string): void {
    if (gate.paths.size < 64 || gate.paths.has(path)) gate.paths.set(path, (gate.paths.get(path) ?? 0) + 1);
    if (gate.lastPath !== '' && gate.lastPath !== path) gate.changes++;
    gate.lastPath = path;
    if (query !== '' && gate.queries.add(query) && isRandomQuery(query)) gate.randomQuery++;
    const leaf = path.slice(path.lastIndexOf('/') + 1).replace(/\.\w{2,4}$/, '');
    if (
      leaf.length >= 12 &&
      !leaf.includes('-') &&
      /\d/.test(leaf) &&
      /[a-z]/i.test(leaf) &&
      entropyOf(leaf) > 3.2 &&
      wordiness(leaf) < 0.2
    )
      gate.randomPath++;
  }

  private answer(message: HttpMessage): void {
    if (message.status < 200) return;
    const key = this.pending.peek(message.flow, message.sec);
    const gate = key === undefined ? undefined : this.gates.find(key);
    if (key === undefined || !gate) return;
    gate.answered++;
    gate.answers.push(Math.max(0, message.length));
    if (message.length >= 0 && message.length <= TINY) gate.tiny++;
    if (
      message.status < 400 &&
      PROGRAM_TYPE.test(message.contentType) &&
      (gate.bare || FALSE_ENDING.test(gate.lastUri))
    ) {
      gate.programs++;
      gate.program ||= gate.lastUri;
    }
    this.changed(key, gate);
  }

  /** Most clients ask ordinary things: only what can be a finding is judged, a schedule when it grew by a quarter. */
  private changed(key: string, gate: Gate): void {
    const grown = gate.times.length >= SCHEDULED && gate.requests >= gate.judgeAt;
    if (gate.encodedField + gate.encodedBody + gate.programs > 0 || grown) this.gates.change(key, gate);
  }

  private judge(gate: Gate, key: string, context: BehaviourContext): void {
    if (gate.plumbing * 2 > gate.requests || (gate.parts * 3 > gate.requests && gate.programs === 0)) return;
    if (gate.requests >= gate.judgeAt) {
      gate.judgeAt = gate.requests + Math.max(4, gate.requests >> 2);
      gate.schedule = scoreBeacon(gate.times, gate.answers.all());
    }
    const inside = context.network.isLocal(gate.server) && !(gate.scheduled && gate.wandering);
    const points = gate.points - (inside ? (gate.scheduled ? 1 : 2) : 0);
    // Something has to move data, keep time, or bring a program in.
    const active = gate.scheduled || gate.encodedField + gate.encodedBody > 0 || gate.programs > 0;
    if (points < WARNING_POINTS || !active || !gate.disguised) return;
    gate.decide();
    context.report(key, this.finding(gate, points, context));
  }

  private finding(gate: Gate, points: number, context: BehaviourContext): Finding {
    const who = context.hosts.address(gate.client);
    const whom = gate.host === '' ? context.hosts.address(gate.server) : gate.host;
    const s = gate.schedule;
    const scheduled = gate.scheduled && s !== null;
    const reasons: string[] = [];
    if (scheduled) reasons.push(`asks every ${formatDuration(s.interval.median)}`);
    if (gate.wandering) reasons.push(`asks for ${counted(gate.paths.size, 'path')} in turn without loading a page`);
    if (gate.encodedField > 0) reasons.push('posts a single encoded value');
    else if (gate.encodedBody > 0) reasons.push('posts encoded bytes');
    if (gate.host === '' || isAddress(gate.host)) reasons.push('asks for a server by address, without a name');
    if (gate.randomQuery >= 2) reasons.push('adds a new random value each time');
    if (gate.programs > 0) reasons.push(`fetches a program from ${gate.program}`);
    if (MALWARE_AGENT.test(gate.agent)) reasons.push('names itself as malware does');
    else if (OLD_BROWSER.test(gate.agent)) reasons.push('claims to be a browser from years ago');
    return makeFinding({
      detector: this.id,
      kind: 'command-and-control',
      ...(points >= CRITICAL_POINTS ? {} : { severity: 'warning' as const }),
      confidence: Math.min(0.95, 0.4 + 0.05 * points),
      title: `${who} talks to ${whom}${WEB_PORTS.has(gate.port) ? '' : ` port ${gate.port}`} over HTTP as remotely controlled programs do`,
      summary: `It ${reasons.join(', ')}: ${counted(gate.requests, 'request')}${within(gate.seconds)}.`,
      sources: [gate.client],
      targets: [gate.server],
      ports: [gate.port],
      domains: gate.host === '' || isAddress(gate.host) ? [] : [gate.host],
      first: gate.first,
      decided: gate.decided ?? gate.last,
      last: gate.last,
      evidence: [
        fact('Requests', gate.requests, 'requests'),
        ...factUnlessZero('Posts of encoded data', gate.encodedField + gate.encodedBody, 'requests'),
        ...factUnlessZero('Parts of pages asked for', gate.parts, 'requests'),
        ...(scheduled
          ? [
              fact('Typical time between requests', s.interval.median, 's'),
              fact('Typical deviation from that time', s.interval.mad, 's'),
            ]
          : []),
        ...factUnlessZero('Answers of less than 200 bytes', gate.tiny, 'answers'),
        fact(`Signs of remote control, weighted (alarm from ${WARNING_POINTS})`, points, 'points'),
      ],
      flows: gate.flows,
      technique: [{ id: 'T1071.001', name: 'Application Layer Protocol: Web Protocols' }],
    });
  }
}

/** One parameter whose value is long and encoded, or a body that is encoded as a whole. */
export function encodedBody(body: string): '' | 'field' | 'whole' {
  if (body.length < 24) return '';
  if (body.startsWith('--')) return encodedPart(body);
  const fields = body.split('&');
  if (fields.length <= 2) {
    const equals = fields[0]!.indexOf('=');
    const name = equals < 0 ? '' : fields[0]!.slice(0, equals);
    const value = fields[0]!
      .slice(equals + 1)
      .replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    if (equals > 0 && name.length <= 32 && value.length >= 48 && (isHex(value) || looksEncoded(value) >= 0.5))
      return 'field';
  }
  const start = body.slice(0, 512);
  if (/^[\s\uFEFF]*[{[<]/.test(start)) return '';
  if (
    isHex(start) ||
    (/^[A-Za-z0-9+/=\r\n_-]{48,}$/.test(start) && looksEncoded(start.replaceAll(/[\r\n]/g, '')) >= 0.5)
  )
    return 'whole';
  let odd = 0;
  for (let i = 0; i < start.length; i++) {
    const code = start.charCodeAt(i);
    if (code < 9 || (code > 13 && code < 32) || code > 126) odd++;
  }
  // Compressed and otherwise ordinary binary bodies begin with marks of their format.
  const known =
    /^(?:\x1f\x8b|PK|\x89PNG|\xff\xd8\xff|GIF8|BM|RIFF|OggS|\x00\x00\x00|\x08|\x0a|\x12|\x1a|\xfe|\x78[\x01\x5e\x9c\xda]|\x28\xb5\x2f\xfd)/.test(
      start,
    );
  return odd > start.length * 0.3 && !known && entropyOf(start) > Math.min(7, Math.log2(start.length) * 0.9)
    ? 'whole'
    : '';
}

/** The first part of a form: encoded when it is bytes without a known format, and no form of a page. */
function encodedPart(body: string): '' | 'whole' {
  const start = body.indexOf('\r\n\r\n');
  if (start < 0) return '';
  const head = body.slice(0, start);
  // Pictures and documents that people upload say what they are.
  if (/content-type:\s*(?:image|text|video|audio|application\/(?:pdf|zip|json|xml))/i.test(head)) return '';
  return encodedBody(body.slice(start + 4)) === '' ? '' : 'whole';
}

function isHex(text: string): boolean {
  return text.length >= 48 && /^[0-9a-f]+$/i.test(text) && /\d/.test(text) && /[a-f]/i.test(text);
}

/** A query of one or two values that are letters and digits in no rhythm. */
function isRandomQuery(query: string): boolean {
  const fields = query.split('&');
  if (fields.length > 2) return false;
  const value = fields[0]!.slice(fields[0]!.indexOf('=') + 1);
  return (
    value.length >= 8 &&
    value.length <= 64 &&
    /^[a-z0-9]+$/i.test(value) &&
    /\d/.test(value) &&
    /[a-z]/i.test(value) &&
    wordiness(value) < 0.3
  );
}
