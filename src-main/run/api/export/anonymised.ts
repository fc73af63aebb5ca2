/** Packets that can be given away, as `sonde anonymise` writes them: made on a thread, handed over as downloads. */
import { basename } from 'node:path';
import type { CancelSignal } from '../../../../src-shared/contract/cancel.ts';
import type { Caller } from '../../../../src-shared/contract/dispatch.ts';
import type { AnonymisedEvent } from '../../../../src-shared/contract/topics/exports.ts';
import { plural } from '../../../../src-shared/domain/amounts.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { pseudonymKey, pseudonymKeyFile } from '../../../keep/exports/anonymise/key-file.ts';
import type { AnonymiseOptions } from '../../../keep/exports/anonymise/write.ts';
import { errorOf } from '../../../keep/store/failure.ts';
import type { Failure } from '../../../keep/store/protocol.ts';
import type { Selection } from '../../../keep/store/queries/common.ts';
import { linkTypeName } from '../../../meter/packets/link/names.ts';
import type { InputSummary } from '../../../meter/packets/types.ts';
import { startThread } from '../../pipeline/threads.ts';
import type { Desk } from '../desk.ts';
import { withPlainNames, type HeldFile } from '../files.ts';
import { packetFiles, packetSource } from '../packets/source.ts';
import { checkSame } from './packets.ts';
import { inTurn } from './turns.ts';

export interface AnonymiseData {
  paths: readonly string[];
  only: AnonymiseOptions['only'];
  out: string;
  /** Where the map goes; null: none is wanted. */
  map: string | null;
  key: Uint8Array;
}

interface Done {
  packets: number;
  /** Packets by LINKTYPE_ number. */
  unknownLinks: [number, number][];
  inputs: InputSummary[];
  /** Originals that the map does not hold. */
  forgotten: number;
}

export type FromAnonymise =
  | { type: 'progress'; bytes: number; total: number | null }
  | ({ type: 'done' } & Done)
  | { type: 'failed'; failure: Failure };

type Emit = (event: AnonymisedEvent) => void;
export type Asked = Selection & { map: boolean };

/** Nothing is left of it where it fails: the thread itself removes what it began. */
function inThread(data: AnonymiseData, emit: Emit, signal: CancelSignal): Promise<Done> {
  return new Promise((resolve, reject) => {
    const thread = startThread('run/api/export/anonymise.worker', data, [], {
      onMessage: (message) => {
        const told = message as FromAnonymise;
        if (told.type === 'progress') emit(told);
        else if (told.type === 'done') resolve(told);
        else reject(errorOf(told.failure));
      },
      onEnd: (error) =>
        reject(error ?? new SondeError('worker-lost', 'the export ended unexpectedly', data.out, 'Try again.')),
    });
    if (signal.aborted) thread.send('stop');
    else signal.addEventListener('abort', () => thread.send('stop'), { once: true });
  });
}

/** All of it: packets of no flow go with it, and there may be more flows than can be named. */
const isWhole = ({ filter, incident, flow, range }: Selection): boolean =>
  filter === '' && incident === undefined && flow === undefined && range === undefined;

/** Tells nobody's name: neither the capture's, which may be a customer's, nor an address out of a filter. */
async function stemOf(desk: Desk, asked: Selection): Promise<string> {
  const stem = `sonde-anonymised-capture-${asked.capture}`;
  if (isWhole(asked)) return stem;
  if (asked.incident === undefined) return `${stem}-part`;
  const { row } = await desk.readers.ask('getIncident', [{ capture: asked.capture, uid: asked.incident }]);
  return `${stem}-incident-${row.number}`;
}

function notesOf({ packets, unknownLinks, inputs }: Done, paths: readonly string[]): string[] {
  const links = unknownLinks.map(
    ([link, count]) =>
      `Of link type ${linkTypeName(link)}, which is not understood, only times and lengths were kept (${plural(count, 'packet')}).`,
  );
  const damage = inputs.flatMap(({ path, warnings }) => warnings.map(({ message }) => `${path}: ${message}`));
  const none = packets === 0 ? ['No packet was found: the file is empty.'] : [];
  return [...none, ...links, ...damage.map((each) => withPlainNames(each, paths))];
}

interface Sources {
  paths: string[];
  sha256: string[];
  only: AnonymiseOptions['only'];
}

/** @throws SondeError `not-allowed` while it is written, `not-found`, `not-a-capture`, `too-many` */
async function sourcesOf(desk: Desk, asked: Asked, signal: CancelSignal): Promise<Sources> {
  const { capture } = asked;
  if (desk.live.isWriting(capture) || desk.jobs.isImporting(capture)) {
    const cure = 'Wait for its end, or stop it.';
    throw new SondeError('not-allowed', 'this capture is still being written', String(capture), cure);
  }
  if (isWhole(asked)) return { ...(await packetFiles(desk, capture, signal)), only: undefined };
  const { paths, sha256, keys, arp } = await packetSource(desk, asked, signal);
  return { paths, sha256, only: { keys, arp } };
}

/** Told where it can still be fetched. @throws SondeError, and then nothing of it stays */
async function made(
  desk: Desk,
  { paths, sha256, only }: Sources,
  { held, map, key }: { held: HeldFile; map: HeldFile | null; key: string },
  emit: Emit,
  signal: CancelSignal,
): Promise<Done> {
  try {
    const data = { paths, only, out: held.path, map: map?.path ?? null, key: pseudonymKey(key) };
    const done = await inTurn(held.path, signal, () => inThread(data, emit, signal));
    const now = done.inputs.map((input) => input.sha256);
    checkSame(sha256, now, paths);
    // Whoever asked is gone: nobody would fetch it.
    if (signal.aborted) throw new SondeError('cancelled', 'the export was cancelled', held.path, '');
    return done;
  } catch (error) {
    for (const file of [held, map]) if (file) desk.downloads.remove(file.id);
    if (!(error instanceof SondeError)) throw error;
    const { code, message, where, cure } = error;
    const plain = withPlainNames(message, [...paths, held.path, ...(map ? [map.path] : [])]);
    throw new SondeError(code, plain, where, cure, { cause: error });
  }
}

/** Emits how far it is, and last what it came to. `object`: what the audit log calls it. @throws SondeError as its parts do */
export async function anonymisedCopy(
  desk: Desk,
  asked: Asked,
  emit: Emit,
  { caller, signal }: { caller: Caller; signal: CancelSignal },
  object: string,
): Promise<void> {
  const sources = await sourcesOf(desk, asked, signal);
  const stem = await stemOf(desk, asked);
  const held = desk.downloads.place(`${stem}.pcapng`);
  const map = asked.map ? desk.downloads.place(`${stem}-map-keep-at-home.csv`) : null;
  const key = pseudonymKeyFile(desk.file);
  const done = await made(desk, sources, { held, map, key }, emit, signal);
  const told = `${plural(done.packets, 'packet')}, anonymised${map ? ', with a map' : ''}`;
  await desk.audit(caller.user, 'export', object, told);
  emit({
    type: 'done',
    ...fileOf(desk, held),
    packets: done.packets,
    map: map ? { ...fileOf(desk, map), cut: done.forgotten > 0 } : null,
    key: desk.kept ? basename(key) : null,
    notes: notesOf(done, sources.paths),
  });
}

function fileOf(desk: Desk, { id, name }: HeldFile): { download: string; name: string; bytes: number } {
  return { download: id, name, bytes: desk.downloads.get(id).bytes };
}
