/** `sonde case export|verify|open`: incidents with all that belongs to them as one file, which opens on another machine. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { CASE_ENDING } from '../../../../src-shared/domain/case-file.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { INCIDENTS_MAX, type CaseManifest } from '../../../keep/exports/case/manifest.ts';
import { readCase } from '../../../keep/exports/case/read.ts';
import { openStore } from '../../../keep/store/client.ts';
import { openReaders } from '../../../keep/store/readers.ts';
import { makeCase } from '../../api/cases/make.ts';
import { openCase } from '../../api/cases/open.ts';
import { programUser } from '../../api/person.ts';
import { workerUrl } from '../../pipeline/workers.ts';
import { helpOf, parseArguments, usageError, wholeNumber, type CommandSpec, type Parsed } from '../arguments.ts';
import { EXIT } from '../errors.ts';
import { checkOutput, refuseOverwriting } from '../outputs.ts';
import { formatBytes, plural, printable } from '../words.ts';

const RIGHT = `Write for example sonde case export --db desk.db --incident UID --out theft${CASE_ENDING}.`;

export const CASE: CommandSpec = {
  name: 'case',
  usage: 'sonde case export --db FILE --incident UID… --out CASE | verify CASE | open CASE [--to FOLDER]',
  summary:
    'Exports incidents with their flows, hosts, packets, report, settings, the audit log and the SHA-256 of every input and\n' +
    'part as one file; checks such a file; opens it as a folder with a database, for sonde serve --db or sonde report.',
  options: [
    { name: 'db', value: 'FILE', help: 'export: the database that holds the incidents' },
    {
      name: 'incident',
      value: 'UID',
      help: 'export: an incident (its uid, from --json or the desk)',
      repeatable: true,
    },
    { name: 'out', value: 'CASE', help: `export: the file to write, ending in ${CASE_ENDING}` },
    {
      name: 'capture',
      value: 'N',
      help: 'export: of which capture, where several hold the incident (default: the newest)',
    },
    { name: 'force', help: 'export: replace a file that --out names' },
    { name: 'title', value: 'TEXT', help: 'export: what the case is called (default: the first incident)' },
    { name: 'note', value: 'TEXT', help: 'export: what whoever opens it should know' },
    { name: 'sha256', value: 'HASH', help: 'verify, open: the hash of the case, as it was told by who exported it' },
    { name: 'to', value: 'FOLDER', help: 'open: a new folder (default: the name of the case without its ending)' },
    { name: 'json', help: 'print the manifest as JSON (schema sonde.case/1)' },
    { name: 'help', help: 'show this' },
  ],
};

function told(manifest: CaseManifest, first: string, json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(manifest)}\n`);
    return;
  }
  const { parts, captures, incidents, title, createdBy, createdAt, sha256 } = manifest;
  const size = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const lines = [
    first,
    `  ${title}: ${plural(incidents.length, 'incident')}, ${plural(parts.length, 'part')}, ${formatBytes(size)}`,
    `  made by ${createdBy} at ${new Date(createdAt).toISOString()}`,
    ...captures.map(
      ({ name, packets, left }) => `  ${name}: ${left === '' ? plural(packets, 'packet') : `no packets: ${left}`}`,
    ),
    `  SHA-256 of the case: ${sha256}`,
  ];
  process.stdout.write(`${lines.map(printable).join('\n')}\n`);
}

/** @throws SondeError `damaged-case` where it is another case than was told of */
function checkHash({ sha256 }: CaseManifest, parsed: Parsed, file: string): void {
  const wanted = parsed.value('sha256')?.trim().toLowerCase();
  if (wanted === undefined || wanted === sha256) return;
  const what = `${file}: is another case: its SHA-256 is ${sha256}`;
  throw new SondeError('damaged-case', what, file, 'Ask who exported it for the file once more.');
}

function onlyFile([, file, extra]: readonly string[], verb: string): string {
  if (file === undefined) throw usageError(`case ${verb}: which case?`, verb, `Write sonde case ${verb} CASE.`);
  if (extra !== undefined) throw usageError(`case ${verb}: what is ${extra}?`, extra, 'Name one case.');
  return file;
}

interface Wanted {
  db: string;
  out: string;
  uids: string[];
  /** 0: the newest that holds the incident. */
  capture: number;
}

function wantedOf(parsed: Parsed): Wanted {
  const [db, out] = [parsed.value('db'), parsed.value('out')];
  const uids = [...new Set(parsed.values('incident'))];
  const [, extra] = parsed.files;
  if (extra !== undefined) throw usageError(`case export: what is ${extra}?`, extra, RIGHT);
  if (db === undefined) throw usageError('case export: --db is missing', '--db', RIGHT);
  if (out === undefined) throw usageError('case export: --out is missing', '--out', RIGHT);
  if (!out.endsWith(CASE_ENDING))
    throw usageError(`--out ${out}: is no name of a case`, '--out', `Let it end in ${CASE_ENDING}.`);
  if (uids.length === 0 || uids.length > INCIDENTS_MAX)
    throw usageError(`case export: 1 to ${INCIDENTS_MAX} incidents are needed`, '--incident', RIGHT);
  if (!existsSync(db)) throw new SondeError('not-found', `${db}: no such file`, db, 'Check the name.');
  refuseOverwriting([db], out, 'out');
  if (existsSync(out) && !parsed.on('force'))
    throw new SondeError(
      'write-failed',
      `${out} is there already`,
      out,
      'Name another file, or replace it by --force.',
    );
  checkOutput(out);
  const capture = wholeNumber(parsed, 'capture', 0, 1, Number.MAX_SAFE_INTEGER);
  return { db, out, uids, capture };
}

