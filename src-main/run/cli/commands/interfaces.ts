/** `sonde interfaces`: the network cards of this machine, and whether this user may watch them. */
import { helperPlaces } from '../../../meter/capture/access/places.ts';
import { captureAccess } from '../../../meter/capture/access/state.ts';
import {
  interfaceRates,
  listInterfaces,
  type InterfaceInfo,
  type InterfaceRate,
} from '../../../meter/capture/access/interfaces.ts';
import { appRoot, resourcePath } from '../../paths.ts';
import { helpOf, parseArguments, usageError, type CommandSpec } from '../arguments.ts';
import { EXIT } from '../errors.ts';
import { formatCount, printable } from '../words.ts';

export const INTERFACES: CommandSpec = {
  name: 'interfaces',
  usage: 'sonde interfaces [--json]',
  summary: 'Lists the network cards of this machine, whether you may watch them, and what to do where you may not.',
  options: [
    { name: 'json', help: 'print one JSON document' },
    { name: 'help', help: 'show this' },
  ],
};

/** Rates are looked at for so long, ms. */
const LOOK_MS = 500;

type Listed = InterfaceInfo & { [K in keyof InterfaceRate]: number | null };

function lineOf({ name, description, addresses, up, linkType, permitted, ...rate }: Listed): string {
  const { packetsPerSecond: packets } = rate;
  const passes = packets === null || !up ? '' : `${formatCount(packets)} packets/s`;
  const facts = [up ? 'up' : 'down', linkType, passes, permitted ? '' : 'not permitted', ...addresses].filter(Boolean);
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
  const access = await captureAccess(helperPlaces(appRoot(), resourcePath()));
  const cards = await listInterfaces(access);
  const rates = await interfaceRates(
    cards.map(({ name }) => name),
    LOOK_MS,
  );
  const found: Listed[] = cards.map((card) => ({
    ...card,
    ...(rates.get(card.name) ?? { packetsPerSecond: null, bitsPerSecond: null }),
  }));
  if (parsed.on('json')) {
    process.stdout.write(`${JSON.stringify(found, null, 1)}\n`);
    return EXIT.DONE;
  }
  const cures = new Set(found.filter((each) => !each.permitted).map((each) => each.cure));
  // Capturing by a stand-in works, and something better is to be had.
  if (access.engine !== null && access.engine !== 'helper') {
    const { cure, message } = access;
    cures.add([message, cure?.text, cure?.command, cure?.url].filter(Boolean).join(' '));
  }
  process.stdout.write(`${[...found.map(lineOf), ...cures].join('\n')}\n`);
  return EXIT.DONE;
}
