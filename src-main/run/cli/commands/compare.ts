/** `sonde compare A B --db FILE`: what is new, gone, more and less between two captures or times. */
import { existsSync } from 'node:fs';
import type { Comparison } from '../../../../src-shared/contract/topics/compare.ts';
import { zoneNamed } from '../../../../src-shared/domain/calendar.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { zoneFault } from '../../../keep/alerts/zoned.ts';
import { openStore } from '../../../keep/store/client.ts';
import { openReaders } from '../../../keep/store/readers.ts';
import { workerUrl } from '../../pipeline/workers.ts';
import { helpOf, parseArguments, usageError, type CommandSpec } from '../arguments.ts';
import { sideNamed } from '../compare-side.ts';
import { comparisonText } from '../compare-words.ts';
import { EXIT } from '../errors.ts';
import { momentNamed } from '../report-period.ts';

export const COMPARE: CommandSpec = {
  name: 'compare',
  usage: 'sonde compare A B --db FILE [options]',
  summary:
    'Holds two captures of a database against each other, or two times of all that it holds: new and gone hosts, services,\n' +
    'pairs and incidents, and the few hosts and services that carry most of the difference in volume. A and B are each a\n' +
    'capture (its number, name or file) or a time: 2026-11-17, 2026-11-16..2026-11-20, today, yesterday, last-tuesday.',
  options: [
    { name: 'db', value: 'FILE', help: 'the database: of the desk, of watch --db or of triage --db' },
    { name: 'json', help: 'print it as JSON (schema sonde.compare/1)' },
    { name: 'zone', value: 'ZONE', help: 'the time zone of days (default: that of this machine)' },
    { name: 'now', value: 'TIME', help: 'as if it were this time (default: now)' },
    { name: 'help', help: 'show this' },
  ],
};

interface Asked {
  sides: readonly [string, string];
  db: string;
  zone: string;
  now: number;
}

/** @throws SondeError `usage`, `not-found` */
function askedOf(parsed: ReturnType<typeof parseArguments>): Asked {
  const right = 'Write for example sonde compare last-tuesday today --db desk.db.';
  const [a, b, extra] = parsed.files;
  if (a === undefined || b === undefined)
    throw usageError('compare: two captures or times are needed', 'compare', right);
  if (extra !== undefined) throw usageError(`compare: what is ${extra}?`, extra, right);
  const db = parsed.value('db');
  if (db === undefined) throw usageError('compare: --db is missing', '--db', right);
  const zone = zoneNamed(parsed.value('zone') ?? 'system');
  if (zoneFault(zone) !== null)
    throw usageError(`--zone ${zone}: there is no such time zone`, '--zone', 'Write for example --zone Europe/Berlin.');
  const named = parsed.value('now');
  // Looking must not make a database.
  if (!existsSync(db)) throw new SondeError('not-found', `${db}: no such file`, db, 'Check the name.');
  return { sides: [a, b], db, zone, now: named === undefined ? Date.now() : momentNamed(named, 'now', zone) };
}

/** The store is opened first: it brings an older database up to date. */
async function compared({ sides, db, ...when }: Asked): Promise<Comparison> {
  const store = await openStore(db, workerUrl('keep/store/store.worker'));
  const readers = openReaders(db, workerUrl('keep/store/reader.worker'), 1);
  try {
    const ids = await readers.ask('listCaptures', []);
    const captures = await Promise.all(ids.map(({ id }) => readers.ask('getCapture', [id])));
    const [a, b] = [sideNamed(sides[0], captures, when), sideNamed(sides[1], captures, when)];
    return await readers.ask('compareOf', [{ a, b }]);
  } finally {
    await readers.close();
    await store.close();
  }
}

export async function compareCommand(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(COMPARE, args);
  if (parsed.on('help')) {
    process.stdout.write(helpOf(COMPARE));
    return EXIT.DONE;
  }
  const found = await compared(askedOf(parsed));
  const json = parsed.on('json');
  process.stdout.write(json ? `${JSON.stringify({ schema: 'sonde.compare/1', ...found })}\n` : comparisonText(found));
  return EXIT.DONE;
}
