/** The fleet that a desk in a window is started with: the options of `sonde desk`, on their way to the engine. */
import { resolve } from 'node:path';
import { FLEET_OPTIONS } from '../fleet/options.ts';

export const OPTION = /^--([a-z-]+)(?:=(.*))?$/s;
/** How the value of each is called: of a FILE it is a path. */
export const KINDS = new Map(FLEET_OPTIONS.map(({ name, value }) => [name, value]));

/** `fleet`: each as `--name=value`, names of files as full paths; `rest`: everything else, in its order. */
export function fleetArguments(argv: readonly string[], folder: string): { fleet: string[]; rest: string[] } {
  const [fleet, rest]: [string[], string[]] = [[], []];
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i]!;
    if (arg === '--') return { fleet, rest: [...rest, ...argv.slice(i)] };
    const [, name = '', inline] = OPTION.exec(arg) ?? [];
    const kind = KINDS.get(name);
    if (kind === undefined) rest.push(arg);
    else {
      const next = argv[i + 1];
      const isNext = inline === undefined && next !== undefined && !next.startsWith('--');
      if (isNext) i++;
      const value = inline ?? (isNext ? next : '');
      fleet.push(`--${name}=${kind === 'FILE' && value !== '' ? resolve(folder, value) : value}`);
    }
  }
  return { fleet, rest };
}
