/** Redis: commands and answers in its serialisation protocol. */
import { firstLetters } from '../first.ts';
import { cut, latin1, matches, printable } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Session, type Verdict } from '../inspector.ts';
import { Recurring } from '../recurring.ts';

const SHOWN = 1024;
/** Payloads of a side that are read in full; later ones of the client only for commands that are new. */
const PAYLOADS = 12;
/** What follows the words that log in. */
const LOGIN = /\r\nAUTH\r\n/i;
/** The account, where a password follows it: by itself, or as a part of the greeting. */
const ACCOUNT =
  /(?:\*0{0,3}3\r\n|\r\nHELLO\r\n\$\d{1,4}\r\n\d\r\n)\$0{0,3}4\r\nAUTH\r\n\$\d{1,4}\r\n([^\r\n]{1,64})\r\n\$/i;
const DATABASE = /\r\nSELECT\r\n\$\d\r\n(\d{1,5})\r\n/i;
const SOFTWARE = /(?:redis_version:|version\r\n\$\d{1,2}\r\n)([\w.-]{1,32})/;
const TYPED =
  /^(?:ping|info|config|auth|hello|p?subscribe|monitor|(?:slave|replica)of|select|[gs]et|m[gs]et|del|exists|expire|ttl|keys|scan|dbsize|flush(?:all|db)|b?g?save|client|command|echo|quit|eval(?:sha)?|module|debug|shutdown|cluster|role|[hlrz](?:get|set|push|pop|range|add)|sync|psync|replconf|acl|time|type|incr|decr|append|publish)$/i;
const REFUSED = /^-([A-Z]{3,24}) /;
const COMMAND = /^[A-Za-z.]{1,32}$/;
const COMMAND_MAX = 32;
const COMMANDS_MAX = 512;
/** Commands that erase everything, run code, or change or stop the server. */
const ORDERS: ReadonlySet<string> = new Set(
  'FLUSHALL FLUSHDB CONFIG SLAVEOF REPLICAOF MODULE SHUTDOWN DEBUG EVAL EVALSHA SCRIPT FUNCTION ACL SAVE BGSAVE MIGRATE'.split(
    ' ',
  ),
);
const ARRAY = 0x2a;
const WORD = 0x24;
const DIGITS_MAX = 9;
const names = new Recurring((raw) => raw.toUpperCase(), COMMAND_MAX);

class RedisSession implements Session {
  private readonly met = new Set<string>();
  private asked = 0;
  private answered = 0;
  /** Words of the command at hand that are still to come, and whether the next is its name. */
  private words = 0;
  private naming = false;
  /** Where a command begins is not known. */
  private lost = false;
  private fresh = false;
  private count = 0;

  read(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): number {
    if (!fromOrig) {
      answer(flow, latin1(data, at, end, SHOWN));
      if (++this.answered >= PAYLOADS) flow.stop(false);
      return end;
    }
    this.fresh = false;
    const next = this.commands(flow, data, at, end);
    if (this.asked++ < PAYLOADS || this.fresh) details(flow, latin1(data, at, end, SHOWN));
    return next;
  }

  gap(): boolean {
    this.lose();
    return true;
  }

  private lose(): void {
    this.words = 0;
    this.lost = true;
  }

  /** Arrays of words, each with its length before it: only names are looked at. Returns where to go on. */
  private commands(flow: FlowContext, data: Uint8Array, at: number, end: number): number {
    let next = at;
    while (next < end) {
      const begins = this.words === 0;
      if (begins && data[next] !== ARRAY) {
        if (!this.lost) this.inline(flow, latin1(data, next, end, this.asked < PAYLOADS ? SHOWN : COMMAND_MAX * 2));
        return end;
      }
      const from = this.counted(data, next, end, begins ? ARRAY : WORD);
      if (from === 0) return next;
      if (from < 0) {
        this.lose();
        return end;
      }
      if (begins) {
        this.words = this.count;
        this.naming = true;
        this.lost = false;
        next = from;
        continue;
      }
      const stop = from + this.count + 2;
      if (this.naming && this.count <= COMMAND_MAX) {
        if (stop > end) return next;
        this.named(flow, names.get(data, from, stop - 2));
      }
      this.naming = false;
      this.words--;
      next = stop;
    }
    return next;
  }

