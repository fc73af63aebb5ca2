/** PostgreSQL's frontend and backend messages (protocol 3): simple and prepared queries. */
import { copy, u32, u8 } from '../bytes.ts';
import { usual, type AppContext, type AppParser, type AppProtocol, type Verdict } from '../protocol.ts';
import { Side } from '../side.ts';
import type { AppFlowOptions, Direction } from '../types.ts';

const VERSION_3 = 0x0003_0000;
const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
const CANCEL = 80_877_102;
const QUERY = 0x51;
const PARSE = 0x50;
/** Of a longer message the beginning is read, and the rest passed over. */
const READ_MAX = 256 * 1024;

class PgsqlParser implements AppParser {
  readonly #context: AppContext;
  readonly #skip: [number, number] = [0, 0];
  /** Messages before the start have no type. */
  #started = false;
  #ssl = false;
  #count = 0;

  constructor(context: AppContext) {
    this.#context = context;
  }

  read(direction: Direction, bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length) {
      const passed = Math.min(this.#skip[direction], bytes.length - at);
      this.#skip[direction] -= passed;
      at += passed;
      const next = direction === 0 && !this.#started ? this.#start(bytes, at) : this.#message(direction, bytes, at);
      if (next < 0) return -1;
      if (next === at) break;
      at = next;
      if (this.#left) break;
    }
    return at;
  }

  #left = false;

  end(): void {
    // Messages are whole or nothing.
  }

  #start(bytes: Uint8Array, at: number): number {
    const length = u32(bytes, at);
    if (length < 0 || (length >= 8 && at + length > bytes.length && length < 10_000)) return at;
    if (length < 8 || length >= 10_000) return -1;
    const code = u32(bytes, at + 4);
    if (code === SSL_REQUEST || code === GSS_REQUEST) this.#ssl = code === SSL_REQUEST;
    else this.#started = true;
    return at + length;
  }

  #message(direction: Direction, bytes: Uint8Array, at: number): number {
    if (at >= bytes.length) return at;
    // The answer to a request for TLS is one letter.
    if (direction === 1 && !this.#started) {
      if (bytes[at] === 0x53 && this.#ssl) {
        this.#context.become('tls');
        this.#left = true;
      }
      return at + 1;
    }
    const length = u32(bytes, at + 1);
    if (length < 0) return at;
    if (length < 4) return -1;
    const part = Math.min(length, READ_MAX);
    if (at + 1 + part > bytes.length) return at;
    if (direction === 0) this.#query(u8(bytes, at), bytes.subarray(at + 5, at + 1 + part));
    this.#skip[direction] = length - part;
    return at + 1 + part;
  }

  #query(type: number, body: Uint8Array): void {
    if (type !== QUERY && type !== PARSE) return;
    const from = type === PARSE ? body.indexOf(0) + 1 : 0;
    const end = body.indexOf(0, from);
    const side = new Side('pgsql', 0, this.#count).add('pgsql.query', copy(body, from, end < 0 ? body.length : end));
    this.#count += 1;
    this.#context.transaction(side.done());
  }
}

function recognise(bytes: Uint8Array, direction: Direction, options: AppFlowOptions): Verdict {
  const port = usual(options, 5432);
  if (direction === 1) return 'no';
  if (bytes.length < 8) return bytes[0] === 0 && (bytes.length < 2 || bytes[1] === 0) && port ? 'more' : 'no';
  const code = u32(bytes, 4);
  const length = u32(bytes, 0);
  if (code === SSL_REQUEST || code === GSS_REQUEST) return length === 8 ? 'yes' : 'no';
  if (code === CANCEL) return length === 16 ? 'yes' : 'no';
  return code >= VERSION_3 && code <= VERSION_3 + 2 && length >= 9 && length < 10_000 ? 'yes' : 'no';
}

export const pgsql: AppProtocol = {
  name: 'pgsql',
  transport: 'tcp',
  recognise,
  open: (context) => new PgsqlParser(context),
};
