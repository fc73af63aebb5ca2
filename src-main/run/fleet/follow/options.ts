/** The fleet that a desk is started with, from its options. */
import { FLEET_OPTIONS, nameOf, prefixed, serverOf, usage, type Given } from '../options.ts';
import type { FleetChoice } from './fleet-desk.ts';

/**
 * What opens the way to the fleet that was asked for, undefined where none was: it rejects where the server refuses us. `say`: is told
 * that the server is away, and of what is too large to be taken from it.
 *
 * @throws SondeError for options and files that do not fit
 */
export async function fleetOf(
  given: Given,
  say: (words: string) => void,
): Promise<(() => Promise<FleetChoice>) | undefined> {
  const isOn = (name: string): boolean => given.value(name) !== undefined;
  if (!isOn('fleet')) {
    const alone = FLEET_OPTIONS.find(({ name }) => isOn(name))?.name;
    if (alone === undefined) return undefined;
    throw usage(`--${alone} without --fleet`, alone, 'Name the server with --fleet URL.');
  }
  if (isOn('fleet-cert') !== isOn('fleet-key')) {
    throw usage('--fleet-cert and --fleet-key belong together', 'fleet-cert', 'Give both or none.');
  }
  const sensors = given.value('fleet-sensors');
  if (sensors === undefined) {
    const cure = 'Name the list of sensors that the workers read, too: --fleet-sensors FILE.';
    throw usage('--fleet-sensors is missing: whose words count?', 'fleet-sensors', cure);
  }
  const group = nameOf(given, 'fleet-group', 'main');
  const settings = await serverOf(given, 'fleet', prefixed);
  const { readPrivateKey, readSensorKeys } = await import('../wire/keys.ts');
  const keys = await readSensorKeys(sensors);
  const own = given.value('fleet-packets-key');
  const packetsKey = own === undefined ? undefined : await readPrivateKey(own);
  return async () => {
    const { connectServer } = await import('../transport/connect.ts');
    return { transport: await connectServer(settings, { say, mayBeAway: true }), group, keys, packetsKey };
  };
}
