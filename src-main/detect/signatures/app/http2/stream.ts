/** One side of an HTTP/2 stream: its header fields, its body, and DNS in it (RFC 8484). */
import { Collector, latin } from '../bytes.ts';
import { addMessage } from '../dns/parser.ts';
import { readMessage } from '../dns/message.ts';
import { addBody, addHeaders, addHost } from '../http/buffers.ts';
import { Headers } from '../http/headers.ts';
import { readTarget } from '../http/uri.ts';
import { LIMITS } from '../limits.ts';
import { Side } from '../side.ts';
import type { Direction } from '../types.ts';

const DNS_MAX = 65_535;

export class StreamSide {
  readonly headers = new Headers();
  readonly body = new Collector(LIMITS.body);
  readonly frames: number[] = [];
  readonly errors: number[] = [];
  readonly windows: number[] = [];
  readonly priorities: number[] = [];
  #letters = 0;

  field(name: string, value: string): void {
    this.#letters += name.length + value.length;
    if (this.#letters <= LIMITS.headers) this.headers.add(name, value);
  }

  /** Below 0: there was none. */
  priority(weight: number): void {
    if (weight >= 0 && this.priorities.length < LIMITS.repeats) this.priorities.push(weight);
  }

  frame(type: number): void {
    if (this.frames.length < LIMITS.repeats) this.frames.push(type);
  }

  /** Whether the message carries DNS. */
  get isDns(): boolean {
    const type = this.headers.get('content-type') ?? this.headers.get('accept') ?? '';
    return /application\/dns-message/i.test(type);
  }

  /** The transaction; `path` is of the request. `events` takes the names of what is odd. */
  tell(protocol: string, direction: Direction, id: number, path: string, events: (name: string) => void): Side {
    const side = new Side(protocol, direction, id);
    const { headers } = this;
    addHeaders(side, headers);
    for (const { name } of headers.each) side.add('http2.header_name', name);
    if (!headers.isEmpty) side.add('http.protocol', 'HTTP/2');
    if (direction === 0) this.#request(side);
    else if (headers.get(':status') !== undefined) side.add('http.stat_code', headers.get(':status'));
    addBody(side, headers, this.body.bytes(), this.body.total, path);
    for (const type of this.frames) side.number('http2.frametype', type);
    for (const code of this.errors) side.number('http2.errorcode', code);
    for (const weight of this.priorities) side.number('http2.priority', weight);
    for (const size of this.windows) side.number('http2.window', size);
    if (this.isDns) this.#dns(side, direction, events);
    return side;
  }

  #request(side: Side): void {
    const { headers } = this;
    side.add('http.method', headers.get(':method'));
    const raw = headers.get(':path');
    if (raw !== undefined) {
      const { normal } = readTarget(raw);
      side
        .add('http.uri', normal)
        .add('http.uri.raw', raw)
        .number('urilen', normal.length)
        .number('urilen.raw', raw.length);
    }
    const authority = headers.get(':authority');
    if (authority === undefined) addHost(side, headers, '');
    else side.add('http.host', authority.toLowerCase().replace(/:\d+$/, '')).add('http.host.raw', authority);
  }

  #dns(side: Side, direction: Direction, events: (name: string) => void): void {
    const query = /[?&]dns=([\w-]+)/.exec(this.headers.get(':path') ?? '')?.[1];
    if (this.body.total > DNS_MAX) {
      events(direction === 0 ? 'dns_request_too_long' : 'dns_response_too_long');
      return;
    }
    const raw = this.body.total > 0 ? this.body.bytes() : query === undefined ? null : Buffer.from(query, 'base64url');
    const message = raw === null ? null : readMessage(raw);
    if (message !== null && message.broken !== 'queries' && message.broken !== 'answers')
      addMessage(side, 'dns', message);
  }
}

export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** Whether bytes may become the client's preface: `yes` once they are. */
export function preface(data: Uint8Array): 'yes' | 'no' | 'more' {
  const text = latin(data, 0, PREFACE.length);
  if (text === PREFACE) return 'yes';
  return PREFACE.startsWith(text) ? 'more' : 'no';
}
