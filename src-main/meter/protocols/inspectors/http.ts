/** HTTP/1 (RFC 9112): requests and responses by their headers; bodies are passed over but for a request's beginning. */
import { findText, latin1, lineEnd, lineText, matches, own, startsWith, text } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import type { HttpMessage } from '../types.ts';
import { HeaderBlock, readHeaders, readLines } from './http-headers.ts';
import { httpUse } from './http-use.ts';
import { line, METHODS, readRequestLine, SIZE_LINE, sizeAt, statusAt, type Pending } from './http-lines.ts';
import { http2 } from './http2.ts';
import { WebSocketSession } from './websocket.ts';

const HEADER_MAX = 16 * 1024;
const BODY_MAX = 1024;
/** Payloads and seconds that a request's body is waited for. */
const BODY_WAITS = 8;
const BODY_PATIENCE = 5;
const PENDING_MAX = 64;
/** What a request that is waited for takes, beside the account's letters. */
const PENDING_BYTES = 128;
/** Messages of a direction that state facts; the first value of each stays, so later ones add little. */
const STATED_MAX = 4;

const headers = new HeaderBlock();

/** What a direction is in the middle of. */
const HEAD = 0;
const CHUNK_SIZE = 1;
const CHUNK_END = 2;
const TRAILER = 3;
/** Passing over the rest of a header block that was too long to wait for. */
const HEAD_REST = 4;

/** How much of the empty line that ends a block has been there: nothing, a line's end, that and a CR. */
type Empty = 0 | 1 | 2;

interface Awaited {
  readonly length: number;
  readonly chunked: boolean;
}
const NO_BODY: Awaited = { length: 0, chunked: false };

/** What a direction is in the middle of, and what it waits for. */
class Side {
  state = HEAD;
  /** How often the body of the request at hand was waited for, and since when (seconds). */
  waited = 0;
  waitedSince = 0;
  resync = false;
  /** Bytes of the unfinished header block that were searched for its end. */
  searched = 0;
  empty: Empty = 0;
  /** What the part of a too long block that was read says of the body. */
  awaited = NO_BODY;
}

class HttpSession implements Session {
  private readonly orig = new Side();
  private readonly resp = new Side();
  /** Nothing more comes. */
  private over = false;
  /** Which end asks, once it has. */
  private asker: 0 | 1 | null = null;
  /** Methods and credentials of requests not answered yet: the next to be, and those behind it. */
  private next: Pending | null = null;
  private later: Pending[] | null = null;
  private requests = 0;
  private responses = 0;

  read(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    const dir = fromOrig ? 0 : 1;
    let next = at;
    while (next < end) {
      const position = this.part(flow, dir, data, next, end);
      if (position < 0 || flow.finished || flow.session !== this || flow.stream(dir).stopped)
        return position < 0 ? next : position;
      next = position;
    }
    return next;
  }

  private part(flow: FlowContext, dir: 0 | 1, data: Uint8Array, at: number, end: number): number {
    const side = this.side(dir);
    const { state } = side;
    if (state === HEAD) return this.head(flow, dir, side, data, at, end);
    return state === HEAD_REST ? this.rest(side, data, at, end) : this.chunk(flow, side, data, at, end);
  }

  private side(dir: 0 | 1): Side {
    return dir === 0 ? this.orig : this.resp;
  }

  gap(_flow: FlowContext, fromOrig: boolean): boolean {
    const side = this.side(fromOrig ? 0 : 1);
    side.state = HEAD;
    side.resync = true;
    side.searched = 0;
    return true;
  }

  /** A header block. Returns where its body's reading goes on, or -1 when more bytes are needed. */
  private head(flow: FlowContext, dir: 0 | 1, side: Side, data: Uint8Array, at: number, end: number): number {
    if (data[at] === 0x0d || data[at] === 0x0a) return at + 1;
    if (side.resync) {
      if (startOf(data, at, end) !== YES) return end;
      side.resync = false;
    }
    const stop = readHeaders(data, at, end, headers, side.searched);
    if (stop < 0) {
      side.searched = end - at;
      return this.unfinished(flow, dir, side, data, at, end);
    }
    side.searched = 0;
    if (isAnswer(data, at, end)) {
      // Who asks does not answer: it would say itself how its tries end.
      return dir === this.asker
        ? lost(flow, dir, side, data, at, stop)
        : this.response(flow, dir, side, data, at, stop);
    }
    return this.request(flow, dir, side, data, at, stop, end);
  }

