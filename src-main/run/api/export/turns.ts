/** Exports of packets, one after the other. */
import type { CancelSignal } from '../../../../src-shared/contract/cancel.ts';
import { SondeError } from '../../../../src-shared/errors.ts';

/** Each reads whole captures again: more at once would only be slower. */
const AT_ONCE = 2;
let underWay = 0;
const waiting: (() => void)[] = [];

/** @throws SondeError `cancelled` where it was before its turn came */
export async function inTurn<T>(out: string, signal: CancelSignal | undefined, work: () => Promise<T>): Promise<T> {
  while (underWay >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  if (signal?.aborted) {
    waiting.shift()?.();
    throw new SondeError('cancelled', 'the export was cancelled', out, '');
  }
  underWay++;
  try {
    return await work();
  } finally {
    underWay--;
    waiting.shift()?.();
  }
}
