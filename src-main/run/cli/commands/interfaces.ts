/** `sonde interfaces`: the network cards of this machine, and whether this user may watch them. */
import { helperPlaces } from '../../../meter/capture/access/places.ts';
import { captureAccess } from '../../../meter/capture/access/state.ts';
import { listInterfaces, type InterfaceInfo } from '../../../meter/capture/access/interfaces.ts';
import { appRoot, resourcePath } from '../../paths.ts';
import { helpOf, parseArguments, usageError, type CommandSpec } from '../arguments.ts';
import { EXIT } from '../errors.ts';
import { printable } from '../words.ts';

export const INTERFACES: CommandSpec = {
  name: 'interfaces',
  usage: 'sonde interfaces [--json]',
  summary: 'Lists the network cards of this machine, whether you may watch them, and what to do where you may not.',
  options: [
    { name: 'json', help: 'print one JSON document' },
    { name: 'help', help: 'show this' },
  ],
};

function lineOf({ name, description, addresses, up, linkType, permitted }: InterfaceInfo): string {
  const facts = [up ? 'up' : 'down', linkType, permitted ? '' : 'not permitted', ...addresses].filter(Boolean);
  const words = description === '' || description === name ? '' : ` (${printable(description)})`;
  return `${printable(name)}${words}: ${facts.join(', ')}`;
}

export async function interfacesCommand(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(INTERFACES, args);
  if (parsed.on('help')) {
    process.stdout.write(helpOf(INTERFACES));
    return EXIT.DONE;
  }
  if (parsed.files.length > 0) throw usageError(`${parsed.files[0]}: not an option`, 'interfaces', 'Leave it out.');
  const found = await listInterfaces(await captureAccess(helperPlaces(appRoot(), resourcePath())));
  if (parsed.on('json')) {
    process.stdout.write(`${JSON.stringify(found, null, 1)}\n`);
    return EXIT.DONE;
  }
  const cures = new Set(found.filter((each) => !each.permitted).map((each) => each.cure));
  process.stdout.write(`${[...found.map(lineOf), ...cures].join('\n')}\n`);
  return EXIT.DONE;
}