  private unfinished(flow: FlowContext, dir: 0 | 1, side: Side, data: Uint8Array, at: number, end: number): number {
    if (end - at > HEADER_MAX) {
      flow.weird('http-header-too-long', `${end - at} bytes`);
      return this.tooLong(flow, dir, side, data, at, end);
    }
    if (end - at > 64 && startOf(data, at, end) === NO) return lost(flow, dir, side, data, at, end);
    return -1;
  }

  /** A request is told by what of it is there; its answer, whose body nobody could place, is read no further. */
  private tooLong(flow: FlowContext, dir: 0 | 1, side: Side, data: Uint8Array, at: number, end: number): number {
    side.searched = 0;
    if (isAnswer(data, at, end)) {
      flow.stop(dir === 0);
      return end;
    }
    readLines(data, at, end, headers);
    const lf = lineEnd(data, at, end);
    if (!readRequestLine(data, at, lf < 0 ? end : lf)) return lost(flow, dir, side, data, at, end);
    this.emitRequest(flow, '');
    side.awaited = { length: headers.length, chunked: headers.chunked };
    side.empty = 0;
    side.state = HEAD_REST;
    return this.rest(side, data, end - 2, end);
  }

  /** Passes over a block's rest. Returns where its body's reading goes on. */
  private rest(side: Side, data: Uint8Array, at: number, end: number): number {
    let { empty } = side;
    for (let i = at; i < end; i++) {
      const c = data[i]!;
      if (c === 0x0a && empty > 0) {
        const { length, chunked } = side.awaited;
        side.state = chunked ? CHUNK_SIZE : HEAD;
        return i + 1 + (chunked ? 0 : Math.max(0, length));
      }
      empty = c === 0x0a ? 1 : c === 0x0d && empty === 1 ? 2 : 0;
    }
    side.empty = empty;
    return end;
  }

  private request(
    flow: FlowContext,
    dir: 0 | 1,
    side: Side,
    data: Uint8Array,
    at: number,
    stop: number,
    end: number,
  ): number {
    const lf = lineEnd(data, at, stop);
    if (!readRequestLine(data, at, lf)) return lost(flow, dir, side, data, at, end);
    this.asker ??= dir;
    const body = headers.chunked ? dechunked(data, stop, end) : stated(data, stop, end, headers.length);
    if (!body.whole && this.waits(flow, side)) return -1;
    side.waited = 0;
    if (!line.versioned) flow.weird('http-bad-request-line', lineText(data, at, lf, 64));
    faults(flow);
    this.emitRequest(flow, body.text);
    return bodyFrom(flow, dir, side, stop, false);
  }

  /** A request is told with its body's beginning, which may come in pieces; a slow one is told without. */
  private waits(flow: FlowContext, side: Side): boolean {
    if (this.over) return false;
    if (side.waited === 0) side.waitedSince = flow.sec;
    return side.waited++ < BODY_WAITS && flow.sec - side.waitedSince <= BODY_PATIENCE;
  }

  /** Requests whose bodies never came are told. */
  end(flow: FlowContext): void {
    this.over = true;
    for (const dir of [0, 1] as const) {
      if (this.side(dir).waited === 0) continue;
      const { buffer, kept } = flow.stream(dir);
      if (!buffer || kept === 0) continue;
      flow.fromOrig = dir === 0;
      this.read(flow, dir === 0, buffer, 0, kept);
    }
  }

  /** The request whose line was read last. */
  private emitRequest(flow: FlowContext, body: string): void {
    const { method, uri } = line;
    const { user } = headers;
    if (!this.isFull && flow.keep(PENDING_BYTES + user.length)) {
      const login = headers.authorization !== '' && !headers.firstStep;
      this.awaitAnswer(line.known && user === '' && !login ? line.known.pending : { method: own(method), user, login });
    }
    if (this.requests++ < STATED_MAX) requestFacts(flow, method, uri);
    if (method === 'CONNECT') flow.name('http', 'HTTP_Connect');
    else if (uri.startsWith('http://') || uri.startsWith('https://')) flow.name('http', 'HTTP_Proxy');
    if (headers.authorization !== '') flow.say('http.authorization', headers.authorization);
    emitMessage(flow, method, uri, 0, body);
    if (headers.authorization === '' || headers.firstStep) return;
    flow.emit({
      ...flow.head(),
      kind: 'login',
      protocol: 'http',
      outcome: 'attempt',
      user,
      cleartext: headers.authorization === 'basic',
      code: 0,
    });
  }

