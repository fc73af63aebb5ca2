/** What the inspectors know and say of one flow. Contexts are pooled: a flow with payload borrows one. */
import { sameAddress } from '../flows/lookup.ts';
import type { FlowMeta, FlowTable } from '../flows/types.ts';
import { formatAddress, isPrivate } from '../hosts.ts';
import type { Budget } from '../streams/budget.ts';
import { Account } from './account.ts';
import { latin1, own, printable } from './bytes.ts';
import { accountOf } from './login-form.ts';
import { accountInAddress, passwordIn, withoutSecrets } from './secrets.ts';
import type { Announcement, Expected } from './expected.ts';
import type { Inspector, Session } from './inspector.ts';
import { plain } from './row-head.ts';
import { ProbedStream } from './stream.ts';
import type { HttpMessage, ProtocolMessage } from './types.ts';
import { SEPARATOR } from '../../../src-shared/domain/facts.ts';
import { serviceOf } from './services.ts';
import { WEIRD_INDEX, type WeirdName } from './weird.ts';

const FACTS_MAX = 32;
const FACT_LENGTH = 256;
/** Characters of facts that every flow may keep; those beyond are asked from the budget of all flows, in steps of bytes. */
const FACTS_BASE = 512;
const FACTS_STEP = 1024;
/** Of text outside Latin-1. */
const BYTES_PER_CHARACTER = 2;
/** Messages one payload may cause; more than any ordinary one does. */
const MESSAGES_PER_PAYLOAD = 64;
/** Of those that tell something by themselves, which others may not crowd out: more than fit in what is read at once. */
const TELLING_PER_PAYLOAD = 8192;
const SERVICES_MAX = 8;
/** Bytes of an unknown payload that are shown. */
const UNKNOWN_MAX = 512;
/** Of a fact with several values: how many are kept, and the length of each. */
const VALUES_MAX = 8;
const VALUE_LENGTH = 128;
/** What crosses in the clear; other kinds of it end with the word. */
const PASSWORD = 'password';
/** Stands for the separator's bar in a value. */
const BAR = '¦';
const MORE = `${SEPARATOR}…`;

/** The part of a message that every kind has. */
export interface MessageHead {
  sec: number;
  nano: number;
  flow: number;
  orig: number;
  resp: number;
  respPort: number;
  fromOrig: boolean;
}

/** Directions of a flow that is no stream: nobody reads or changes them. */
const NO_STREAMS: readonly [ProbedStream, ProbedStream] = [new ProbedStream(), new ProbedStream()];

/** Of flows without a service; never changed. */
const NO_SERVICES: string[] = [];
const NO_ADDRESS = new Uint32Array(4);
const NO_FACTS: Record<string, string> = Object.freeze({});
const metas = new Map<string, FlowMeta>();
const METAS_MAX = 4096;

/** A shared `FlowMeta` without facts. */
export function namedMeta(service: string, app: string): FlowMeta {
  const key = `${service}\n${app}`;
  let meta = metas.get(key);
  if (!meta) {
    meta = Object.freeze({ service, app, facts: NO_FACTS });
    if (metas.size < METAS_MAX) metas.set(key, meta);
  }
  return meta;
}

const FIRST_FREE_PORT = 1024;

/** A fact of one value as it is shown: without secrets, and cut. */
function shownText(value: string): string {
  return single(withoutSecrets(value).slice(0, FACT_LENGTH), SEPARATOR);
}

/**
 * Short values that recur and are shown as they are, each with memory of its own: they are not looked through again. Each has
 * one place, and the latest of a place stays there; most are the very string of before, so that they are found by a comparison.
 */
const PLAIN_LENGTH = 256;
const PLAIN_PLACES = 4096;
const plainValues: string[] = new Array<string>(PLAIN_PLACES).fill('');

