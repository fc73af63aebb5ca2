/**
 * HTTP/2 in the clear (RFC 9113), by prior knowledge or after an upgrade: the client's preface, or the server's settings.
 * Requests and responses are reported as those of HTTP/1 are; bodies are passed over. gRPC is told by its content type.
 */
import { cut, matches, printable, u16, u24, u32 } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import type { HttpMessage } from '../types.ts';
import { FOUND, Hpack, type Field } from './hpack.ts';
import { authorization, HeaderBlock } from './http-headers.ts';
import { httpUse } from './http-use.ts';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const FRAME = 9;
const HEADERS = 1;
const SETTINGS = 4;
const PROMISE = 5;
const CONTINUATION = 9;
/** Frames of later documents have numbers up to here. */
const KIND_MAX = 0x20;
/** Largest frame with header fields that is read, and largest block put together from several. */
const HEADERS_MAX = 16 * 1024;
const LENGTH_MAX = 1 << 20;
const END_HEADERS = 4;
const PADDED = 8;
const PRIORITY = 32;
/** Requests with credentials waited for. */
const PENDING_MAX = 64;
/** Letters of a path that was told before, when it comes again by its number. */
const PATH_AGAIN = 256;
/** Bytes that a request waited for takes, beside the account's letters. */
const PENDING_BYTES = 96;
/** Header blocks of a flow that are read. */
const BLOCKS_MAX = 4096;

const NOTHING = new Uint8Array(0);

/** One direction. */
class Direction {
  readonly hpack = new Hpack();
  begun = false;
  /** A block that goes on in further frames. */
  parts: Uint8Array = NOTHING;
  length = 0;
  /** There was no memory for what the direction says. */
  refused = false;

  forgetParts(flow: FlowContext): void {
    flow.drop(this.parts.length);
    this.parts = NOTHING;
    this.length = 0;
  }
}

/** Fields that a block may hold once: bits. */
const METHOD = 1;
const PATH = 2;
const STATUS = 4;
const AUTHORITY = 8;
const AGENT = 16;
const SERVER = 32;
const TYPE = 64;
const AUTHORIZATION = 128;
/** Those that make a message; a second one breaks the rules (RFC 9113 section 8.3). */
const PSEUDO = METHOD | PATH | STATUS | AUTHORITY;

/**
 * Fields of the block at hand that are reported. A field that comes again costs no more than its number: what a block may
 * hold once is taken once, and code is looked for once in a field of the table.
 */
class Fields extends HeaderBlock {
  method = '';
  path = '';
  status = 0;
  /** A pseudo-field that came twice. */
  twice = '';
  private taken = 0;
  private sentPath: Field | null = null;

  reset(): void {
    this.clear();
    this.method = '';
    this.path = '';
    this.status = 0;
    this.twice = '';
    this.taken = 0;
    this.sentPath = null;
  }

  /** The request was told: where its path comes again by number, its beginning will do. */
  told(): void {
    if (this.sentPath) this.sentPath.found |= FOUND.TOLD;
  }

  readonly take = (field: Field): void => {
    const { name, value } = field;
    switch (name) {
      case ':method':
        if (this.first(METHOD, name)) this.method = cut(value, 20);
        return;
      case ':path':
        if (!this.first(PATH, name)) return;
        this.path = field.found & FOUND.TOLD ? cut(value, PATH_AGAIN) : value;
        this.sentPath = field;
        return;
      case ':status':
        if (this.first(STATUS, name)) this.status = /^[1-9]\d\d$/.test(value) ? Number(value) : 0;
        return;
      case ':authority':
        if (this.first(AUTHORITY, name)) this.host = cut(value, 256).toLowerCase();
        return;
      case 'host':
        if (this.host === '') this.host = cut(value, 256).toLowerCase();
        return;
      case 'user-agent':
        if (this.first(AGENT, name)) this.agent = cut(value, 256);
        return;
      case 'server':
        if (this.first(SERVER, name)) this.server = cut(value, 256);
        return;
      case 'content-type':
        if (this.first(TYPE, name)) this.contentType = cut(value, 128);
        return;
      case 'content-length':
        if (this.length < 0 && /^\d{1,15}$/.test(value)) this.length = Number(value);
        return;
      case 'authorization':
      case 'proxy-authorization':
        if (this.first(AUTHORIZATION, name)) authorization(value, this);
        return;
    }
    if (this.odd === '' && carriesCode(field)) this.odd = printable(`${name}: ${value}`.slice(0, 512));
  };