  /** `mark`, a number, and the end of its line, into `count`. Returns where it ends: 0 more bytes are needed, -1 it is none. */
  private counted(data: Uint8Array, at: number, end: number, mark: number): number {
    if (data[at] !== mark) return -1;
    let value = 0;
    for (let i = at + 1; i < end; i++) {
      const digit = data[i]! - 0x30;
      if (digit >= 0 && digit <= 9 && i - at <= DIGITS_MAX) value = value * 10 + digit;
      else if (data[i] !== 0x0d || i === at + 1) return -1;
      else {
        this.count = value;
        return i + 2 <= end ? i + 2 : 0;
      }
    }
    return 0;
  }

  private named(flow: FlowContext, command: string): void {
    if (this.met.has(command) || this.met.size >= COMMANDS_MAX || !COMMAND.test(command)) return;
    this.met.add(command);
    this.fresh = true;
    flow.also('redis.command', command);
    if (ORDERS.has(command)) flow.also('redis.order', command);
  }

  /** A command as people type it. */
  private inline(flow: FlowContext, shown: string): void {
    const [command = '', ...words] = (shown.split(/[\r\n]/, 1)[0] ?? '').trim().split(/ +/);
    // What else stands alone may be a value that was sent by itself.
    if (!TYPED.test(command)) return;
    const name = command.toUpperCase();
    this.named(flow, cut(name, COMMAND_MAX + 1));
    // With one word behind it that word is the password; quoted ones may hold blanks.
    const account = words.length === 2 && !/["']/.test(words.join('')) ? printable(words[0]!) : '';
    if (name === 'AUTH') flow.inTheClear('password', account);
    else if (name === 'HELLO' && words[1]?.toUpperCase() === 'AUTH')
      flow.inTheClear('password', printable(words[2] ?? ''));
  }
}

function answer(flow: FlowContext, shown: string): void {
  flow.fact('redis.version', SOFTWARE.exec(shown)?.[1] ?? '');
  flow.also('redis.refused', REFUSED.exec(shown)?.[1] ?? '');
}

function details(flow: FlowContext, shown: string): void {
  flow.also('redis.database', DATABASE.exec(shown)?.[1] ?? '');
  if (LOGIN.test(shown)) flow.inTheClear('password', printable(ACCOUNT.exec(shown)?.[1] ?? ''));
}

const INLINE = ['PING', 'INFO', 'CONFIG', 'AUTH ', 'HELLO ', 'SUBSCRIBE ', 'MONITOR', 'SLAVEOF '];

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  const usual = p.respPort === 6379 || p.origPort === 6379;
  if (data[at] === 0x2a) {
    const shown = latin1(data, at, end, 32);
    if (/^\*\d{1,6}\r\n[$*:]-?\d/.test(shown)) return YES;
    return /^\*(\d{1,6}(\r\n?[$*:]?)?)?$/.test(shown) ? MAYBE : NO;
  }
  if (matches(data, at, end, '+PONG\r\n') === YES) return YES;
  if (!usual) return NO;
  if (matches(data, at, end, '+OK\r\n') === YES || matches(data, at, end, '-NOAUTH') === YES) return YES;
  for (const command of INLINE) if (matches(data, at, end, command, true) === YES) return YES;
  return NO;
}

export const redis: Inspector = {
  id: 'redis',
  over: 'tcp',
  ports: [6379],
  first: [ARRAY, 0x2b, 0x2d, ...firstLetters(INLINE)],
  service: 'redis',
  app: 'RESP',
  probe,
  open: () => new RedisSession(),
};
