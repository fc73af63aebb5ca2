/**
 * How far an earlier process got with the same run, as the last batch of each shard's stream tells: a capture that is read
 * again goes on there, and nothing of it is told twice.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { SondeError } from '../../../../src-shared/errors.ts';
import { names } from '../names.ts';
import { ROW_LISTS, type RowList, type SliceBatch, type Transport } from '../types.ts';
import { openBatch } from '../wire/seal.ts';
import { WireError } from '../wire/error.ts';

/** What a shard's stream has of a run. */
export interface Sent {
  sequence: number;
  /** All of the cells before it was sent. */
  until: number;
  /** The whole run was sent. */
  end: boolean;
  /** The last slice; the list it had got to, and how far in it. -1: none. */
  number: number;
  list: number;
  position: number;
}

/** What is asked about. */
interface Run {
  sensor: string;
  run: number;
  shards: number;
}

/**
 * By shard, undefined where the stream has nothing of this run.
 *
 * @throws SondeError while the server is away, and where the sensor sent a later run already: workers would pass this one over
 */
export async function sentBefore(transport: Transport, of: Run, key: KeyObject): Promise<(Sent | undefined)[]> {
  const ours = createPublicKey(key as never);
  const all: (Sent | undefined)[] = [];
  for (let shard = 0; shard < of.shards; shard++) {
    const entry = await transport.last(names.slices(shard, of.sensor));
    all.push(entry && sentOf(entry.body, of, ours));
  }
  return all;
}

function sentOf(body: Uint8Array, { sensor, run, shards }: Run, key: KeyObject): Sent | undefined {
  try {
    const batch = openBatch(body, () => key);
    if (batch.run > run) throw overtaken(sensor, run, batch.run);
    return batch.run === run && batch.shards === shards ? reached(batch) : undefined;
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

export function overtaken(sensor: string, run: number, last: number): SondeError {
  const what = `${sensor} has sent run ${last} already, which is later than this one, ${run}: workers would pass it over`;
  const cure = `Give this capture a sensor of its own (--name, --key), or a higher number: --run ${last + 1}.`;
  return new SondeError('bad-request', what, sensor, cure);
}

function reached({ sequence, until, end, slices }: SliceBatch): Sent {
  const last = slices.at(-1);
  const sent: Sent = { sequence, until, end, number: last?.number ?? -1, list: -1, position: -1 };
  for (const [list, name] of ROW_LISTS.entries()) {
    const position = last?.order[name].at(-1);
    if (position !== undefined) [sent.list, sent.position] = [list, position];
  }
  return sent;
}

/** Whether a row of a slice was sent. Rows of a slice are sent list by list, in their order. */
export function wasSent(sent: Sent, slice: { number: number; cell: number }, list: RowList, row: number): boolean {
  if (slice.cell < sent.until || slice.number < sent.number) return true;
  if (slice.number > sent.number) return false;
  const at = ROW_LISTS.indexOf(list);
  return at < sent.list || (at === sent.list && row <= sent.position);
}
