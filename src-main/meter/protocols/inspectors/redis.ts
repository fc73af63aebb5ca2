/** Redis: commands and answers in its serialisation protocol. */
import { latin1, matches, printable } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

const SHOWN = 1024;
const PAYLOADS = 12;
/** The first word of a command, and what follows the words that log in. */
const COMMAND = /\*\d{1,4}\r\n\$\d{1,3}\r\n([A-Za-z.]{1,32})\r\n/g;
const LOGIN = /\r\nAUTH\r\n/i;
/** The account, where a password follows it. */
const ACCOUNT = /\*0{0,3}3\r\n\$0{0,3}4\r\nAUTH\r\n\$\d{1,4}\r\n([^\r\n]{1,64})\r\n\$/i;
const DATABASE = /\r\nSELECT\r\n\$\d\r\n(\d{1,5})\r\n/i;
const SOFTWARE = /(?:redis_version:|version\r\n\$\d{1,2}\r\n)([\w.-]{1,32})/;
const TYPED =
  /^(?:ping|info|config|auth|hello|p?subscribe|monitor|(?:slave|replica)of|select|[gs]et|m[gs]et|del|exists|expire|ttl|keys|scan|dbsize|flush(?:all|db)|b?g?save|client|command|echo|quit|eval(?:sha)?|module|debug|shutdown|cluster|role|[hlrz](?:get|set|push|pop|range|add)|sync|psync|replconf|acl|time|type|incr|decr|append|publish)$/i;
const REFUSED = /^-([A-Z]{3,24}) /;

function commands(flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  const shown = latin1(data, at, end, SHOWN);
  if (!fromOrig) {
    flow.fact('redis.version', SOFTWARE.exec(shown)?.[1] ?? '');
    flow.also('redis.refused', REFUSED.exec(shown)?.[1] ?? '');
    return;
  }
  if (data[at] !== 0x2a) return inline(flow, shown);
  for (const [, command = ''] of shown.matchAll(COMMAND)) flow.also('redis.command', command.toUpperCase());
  flow.also('redis.database', DATABASE.exec(shown)?.[1] ?? '');
  if (LOGIN.test(shown)) flow.inTheClear('password', printable(ACCOUNT.exec(shown)?.[1] ?? ''));
}

/** Commands as people type them. */
function inline(flow: FlowContext, shown: string): void {
  const [command = '', ...words] = (shown.split(/[\r\n]/, 1)[0] ?? '').trim().split(/ +/);
  // What else stands alone may be a value that was sent by itself.
  if (!TYPED.test(command)) return;
  flow.also('redis.command', command.toUpperCase());
  // With one word behind it that word is the password; quoted ones may hold blanks.
  const account = words.length === 2 && !/["']/.test(words.join('')) ? printable(words[0]!) : '';
  if (command.toUpperCase() === 'AUTH') flow.inTheClear('password', account);
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
  service: 'redis',
  app: 'RESP',
  probe,
  open: once(commands, PAYLOADS),
};
