/** The door of the room: files to one stream of records. */
import { InputError, inputName } from '../../meter/packets/errors.ts';
import { RawSource } from '../../meter/packets/input/raw-source.ts';
import { RecordInput } from './input.ts';
import { RecordReader, type Pending, type ReaderOptions } from './reader.ts';
import { recordsIn, type Recognised } from './recognise.ts';

/** What an input holds, and when it begins: its first piece is read. */
async function look(index: number, raw: RawSource, kind: Recognised, alone: boolean): Promise<Pending> {
  const { path, total } = raw;
  if (alone || Number.isNaN(total)) return { index, path, kind, raw, total, first: Number.NEGATIVE_INFINITY };
  const input = new RecordInput(raw, kind);
  try {
    await input.read();
  } finally {
    await input.close();
  }
  const first = input.records.reduce((least, { sec }) => Math.min(least, sec), Number.POSITIVE_INFINITY);
  return { index, path, kind, raw: undefined, total, first };
}

/** What was found behind the paths that were named. */
class Found {
  readonly records: { index: number; raw: RawSource; kind: Recognised }[] = [];
  /** Captures, and whatever else their reader is to judge. */
  readonly others: RawSource[] = [];
  readonly failures: [number, string, InputError][] = [];

  async add(index: number, path: string): Promise<void> {
    let raw: RawSource | undefined;
    try {
      raw = await RawSource.open(path);
      const kind = await recordsIn(raw);
      if (kind) this.records.push({ index, raw, kind });
      else this.others.push(raw);
    } catch (error) {
      await raw?.close();
      if (!(error instanceof InputError)) throw error;
      this.failures.push([index, path, error]);
    }
  }

  async close(): Promise<void> {
    for (const { raw } of this.records) await raw.close();
    for (const raw of this.others) await raw.close();
  }

  /** Inputs that can be read only once, by path; the others are closed. */
  async pipes(): Promise<ReadonlyMap<string, RawSource>> {
    const once = new Map<string, RawSource>();
    for (const raw of this.others) {
      if (Number.isNaN(raw.total)) once.set(raw.path, raw);
      else await raw.close();
    }
    return once;
  }
}

/**
 * What inputs hold: records of flows, read as one; or none of them, then those that can be read only once, opened.
 *
 * @throws InputError where records are known and none can be read, and where records and captures were named together.
 */
export async function openRecords(
  paths: readonly string[],
  options: ReaderOptions = {},
): Promise<RecordReader | ReadonlyMap<string, RawSource>> {
  const found = new Found();
  for (const [index, path] of paths.entries()) await found.add(index, path);
  const { records, others, failures } = found;
  if (records.length === 0) {
    if (others.length > 0 || !failures[0]) return found.pipes();
    throw failures[0][2];
  }
  const [other] = others;
  if (other) {
    await found.close();
    throw mixed(records[0]!.raw.path, other.path);
  }
  const pending: Pending[] = [];
  for (const { index, raw, kind } of records) pending.push(await look(index, raw, kind, records.length === 1));
  const reader = new RecordReader(pending, options);
  for (const failure of failures) reader.addUnreadable(...failure);
  return reader;
}

function mixed(records: string, other: string): InputError {
  const text =
    `${inputName(records)}: records of flows cannot be read together with ${inputName(other)}, which holds none. ` +
    'Give them one after the other.';
  return new InputError('not-a-capture', records, text);
}
