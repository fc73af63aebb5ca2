/** `sonde report`: what a database has of a time, for a manager and an engineer, as one file. */
import { existsSync } from 'node:fs';
import { zoneNamed } from '../../../../src-shared/domain/calendar.ts';
import type { SuppressionInFile } from '../../../../src-shared/contract/topics/suppression-file.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { writeWhole } from '../../../detect/whole-file.ts';
import { zoneFault } from '../../../keep/alerts/zoned.ts';
import { periodFile, REPORT_FORMATS, type PeriodFile } from '../../../keep/exports/report/period-file.ts';
import { verdictText } from '../../../keep/exports/report/period-words.ts';
import { openStore } from '../../../keep/store/client.ts';
import { openReaders } from '../../../keep/store/readers.ts';
import { readPolicy } from '../../api/alerts/desk-alerts.ts';
import { workerUrl } from '../../pipeline/workers.ts';
import { ANONYMISE_OPTIONS, anonymisingOf, type Anonymising } from '../anonymising.ts';
import { helpOf, parseArguments, usageError, type CommandSpec, type Parsed } from '../arguments.ts';
import { EXIT, say } from '../errors.ts';
import { checkOutput, refuseOverwriting, sayingWrite } from '../outputs.ts';
import { momentNamed, periodNamed, type Period } from '../report-period.ts';
import { plural } from '../words.ts';

export const REPORT: CommandSpec = {
  name: 'report',
  usage: 'sonde report --db FILE --last 7d|--from TIME [--to TIME] --out FILE.html|.pdf [options]',
  summary:
    'Reports on a day, a week or another time of a database: on page one what a manager needs, behind it the evidence for\n' +
    'an engineer. One file that needs nothing else. The same database and --now give the same file.',
  options: [
    { name: 'db', value: 'FILE', help: 'the database: of the desk, of watch --db or of triage --db' },
    { name: 'last', value: 'N', help: 'so many days up to now, this one included (7d), weeks (2w) or hours (24h)' },
    { name: 'from', value: 'TIME', help: 'from this day on (2026-11-16), or this time (2026-11-16T08:00)' },
    { name: 'to', value: 'TIME', help: 'to the end of this day, or up to this time (default: now)' },
    { name: 'out', value: 'FILE', help: 'write it there: HTML or PDF by the ending' },
    { name: 'settings', value: 'FILE', help: 'leave out what its suppressions silence, as watch --settings does' },
    { name: 'zone', value: 'ZONE', help: 'the time zone of days and times (default: that of this machine)' },
    { name: 'now', value: 'TIME', help: 'as if it were this time (default: now)' },
    ...ANONYMISE_OPTIONS,
    { name: 'help', help: 'show this' },
  ],
};

interface Asked extends Period {
  path: string;
  out: string;
  zone: string;
  now: number;
  suppressions: readonly SuppressionInFile[];
  anonymising: Anonymising | undefined;
}

function needed(parsed: Parsed, name: string, example: string): string {
  const value = parsed.value(name);
  if (value !== undefined) return value;
  throw usageError(`report: --${name} is missing`, `--${name}`, `Write for example --${name} ${example}.`);
}

/** @throws SondeError `usage`, or where the file cannot be read */
async function suppressionsIn(path: string | undefined): Promise<SuppressionInFile[]> {
  return path === undefined ? [] : (await (await import('../settings-file.ts')).readSettingsFile(path)).suppressions;
}

/** @throws SondeError `usage`, `not-found`, `read-failed`, `write-failed` */
async function askedOf(parsed: Parsed): Promise<Asked> {
  const [extra] = parsed.files;
  if (extra !== undefined) throw usageError(`report: what is ${extra}?`, extra, 'Name the database with --db.');
  const path = needed(parsed, 'db', 'desk.db');
  const out = needed(parsed, 'out', 'week.pdf');
  if (!/\.(?:html|pdf)$/.test(out))
    throw usageError(`--out ${out}: its ending names no format`, out, 'Let it end in .html or .pdf.');
  const zone = zoneNamed(parsed.value('zone') ?? 'system');
  const fault = zoneFault(zone);
  if (fault !== null)
    throw usageError(`--zone ${zone}: there is no such time zone`, '--zone', 'Write for example --zone Europe/Berlin.');
  const named = parsed.value('now');
  const now = named === undefined ? Date.now() : momentNamed(named, 'now', zone);
  const period = periodNamed(parsed, now, zone);
  // Looking must not make a database.
  if (!existsSync(path)) throw new SondeError('not-found', `${path}: no such file`, path, 'Check the name.');
  refuseOverwriting([path, ...parsed.values('settings')], out, 'out');
  checkOutput(out);
  const suppressions = await suppressionsIn(parsed.value('settings'));
  const anonymising = anonymisingOf(parsed, [path, ...parsed.values('settings')], [out]);
  return { ...period, path, out, zone, now, suppressions, anonymising };
}

/** The store is opened first: it brings an older database up to date. */
async function made({ path, out, anonymising, ...asked }: Asked): Promise<PeriodFile> {
  const store = await openStore(path, workerUrl('keep/store/store.worker'));
  try {
    const { sensor } = await readPolicy(store);
    const readers = openReaders(path, workerUrl('keep/store/reader.worker'), 1);
    const format = REPORT_FORMATS.find((each) => out.endsWith(`.${each}`)) ?? 'html';
    try {
      return await periodFile(readers, { ...asked, sensor, anonymiser: anonymising?.by }, format);
    } finally {
      await readers.close();
    }
  } finally {
    await store.close();
  }
}

export async function reportCommand(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(REPORT, args);
  if (parsed.on('help')) {
    process.stdout.write(helpOf(REPORT));
    return EXIT.DONE;
  }
  const asked = await askedOf(parsed);
  const { data, facts } = await made(asked);
  await sayingWrite(asked.out, () => writeWhole(asked.out, (file) => file.writeFile(data)));
  asked.anonymising?.end();
  say(`${asked.out}: ${plural(facts.total, 'incident')}. ${verdictText(facts)}`);
  return EXIT.DONE;
}
