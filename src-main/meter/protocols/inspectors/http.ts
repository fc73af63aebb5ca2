/** HTTP/1 (RFC 9112): requests and responses by their headers; bodies are passed over but for a request's beginning. */
import { findText, latin1, lineEnd, lineText, matches, own, startsWith, text } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import type { HttpMessage } from '../types.ts';
import { HeaderBlock, readHeaders, readLines } from './http-headers.ts';
import { httpUse } from './http-use.ts';
import { http2 } from './http2.ts';
import { WebSocketSession } from './websocket.ts';

const METHODS = [
  'GET',
  'POST',
  'HEAD',
  'PUT',
  'DELETE',
  'OPTIONS',
  'PATCH',
  'CONNECT',
  'TRACE',
  'PROPFIND',
  'PROPPATCH',
  'MKCOL',
  'COPY',
  'MOVE',
  'LOCK',
  'UNLOCK',
  'REPORT',
  'SEARCH',
  'SUBSCRIBE',
  'UNSUBSCRIBE',
  'NOTIFY',
  'MERGE',
  'CHECKOUT',
  'RPC_CONNECT',
  'RPC_IN_DATA',
  'RPC_OUT_DATA',
  'CCM_POST',
  'BITS_POST',
  'DESCRIBE',
  'POLL',
  'BPROPFIND',
  'SOURCE',
  'SSTP_DUPLEX_POST',
  'MKCALENDAR',
  'PURGE',
  'LINK',
  'ACL',
  'BDELETE',
  'BPROPPATCH',
  'MKACTIVITY',
  'QUERY',
];
const HEADER_MAX = 16 * 1024;
/** A longer target is shown by its beginning and its end: what matters may stand behind a long filling. */
const LINE_MAX = 4096;
const LINE_HALF = 2047;
const BODY_MAX = 1024;
/** Payloads and seconds that a request's body is waited for. */
const BODY_WAITS = 8;
const BODY_PATIENCE = 5;
/** What a request line has beside its target: a method and a version. */
const LINE_REST = 64;
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

interface Pending {
  readonly method: string;
  readonly user: string;
  readonly login: boolean;
}

class HttpSession implements Session {
  private readonly state: [number, number] = [HEAD, HEAD];
  /** How often the body of the request at hand was waited for, and since when (seconds). */
  private readonly waited: [number, number] = [0, 0];
  private readonly waitedSince: [number, number] = [0, 0];
  /** Nothing more comes. */
  private over = false;
  /** Which end asks, once it has. */
  private asker: 0 | 1 | null = null;
  /** Methods and credentials of requests not answered yet. */
  private readonly pending: Pending[] = [];

  read(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    const dir = fromOrig ? 0 : 1;
    let next = at;
    while (next < end) {
      const position = this.part(flow, dir, data, next, end);
      if (position < 0 || flow.finished || flow.session !== this || flow.streams[dir].stopped)
        return position < 0 ? next : position;
      next = position;
    }
    return next;
  }

  private part(flow: FlowContext, dir: 0 | 1, data: Uint8Array, at: number, end: number): number {
    const state = this.state[dir];
    if (state === HEAD) return this.head(flow, dir, data, at, end);
    return state === HEAD_REST ? this.rest(dir, data, at, end) : this.chunk(flow, dir, data, at, end);
  }

  gap(_flow: FlowContext, fromOrig: boolean): boolean {
    this.state[fromOrig ? 0 : 1] = HEAD;
    this.resync[fromOrig ? 0 : 1] = true;
    this.searched[fromOrig ? 0 : 1] = 0;
    return true;
  }

  private requests = 0;
  private responses = 0;
  private readonly resync: [boolean, boolean] = [false, false];
  /** Bytes of the unfinished header block that were searched for its end. */
  private readonly searched: [number, number] = [0, 0];
  private readonly empty: [Empty, Empty] = [0, 0];
  /** What the part of a too long block that was read says of the body. */
  private readonly awaited: [Awaited, Awaited] = [NO_BODY, NO_BODY];

  /** A header block. Returns where its body's reading goes on, or -1 when more bytes are needed. */
  private head(flow: FlowContext, dir: 0 | 1, data: Uint8Array, at: number, end: number): number {
    if (data[at] === 0x0d || data[at] === 0x0a) return at + 1;
    if (this.resync[dir]) {
      if (startOf(data, at, end) !== YES) return end;
      this.resync[dir] = false;
    }
    const stop = readHeaders(data, at, end, headers, this.searched[dir]);
    if (stop < 0) {
      this.searched[dir] = end - at;
      return this.unfinished(flow, dir, data, at, end);
    }
    this.searched[dir] = 0;
    if (isAnswer(data, at, end)) {
      // Who asks does not answer: it would say itself how its tries end.
      return dir === this.asker ? this.lost(flow, dir, data, at, stop) : this.response(flow, dir, data, at, stop, end);
    }
    return this.request(flow, dir, data, at, stop, end);
  }