  private first(bit: number, name: string): boolean {
    if ((this.taken & bit) === 0) {
      this.taken |= bit;
      return true;
    }
    if (bit & PSEUDO) this.twice = name;
    return false;
  }
}

/** '${', '%{' or '()' followed by a brace: expressions and function definitions, which no field needs. */
function carriesCode(field: Field): boolean {
  if ((field.found & FOUND.CODE_SOUGHT) === 0)
    field.found |= /[$%]\{|\(\) ?\{/.test(field.value) ? FOUND.CODE_SOUGHT | FOUND.CODE : FOUND.CODE_SOUGHT;
  return (field.found & FOUND.CODE) !== 0;
}

const fields = new Fields();

class Http2Session implements Session {
  private readonly directions: [Direction, Direction] = [new Direction(), new Direction()];
  /** Account by stream, of requests with credentials that are not answered yet. */
  private readonly pending = new Map<number, string>();
  private blocks = 0;

  read(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    const dir = fromOrig ? 0 : 1;
    const direction = this.directions[dir];
    let next = at;
    if (!direction.begun) {
      if (data[at] === 0x50) {
        const answer = matches(data, at, end, PREFACE);
        if (answer === 1) return at;
        if (answer === YES) next += PREFACE.length;
      }
      direction.begun = true;
    }
    while (next + FRAME <= end) {
      const length = u24(data, next);
      const kind = data[next + 3]!;
      const stop = next + FRAME + length;
      if (kind > KIND_MAX || length > LENGTH_MAX || (u32(data, next + 5) >>> 31 !== 0 && kind <= CONTINUATION)) {
        flow.weird('http2-bad-frame', `type ${kind}, ${length} bytes`);
        flow.stop(fromOrig);
        return end;
      }
      if (kind === HEADERS || kind === PROMISE || kind === CONTINUATION) {
        if (length > HEADERS_MAX) return this.lost(flow, fromOrig, end, `${length} bytes`);
        if (stop > end) return next;
        if (!this.headers(flow, direction, kind, data, next, stop)) {
          direction.forgetParts(flow);
          if (!direction.refused) return this.lost(flow, fromOrig, end, 'HPACK');
          flow.stop(fromOrig);
          return end;
        }
        if (flow.finished) return end;
      }
      next = stop;
      if (next > end) return next;
    }
    return next;
  }

  gap(): boolean {
    // Without the fields that were lost the later ones mean nothing.
    return false;
  }

  /** The table of fields is not known any more. */
  private lost(flow: FlowContext, fromOrig: boolean, end: number, detail: string): number {
    if (flow.stream(fromOrig ? 0 : 1).fromStart) flow.weird('http2-bad-headers', detail);
    flow.stop(fromOrig);
    return end;
  }

  /** A frame of header fields, [at, end) with its header. False when it breaks the rules. */
  private headers(
    flow: FlowContext,
    direction: Direction,
    kind: number,
    data: Uint8Array,
    at: number,
    end: number,
  ): boolean {
    const flags = data[at + 4]!;
    let from = at + FRAME;
    let to = end;
    if (kind !== CONTINUATION) {
      direction.length = 0;
      if (flags & PADDED && from < end) to -= data[from++]!;
      if (kind === PROMISE) from += 4;
      else if (flags & PRIORITY) from += 5;
    }
    if (from > to) return false;
    const whole = (flags & END_HEADERS) !== 0;
    const stream = u32(data, at + 5) & 0x7fffffff;
    if (whole && direction.length === 0) return this.block(flow, direction, stream, data, from, to);
    if (!append(flow, direction, data, from, to)) return false;
    if (!whole) return true;
    const { parts, length } = direction;
    const good = this.block(flow, direction, stream, parts, 0, length);
    direction.forgetParts(flow);
    return good;
  }

  private block(
    flow: FlowContext,
    direction: Direction,
    stream: number,
    data: Uint8Array,
    at: number,
    end: number,
  ): boolean {
    fields.reset();
    if (!direction.hpack.read(data, at, end, flow, fields.take)) {
      direction.refused = direction.hpack.refused;
      return false;
    }
    if (fields.twice !== '') flow.weird('http2-bad-headers', `${fields.twice} twice`);
    if (fields.method !== '') this.request(flow, stream);
    else if (fields.status > 0) this.response(flow, stream);
    if (++this.blocks >= BLOCKS_MAX) flow.finish();
    return true;
  }

  private request(flow: FlowContext, stream: number): void {
    const { method, path, host, odd } = fields;
    flow.fact('http.method', method);
    flow.fact('http.host', host);
    flow.host(host.replace(/:\d{1,5}$/, ''));
    flow.fact('http.use', httpUse(method, path, fields.contentType));
    flow.fact('http.uri', path);
    flow.fact('http.agent', fields.agent);
    flow.fact('http.authorization', fields.authorization);
    flow.emit({ ...message(flow), method, uri: path, ...(odd === '' ? {} : { oddHeader: odd }) });
    fields.told();
    if (fields.authorization === '' || fields.firstStep) return;
    this.forget(flow, stream);
    if (this.pending.size < PENDING_MAX && flow.keep(PENDING_BYTES + fields.user.length))
      this.pending.set(stream, fields.user);
    login(flow, 'attempt', fields.user, fields.authorization === 'basic', 0);
  }

  private forget(flow: FlowContext, stream: number): void {
    const user = this.pending.get(stream);
    if (user === undefined) return;
    this.pending.delete(stream);
    flow.drop(PENDING_BYTES + user.length);
  }

  private response(flow: FlowContext, stream: number): void {
    const { status } = fields;
    flow.fact('http.status', String(status));
    flow.fact('http.server', fields.server);
    flow.fact('http.type', fields.contentType);
    flow.fact('http.use', httpUse('', '', fields.contentType));
    flow.emit({ ...message(flow), status });
    const user = this.pending.get(stream);
    if (user === undefined || status < 200) return;
    this.forget(flow, stream);
    login(flow, status === 401 || status === 403 || status === 407 ? 'failed' : 'succeeded', user, false, status);
  }
}

/** Adds to a block in parts. False when it grows too long, or there is no memory for it. */
function append(flow: FlowContext, direction: Direction, data: Uint8Array, at: number, end: number): boolean {
  const wanted = direction.length + (end - at);
  if (wanted > HEADERS_MAX) return false;
  if (direction.parts.length < wanted) {
    const size = Math.min(HEADERS_MAX, Math.max(1024, wanted * 2));
    if (!flow.keep(size)) {
      direction.refused = true;
      return false;
    }
    flow.drop(direction.parts.length);
    const larger = new Uint8Array(size);
    larger.set(direction.parts.subarray(0, direction.length));
    direction.parts = larger;
  }
  direction.parts.set(data.subarray(at, end), direction.length);
  direction.length = wanted;
  return true;
}

function message(flow: FlowContext): HttpMessage {
  return {
    ...flow.head(),
    kind: 'http',
    method: '',
    host: fields.host,
    uri: '',
    agent: fields.agent,
    status: 0,
    length: fields.length,
    contentType: fields.contentType,
    authorization: fields.authorization,
    body: '',
  };
}

function login(
  flow: FlowContext,
  outcome: 'attempt' | 'failed' | 'succeeded',
  user: string,
  cleartext: boolean,
  code: number,
): void {
  flow.emit({ ...flow.head(), kind: 'login', protocol: 'http', outcome, user, cleartext, code });
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (data[at] === 0x50) return matches(data, at, end, PREFACE);
  if (p.fromOrig || !p.fromStart || end - at < FRAME || data[at + 3] !== SETTINGS || data[at + 4] !== 0) return NO;
  const length = u24(data, at);
  if (u32(data, at + 5) !== 0 || length % 6 !== 0 || length > 60 || at + FRAME + length > end) return NO;
  for (let i = at + FRAME; i < at + FRAME + length; i += 6) if (u16(data, i) < 1 || u16(data, i) > 9) return NO;
  return length > 0 || end - at === FRAME || data[at + 12] === SETTINGS || data[at + 12] === 8 ? YES : NO;
}

export const http2: Inspector = {
  id: 'http2',
  over: 'tcp',
  ports: [80, 8080, 50051],
  first: [0x00, 0x50],
  service: '',
  app: 'HTTP2',
  probe,
  open: (flow) => {
    flow.fact('http.version', '2');
    return new Http2Session();
  },
};