/** As `shownText`, with memory of its own, which `lasting` values have. */
function ownShownText(value: string, lasting: boolean): string {
  const { length } = value;
  if (length > PLAIN_LENGTH) return own(shownText(value));
  let mixed = length;
  mixed = Math.imul(mixed, 61) + value.charCodeAt(length >>> 1);
  mixed = Math.imul(mixed, 61) + value.charCodeAt(length >>> 2);
  mixed = Math.imul(mixed, 61) + value.charCodeAt(length - (length >>> 2) - 1);
  mixed = Math.imul(mixed, 61) + value.charCodeAt(length - 1);
  const place = (mixed ^ (mixed >>> 12)) & (PLAIN_PLACES - 1);
  const known = plainValues[place]!;
  if (known === value) return known;
  const shown = shownText(value);
  const text = lasting && shown === value ? value : own(shown);
  if (shown === value) plainValues[place] = text;
  return text;
}

/** Whether `said`, values with separators between them, holds `value`, which has none, as one of them. */
function among(said: string, value: string): boolean {
  for (let at = said.indexOf(value); at >= 0; at = said.indexOf(value, at + 1)) {
    const end = at + value.length;
    const begins = at === 0 || said.startsWith(SEPARATOR, at - SEPARATOR.length);
    if (begins && (end === said.length || said.startsWith(SEPARATOR, end))) return true;
  }
  return false;
}

/** A value that cannot pass for several: where a sender wrote `bar`, none of its bars stays. */
function single(value: string, bar: string): string {
  return value.includes(bar) ? value.replaceAll('|', BAR) : value;
}

/** Where messages go while a payload is read. Shared by all contexts: a flow that is idle must not keep those of others alive. */
export class MessageSink {
  messages: ProtocolMessage[] = [];
  /** Messages that the payload at hand caused, and those among them that tell something by themselves. */
  emitted = 0;
  telling = 0;
}

export class FlowContext {
  // What each payload touches comes first, so that it lies together: most flows are far from the processor between two payloads.
  /** The same as `streams`. */
  private readonly origStream: ProbedStream;
  private readonly respStream: ProbedStream;
  // Of the payload at hand.
  sec = 0;
  nano = 0;
  fromOrig = true;
  /** The capture lacks the end of the payload at hand. */
  partial = false;
  /** Bytes of the payload at hand by the headers. */
  wire = 0;
  /** TCP: the SYN of both ends was seen. */
  opened = false;
  session: Session | null = null;
  /** Nothing more is wanted of this flow. */
  finished = false;
  /** The payload at hand settled what the flow is, or that nobody knows. */
  settled = false;
  readonly tcp: boolean;
  private readonly sink: MessageSink;

  slot = -1;
  id = -1;
  orig = 0;
  resp = 0;
  origPort = 0;
  respPort = 0;
  /** Where the flow lives; null outside the stage. */
  private table: FlowTable | null = null;
  inspector: Inspector | null = null;
  /** Restricts what an encapsulated stream may turn out to be; null: anything. */
  candidates: readonly Inspector[] | null = null;
  readonly streams: readonly [ProbedStream, ProbedStream];
  /** Index of the direction whose payload came first: 0 originator, 1 responder. */
  firstStream = 0;
  /** Both ends were shown to the inspectors often enough, and none knew them. */
  givenUp = false;

  private services: string[] = NO_SERVICES;
  private appName = '';
  /** The first `factCount` hold; what stands behind them is of flows before. */
  private readonly factNames: string[] = [];
  private readonly factValues: string[] = [];
  private factCount = 0;
  private factCharacters = 0;
  /** Bytes asked for facts beyond the base. */
  private factBytes = 0;
  private budget: Budget | null = null;
  /** What the session keeps. */
  private readonly account = new Account();
  /** Protocols whose readable password was told of, with a bar before each. */
  private clearTold = '';
  /** The host name that a service was looked for by last. */
  private hostSeen = '';
  private weirdLow = 0;
  private weirdHigh = 0;
  private expected: Expected | null = null;

  /** `streamed`: for TCP; the context of anything else has no streams of its own. */
  constructor(streamed = true, sink = new MessageSink()) {
    this.tcp = streamed;
    this.sink = sink;
    this.streams = streamed ? [new ProbedStream(), new ProbedStream()] : NO_STREAMS;
    [this.origStream, this.respStream] = this.streams;
  }

  /** A direction: 0 originator, 1 responder. */
  stream(dir: 0 | 1): ProbedStream {
    return dir === 0 ? this.origStream : this.respStream;
  }