  private unfinished(flow: FlowContext, dir: 0 | 1, data: Uint8Array, at: number, end: number): number {
    if (end - at > HEADER_MAX) {
      flow.weird('http-header-too-long', `${end - at} bytes`);
      return this.tooLong(flow, dir, data, at, end);
    }
    if (end - at > 64 && startOf(data, at, end) === NO) return this.lost(flow, dir, data, at, end);
    return -1;
  }

  /** A request is told by what of it is there; its answer, whose body nobody could place, is read no further. */
  private tooLong(flow: FlowContext, dir: 0 | 1, data: Uint8Array, at: number, end: number): number {
    this.searched[dir] = 0;
    if (isAnswer(data, at, end)) {
      flow.stop(dir === 0);
      return end;
    }
    readLines(data, at, end, headers);
    const lf = lineEnd(data, at, end);
    const { method, uri } = requestLine(data, at, lf < 0 ? end : lf);
    if (method === '') return this.lost(flow, dir, data, at, end);
    this.emitRequest(flow, method, uri, '');
    this.awaited[dir] = { length: headers.length, chunked: headers.chunked };
    this.empty[dir] = 0;
    this.state[dir] = HEAD_REST;
    return this.rest(dir, data, end - 2, end);
  }

  /** Passes over a block's rest. Returns where its body's reading goes on. */
  private rest(dir: 0 | 1, data: Uint8Array, at: number, end: number): number {
    let empty: Empty = this.empty[dir];
    for (let i = at; i < end; i++) {
      const c = data[i]!;
      if (c === 0x0a && empty > 0) {
        const { length, chunked } = this.awaited[dir];
        this.state[dir] = chunked ? CHUNK_SIZE : HEAD;
        return i + 1 + (chunked ? 0 : Math.max(0, length));
      }
      empty = c === 0x0a ? 1 : c === 0x0d && empty === 1 ? 2 : 0;
    }
    this.empty[dir] = empty;
    return end;
  }

  /** Bytes where a message should begin that begin none. */
  private lost(flow: FlowContext, dir: 0 | 1, data: Uint8Array, at: number, end: number): number {
    if (dir === 0) flow.weird('http-bad-request-line', text(data, at, Math.min(end, at + 64)));
    this.resync[dir] = true;
    this.searched[dir] = 0;
    return end;
  }

  private request(flow: FlowContext, dir: 0 | 1, data: Uint8Array, at: number, stop: number, end: number): number {
    const lf = lineEnd(data, at, stop);
    const { method, uri, line } = requestLine(data, at, lf);
    if (method === '') return this.lost(flow, dir, data, at, end);
    this.asker ??= dir;
    const body = headers.chunked ? dechunked(data, stop, end) : stated(data, stop, end, headers.length);
    if (!body.whole && this.waits(flow, dir)) return -1;
    this.waited[dir] = 0;
    if (!line.includes(' HTTP/')) flow.weird('http-bad-request-line', line.slice(0, 64));
    this.faults(flow);
    this.emitRequest(flow, method, uri, body.text);
    return this.body(flow, dir, stop, method, false);
  }

  /** A request is told with its body's beginning, which may come in pieces; a slow one is told without. */
  private waits(flow: FlowContext, dir: 0 | 1): boolean {
    if (this.over) return false;
    if (this.waited[dir] === 0) this.waitedSince[dir] = flow.sec;
    return this.waited[dir]++ < BODY_WAITS && flow.sec - this.waitedSince[dir] <= BODY_PATIENCE;
  }

  /** Requests whose bodies never came are told. */
  end(flow: FlowContext): void {
    this.over = true;
    for (const dir of [0, 1] as const) {
      const { buffer, kept } = flow.streams[dir];
      if (this.waited[dir] === 0 || !buffer || kept === 0) continue;
      flow.fromOrig = dir === 0;
      this.read(flow, dir === 0, buffer, 0, kept);
    }
  }

  private emitRequest(flow: FlowContext, method: string, uri: string, body: string): void {
    if (this.pending.length < PENDING_MAX && flow.keep(PENDING_BYTES + headers.user.length)) {
      this.pending.push({
        method: own(method),
        user: headers.user,
        login: headers.authorization !== '' && !headers.firstStep,
      });
    }
    if (this.requests++ < STATED_MAX) requestFacts(flow, method, uri);
    if (method === 'CONNECT') flow.name('http', 'HTTP_Connect');
    else if (uri.startsWith('http://') || uri.startsWith('https://')) flow.name('http', 'HTTP_Proxy');
    if (headers.authorization !== '') flow.fact('http.authorization', headers.authorization);
    emitMessage(flow, method, uri, 0, body);
    if (headers.authorization === '' || headers.firstStep) return;
    flow.emit({
      ...flow.head(),
      kind: 'login',
      protocol: 'http',
      outcome: 'attempt',
      user: headers.user,
      cleartext: headers.authorization === 'basic',
      code: 0,
    });
  }

