/** Where a fleet's Redis server is, and how to get in: an address, and files for what must not stand in it. */
import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import { SondeError } from '../../../../src-shared/errors.ts';

const PORT = 6379;
const DATABASE_MAX = 1023;
const PREFIX = 'sonde:';
const EXAMPLE = 'Write for example rediss://sensor-berlin@redis.example.org:6379 with --password-file FILE.';

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
  /** What every key begins with. */
  prefix: string;
}

export interface RedisFiles {
  passwordFile?: string | undefined;
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
}

const wrong = (what: string, option: string): SondeError => new SondeError('usage', what, option, EXAMPLE);

/**
 * Reads `redis://[user[:password]@]host[:port][/database]`, `rediss:` for TLS.
 *
 * @throws SondeError `usage` for an address that is none, `not-found` and the like for a file that cannot be read.
 */
export async function redisSettings(address: string, option: string, files: RedisFiles = {}): Promise<RedisSettings> {
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
  const password = files.passwordFile === undefined ? part(url.password, option) : await secretOf(files.passwordFile);
  return {
    name: `${url.protocol}//${url.username === '' ? '' : `${url.username}@`}${url.host}${url.pathname}`,
    host,
    port,
    database: databaseOf(url.pathname, option),
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
    ...(isTls ? { tls: await tlsOf(files, host) } : refuseTls(files, option)),
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
function refuseTls({ ca, cert, key }: RedisFiles, option: string): Record<string, never> {
  if ((ca ?? cert ?? key) === undefined) return {};
  throw new SondeError('usage', `${option}: certificates are for rediss://`, option, 'Write rediss:// for TLS.');
}

async function tlsOf({ ca, cert, key }: RedisFiles, host: string): Promise<NonNullable<RedisSettings['tls']>> {
  if ((cert === undefined) !== (key === undefined)) {
    const cure = 'Give both, or neither.';
    throw new SondeError('usage', '--tls-cert and --tls-key belong together', '--tls-cert', cure);
  }
  // A bare address has no name to be asked for (RFC 6066).
  const servername = /^[\d.]+$|:/.test(host) ? {} : { servername: host };
  return {
    minVersion: 'TLSv1.2',
    ...servername,
    ...(ca === undefined ? {} : { ca: await readText(ca) }),
    ...(cert === undefined ? {} : { cert: await readText(cert) }),
    ...(key === undefined ? {} : { key: await readText(key) }),
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
