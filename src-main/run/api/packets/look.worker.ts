/** One look at packets, on a thread of its own: reads the captures, holds what it found, and takes it apart when asked. */
import {
  PACKET_BYTES_MAX,
  PACKETS_MAX,
  STREAM_MAX,
  type PacketStream,
} from '../../../../src-shared/contract/topics/packets.ts';
import { formatTime } from '../../../../src-shared/domain/time.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { failureOf } from '../../../keep/store/failure.ts';
import { flowPackets, type FlowPackets } from '../../../keep/exports/view/flow-packets.ts';
import { keysIn } from '../../../keep/exports/view/keys.ts';
import { scanPackets } from '../../../keep/exports/view/scan.ts';
import { InputError } from '../../../meter/packets/errors.ts';
import { inputErrorAsOurs } from '../../pipeline/input-error.ts';
import { threadSide } from '../../pipeline/threads.ts';
import { hashFiles } from './hashes.ts';
import { HeldPackets, streamOf } from './held.ts';
import type { FromLook, LookData, ToLook } from './messages.ts';

/** Shortest time between two messages of how far it is, ms. */
const TOLD_MS = 100;

/** Packets of one flow that are read for its stream, also those that are not listed. */
const STREAM_PACKETS_MAX = 20_000;

const side = threadSide();
const tell = (message: FromLook): void => side.send(message);
const { paths, keys, arp, skip, sha256 } = side.data as LookData;
let held = new HeldPackets(keys ?? []);

let told = -Infinity;
let stopped = false;
/** Every packet of the selection is listed. */
let isAll = false;
const isStopped = (): boolean => stopped;
function progress(bytes: number, total: number, checking: boolean): void {
  if (performance.now() - told < TOLD_MS) return;
  told = performance.now();
  tell({ type: 'progress', bytes, total: Number.isFinite(total) ? total : null, checking });
}

async function look(): Promise<void> {
  const wantedKeys = keys ?? (await keysIn(paths));
  held = new HeldPackets(wantedKeys);
  const more = await scanPackets(paths, wantedKeys, {
    arp,
    skip,
    packets: PACKETS_MAX,
    bytes: PACKET_BYTES_MAX,
    onPackets: (packets, { sec, nano }) =>
      tell({ type: 'packets', since: formatTime(sec, nano), packets: held.add(packets) }),
    onProgress: (bytes, total) => progress(bytes, total, false),
    isStopped,
  });
  isAll = skip === 0 && !more;
  const wanted = paths.filter((_, i) => (sha256[i] ?? '') !== '');
  const checked = await hashFiles(wanted, (bytes, total) => progress(bytes, total, true), isStopped);
  if (!stopped) tell({ type: 'done', more, checked });
}

async function stream({ frame, wanted }: Extract<ToLook, { type: 'stream' }>): Promise<PacketStream> {
  const { key, packets } = held.ofFlow(frame);
  const listed: FlowPackets = { packets, fromBeginning: true };
  if (isAll || stopped) return streamOf(listed, key, wanted);
  const page = { first: packets[0]!.frame, last: packets.at(-1)!.frame };
  const bounds = { packets: STREAM_PACKETS_MAX, bytes: PACKET_BYTES_MAX, payload: STREAM_MAX };
  // Where the file is gone since, what is listed is held all the same.
  const read = await flowPackets(paths, key, page, bounds, isStopped).catch((error: unknown) => {
    if (error instanceof InputError) return listed;
    throw error;
  });
  return streamOf(read.packets.length > 0 ? read : listed, key, wanted);
}

async function answer(message: Exclude<ToLook, { type: 'stop' }>): Promise<void> {
  const { id } = message;
  try {
    if (message.type === 'one') tell({ type: 'one', id, detail: held.one(message.frame) });
    else tell({ type: 'stream', id, stream: await stream(message) });
  } catch (error) {
    if (!(error instanceof SondeError)) throw error;
    tell({ type: 'refused', id, failure: failureOf(error, '') });
  }
}

/** Streams are put together one after another: each may read the captures. */
let streams = Promise.resolve();

function take(message: ToLook): void {
  if (message.type === 'stop') stopped = true;
  else if (message.type === 'one') void answer(message);
  else streams = streams.then(() => answer(message));
}

side.onMessage((message) => take(message as ToLook));
try {
  await look();
} catch (error) {
  tell({ type: 'failed', failure: failureOf(inputErrorAsOurs(error), paths[0] ?? '') });
  side.end();
}
