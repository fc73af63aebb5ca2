/** Options of the commands that reach a fleet's server. */
import { redisSettings, type RedisSettings } from '../fleet/transport/settings.ts';
import { usageError, type OptionSpec, type Parsed } from './arguments.ts';
import { isName } from '../fleet/names.ts';

export const SERVER_OPTIONS: readonly OptionSpec[] = [
  { name: 'password-file', value: 'FILE', help: 'password of the Redis user, in the first line of this file' },
  {
    name: 'tls-ca',
    value: 'FILE',
    help: 'certificates that may have signed the server’s (PEM; default: the system’s)',
  },
  { name: 'tls-cert', value: 'FILE', help: 'our certificate, where the server asks for one (PEM)' },
  { name: 'tls-key', value: 'FILE', help: 'its private key (PEM)' },
];

/** How an option of the server is called where others have its name: `fleet-ca` for `tls-ca`. */
export const prefixed = (name: string): string => `fleet-${name.replace(/^tls-/, '')}`;

/** The server that an option names; `called`: how its other options are called. @throws SondeError */
export function serverOf(parsed: Parsed, option: string, called = (name: string) => name): Promise<RedisSettings> {
  const address = parsed.value(option);
  if (address === undefined) {
    const example = 'rediss://USER@HOST:6379';
    throw usageError(`--${option} is missing: which server?`, `--${option}`, `Write --${option} ${example}.`);
  }
  return redisSettings(address, `--${option}`, {
    passwordFile: parsed.value(called('password-file')),
    ca: parsed.value(called('tls-ca')),
    cert: parsed.value(called('tls-cert')),
    key: parsed.value(called('tls-key')),
  });
}

/** A name of a sensor, worker or group. @throws SondeError */
export function nameOf(parsed: Parsed, option: string, fallback?: string): string {
  const name = parsed.value(option) ?? fallback;
  if (name !== undefined && isName(name)) return name;
  const what = name === undefined ? `--${option} is missing` : `--${option} ${name}: no name`;
  const cure = "Write up to 64 of a-z, 0-9, '-', '_' and '.', a letter or digit first.";
  throw usageError(what, `--${option}`, cure);
}