  private response(flow: FlowContext, dir: 0 | 1, data: Uint8Array, at: number, stop: number, _end: number): number {
    const space = findText(data, ' ', at, Math.min(stop, at + 12));
    const status = space < 0 ? 0 : Number.parseInt(latin1(data, space + 1, Math.min(stop, space + 4)), 10) || 0;
    const interim = status >= 100 && status < 200 && status !== 101;
    const request = interim ? this.pending[0] : this.answered();
    if (request && !interim) flow.drop(PENDING_BYTES + request.user.length);
    if (!interim && this.responses++ < STATED_MAX) responseFacts(flow, status);
    this.faults(flow);
    emitMessage(flow, '', '', status, '');
    if (request?.login && !interim) this.login(flow, request.user, status);
    if (status === 101 || (request?.method === 'CONNECT' && status >= 200 && status < 300))
      return this.switched(flow, status, stop);
    const bodyless = interim || status === 204 || status === 304 || request?.method === 'HEAD';
    if (bodyless) return stop;
    return this.body(flow, dir, stop, request?.method ?? '', true);
  }

  /** The request that is answered: mostly the only one, which `shift` would make much of. */
  private answered(): Pending | undefined {
    return this.pending.length > 1 ? this.pending.shift() : this.pending.pop();
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

  private faults(flow: FlowContext): void {
    if (headers.fault !== '') flow.weird(headers.fault, headers.host);
  }

  private body(flow: FlowContext, dir: 0 | 1, stop: number, _method: string, response: boolean): number {
    if (headers.chunked) {
      this.state[dir] = CHUNK_SIZE;
      return stop;
    }
    if (headers.length >= 0) return stop + headers.length;
    // A response without a stated length ends with the connection.
    if (response && !headers.noBody) flow.stop(dir === 0);
    return stop;
  }

  /** Part of a chunked body. Returns -1 when more bytes are needed. */
  private chunk(flow: FlowContext, dir: 0 | 1, data: Uint8Array, at: number, end: number): number {
    const lf = lineEnd(data, at, Math.min(end, at + 1024));
    if (lf < 0) {
      if (end - at < 1024) return -1;
      return this.badChunk(flow, dir, end);
    }
    if (this.state[dir] === CHUNK_END) {
      this.state[dir] = CHUNK_SIZE;
      return lf + 1;
    }
    if (this.state[dir] === TRAILER) {
      if (lf - at <= 1) this.state[dir] = HEAD;
      return lf + 1;
    }
    const line = latin1(data, at, lf, 32);
    const digits = /^\s*([0-9a-fA-F]{1,12})/.exec(line)?.[1];
    if (digits === undefined) return this.badChunk(flow, dir, end);
    const size = Number.parseInt(digits, 16);
    this.state[dir] = size === 0 ? TRAILER : CHUNK_END;
    return lf + 1 + size;
  }

  private badChunk(flow: FlowContext, dir: 0 | 1, end: number): number {
    flow.weird('http-bad-chunk');
    this.state[dir] = HEAD;
    this.resync[dir] = true;
    return end;
  }
}

/** The line [at, lf) and its parts; the method is '' where it is no request's. */
function requestLine(data: Uint8Array, at: number, lf: number): { method: string; uri: string; line: string } {
  const line =
    lf - at <= LINE_MAX
      ? lineText(data, at, lf, LINE_MAX)
      : `${lineText(data, at, lf, LINE_HALF)}…${lineText(data, lf - LINE_HALF, lf, LINE_HALF)}`;
  const space = line.indexOf(' ');
  const method = space > 0 ? line.slice(0, space) : '';
  const last = line.lastIndexOf(' HTTP/');
  const target = last > space ? line.slice(space + 1, last) : line.slice(space + 1);
  const uri = line.length > target.length + LINE_REST ? own(target) : target;
  return { method: /^[A-Za-z_-]{2,20}$/.test(method) ? method : '', uri, line };
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

/** Longest line that states a chunk's size. */
const SIZE_LINE = 32;

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
  flow.fact('http.method', method);
  flow.fact('http.host', headers.host);
  flow.host(headers.host.includes(':') ? headers.host.replace(/:\d{1,5}$/, '') : headers.host);
  if (!flow.stated(USE)) flow.fact(USE, httpUse(method, uri, headers.contentType));
  flow.fact('http.uri', uri);
  flow.fact('http.agent', headers.agent);
}

function responseFacts(flow: FlowContext, status: number): void {
  flow.fact('http.status', String(status));
  flow.fact('http.server', headers.server);
  flow.fact('http.type', headers.contentType);
  if (!flow.stated(USE)) flow.fact(USE, httpUse('', '', headers.contentType));
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
