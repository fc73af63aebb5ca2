/** A connection on which every call is made in an opened case. */
import type { Transport } from '../../src-shared/contract/wire.ts';

/** null: the desk itself. */
export function inCase(transport: Transport, id: string | null): Transport {
  if (id === null) return transport;
  return {
    send: (message) => transport.send({ ...(message as object), in: id }),
    onMessage: (listener) => transport.onMessage(listener),
    onClose: (listener) => transport.onClose(listener),
    close: () => transport.close(),
  };
}
