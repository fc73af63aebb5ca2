/** Payload bytes of a TCP endpoint by sequence numbers, as conn.log's `orig_bytes` and `resp_bytes`. */
import { ENDPOINT, TCP_STATE, type FlowState } from './state.ts';
import { fullLast, nothingAcknowledged, relativeAck } from './tcp-sequence.ts';

/** SYN and FIN take a number each and are not payload. Never negative (Zeek's count wraps around there). */
export function endpointSize(state: FlowState, end: number): number {
  const peer = end ^ 1;
  if (
    state.previousState[end] === TCP_STATE.SYN_SENT &&
    state.tcpState[end] === TCP_STATE.RESET &&
    state.tcpState[peer] === TCP_STATE.INACTIVE &&
    !nothingAcknowledged(state, end)
  ) {
    // A half-open connection was found and aborted: its numbers mean nothing.
    return 0;
  }
  let size = Math.max(fullLast(state, end) - state.startSeq[end]!, relativeAck(state, end));
  if (size > 0) size--;
  if (size > 0 && (state.endpoint[end]! & ENDPOINT.FIN) !== 0) size--;
  return size > 0 ? size : 0;
}
