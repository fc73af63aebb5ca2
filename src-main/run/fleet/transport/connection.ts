/** One connection to a Redis server that comes back by itself, and what goes wrong with it in our words. */
import { setTimeout as wait } from 'node:timers/promises';
import { ErrorReply, type RedisArgument } from '@redis/client';
import { SondeError } from '../../../../src-shared/errors.ts';
import { plainText } from '../../../../src-shared/domain/plain-text.ts';
import { guardedClient, type GuardedClient } from './guarded-client.ts';
import { Pace } from './pace.ts';
import { FOREIGN, ForeignReply, ReplyFault } from './reply-guard.ts';
import type { RedisSettings } from './settings.ts';

const TEXT_MAX = 300;
const KEYS_NAMED = 4;
const REACH_MS = 10;
const REACH_TRIES = 100;
/** Bytes of a key that are looked at before something is written: who holds a role. */
const CHECKED = 4096;

export type Argument = string | Buffer;
/** Replies as they come: texts of commands are bytes, everything else as RESP 2 has it. */
export type Reply = Buffer | string | number | null | readonly Reply[];

/** Answers that pass: the server starts, is full, or is no master now. */
const PASSING = /^(LOADING|OOM|MISCONF|READONLY|MASTERDOWN|BUSY|TRYAGAIN|CLUSTERDOWN|NOREPLICAS)/;
const REFUSED = /^(NOPERM|NOAUTH|WRONGPASS)/;

const FOREIGN_CURE =
  'Look at the address and the port; with TLS it begins with rediss:// (Redis listens at 6379 by default); it is tried again.';
const AWAY_CURE = 'Look whether it runs and may be reached from here; it is tried again.';
/** What TLS says, and what to do about it: that is another matter than a server that is away. */
const TLS_CURES: readonly (readonly [said: RegExp, cure: string])[] = [
  [
    /altnames|does not match certificate/i,
    'Call the server by a name or address that stands in its certificate; it is tried again.',
  ],
  [/certificate (has expired|is not yet valid)/i, 'Renew its certificate, or set the clocks right; it is tried again.'],
  [
    /self.signed|unable to (verify|get)|certificate (chain|unknown)/i,
    'Name the certificates that may have signed the server’s (TLS CA); it is tried again.',
  ],
  [
    /certificate.required|bad certificate/i,
    'This server asks for a certificate of ours: name it and its key; it is tried again.',
  ],
  [
    /wrong version number|packet length too long/i,
    'There is no TLS at this port: look at it, or write redis:// if nothing needs to be encrypted on the way.',
  ],
];

/** Without what Redis repeats of a command that it does not know, which may be the password, and without the password itself. */
function textOf(error: unknown, { password }: Pick<RedisSettings, 'password'>): string {
  const said = error instanceof Error ? error.message || error.name : String(error);
  const plain = said.replace(/,? with args beginning with:.*$/s, '');
  return plainText(password === undefined ? plain : plain.replaceAll(password, '…')).slice(0, TEXT_MAX);
}

/** A question that was not answered yet. */
interface Asked {
  /** Keys that it is about. */
  key: string;
  fault?: SondeError;
}

export class Connection {
  private readonly settings: RedisSettings;
  private readonly name: string;
  private readonly onState: (isUp: boolean, why: string) => void;
  private client: GuardedClient;
  private readonly pace = new Pace();
  private waiting: NodeJS.Timeout | undefined;
  private closed = false;
  /** Why it was lost, or never made. */
  private why = '';
  /** Oldest first: answers come in this order. */
  private readonly open = new Set<Asked>();

  constructor(settings: RedisSettings, onState: (isUp: boolean, why: string) => void = () => undefined) {
    this.settings = settings;
    this.name = settings.name;
    this.onState = onState;
    this.client = this.begin();
  }

  private begin(): GuardedClient {
    const client = guardedClient(this.settings);
    client.on('error', (error: unknown) => this.lost(client, error));
    client.on('ready', () => {
      this.why = '';
      this.pace.up();
      this.onState(true, '');
    });
    client.connect().catch((error: unknown) => this.lost(client, error));
    return client;
  }

  /**
   * Another client takes its place, after a pause where the one before did not hold: the client's own way back knows none for a
   * server that takes each connection and ends it, and there is no going on somewhere in a reply that nobody can hold.
   */
  private lost(client: GuardedClient, error: unknown): void {
    if (this.client !== client || this.waiting !== undefined || this.closed) return;
    this.why = textOf(error, this.settings);
    const [first] = this.open;
    const isReply = error instanceof ReplyFault && !(error instanceof ForeignReply);
    if (!isReply) this.onState(false, this.why);
    else if (first) first.fault = tooLarge(first.key, error);
    const ms = this.pace.next();
    const again = (): void => {
      this.waiting = undefined;
      this.client = this.begin();
    };
    if (isReply && this.pace.isFirst) again();
    else this.waiting = setTimeout(again, ms);
    client.destroy();
  }

