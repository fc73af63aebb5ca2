/** `--fleet` of the desk: which fleet it follows, and how it gets into its server. */
import { SondeError } from '../../../src-shared/errors.ts';
import type { FleetChoice } from '../fleet/follow/fleet-desk.ts';
import type { RedisTransport } from '../fleet/transport/redis.ts';
import type { RedisSettings } from '../fleet/transport/settings.ts';
import { usageError, type OptionSpec, type Parsed } from './arguments.ts';
import { say } from './errors.ts';
import { nameOf, prefixed, SERVER_OPTIONS, serverOf } from './fleet-options.ts';

/** The server is waited for so long at the start, ms; then the desk begins without. */
const READY_MS = 3000;

export const FLEET_OPTIONS: readonly OptionSpec[] = [
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

/**
 * What opens the way to the fleet that was asked for, undefined where none was: it rejects where the server refuses us.
 *
 * @throws SondeError for options and files that do not fit
 */
export async function fleetOf(parsed: Parsed): Promise<(() => Promise<FleetChoice>) | undefined> {
  if (!parsed.on('fleet')) {
    const alone = FLEET_OPTIONS.find(({ name }) => parsed.on(name))?.name;
    if (alone === undefined) return undefined;
    throw usageError(`--${alone} without --fleet`, `--${alone}`, 'Name the server with --fleet URL.');
  }
  if (parsed.on('fleet-cert') !== parsed.on('fleet-key')) {
    throw usageError('--fleet-cert and --fleet-key belong together', '--fleet-cert', 'Give both or none.');
  }
  const sensors = parsed.value('fleet-sensors');
  if (sensors === undefined) {
    const cure = 'Name the list of sensors that the workers read, too: --fleet-sensors FILE.';
    throw usageError('--fleet-sensors is missing: whose words count?', '--fleet-sensors', cure);
  }
  const group = nameOf(parsed, 'fleet-group', 'main');
  const settings = await serverOf(parsed, 'fleet', prefixed);
  const { readPrivateKey, readSensorKeys } = await import('../fleet/wire/keys.ts');
  const keys = await readSensorKeys(sensors);
  const own = parsed.value('fleet-packets-key');
  const packetsKey = own === undefined ? undefined : await readPrivateKey(own);
  return async () => ({ transport: await connect(settings), group, keys, packetsKey });
}

async function connect(settings: RedisSettings): Promise<RedisTransport> {
  const { RedisTransport } = await import('../fleet/transport/redis.ts');
  const { tooLargeWords } = await import('../fleet/transport/refusals.ts');
  const transport = new RedisTransport(settings, { onTooLarge: (key, one) => say(tooLargeWords(key, one)) });
  try {
    await transport.ready(READY_MS);
  } catch (error) {
    // One that is away may come back.
    if (!(error instanceof SondeError) || error.code !== 'connection-lost') {
      await transport.close();
      throw error;
    }
    say(`${error.message}. ${error.cure}`);
  }
  return transport;
}
