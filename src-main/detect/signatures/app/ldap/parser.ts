/** LDAP 3 (RFC 4511) over TCP and UDP: requests with all their answers. */
import { copy } from '../bytes.ts';
import { children, content, element, integer, type Element } from '../der.ts';
import type { AppContext, AppParser, AppProtocol, Verdict } from '../protocol.ts';
import { Side } from '../side.ts';
import type { Direction } from '../types.ts';

const OPERATION = {
  bind: 0,
  unbind: 2,
  search: 3,
  entry: 4,
  modify: 6,
  add: 8,
  remove: 10,
  rename: 12,
  compare: 14,
  abandon: 16,
} as const;
const SEQUENCE = 0x30;
const REFERENCE = 19;
const EXTENDED = 23;
const INTERMEDIATE = 25;
/** Answers after which more follow. */
const PARTIAL: readonly number[] = [OPERATION.entry, REFERENCE, INTERMEDIATE];
/** Answers that carry a result (RFC 4511, 4.1.9). */
const RESULTS: readonly number[] = [1, 5, 7, 9, 11, 13, 15, 24];
const WAITING_MAX = 256;

interface Waiting {
  readonly id: number;
  readonly answers: Side;
  count: number;
}

class LdapParser implements AppParser {
  readonly #context: AppContext;
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;

  constructor(context: AppContext) {
    this.#context = context;
  }

  read(direction: Direction, bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length) {
      if (bytes[at] !== 0x30) return -1;
      const message = element(bytes, at);
      if (message === null) break;
      if (this.#context.framed('ldap')) this.#context.frame('ldap.pdu', direction, [bytes.subarray(at, message.end)]);
      this.#message(direction, bytes, message);
      at = message.end;
    }
    return this.#context.options.transport === 'udp' ? bytes.length : at;
  }

  end(direction: Direction): void {
    if (direction === 1) for (const id of [...this.#waiting.keys()]) this.#finish(id);
  }

  #message(direction: Direction, data: Uint8Array, message: Element): void {
    const [number, body] = children(data, message.start, message.end);
    if (body === undefined || (body.tag & 0xc0) !== 0x40) return;
    const operation = body.tag & 31;
    if (direction === 0) this.#request(integer(data, number), operation, data, body);
    else this.#answer(integer(data, number), operation, data, body);
  }

  #open(message: number): Waiting {
    if (this.#waiting.size >= WAITING_MAX) this.#finish(this.#waiting.keys().next().value!);
    const waiting = { id: this.#count, answers: new Side('ldap', 1, this.#count), count: 0 };
    this.#count += 1;
    this.#waiting.set(message, waiting);
    return waiting;
  }

  #request(message: number, operation: number, data: Uint8Array, body: Element): void {
    const { id } = this.#open(message);
    const side = new Side('ldap', 0, id).number('ldap.request.operation', operation);
    const name = requestName(operation, data, body);
    if (name !== null) side.add('ldap.request.dn', name);
    for (const type of requestTypes(operation, data, body)) side.add('ldap.request.attribute_type', type);
    this.#context.transaction(side.done());
    if (operation === OPERATION.unbind || operation === OPERATION.abandon) this.#waiting.delete(message);
  }

  #answer(message: number, operation: number, data: Uint8Array, body: Element): void {
    const waiting = this.#waiting.get(message) ?? this.#open(message);
    waiting.count += 1;
    const { answers } = waiting;
    answers.number('ldap.responses.operation', operation);
    const parts = children(data, body.start, body.end);
    if (operation === OPERATION.entry) {
      answers.add('ldap.responses.dn', copy(content(data, parts[0])));
      for (const type of typesOf(data, parts[1])) answers.add('ldap.responses.attribute_type', type);
    }
    if (RESULTS.includes(operation)) {
      answers.number('ldap.responses.result_code', integer(data, parts[0]));
      answers
        .add('ldap.responses.dn', copy(content(data, parts[1])))
        .add('ldap.responses.message', copy(content(data, parts[2])));
    }
    if (!PARTIAL.includes(operation)) this.#finish(message);
    if (operation === EXTENDED + 1 && integer(data, parts[0]) === 0) this.#upgrade(data, parts);
  }

  /** StartTLS (RFC 4511, 4.14). */
  #upgrade(data: Uint8Array, parts: readonly Element[]): void {
    const name = parts.find((part) => part.tag === 0x8a);
    if (Buffer.from(content(data, name)).toString('latin1') === '1.3.6.1.4.1.1466.20037') this.#context.become('tls');
  }

  #finish(message: number): void {
    const waiting = this.#waiting.get(message);
    this.#waiting.delete(message);
    if (waiting === undefined || waiting.count === 0) return;
    this.#context.transaction(waiting.answers.number('ldap.responses.count', waiting.count).done());
  }
}

/** The name that a request is about. */
function requestName(operation: number, data: Uint8Array, body: Element): Uint8Array | null {
  if (operation === OPERATION.remove) return copy(data, body.start, body.end);
  const parts = children(data, body.start, body.end);
  const place = operation === OPERATION.bind ? 1 : 0;
  const named = [
    OPERATION.bind,
    OPERATION.search,
    OPERATION.modify,
    OPERATION.add,
    OPERATION.rename,
    OPERATION.compare,
  ] as readonly number[];
  return named.includes(operation) && parts[place] !== undefined ? copy(content(data, parts[place])) : null;
}

/** The names of a list of attributes: each a name alone, or a sequence that begins with it. */
function typesOf(data: Uint8Array, list: Element | undefined): Uint8Array[] {
  if (list === undefined) return [];
  return children(data, list.start, list.end).map((one) => {
    const [first] = one.tag === SEQUENCE ? children(data, one.start, one.end) : [one];
    return copy(content(data, first));
  });
}

/** Attributes that a request asks for, adds, changes or compares. */
function requestTypes(operation: number, data: Uint8Array, body: Element): Uint8Array[] {
  const parts = children(data, body.start, body.end);
  if (operation === OPERATION.search) return typesOf(data, parts[7]);
  if (operation === OPERATION.add) return typesOf(data, parts[1]);
  if (operation === OPERATION.compare) return typesOf(data, parts[1]).slice(0, 1);
  if (operation !== OPERATION.modify || parts[1] === undefined) return [];
  // Each change is an operation and an attribute.
  return children(data, parts[1].start, parts[1].end).flatMap((change) =>
    typesOf(data, change).length < 2 ? [] : typesOf(data, change).slice(1, 2),
  );
}

/** A message's SEQUENCE, its number, and the tag of an operation. */
function recognise(bytes: Uint8Array): Verdict {
  if (bytes[0] !== 0x30) return 'no';
  const head = Buffer.from(bytes.subarray(0, 24)).toString('hex');
  if (
    /^30(?:8[1-4](?:..){1,4}|[0-7].)020[1-4](?:..){1,4}?(?:60|42|63|66|68|4a|6c|6e|50|77|61|64|65|67|69|6b|6d|6f|73|78|79)/.test(
      head,
    )
  ) {
    return 'yes';
  }
  return bytes.length < 16 ? 'more' : 'no';
}

export const ldap: AppProtocol = {
  name: 'ldap',
  transport: 'both',
  beginsWith: (byte) => byte === 0x30,
  streamBeginsWith: (byte) => byte === 0x30,
  recognise: (bytes) => recognise(bytes),
  open: (context) => new LdapParser(context),
};