  get isUp(): boolean {
    return this.client.isReady;
  }

  /** Waits a moment for a connection that was begun just now. */
  async reached(): Promise<void> {
    for (let i = 0; i < REACH_TRIES && !this.isUp; i++) await wait(REACH_MS);
  }

  /** @throws SondeError */
  send(...args: Argument[]): Promise<Reply> {
    return this.asking(keyIn(args), () => this.client.sendCommand<Reply>(args));
  }

  /** All or none of them. @throws SondeError */
  together(commands: readonly (readonly Argument[])[]): Promise<readonly Reply[]> {
    const keys = [...new Set(commands.map(keyIn))].slice(0, KEYS_NAMED).join(', ');
    return this.asking(keys, async () => {
      const multi = this.client.multi();
      for (const command of commands) multi.sendCommand(command as RedisArgument[]);
      return (await multi.exec()) as unknown as readonly Reply[];
    });
  }

  /**
   * As `together`, if what `check` saw of a key (the first bytes of it; none: it is not there) still holds when they are carried
   * out; undefined where it did not.
   *
   * @throws SondeError
   */
  async checked(
    key: string,
    check: (value: Buffer) => boolean,
    commands: readonly (readonly Argument[])[],
  ): Promise<readonly Reply[] | undefined> {
    const { client } = this;
    try {
      await client.watch(key);
      const value = await client.sendCommand<Buffer>(['GETRANGE', key, '0', String(CHECKED - 1)]);
      if (!check(value)) {
        await client.unwatch();
        return undefined;
      }
      return await this.together(commands);
    } catch (error) {
      if (isWatchError(error)) return undefined;
      throw this.ours(error);
    }
  }

  private async asking<T>(key: string, act: () => Promise<T>): Promise<T> {
    const asked: Asked = { key };
    this.open.add(asked);
    try {
      return await act();
    } catch (error) {
      throw asked.fault ?? this.ours(error);
    } finally {
      this.open.delete(asked);
    }
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.waiting);
    if (this.client.isOpen) this.client.destroy();
  }

  private ours(error: unknown): Error {
    if (error instanceof SondeError || isWatchError(error)) return error as Error;
    const said = textOf(error, this.settings);
    // Who has no right to enter hears so before there is a connection. "Socket closed" says less than what came of the last try.
    const why = error instanceof ErrorReply || this.why === '' ? said : this.why;
    if (REFUSED.test(why)) {
      const cure = 'Look at the name and password of this user; compare its rights with those in docs/fleet-wire.md.';
      return new SondeError('not-permitted', `Redis refuses: ${why}`, this.name, cure, { cause: error });
    }
    if (error instanceof ErrorReply && said.startsWith('WRONGTYPE')) {
      const cure =
        'Somebody else writes keys that begin with “sonde:”: look who has rights to, and remove what is not Sonde’s.';
      return new SondeError(
        'internal',
        `Redis holds something else where a fleet’s data belongs: ${said}`,
        this.name,
        cure,
      );
    }
    if (error instanceof ErrorReply && !PASSING.test(said)) {
      return new SondeError('internal', `Redis does not understand: ${said}`, this.name, 'Redis 7 or later is needed.');
    }
    if (this.why.startsWith(FOREIGN)) {
      const what = `${this.name}: ${FOREIGN}`;
      return new SondeError('connection-lost', what, this.name, FOREIGN_CURE, { cause: error });
    }
    const cure = TLS_CURES.find(([said]) => said.test(why))?.[1] ?? AWAY_CURE;
    return new SondeError('connection-lost', `Redis cannot be reached: ${why}`, this.name, cure, { cause: error });
  }
}

/** What a command is about. */
function keyIn(args: readonly Argument[]): string {
  const at = args.indexOf('STREAMS');
  const keys = at < 0 ? args.slice(1, 2) : args.slice(at + 1, at + 1 + (args.length - at - 1) / 2);
  return keys.slice(0, KEYS_NAMED).join(', ').slice(0, TEXT_MAX);
}

function tooLarge(key: string, fault: ReplyFault): SondeError {
  const size = `${fault.bytes} bytes were read of it, and then the connection was ended: ${fault.message}`;
  const cure =
    'Somebody with rights in Redis wrote it: look who that may be, and remove it (redis-cli UNLINK; of a stream XTRIM or XDEL).';
  return new SondeError('read-failed', `what Redis has under ${key} is too large: ${size}`, key, cure);
}

function isWatchError(error: unknown): boolean {
  return error instanceof Error && error.constructor.name === 'WatchError';
}
