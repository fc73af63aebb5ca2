/** Options of the command line that reach a fleet's server. */
import { SondeError } from '../../../src-shared/errors.ts';
import { isName, NAME_CURE } from './names.ts';
import { redisSettings, type RedisSettings } from './transport/settings.ts';

export interface FleetOption {
  name: string;
  /** How its value is called in the help. */
  value: string;
  help: string;
}

/** What was given: the value of an option, undefined where it was left out. */
export interface Given {
  value(name: string): string | undefined;
}

export const SERVER_OPTIONS: readonly FleetOption[] = [
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

/** Which fleet a desk follows, and how it gets into its server. */
export const FLEET_OPTIONS: readonly FleetOption[] = [
  {
    name: 'fleet',
    value: 'URL',
    help: 'follow a fleet by its Redis server: redis://USER@HOST:PORT, with TLS rediss://',
  },
  { name: 'fleet-sensors', value: 'FILE', help: 'its sensors and their public keys (schema sonde.sensors/1)' },
  { name: 'fleet-group', value: 'NAME', help: 'its group of workers (default main)' },
  {
    name: 'fleet-packets-key',
    value: 'FILE',
    help: 'private key of this desk, with which it asks sensors for packets (sonde sensor --new-key makes one)',
  },
  ...SERVER_OPTIONS.map((option) => ({ ...option, name: prefixed(option.name) })),
];

export const usage = (what: string, option: string, cure: string): SondeError =>
  new SondeError('usage', what, `--${option}`, cure);

/** The server that an option names; `called`: how its other options are called. @throws SondeError */
export function serverOf(given: Given, option: string, called = (name: string) => name): Promise<RedisSettings> {
  const address = given.value(option);
  if (address === undefined) {
    throw usage(`--${option} is missing: which server?`, option, `Write --${option} rediss://USER@HOST:6379.`);
  }
  return redisSettings(address, `--${option}`, {
    passwordFile: given.value(called('password-file')),
    ca: given.value(called('tls-ca')),
    cert: given.value(called('tls-cert')),
    key: given.value(called('tls-key')),
  });
}

/** A name of a sensor, worker or group. @throws SondeError */
export function nameOf(given: Given, option: string, fallback?: string): string {
  const name = given.value(option) ?? fallback;
  if (name !== undefined && isName(name)) return name;
  const what = name === undefined ? `--${option} is missing` : `--${option} ${name}: no name`;
  throw usage(what, option, NAME_CURE);
}