  /** Begins anew for another flow, whose memory is asked from `budget` (null: without a bound for all flows). */
  reset(expected: Expected, budget: Budget | null = null): void {
    this.session = null;
    this.inspector = null;
    this.candidates = null;
    this.finished = false;
    this.settled = false;
    this.givenUp = false;
    this.services = NO_SERVICES;
    this.appName = '';
    this.factCount = 0;
    this.factCharacters = 0;
    this.factBytes = 0;
    this.budget = budget;
    this.account.open(budget);
    this.clearTold = '';
    this.weirdLow = 0;
    this.weirdHigh = 0;
    this.expected = expected;
    this.partial = false;
    this.opened = false;
  }

  /** Nobody reads the flow any more. Returns the bytes that its facts still hold of the budget. */
  leave(): number {
    this.session = null;
    this.hostSeen = '';
    this.account.close();
    if (this.factCharacters > FACTS_BASE) {
      // A pooled context keeps no long texts of the flow before.
      this.factNames.length = 0;
      this.factValues.length = 0;
    }
    return this.factBytes;
  }

  /** Takes over the ends of the live flow in `slot`. */
  enter(table: FlowTable, slot: number): void {
    const { live } = table;
    this.table = table;
    this.slot = slot;
    this.id = plain(live.id[slot]!);
    this.orig = live.origHost[slot]!;
    this.resp = live.respHost[slot]!;
    this.origPort = live.origPort[slot]!;
    this.respPort = live.respPort[slot]!;
  }

  /** Address words of the originator (four). */
  get origWords(): Uint32Array {
    return this.table ? this.table.live.orig.subarray(this.slot * 4, this.slot * 4 + 4) : NO_ADDRESS;
  }

  /** Address of the responder, as text. */
  get respAddress(): string {
    return formatAddress(this.respWords, 0);
  }

  /** Address words of the responder (four). */
  get respWords(): Uint32Array {
    return this.table ? this.table.live.resp.subarray(this.slot * 4, this.slot * 4 + 4) : NO_ADDRESS;
  }

  /** Where messages go while the payload at hand is read. */
  begin(messages: ProtocolMessage[]): void {
    const { sink } = this;
    sink.messages = messages;
    sink.emitted = sink.telling = 0;
  }

  /** Spread into a message. Frequent ones (dns, http, tls) spell the fields out instead: that saves an object each. */
  head(): MessageHead {
    return {
      sec: this.sec,
      nano: this.nano,
      flow: this.id,
      orig: this.orig,
      resp: this.resp,
      respPort: this.respPort,
      fromOrig: this.fromOrig,
    };
  }

  /**
   * `telling`: says something by itself, so that no number of others before it may hide it. Only for messages that take many
   * bytes of the payload each, or are bounded a flow.
   */
  emit(message: ProtocolMessage, telling = message.kind === 'http'): void {
    if (message.kind === 'login' && message.cleartext) this.stateClear(PASSWORD, message.user);
    else if (message.kind === 'http' && message.method !== '') this.request(message);
    const { sink } = this;
    const fits = telling ? sink.telling++ < TELLING_PER_PAYLOAD : sink.emitted++ < MESSAGES_PER_PAYLOAD;
    if (fits) sink.messages.push(message);
    else this.giveUp();
  }

  /** Something was left out for a bound of this flow's own: that is counted with what the budget refused, and told. */
  giveUp(): void {
    this.budget?.refuse();
  }

  /** Reports a broken rule, once a flow and name. */
  weird(name: WeirdName, detail = ''): void {
    const index = WEIRD_INDEX.get(name) ?? 0;
    const bit = 1 << (index & 31);
    if (index < 32) {
      if (this.weirdLow & bit) return;
      this.weirdLow |= bit;
    } else {
      if (this.weirdHigh & bit) return;
      this.weirdHigh |= bit;
    }
    this.emit({ ...this.head(), kind: 'weird', name, detail: detail.slice(0, FACT_LENGTH) });
  }

