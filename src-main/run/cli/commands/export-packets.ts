/** `sonde export-packets CAPTURE --db FILE --incident UID | --filter F --out FILE.pcapng`. */
import { resolve } from 'node:path';
import { existsSync, statSync } from 'node:fs';
import { TextError } from '../../../../src-shared/contract/wire.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { VERSION } from '../../../../src-shared/version.ts';
import { exportPackets } from '../../../keep/exports/packets.ts';
import { openStore } from '../../../keep/store/client.ts';
import { openReaders, type Readers } from '../../../keep/store/readers.ts';
import { openRecords } from '../../../keep/imports/open-records.ts';
import { RecordReader } from '../../../keep/imports/reader.ts';
import { InputError } from '../../../meter/packets/errors.ts';
import { openCaptures } from '../../../meter/packets/open.ts';
import { checkSame } from '../../api/export/packets.ts';
import { onlyRecords } from '../../api/packets/source.ts';
import { workerUrl } from '../../pipeline/workers.ts';
import { helpOf, parseArguments, usageError, type CommandSpec, type Parsed } from '../arguments.ts';
import type { Fetched } from '../../fleet/packets/asker.ts';
import { EXIT, say } from '../errors.ts';
import { fleetOf } from '../../fleet/follow/options.ts';
import { FLEET_OPTIONS } from '../../fleet/options.ts';
import { packetsOfSensors } from '../fleet-packets.ts';
import { plural } from '../words.ts';

export const EXPORT_PACKETS: CommandSpec = {
  name: 'export-packets',
  usage:
    'sonde export-packets CAPTURE --db FILE (--incident UID | --filter FILTER) --out FILE.pcapng\n' +
    '       sonde export-packets --fleet URL --fleet-sensors FILE --fleet-packets-key FILE --db FILE --incident UID --out FILE.pcapng',
  summary:
    'Writes the packets of an incident, or of the flows that a filter lets through, as pcapng. CAPTURE is the file that\n' +
    'sonde triage CAPTURE --db FILE has kept; several files that were kept as one are named in the same order.\n' +
    'With --fleet the sensors that saw the incident are asked; those hand out packets that were told to.',
  options: [
    { name: 'db', value: 'FILE', help: 'the database that holds the capture’s flows' },
    { name: 'incident', value: 'UID', help: 'the packets of this incident (its uid, from --json)' },
    { name: 'filter', value: 'FILTER', help: 'the packets of these flows, as in: id.resp_p == 22 && orig_bytes > 1MB' },
    { name: 'out', value: 'FILE', help: 'the pcapng file to write' },
    ...FLEET_OPTIONS,
    { name: 'json', help: 'print what was written as JSON' },
    { name: 'help', help: 'show this' },
  ],
};

interface Wanted {
  db: string;
  out: string;
  incident: string | undefined;
  filter: string | undefined;
}

function wantedOf(parsed: Parsed): Wanted {
  const [db, out, incident, filter] = ['db', 'out', 'incident', 'filter'].map((name) => parsed.value(name));
  const isFleet = parsed.on('fleet');
  const right = `Write ${EXPORT_PACKETS.usage.split('\n')[isFleet ? 1 : 0]!.trim()}.`;
  if (isFleet && parsed.files.length > 0) throw usageError('--fleet and a capture', '--fleet', right);
  if (isFleet && filter !== undefined)
    throw usageError('sensors are asked for incidents, not for flows', '--filter', right);
  if (!isFleet && parsed.files.length === 0) throw usageError('no capture was named', 'export-packets', right);
  if (db === undefined) throw usageError('--db is missing', '--db', right);
  if (out === undefined) throw usageError('--out is missing', '--out', right);
  if ((incident === undefined) === (filter === undefined))
    throw usageError('give either --incident or --filter', '--incident', right);
  if (parsed.files.some((file) => resolve(file) === resolve(out))) {
    throw usageError(`${out}: is the capture itself`, '--out', 'Name another file.');
  }
  return { db, out, incident, filter };
}

/** Why files are no captures: a desk keeps records of flows as well, and has flows of them to ask for. */
async function withRecords(error: unknown, files: readonly string[]): Promise<unknown> {
  // A pipe was read already, and would be waited for.
  if (!(error instanceof InputError) || !files.every((file) => statSync(file, { throwIfNoEntry: false })?.isFile()))
    return error;
  const records = await openRecords(files);
  if (!(records instanceof RecordReader)) return error;
  await records.close();
  return onlyRecords(files.join(', '));
}

