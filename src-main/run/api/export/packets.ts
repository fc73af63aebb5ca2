/** Exports packets on a thread. */
import type { CancelSignal } from '../../../../src-shared/contract/cancel.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { errorOf } from '../../../keep/store/failure.ts';
import type { Failure } from '../../../keep/store/protocol.ts';
import type { ArpNamed, PacketKey } from '../../../keep/store/queries/packets.ts';
import { startThread } from '../../pipeline/threads.ts';
import { inTurn } from './turns.ts';

export interface ExportData {
  paths: readonly string[];
  keys: readonly PacketKey[];
  arp: ArpNamed | null;
  comment: string;
  out: string;
}

export type FromExport =
  { type: 'done'; packets: number; bytes: number; sha256: string[] } | { type: 'failed'; failure: Failure };

/**
 * Writes the packets of the flows to `data.out`.
 *
 * @throws SondeError: `cancelled`, or why a capture could not be read or the file not be written.
 */
export async function exportInThread(
  data: ExportData,
  signal?: CancelSignal,
): Promise<Extract<FromExport, { type: 'done' }>> {
  return inTurn(data.out, signal, () => inThread(data, signal));
}

function inThread(data: ExportData, signal?: CancelSignal): Promise<Extract<FromExport, { type: 'done' }>> {
  return new Promise((resolve, reject) => {
    const thread = startThread('run/api/export/export.worker', data, [], {
      onMessage: (message) => {
        const told = message as FromExport;
        if (told.type === 'done') resolve(told);
        else reject(errorOf(told.failure));
      },
      onEnd: (error) =>
        reject(error ?? new SondeError('worker-lost', 'the export ended unexpectedly', data.out, 'Try again.')),
    });
    const stop = (): void => {
      reject(new SondeError('cancelled', 'the export was cancelled', data.out, ''));
      void thread.kill();
    };
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}

/** @throws SondeError `not-found` when a capture's file is no longer what it was. */
export function checkSame(before: readonly string[], now: readonly string[], paths: readonly string[]): void {
  const changed = paths.filter(
    (_, i) => before[i] !== undefined && now[i] !== undefined && before[i] !== '' && before[i] !== now[i],
  );
  if (changed.length === 0) return;
  const what = `${changed.join(', ')}: is no longer the file that was imported`;
  throw new SondeError('not-found', what, changed[0]!, 'Put the capture back where it was, or import it again.');
}