  /** Shows the beginning of a payload that no inspector knows to the behaviours. */
  unknown(data: Uint8Array, at: number, end: number): void {
    this.emit({
      ...this.head(),
      kind: 'payload',
      transport: this.tcp ? 'tcp' : 'udp',
      text: latin1(data, at, end, UNKNOWN_MAX),
      size: end - at,
    });
  }

  /** Adds a name to the flow's services (Zeek's names), and says what the application is when `app` is given. */
  name(service: string, app?: string): void {
    if (service !== '' && this.services.length < SERVICES_MAX && !this.services.includes(service)) {
      if (this.services.length === 0) this.services = [service];
      else this.services.push(service);
    }
    if (app !== undefined && app !== '') this.appName = app;
  }

  hasService(service: string): boolean {
    return this.services.includes(service);
  }

  get recognised(): boolean {
    return this.services.length > 0 || this.appName !== '';
  }

  get app(): string {
    return this.appName;
  }

  /**
   * States a fact for people, without secrets; the first value of a name stays. Empty values are not stated. `lasting`: the value
   * is no part of a longer text, so that it may be kept as it is.
   */
  fact(name: string, value: string, lasting = false): void {
    if (value === '' || this.factCount >= FACTS_MAX || this.placeOf(name) >= 0) return;
    this.state(name, ownShownText(value, lasting));
  }

  /** As `fact`, of a lasting value; whether the value that stays is this one. */
  isFirst(name: string, value: string): boolean {
    const at = this.placeOf(name);
    const known = at >= 0 ? this.factValues[at] : undefined;
    // Mostly it is shown as it is.
    if (known === value) return true;
    const text = ownShownText(value, true);
    if (known === undefined) this.state(name, text);
    return known === undefined || known === text;
  }

  /** As `fact`, of words of this program's own: nothing in them is a sender's. */
  say(name: string, words: string): void {
    if (words !== '' && this.placeOf(name) < 0) this.state(name, words);
  }

  /** `text`: as it is shown, with memory of its own. */
  private state(name: string, text: string): void {
    const { factCount } = this;
    if (text === '' || factCount >= FACTS_MAX) return;
    const characters = this.factCharacters + text.length;
    if (characters > FACTS_BASE && !this.moreFacts(characters)) return;
    this.factNames[factCount] = name;
    this.factValues[factCount] = text;
    this.factCharacters = characters;
    this.factCount = factCount + 1;
  }

  private moreFacts(characters: number): boolean {
    const wanted = Math.ceil(((characters - FACTS_BASE) * BYTES_PER_CHARACTER) / FACTS_STEP) * FACTS_STEP;
    const more = wanted - this.factBytes;
    if (more > 0 && this.budget && !this.budget.reserve(more)) return false;
    this.factBytes = wanted;
    return true;
  }

  /**
   * Asks for `bytes` more of the session's own state. False when the memory of all flows is spent: what they were for is
   * given up, what was learned stays.
   */
  keep(bytes: number): boolean {
    return this.account.keep(bytes);
  }

  /** Says that `bytes` of the session's state are kept no more. What is kept at the flow's end needs no word. */
  drop(bytes: number): void {
    this.account.drop(bytes);
  }

  /** Whether the fact was stated before. */
  stated(name: string): boolean {
    return this.placeOf(name) >= 0;
  }

  /** The fact's place, -1 where it was not stated. */
  private placeOf(name: string): number {
    const { factNames, factCount } = this;
    for (let i = 0; i < factCount; i++) if (factNames[i] === name) return i;
    return -1;
  }

  /** States one more value of a fact that may have several: the first eight that differ stay, "…" says there were more. */
  also(name: string, value: string): void {
    const at = this.placeOf(name);
    const said = at < 0 ? null : this.factValues[at]!;
    if (said?.endsWith(MORE)) return;
    // What is shown as it is and was said before is said again by most.
    if (said !== null && value !== '' && value.length < VALUE_LENGTH && !value.includes('|') && among(said, value))
      return;
    const shown = single(withoutSecrets(value).slice(0, VALUE_LENGTH), '|');
    if (said === null) return this.state(name, own(shown));
    const room = FACT_LENGTH - said.length - MORE.length;
    if (shown === '' || said === shown || room < 0) return;
    if (among(said, shown)) return;
    const fits = said.split(SEPARATOR).length < VALUES_MAX && shown.length + SEPARATOR.length <= room;
    const text = fits ? `${said}${SEPARATOR}${shown}` : said + MORE;
    const characters = this.factCharacters + text.length - said.length;
    if (characters > FACTS_BASE && !this.moreFacts(characters)) return;
    this.factCharacters = characters;
    this.factValues[at] = own(text);
  }

