/** One look at packets, on a thread of its own: reads the captures, holds what it found, and takes it apart when asked. */
import { PACKET_BYTES_MAX, PACKETS_MAX } from '../../../../src-shared/contract/topics/packets.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { failureOf } from '../../../keep/store/failure.ts';
import { keysIn } from '../../../keep/exports/view/keys.ts';
import { scanPackets } from '../../../keep/exports/view/scan.ts';
import { inputErrorAsOurs } from '../../pipeline/input-error.ts';
import { threadSide } from '../../pipeline/threads.ts';
import { hashFiles } from './hashes.ts';
import { HeldPackets } from './held.ts';
import type { FromLook, LookData, ToLook } from './messages.ts';

/** Shortest time between two messages of how far it is, ms. */
const TOLD_MS = 100;

const side = threadSide();
const tell = (message: FromLook): void => side.send(message);
const { paths, keys, arp, skip, sha256 } = side.data as LookData;
let held = new HeldPackets(keys ?? []);

let told = -Infinity;
let stopped = false;
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
    onPackets: (packets) => tell({ type: 'packets', packets: held.add(packets) }),
    onProgress: (bytes, total) => progress(bytes, total, false),
    isStopped,
  });
  const wanted = paths.filter((_, i) => (sha256[i] ?? '') !== '');
  const checked = await hashFiles(wanted, (bytes, total) => progress(bytes, total, true), isStopped);
  if (!stopped) tell({ type: 'done', more, checked });
}

function answer(message: ToLook): void {
  if (message.type === 'stop') {
    stopped = true;
    return;
  }
  const { id, frame } = message;
  try {
    if (message.type === 'one') tell({ type: 'one', id, detail: held.one(frame) });
    else tell({ type: 'stream', id, stream: held.stream(frame, message.wanted) });
  } catch (error) {
    if (!(error instanceof SondeError)) throw error;
    tell({ type: 'refused', id, failure: failureOf(error, '') });
  }
}

side.onMessage((message) => answer(message as ToLook));
try {
  await look();
} catch (error) {
  tell({ type: 'failed', failure: failureOf(inputErrorAsOurs(error), paths[0] ?? '') });
  side.end();
}
