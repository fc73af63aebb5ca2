/** Where a fleet's Redis server is, and how to get in: an address, and files for what must not stand in it. */
import { readFile } from 'node:fs/promises';
import type { LookupFunction } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { SondeError } from '../../../../src-shared/errors.ts';

const PORT = 6379;
const DATABASE_MAX = 1023;
const PREFIX = 'sonde:';
const EXAMPLE = 'Write for example rediss://sensor-berlin@redis.example.org:6379';

export interface RedisSettings {
  /** For people: the address without its password. */
  name: string;
  host: string;
  port: number;
  database: number;
  username?: string;
  password?: string;
  /** Given for `rediss:`. */
  tls?: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'minVersion' | 'servername'>;
  /** How its name becomes addresses; absent: as the system has it. */
  lookup?: LookupFunction;
  /** What every key begins with. */
  prefix: string;
}

/** What does not stand in the address, as texts. */
export interface RedisTexts {
  password?: string | undefined;
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
}

export interface RedisFiles {
  passwordFile?: string | undefined;
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
}

function wrong(what: string, option: string): SondeError {
  const cure = option.startsWith('--') ? `${EXAMPLE} with --password-file FILE.` : `${EXAMPLE}.`;
  return new SondeError('usage', what, option, cure);
}

/**
 * As `redisFrom`, with what lies in files.
 *
 * @throws SondeError `usage` for an address that is none, `not-found` and the like for a file that cannot be read.
 */
export async function redisSettings(address: string, option: string, files: RedisFiles = {}): Promise<RedisSettings> {
  const { passwordFile, ca, cert, key } = files;
  // What is wrong with the address, or with which files there are, is said before any is read.
  redisFrom(address, option, { ca, cert, key });
  const text = (path: string | undefined): Promise<string> | undefined =>
    path === undefined ? undefined : readText(path);
  return redisFrom(address, option, {
    ...(passwordFile === undefined ? {} : { password: await secretOf(passwordFile) }),
    ca: await text(ca),
    cert: await text(cert),
    key: await text(key),
  });
}

/**
 * Reads `redis://[user[:password]@]host[:port][/database]`, `rediss:` for TLS.
 *
 * @throws SondeError `usage` for an address that is none
 */
export function redisFrom(address: string, option: string, texts: RedisTexts = {}): RedisSettings {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  // The address may hold a password: it is not repeated.
  if (!url || !['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '') {
    throw wrong(`${option}: this is no address of a Redis server`, option);
  }
  if (url.search !== '' || url.hash !== '') throw wrong(`${option}: the address has a part too many`, option);
  const isTls = url.protocol === 'rediss:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? PORT : Number(url.port);
  const username = part(url.username, option);
  const password = texts.password ?? part(url.password, option);
  return {
    name: `${url.protocol}//${url.username === '' ? '' : `${url.username}@`}${url.host}${url.pathname}`,
    host,
    port,
    database: databaseOf(url.pathname, option),
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
    ...(isTls ? { tls: tlsOf(texts, host) } : refuseTls(texts, option)),
    prefix: PREFIX,
  };
}

function part(text: string, option: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong(`${option}: the user or password is not written as an address needs it`, option);
  }
}

function databaseOf(path: string, option: string): number {
  const text = path.replace(/^\//, '');
  const number = text === '' ? 0 : /^\d{1,4}$/.test(text) ? Number(text) : NaN;
  if (number <= DATABASE_MAX) return number;
  throw wrong(`${option}: /${text} is no number of a database`, option);
}

/** Files of TLS with an address that has none are a mistake that would send everything in the clear. */
function refuseTls({ ca, cert, key }: RedisTexts, option: string): Record<string, never> {
  if ((ca ?? cert ?? key) === undefined) return {};
  throw new SondeError('usage', `${option}: certificates are for rediss://`, option, 'Write rediss:// for TLS.');
}

function tlsOf({ ca, cert, key }: RedisTexts, host: string): NonNullable<RedisSettings['tls']> {
  if ((cert === undefined) !== (key === undefined)) {
    const cure = 'Give both, or neither.';
    throw new SondeError('usage', '--tls-cert and --tls-key belong together', '--tls-cert', cure);
  }
  // A bare address has no name to be asked for (RFC 6066).
  const servername = /^[\d.]+$|:/.test(host) ? {} : { servername: host };
  return {
    minVersion: 'TLSv1.2',
    ...servername,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

/** First line of a file. */
async function secretOf(path: string): Promise<string> {
  const [line = ''] = (await readText(path)).split(/\r?\n/);
  if (line !== '') return line;
  throw new SondeError('empty-file', `${path} has no password in its first line`, path, 'Write it there.');
}

export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'not-found' : code === 'EACCES' ? 'not-permitted' : 'read-failed';
    const said = error instanceof Error ? error.message : String(error);
    throw new SondeError(reason, `${path} cannot be read (${said})`, path, 'Look at the name and its permissions.');
  }
}
