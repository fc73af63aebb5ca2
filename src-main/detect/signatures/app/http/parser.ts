/** HTTP/1 (RFC 9112) and 0.9: both directions of a connection. */
import { equalAt, latin } from '../bytes.ts';
import { LIMITS } from '../limits.ts';
import type { AppContext, AppParser, AppProtocol, Verdict } from '../protocol.ts';
import type { Direction } from '../types.ts';
import type { HeaderReader } from './header-reader.ts';
import { RequestReader, type Asked } from './request.ts';
import { ResponseReader } from './response.ts';

class HttpParser implements AppParser {
  readonly #context: AppContext;
  readonly #waiting: Asked[] = [];
  readonly #requests: RequestReader;
  readonly #responses: ResponseReader;
  #answers = 0;

  constructor(context: AppContext) {
    this.#context = context;
    this.#requests = new RequestReader(context, (asked) => {
      if (this.#waiting.length < LIMITS.waiting) this.#waiting.push(asked);
    });
    this.#responses = new ResponseReader(
      context,
      () => this.#nextAsked(),
      (asked, code, head) => this.#leaves(asked, code, head),
    );
  }

  read(direction: Direction, bytes: Uint8Array, last: boolean): number {
    if (direction === 1) return this.#responses.read(bytes, last);
    // A new request: nothing more of the answer before it is to be expected.
    if (this.#responses.idle) this.#responses.flush();
    return this.#requests.read(bytes, last);
  }

  pass(direction: Direction, data: Uint8Array, at: number, end: number): boolean {
    return direction === 1 && this.#responses.pass(data, at, end);
  }

  gap(direction: Direction, missing: number): boolean {
    return direction === 0 ? this.#requests.skip(missing) : this.#responses.skip(missing);
  }

  end(direction: Direction): void {
    if (direction === 0) this.#requests.end();
    else this.#responses.flush();
  }

  #nextAsked(): Asked {
    const again = this.#responses.takeAgain();
    if (again !== null) return again;
    const asked = this.#waiting.find((one) => one.id === this.#answers);
    if (asked !== undefined) this.#waiting.splice(0, this.#waiting.indexOf(asked) + 1);
    const id = this.#answers;
    this.#answers += 1;
    return asked ?? { id, method: '', protocol: '', path: '' };
  }

  /** After CONNECT and after an upgrade the connection is of another protocol. */
  #leaves(asked: Asked, code: number, head: HeaderReader): boolean {
    if (asked.method === 'CONNECT' && code >= 200 && code < 300) {
      this.#context.become(null);
      return true;
    }
    if (asked.method === 'CONNECT') this.#requests.paused = false;
    if (code !== 101) return false;
    const to = (head.headers.get('upgrade') ?? '').toLowerCase();
    if (/\bwebsocket\b/.test(to)) this.#context.become('websocket');
    else if (/\bh2c\b/.test(to)) this.#context.become('http2');
    else return false;
    return true;
  }
}

const METHODS = [
  'GET PUT POST HEAD TRACE OPTIONS CONNECT DELETE PATCH PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK VERSION-CONTROL CHECKOUT UNCHECKOUT',
  'CHECKIN UPDATE LABEL REPORT MKWORKSPACE MKACTIVITY BASELINE-CONTROL MERGE INVALID SEARCH SUBSCRIBE UNSUBSCRIBE NOTIFY PURGE BIND REBIND',
  'UNBIND ACL LINK UNLINK MKCALENDAR ORDERPATCH',
].flatMap((line) => line.split(' '));

const METHOD_SET: ReadonlySet<string> = new Set(METHODS);
/** No method is as long. */
const METHOD_MAX = 32;

/** Whether the bytes begin with a method and white space at once. */
function beginsWithMethod(bytes: Uint8Array): boolean {
  let at = 0;
  while (at < METHOD_MAX && ((bytes[at]! >= 65 && bytes[at]! <= 90) || bytes[at] === 45)) at += 1;
  return (bytes[at] === 32 || bytes[at] === 9) && METHOD_SET.has(latin(bytes, 0, at));
}

/** A method and white space; any word where `HTTP/` ends its line. */
function isRequest(bytes: Uint8Array): Verdict {
  if (beginsWithMethod(bytes)) return 'yes';
  const text = latin(bytes, 0, 512).replace(/^[\s\0]+/, '');
  if (text.startsWith('PRI * HTTP/2')) return 'no';
  const word = /^[A-Z-]+(?=[ \t])/.exec(text)?.[0];
  if (word !== undefined && METHOD_SET.has(word)) return 'yes';
  if (/^[!-~]+[ \t]+[^\r\n]*HTTP\/\d/i.test(text)) return 'yes';
  const line = /[\r\n]/.test(text);
  return text === '' || (!line && /^[!-~]{1,32}(?:[ \t]|$)/.test(text)) ? 'more' : 'no';
}

function isResponse(bytes: Uint8Array): Verdict {
  if (equalAt(bytes, 0, 'HTTP/')) return 'yes';
  const text = latin(bytes, 0, 64).replace(/^[\s\0]+/, '');
  if (/^HTTP\//i.test(text)) return 'yes';
  return 'HTTP/'.startsWith(text.slice(0, 5).toUpperCase()) ? 'more' : 'no';
}

export const http1: AppProtocol = {
  name: 'http1',
  transport: 'tcp',
  recognise: (bytes, direction) => (direction === 0 ? isRequest(bytes) : isResponse(bytes)),
  open: (context) => new HttpParser(context),
};
