/** Flows as the desk speaks of them. */

/** Columns by which flows can be sorted, in Zeek's names. */
export const FLOW_SORTS = [
  'ts', 'duration', 'id.orig_h', 'id.orig_p', 'id.resp_h', 'id.resp_p', 'proto', 'service', 'app', 'conn_state',
  'orig_bytes', 'resp_bytes', 'orig_pkts', 'resp_pkts', 'score',
] as const; // prettier-ignore
export type FlowSort = (typeof FLOW_SORTS)[number];
