/** The fleet that the program was started with, in the engine. */
import { fleetOf } from '../fleet/follow/options.ts';
import type { FleetChoice } from '../fleet/follow/fleet-desk.ts';
import { usage } from '../fleet/options.ts';
import { KINDS, OPTION } from './fleet-arguments.ts';

/** What opens the way to the fleet of these arguments, as `fleetArguments` gives them; undefined for none. */
export function fleetFrom(args: readonly string[]): (() => Promise<FleetChoice>) | undefined {
  if (args.length === 0) return undefined;
  return async () => {
    const given = new Map<string, string>();
    for (const arg of args) {
      const [, name = '', value = ''] = OPTION.exec(arg) ?? [];
      if (value === '') throw usage(`--${name} is empty`, name, `Write --${name} ${KINDS.get(name) ?? ''}.`);
      if (given.has(name)) throw usage(`--${name} was given twice`, name, 'Give it once.');
      given.set(name, value);
    }
    const open = await fleetOf(
      { value: (name) => given.get(name) },
      (words) => void process.stderr.write(`${words}\n`),
    );
    return open!();
  };
}
