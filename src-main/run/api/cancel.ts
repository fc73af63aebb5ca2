/** Between the contract's cancelling and Node's. */
import type { CancelSignal } from '../../../src-shared/contract/cancel.ts';

/** Resolves when the signal is set off. */
export function whenCancelled(signal: CancelSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