/** Hashes of files, which are read whole. */
async function hashesOf(files: readonly string[]): Promise<string[]> {
  const reader = await openCaptures(files, { hash: 'auto' }).catch(async (error: unknown) => {
    throw await withRecords(error, files);
  });
  try {
    for (let batch = await reader.read(); batch; batch = await reader.read()) reader.release(batch);
    return reader.summaries().map((s) => s.sha256);
  } finally {
    await reader.close();
  }
}

async function captureOf(readers: Readers, files: readonly string[], { db, incident }: Wanted): Promise<number> {
  const sha256 = await hashesOf(files);
  const held = await readers.ask('incidentKeys', [{ sha256 }]);
  if (held.length === 0) {
    throw new SondeError(
      'not-found',
      `${db} does not hold ${files.join(', ')}`,
      db,
      `Keep it first: sonde triage ${files.join(' ')} --db ${db}.`,
    );
  }
  const found = incident === undefined ? held : await readers.ask('incidentKeys', [{ sha256, uid: incident }]);
  if (found[0] !== undefined) return found[0];
  throw new SondeError(
    'not-found',
    `${files.join(', ')} has no incident ${incident ?? ''}`,
    '--incident',
    'Its incidents and their uids: sonde triage FILE --json.',
  );
}

/** The fault of a filter with a mark under the character. */
function pointed(error: unknown, filter: string | undefined): unknown {
  if (!(error instanceof TextError) || filter === undefined) return error;
  const mark = `${' '.repeat(error.at.start)}${'^'.repeat(Math.max(1, error.at.end - error.at.start))}`;
  return new SondeError('bad-filter', `--filter: ${error.message}\n  ${filter}\n  ${mark}\n`, '--filter', error.cure);
}

function tellFetched({ packets, bytes, sensors, notes }: Fetched, out: string, isJson: boolean): void {
  const report = { schema: 'sonde.export-packets/1', out, flows: 0, packets, bytes, sensors, notes };
  for (const note of notes) say(note);
  const text = `Wrote ${plural(packets, 'packet')} of ${plural(sensors.length, 'sensor')} (${sensors.join(', ')}) to ${out}.`;
  process.stdout.write(`${isJson ? JSON.stringify(report) : text}\n`);
}

export async function exportPacketsCommand(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(EXPORT_PACKETS, args);
  if (parsed.on('help')) {
    process.stdout.write(helpOf(EXPORT_PACKETS));
    return EXIT.DONE;
  }
  const wanted = wantedOf(parsed);
  const openFleet = await fleetOf(parsed, say);
  const { db, out, incident, filter = '' } = wanted;
  if (!existsSync(db))
    throw new SondeError('not-found', `${db}: no such file`, db, 'Name the database given to sonde triage --db.');
  // The store brings an older database up to date, and says what is wrong with one that is none.
  const store = await openStore(db, workerUrl('keep/store/store.worker'));
  const readers = openReaders(db, workerUrl('keep/store/reader.worker'), 1);
  try {
    if (openFleet && incident !== undefined) {
      const fetched = await packetsOfSensors({ store, readers }, openFleet, { db, incident, out });
      tellFetched(fetched, out, parsed.on('json'));
      return EXIT.DONE;
    }
    const capture = await captureOf(readers, parsed.files, wanted);
    const selection = { capture, filter, ...(incident === undefined ? {} : { incident }) };
    const { keys, arp, comment, sha256 } = await readers.ask('packetKeys', [selection]);
    const written = await exportPackets(parsed.files, keys, out, `sonde ${VERSION}`, { arp, comment });
    checkSame(
      sha256,
      written.inputs.map((i) => i.sha256),
      parsed.files,
    );
    const from = arp ? 'ARP' : plural(keys.length, 'flow');
    const text = `Wrote ${plural(written.packets, 'packet')} of ${from} to ${out}.`;
    const report = {
      schema: 'sonde.export-packets/1',
      out,
      flows: keys.length,
      packets: written.packets,
      bytes: written.bytes,
    };
    process.stdout.write(`${parsed.on('json') ? JSON.stringify(report) : text}\n`);
    return EXIT.DONE;
  } catch (error) {
    throw pointed(error, wanted.filter);
  } finally {
    await readers.close();
    await store.close();
  }
}
