/**
 * Stands before the client's parser, so that what somebody wrote into Redis cannot fill our memory: texts and lists that are too
 * large are taken off the line without being kept, and a short mark stands in their place. A reply that is too large even for that
 * ends the connection. RESP 2 (redis.io, “Redis serialization protocol specification”).
 */
import { markBytes, type MARK } from './marks.ts';
import { Pieces } from './pieces.ts';

export interface ReplyLimits {
  /** Bytes of one text: a batch, and a piece of a state, has 4 MiB at most. */
  text: number;
  /** Bytes of texts of one reply that are kept, and bytes that are read of it at all. */
  kept: number;
  read: number;
  /** Members of a list within lists within a list (fields of an entry), and of all lists of a reply. */
  inner: number;
  members: number;
  depth: number;
}

export const REPLY_LIMITS: ReplyLimits = {
  text: (4 << 20) + (64 << 10),
  kept: 64 << 20,
  // An entry of a stream has 1 GiB at most.
  read: (1 << 30) + (64 << 20),
  inner: 1024,
  members: 1 << 19,
  depth: 8,
};

/** A line that has no length before it: a number, a status, an error. */
const LINE_MAX = 65_536;
/** Shorter texts (names, offsets) are kept wherever they stand. */
const SHORT = 64;
const INNER_DEPTH = 2;
/** Lines of RESP 2. The client's parser would take more: types of RESP 3, and lengths that are no numbers. */
const [LENGTH, OTHER] = [/^[$*](-1|\d{1,15})\r\n$/, /^([+-].*|:-?\d{1,20})\r\n$/s];
const NONE = Buffer.alloc(0);
const [TEXT, LIST] = [0x24, 0x2a];
const KINDS = Buffer.from('+-:$*');

/** What cannot be taken off the line. */
export class ReplyFault extends Error {
  readonly bytes: number;

  constructor(what: string, bytes: number) {
    super(what);
    this.name = 'ReplyFault';
    this.bytes = bytes;
  }
}

export const FOREIGN = 'what answers there does not speak the protocol of Redis';

/** What no Redis server says: another service answers, or somebody in its place. */
export class ForeignReply extends ReplyFault {
  constructor(bytes: number) {
    super(FOREIGN, bytes);
    this.name = 'ForeignReply';
  }
}

interface List {
  left: number;
  isHidden: boolean;
  /** Bytes that had been read before it. */
  before: number;
}

export class ReplyGuard {
  private readonly limits: ReplyLimits;
  private lists: List[] = [];
  /** The beginning of a line whose end has not come. */
  private held = NONE;
  /** Bytes of the text at hand that have not come, with those that end it. */
  private left = 0;
  /** What stands in the place of the text at hand, once that is over: before, nobody could say whose reply does not end. */
  private mark: Buffer | undefined;
  private hidden = 0;
  private sum = { read: 0, kept: 0, members: 0 };

  constructor(limits: ReplyLimits = REPLY_LIMITS) {
    this.limits = limits;
  }

  reset(): void {
    this.lists = [];
    this.held = NONE;
    [this.left, this.hidden, this.mark] = [0, 0, undefined];
    this.sum = { read: 0, kept: 0, members: 0 };
  }

  /** What the parser is to be given of it. @throws ReplyFault */
  pass(chunk: Buffer): readonly Buffer[] {
    const pieces = new Pieces(chunk);
    for (let at = 0; at < chunk.length;)
      at = this.left > 0 ? this.text(chunk, at, pieces) : this.line(chunk, at, pieces);
    return pieces.all();
  }

  private text(chunk: Buffer, at: number, pieces: Pieces): number {
    const to = Math.min(chunk.length, at + this.left);
    this.read(to - at);
    this.left -= to - at;
    if (!this.mark && this.hidden === 0) pieces.stretch(at, to);
    if (this.left > 0) return to;
    if (this.mark) pieces.own(this.mark);
    this.mark = undefined;
    this.ended(pieces);
    return to;
  }

  private line(chunk: Buffer, at: number, pieces: Pieces): number {
    // Another service need not end a line.
    if (this.held.length === 0 && !KINDS.includes(chunk[at]!)) throw new ForeignReply(this.sum.read);
    const end = chunk.indexOf(0x0a, at);
    const to = end < 0 ? chunk.length : end + 1;
    this.read(to - at);
    if (this.held.length + to - at > LINE_MAX) throw new ReplyFault('a line without an end', this.sum.read);
    if (end < 0) {
      this.held = Buffer.concat([this.held, chunk.subarray(at, to)]);
      return to;
    }
    const { held } = this;
    this.held = NONE;
    const whole = held.length > 0 ? Buffer.concat([held, chunk.subarray(at, to)]) : undefined;
    const show = (): void => (whole ? pieces.own(whole) : pieces.stretch(at, to));
    this.begin(whole ?? chunk.subarray(at, to), show, pieces);
    return to;
  }

  private begin(line: Buffer, show: () => void, pieces: Pieces): void {
    const isLong = line[0] === TEXT || line[0] === LIST;
    const said = line.toString('latin1');
    if (!(isLong ? LENGTH : OTHER).test(said)) throw new ForeignReply(this.sum.read);
    const length = isLong ? Number(said.slice(1, -2)) : -1;
    const isHidden = this.hidden > 0;
    if (!isHidden && ++this.sum.members > this.limits.members) {
      throw new ReplyFault(`more than ${this.limits.members} members`, this.sum.read);
    }
    if (line[0] === LIST && length > 0) return this.list(length, show);
    if (line[0] === TEXT && length >= 0) {
      const mark = this.markOf(length);
      this.mark = mark && markBytes(mark, length);
      if (!isHidden && !mark) show();
      this.left = length + 2;
      return;
    }
    if (!isHidden) show();
    this.ended(pieces);
  }

  private list(length: number, show: () => void): void {
    const { lists, limits, sum } = this;
    if (lists.length >= limits.depth) throw new ReplyFault('lists nested too deeply', sum.read);
    const isOuter = this.hidden === 0;
    const isHidden = isOuter && lists.length >= INNER_DEPTH && length > limits.inner;
    if (isOuter && !isHidden) {
      if (length > limits.members) throw new ReplyFault(`${length} members`, sum.read);
      show();
    }
    if (isHidden) this.hidden++;
    lists.push({ left: length, isHidden, before: sum.read });
  }

  private markOf(length: number): keyof typeof MARK | undefined {
    const { limits, sum } = this;
    if (this.hidden > 0) return undefined;
    if (length > limits.text) return 'TOO_LARGE';
    if (length > SHORT && sum.kept + length > limits.kept) return 'LEFT_OUT';
    sum.kept += length;
    return undefined;
  }

  /** A value is over, and with it perhaps the lists that it is the last of. */
  private ended(pieces: Pieces): void {
    for (let list = this.lists.at(-1); list && --list.left === 0; list = this.lists.at(-1)) {
      this.lists.pop();
      if (!list.isHidden) continue;
      this.hidden--;
      pieces.own(markBytes('TOO_LARGE', this.sum.read - list.before));
    }
    if (this.lists.length === 0) this.sum = { read: 0, kept: 0, members: 0 };
  }

  private read(bytes: number): void {
    this.sum.read += bytes;
    if (this.sum.read > this.limits.read) throw new ReplyFault('it does not end', this.sum.read);
  }
}
