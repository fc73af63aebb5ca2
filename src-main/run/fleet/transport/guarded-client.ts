/**
 * The client with a guard before its parser. The client has no place of its own for one: its sockets and its parser are private, so the
 * parser's class is given it, once; each parser has a guard of its own. A test with a server notices when that no longer holds.
 */
import { createClient } from '@redis/client';
import { Decoder } from '@redis/client/dist/lib/RESP/decoder.js';
import { ReplyGuard } from './reply-guard.ts';
import type { RedisSettings } from './settings.ts';

const CONNECT_MS = 5000;
/** A server that says nothing for so long is away; in between it is asked now and then. */
const SILENT_MS = 15_000;
const PING_MS = 4000;

export type GuardedClient = ReturnType<typeof make>;

let isGuarded = false;

/** Once it says `error`, where a reply is refused with a ReplyFault, it is of no use any more and does not connect again. */
export function guardedClient(settings: RedisSettings): GuardedClient {
  if (!isGuarded) guardParsers();
  isGuarded = true;
  return make(settings);
}

function guardParsers(): void {
  const guards = new WeakMap<Decoder, ReplyGuard>();
  const parser = Decoder.prototype;
  const write = Reflect.get(parser, 'write') as (this: Decoder, chunk: Buffer) => void;
  const reset = Reflect.get(parser, 'reset') as (this: Decoder) => void;
  parser.write = function (this: Decoder, chunk: Buffer): void {
    const guard = guards.get(this) ?? new ReplyGuard();
    guards.set(this, guard);
    for (const piece of guard.pass(chunk)) write.call(this, piece);
  };
  parser.reset = function (this: Decoder): void {
    guards.get(this)?.reset();
    reset.call(this);
  };
}

function make(settings: RedisSettings) {
  const { host, port, tls, lookup } = settings;
  const timing = { connectTimeout: CONNECT_MS, socketTimeout: SILENT_MS, reconnectStrategy: false as const };
  const common = { ...timing, ...(lookup === undefined ? {} : { lookup }) };
  return createClient({
    RESP: 2,
    socket: tls ? { ...common, ...tls, host, port, tls: true } : { ...common, host, port },
    ...(settings.username === undefined ? {} : { username: settings.username }),
    ...(settings.password === undefined ? {} : { password: settings.password }),
    ...(settings.database === 0 ? {} : { database: settings.database }),
    // Whoever asks while the server is away is told so at once, and keeps what it has.
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    pingInterval: PING_MS,
    // 36: bulk strings.
    commandOptions: { typeMapping: { 36: Buffer } },
  });
}