  private response(flow: FlowContext, dir: 0 | 1, side: Side, data: Uint8Array, at: number, stop: number): number {
    const status = statusAt(data, at, stop);
    const interim = status >= 100 && status < 200 && status !== 101;
    const request = interim ? this.next : this.answered();
    if (request && !interim) flow.drop(PENDING_BYTES + request.user.length);
    if (!interim && this.responses++ < STATED_MAX) responseFacts(flow, status);
    faults(flow);
    emitMessage(flow, '', '', status, '');
    if (request?.login && !interim) this.login(flow, request.user, status);
    if (status === 101 || (request?.method === 'CONNECT' && status >= 200 && status < 300))
      return this.switched(flow, status, stop);
    const bodyless = interim || status === 204 || status === 304 || request?.method === 'HEAD';
    if (bodyless) return stop;
    return bodyFrom(flow, dir, side, stop, true);
  }

  private get isFull(): boolean {
    return this.later !== null && this.later.length >= PENDING_MAX - 1;
  }

  private awaitAnswer(request: Pending): void {
    if (!this.next) this.next = request;
    else if (this.later) this.later.push(request);
    else this.later = [request];
  }

  /** The request that is answered: mostly the only one. */
  private answered(): Pending | null {
    const { next, later } = this;
    this.next = later !== null && later.length > 0 ? later.shift()! : null;
    return next;
  }

  private login(flow: FlowContext, user: string, status: number): void {
    const failed = status === 401 || status === 407 || status === 403;
    flow.emit({
      ...flow.head(),
      kind: 'login',
      protocol: 'http',
      outcome: failed ? 'failed' : 'succeeded',
      user,
      cleartext: false,
      code: status,
    });
  }

  /** Another protocol follows the header. */
  private switched(flow: FlowContext, status: number, stop: number): number {
    if (status === 101) {
      if (/websocket/i.test(headers.upgrade)) {
        flow.name('websocket');
        flow.session = new WebSocketSession();
      } else if (/^h2c$/i.test(headers.upgrade)) flow.handOver([http2]);
      else flow.finish();
    } else flow.handOver();
    return stop;
  }

  /** Part of a chunked body. Returns -1 when more bytes are needed. */
  private chunk(flow: FlowContext, side: Side, data: Uint8Array, at: number, end: number): number {
    const lf = lineEnd(data, at, Math.min(end, at + 1024));
    if (lf < 0) {
      if (end - at < 1024) return -1;
      return badChunk(flow, side, end);
    }
    if (side.state === CHUNK_END) {
      side.state = CHUNK_SIZE;
      return lf + 1;
    }
    if (side.state === TRAILER) {
      if (lf - at <= 1) side.state = HEAD;
      return lf + 1;
    }
    const size = sizeAt(data, at, lf);
    if (size < 0) return badChunk(flow, side, end);
    side.state = size === 0 ? TRAILER : CHUNK_END;
    return lf + 1 + size;
  }
}

/** Bytes where a message should begin that begin none. */
function lost(flow: FlowContext, dir: 0 | 1, side: Side, data: Uint8Array, at: number, end: number): number {
  if (dir === 0) flow.weird('http-bad-request-line', text(data, at, Math.min(end, at + 64)));
  side.resync = true;
  side.searched = 0;
  return end;
}

function faults(flow: FlowContext): void {
  if (headers.fault !== '') flow.weird(headers.fault, headers.host);
}

/** Where the reading goes on behind the header block that ends at `stop`. */
function bodyFrom(flow: FlowContext, dir: 0 | 1, side: Side, stop: number, response: boolean): number {
  if (headers.chunked) {
    side.state = CHUNK_SIZE;
    return stop;
  }
  if (headers.length >= 0) return stop + headers.length;
  // A response without a stated length ends with the connection.
  if (response && !headers.noBody) flow.stop(dir === 0);
  return stop;
}

function badChunk(flow: FlowContext, side: Side, end: number): number {
  flow.weird('http-bad-chunk');
  side.state = HEAD;
  side.resync = true;
  return end;
}

interface Body {
  /** At most `BODY_MAX` characters. */
  text: string;
  /** All that is wanted of it is there. */
  whole: boolean;
}
const NO_BODY_TEXT: Body = { text: '', whole: true };

function stated(data: Uint8Array, at: number, end: number, length: number): Body {
  if (length <= 0) return NO_BODY_TEXT;
  const wanted = Math.min(length, BODY_MAX);
  return { text: latin1(data, at, end, wanted), whole: end - at >= wanted };
}

