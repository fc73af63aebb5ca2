/** One connection to a Redis server that comes back by itself, and what goes wrong with it in our words. */
import { createClient, ErrorReply, type RedisArgument } from '@redis/client';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { RedisSettings } from './settings.ts';

/** Between tries to connect: from the first to the last, ms; each up to a quarter longer, so that all do not come at once. */
const FIRST_TRY_MS = 50;
const LAST_TRY_MS = 2000;
const CONNECT_MS = 5000;
/** A server that says nothing for so long is away; in between it is asked now and then. */
const SILENT_MS = 15_000;
const PING_MS = 4000;
const TEXT_MAX = 300;

export type Argument = string | Buffer;
/** Replies as they come: texts of commands are bytes, everything else as RESP 2 has it. */
export type Reply = Buffer | string | number | null | readonly Reply[];

/** Answers that pass: the server starts, is full, or is no master now. */
const PASSING = /^(LOADING|OOM|MISCONF|READONLY|MASTERDOWN|BUSY|TRYAGAIN|CLUSTERDOWN|NOREPLICAS)/;
const REFUSED = /^(NOPERM|NOAUTH|WRONGPASS)/;

type Client = ReturnType<typeof makeClient>;

function makeClient(settings: RedisSettings) {
  const { host, port, tls } = settings;
  const common = { connectTimeout: CONNECT_MS, socketTimeout: SILENT_MS, reconnectStrategy: backOff };
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

function backOff(retries: number): number {
  const ms = Math.min(LAST_TRY_MS, FIRST_TRY_MS * 2 ** Math.min(retries, 10));
  return ms + Math.random() * (ms / 4);
}

const textOf = (error: unknown): string =>
  (error instanceof Error ? error.message || error.name : String(error)).slice(0, TEXT_MAX);

export class Connection {
  private readonly name: string;
  private readonly client: Client;
  private closed = false;
  /** Why it was lost, or never made. */
  private why = '';

  constructor(settings: RedisSettings, onState: (isUp: boolean, why: string) => void = () => undefined) {
    this.name = settings.name;
    this.client = makeClient(settings);
    this.client.on('error', (error: unknown) => {
      this.why = textOf(error);
      if (!this.closed) onState(false, this.why);
    });
    this.client.on('ready', () => {
      this.why = '';
      onState(true, '');
    });
    // It goes on trying; what it met is said by whoever asks for something.
    this.client.connect().catch((error: unknown) => (this.why ||= textOf(error)));
  }

  get isUp(): boolean {
    return this.client.isReady;
  }

  /** @throws SondeError */
  async send(...args: Argument[]): Promise<Reply> {
    try {
      return await this.client.sendCommand<Reply>(args);
    } catch (error) {
      throw this.ours(error);
    }
  }

  /** All or none of them. @throws SondeError */
  async together(commands: readonly (readonly Argument[])[]): Promise<readonly Reply[]> {
    try {
      const multi = this.client.multi();
      for (const command of commands) multi.sendCommand(command as RedisArgument[]);
      return (await multi.exec()) as unknown as readonly Reply[];
    } catch (error) {
      throw this.ours(error);
    }
  }

  /**
   * As `together`, if what `check` saw of a key still holds when they are carried out; undefined where it did not.
   *
   * @throws SondeError
   */
  async checked(
    key: string,
    check: (value: Buffer | null) => boolean,
    commands: readonly (readonly Argument[])[],
  ): Promise<readonly Reply[] | undefined> {
    try {
      await this.client.watch(key);
      const value = await this.client.sendCommand<Buffer | null>(['GET', key]);
      if (!check(value)) {
        await this.client.unwatch();
        return undefined;
      }
      return await this.together(commands);
    } catch (error) {
      if (isWatchError(error)) return undefined;
      throw this.ours(error);
    }
  }

  close(): void {
    this.closed = true;
    if (this.client.isOpen) this.client.destroy();
  }

  private ours(error: unknown): Error {
    if (error instanceof SondeError || isWatchError(error)) return error as Error;
    const said = textOf(error);
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
    const cure = 'Look whether it runs and may be reached from here; it is tried again.';
    return new SondeError('connection-lost', `Redis cannot be reached: ${why}`, this.name, cure, { cause: error });
  }
}

function isWatchError(error: unknown): boolean {
  return error instanceof Error && error.constructor.name === 'WatchError';
}