const captureWords = (numbers: readonly number[]): string =>
  `${numbers.length === 1 ? 'capture' : 'captures'} ${numbers.toSorted((a, b) => a - b).join(', ')}`;

/** The store is opened first: it brings an older database up to date, and keeps the entry of the audit log. */
async function exported(parsed: Parsed): Promise<number> {
  const { db, out, uids, capture: named } = wantedOf(parsed);
  const store = await openStore(db, workerUrl('keep/store/store.worker'));
  const readers = openReaders(db, workerUrl('keep/store/reader.worker'), 1);
  try {
    const incidents = await Promise.all(
      uids.map(async (uid) => {
        const holding = await readers.ask('incidentCaptures', [uid]);
        const capture = named === 0 ? holding[0] : holding.find((each) => each === named);
        if (capture !== undefined) return { capture, uid, others: holding.filter((each) => each !== capture) };
        const known = 'Its incidents and their uids: sonde triage FILE --json, or the desk.';
        const cure = holding.length === 0 ? known : `It is in ${captureWords(holding)}.`;
        const where = named === 0 ? db : `capture ${named} of ${db}`;
        throw new SondeError('not-found', `${where} holds no incident ${uid}`, '--incident', cure);
      }),
    );
    const title =
      parsed.value('title') ?? (await readers.ask('incidentRowOf', [incidents[0]!.capture, uids[0]!])).title;
    const [now, user, note] = [Date.now(), programUser(), parsed.value('note') ?? ''];
    const rings = `${resolve(db)}.packets`;
    const manifest = await makeCase({ database: resolve(db), rings, incidents, out, title, note, now, user });
    const detail = `${plural(uids.length, 'incident')} as a case, SHA-256 ${manifest.sha256}`;
    await store.addAudit({ at: now, user, action: 'export', object: title, detail });
    const several = incidents.find(({ others }) => named === 0 && others.length > 0);
    if (several)
      process.stderr.write(
        `sonde: incident ${several.uid} is in ${captureWords([several.capture, ...several.others])}: of the newest it was taken; --capture N names another.\n`,
      );
    told(manifest, `Wrote ${out}.`, parsed.on('json'));
    return EXIT.DONE;
  } finally {
    await readers.close();
    await store.close();
  }
}

async function verified(parsed: Parsed): Promise<number> {
  const file = onlyFile(parsed.files, 'verify');
  const manifest = await readCase(file, null);
  checkHash(manifest, parsed, file);
  told(manifest, `${file}: every part is as it was exported.`, parsed.on('json'));
  return EXIT.DONE;
}

/** Where a case is opened if nobody says where. */
export const folderOfCase = (file: string): string =>
  file.endsWith(CASE_ENDING) ? file.slice(0, -CASE_ENDING.length) : `${file}.opened`;

async function opened(parsed: Parsed): Promise<number> {
  const file = onlyFile(parsed.files, 'open');
  if (parsed.value('sha256') !== undefined) checkHash(await readCase(file, null), parsed, file);
  const { manifest, database } = await openCase(file, parsed.value('to') ?? folderOfCase(file));
  told(manifest, `Opened. Look at it with: sonde serve --db ${database}`, parsed.on('json'));
  return EXIT.DONE;
}

const VERBS: ReadonlyMap<string, (parsed: Parsed) => Promise<number>> = new Map([
  ['export', exported],
  ['verify', verified],
  ['open', opened],
]);

/** Options of one verb that mean nothing to the others. */
const ONLY: ReadonlyMap<string, readonly string[]> = new Map([
  ['db', ['export']],
  ['incident', ['export']],
  ['out', ['export']],
  ['capture', ['export']],
  ['force', ['export']],
  ['title', ['export']],
  ['note', ['export']],
  ['sha256', ['verify', 'open']],
  ['to', ['open']],
]);

/** @throws SondeError `usage` where an option would be passed over */
function checkOptions(verb: string, parsed: Parsed): void {
  for (const [name, verbs] of ONLY) {
    if (verbs.includes(verb) || (parsed.values(name).length === 0 && !parsed.on(name))) continue;
    const cure = verb === 'open' && name === 'out' ? 'Write --to FOLDER.' : 'Leave it out.';
    throw usageError(`case ${verb}: --${name} belongs to case ${verbs.join(' and case ')}`, `--${name}`, cure);
  }
}

export async function caseCommand(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(CASE, args);
  if (parsed.on('help')) {
    process.stdout.write(helpOf(CASE));
    return EXIT.DONE;
  }
  const [verb = ''] = parsed.files;
  const work = VERBS.get(verb);
  if (!work)
    throw usageError(
      `case: ${verb === '' ? 'what is to be done?' : `what is ${verb}?`}`,
      'case',
      'There is: export, verify, open.',
    );
  checkOptions(verb, parsed);
  return work(parsed);
}
