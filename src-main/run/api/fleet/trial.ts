/** What a server that was reached has to say of a fleet, in words. */
import type { FleetChoice } from '../../fleet/follow/fleet-desk.ts';
import { Sensors } from '../../fleet/follow/sensors.ts';
import { Workers } from '../../fleet/follow/workers.ts';

const NAMED = 5;

const named = (all: readonly string[]): string =>
  all.length <= NAMED ? all.join(', ') : `${all.slice(0, NAMED).join(', ')} and ${all.length - NAMED} more`;

/** @throws SondeError where it does not let us ask */
export async function serverWords(
  { transport, group, keys }: Pick<FleetChoice, 'transport' | 'group' | 'keys'>,
  now: number,
): Promise<string> {
  const [sensors, workers] = [new Sensors(keys), new Workers(group)];
  await Promise.all([sensors.look(transport, now), workers.look(transport, now)]);
  const states = sensors.states(undefined, now);
  const heard = states.filter(({ health }) => health !== null);
  const others = states.filter(({ health }) => health === null).map(({ name }) => name);
  const refused = states.filter(({ state }) => state === 'refused').map(({ name }) => name);
  const all = workers.states(now);
  const working = all.filter(({ state }) => state === 'works').map(({ name }) => name);
  return [
    'The server answers.',
    `Sensors of the list that were heard: ${heard.length} of ${states.length}${others.length > 0 ? ` (not ${named(others)})` : ''}.`,
    refused.length > 0 ? `What is said for ${named(refused)} is not signed by the key of the list.` : '',
    all.length === 0
      ? `No worker of the group ${group} was heard within a day: is that its name?`
      : working.length > 0
        ? `The group ${group} is analysed by ${named(working)}.`
        : `No worker of the group ${group} works now.`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}