  /** States that a secret crossed the wire in the clear: what kind, and whose; never which. */
  inTheClear(what: string, user = ''): void {
    this.stateClear(what, user);
    const protocol = this.inspector?.id ?? '';
    if (what.endsWith(PASSWORD)) this.tellClear(protocol, user);
  }

  private stateClear(what: string, user: string): void {
    this.also('clear', user === '' ? what : `${what} of ${user}`);
  }

  private tellClear(protocol: string, user: string): void {
    const told = `|${protocol}`;
    if (protocol === '' || `${this.clearTold}|`.includes(`${told}|`)) return;
    this.clearTold += told;
    this.emit({ ...this.head(), kind: 'clear', protocol, user });
  }

  /** Passwords of a request in the clear: in a form that it posts, in its query, before the host of its target. */
  private request({ method, uri, body }: HttpMessage): void {
    if (body !== '' && (method === 'POST' || method === 'PUT')) this.field('http-form', body);
    const mark = uri.indexOf('?');
    if (mark >= 0 && uri.includes('=', mark)) this.field('http', uri.slice(mark + 1));
    if (!uri.includes('@')) return;
    const user = accountInAddress(uri);
    if (user !== null) this.sent('http', printable(user));
  }

  private field(protocol: string, fields: string): void {
    if (passwordIn(fields)) this.sent(protocol, accountOf(fields));
  }

  private sent(protocol: string, user: string): void {
    this.stateClear(PASSWORD, user);
    this.tellClear(protocol, user);
  }

  /** States which known service a host name belongs to; the first name that belongs to one decides. */
  host(name: string): void {
    // Most names of a flow are that of before: of a question and its answer, of one request and the next.
    if (name === this.hostSeen) return;
    this.hostSeen = name;
    if (!this.stated('service')) this.say('service', serviceOf(name));
  }

  /**
   * Announces a connection to the address whose four words stand in `words`. A speaker is believed only where both ends were
   * seen to open its connection, and where it can know: ports from 1024 on, and private addresses only of its own two ends.
   */
  announce(words: Uint32Array, port: number, what: Announcement): void {
    if (port < FIRST_FREE_PORT || !this.opened) return;
    const ends = sameAddress(words, 0, this.origWords, 0) || sameAddress(words, 0, this.respWords, 0);
    if (!ends && isPrivate(words[0]!, words[1]!, words[2]!, words[3]!)) return;
    this.expected?.announce(words, 0, port, what, this.sec);
  }

  /** Nothing more of this flow is worth reading. */
  finish(): void {
    this.finished = true;
  }

  /** Nothing more of this direction is worth reading. */
  stop(fromOrig: boolean): void {
    if (this.tcp) this.streams[fromOrig ? 0 : 1].stopped = true;
  }

  /**
   * What follows is another protocol (STARTTLS, CONNECT, a proxy's tunnel): it is recognised anew, among `candidates`
   * or all. The session that says so returns the position where the other protocol begins.
   */
  handOver(candidates: readonly Inspector[] | null = null): void {
    this.session = null;
    this.account.close();
    this.inspector = null;
    this.candidates = candidates;
    if (!this.tcp) return;
    for (const stream of this.streams) {
      stream.tries = 0;
      stream.ruledOut = false;
    }
  }

  meta(): FlowMeta | undefined {
    const service = this.services.length > 1 ? this.services.toSorted().join(',') : (this.services[0] ?? '');
    const { factNames, factValues, factCount } = this;
    if (factCount > 0) {
      const facts: Record<string, string> = {};
      for (let i = 0; i < factCount; i++) facts[factNames[i]!] = factValues[i]!;
      return { service, app: this.appName, facts };
    }
    return service === '' && this.appName === '' ? undefined : namedMeta(service, this.appName);
  }
}
