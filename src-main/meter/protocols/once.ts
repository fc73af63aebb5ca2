/** Sessions of protocols of which only the first bytes are worth reading. */
import type { FlowContext } from './context.ts';
import type { Session } from './inspector.ts';

/** Reads what it wants of the bytes [at, end), for facts. */
export type Reader = (flow: FlowContext, fromOrig: boolean, data: Uint8Array, at: number, end: number) => void;

/** Shows `reader` the first payloads of the flow, then ends: `payloads` of them, whatever their direction. */
export function once(reader: Reader, payloads = 1): () => Session {
  return () => {
    let left = payloads;
    const show: Reader = (flow, fromOrig, data, at, end) => {
      reader(flow, fromOrig, data, at, end);
      if (--left <= 0) flow.finish();
    };
    return {
      read(flow, fromOrig, data, at, end) {
        show(flow, fromOrig, data, at, end);
        return end;
      },
      datagram: show,
      gap(flow) {
        flow.finish();
        return false;
      },
    };
  };
}