function dechunked(data: Uint8Array, at: number, end: number): Body {
  let text = '';
  let next = at;
  while (next < end && text.length < BODY_MAX) {
    const lf = lineEnd(data, next, Math.min(end, next + SIZE_LINE));
    if (lf < 0) return { text, whole: end - next >= SIZE_LINE };
    const size = Number.parseInt(latin1(data, next, lf, SIZE_LINE), 16);
    if (!(size > 0)) return { text, whole: true };
    text += latin1(data, lf + 1, Math.min(end, lf + 1 + size), BODY_MAX - text.length);
    next = lf + 1 + size;
    if (data[next] === 0x0d && next < end) next++;
    if (data[next] === 0x0a && next < end) next++;
  }
  return { text, whole: text.length >= BODY_MAX };
}

/** What `headers` say with the rest; a response has a status and nothing else of its own. */
function emitMessage(flow: FlowContext, method: string, uri: string, status: number, body: string): void {
  const message: HttpMessage = {
    sec: flow.sec,
    nano: flow.nano,
    flow: flow.id,
    orig: flow.orig,
    resp: flow.resp,
    respPort: flow.respPort,
    fromOrig: flow.fromOrig,
    kind: 'http',
    method,
    host: headers.host,
    uri,
    agent: headers.agent,
    status,
    length: headers.length,
    contentType: headers.contentType,
    authorization: headers.authorization,
    body,
  };
  if (headers.odd !== '' && method !== '') message.oddHeader = headers.odd;
  flow.emit(message);
}

const USE = 'http.use';

function requestFacts(flow: FlowContext, method: string, uri: string): void {
  if (line.known) flow.say('http.method', method);
  else flow.fact('http.method', method);
  flow.fact('http.host', headers.host, true);
  flow.host(headers.host.includes(':') ? headers.host.replace(/:\d{1,5}$/, '') : headers.host);
  if (!flow.stated(USE)) flow.say(USE, httpUse(method, uri, headers.contentType));
  flow.fact('http.uri', uri, true);
  flow.fact('http.agent', headers.agent, true);
}

function responseFacts(flow: FlowContext, status: number): void {
  if (!flow.stated('http.status')) flow.say('http.status', String(status));
  flow.fact('http.server', headers.server, true);
  flow.fact('http.type', headers.contentType, true);
  if (!flow.stated(USE)) flow.say(USE, httpUse('', '', headers.contentType));
}

/** How SHOUTcast's servers answer. */
const ICY = 'ICY 200 ';

function isAnswer(data: Uint8Array, at: number, end: number): boolean {
  return startsWith(data, at, end, 'HTTP/') || startsWith(data, at, end, ICY);
}

/** Whether a message can begin here. */
function startOf(data: Uint8Array, at: number, end: number): Verdict {
  const first = data[at]!;
  if (first < 0x41 || first > 0x55) return NO;
  if (first === 0x48) {
    const answer = matches(data, at, end, 'HTTP/1.');
    if (answer !== 0) return answer;
  }
  if (first === 0x49) return matches(data, at, end, ICY);
  for (const method of METHODS) {
    if (method.charCodeAt(0) !== first) continue;
    const answer = matches(data, at, end, method);
    if (answer === 1) return MAYBE;
    if (answer === 2) {
      if (at + method.length === end) return MAYBE;
      if (data[at + method.length] === 0x20) return YES;
    }
  }
  return NO;
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  const answer = startOf(data, at, end);
  if (answer !== YES || isAnswer(data, at, end)) return answer;
  const lf = lineEnd(data, at, end);
  if (lf < 0) {
    if (end - at < 512) return MAYBE;
    const space = findText(data, ' ', at, end);
    return data[space + 1] === 0x2f || findText(data, '://', space, Math.min(end, space + 12)) >= 0 ? YES : MAYBE;
  }
  const version = findText(data, ' HTTP/', Math.max(at, lf - 12), lf);
  if (version >= 0) return YES;
  return startsWith(data, at, end, 'GET /') ? YES : NO;
}

export const http: Inspector = {
  id: 'http',
  over: 'tcp',
  ports: [80, 81, 631, 1080, 3128, 5000, 5985, 8000, 8008, 8080, 8081, 8088, 8888],
  first: Array.from({ length: 21 }, (_, i) => 0x41 + i),
  service: 'http',
  app: 'HTTP',
  probe,
  open: () => new HttpSession(),
};
