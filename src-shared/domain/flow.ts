/** Flows as the desk speaks of them. */

/** The program of this machine that a flow belongs to. */
export interface FlowProcess {
  pid: number;
  name: string;
  /** Whose it is: the name of the user, or their number. */
  user?: string;
}

/** Columns by which flows can be sorted, in Zeek's names. */
export const FLOW_SORTS = [
  'ts', 'duration', 'id.orig_h', 'id.orig_p', 'id.resp_h', 'id.resp_p', 'proto', 'service', 'app', 'conn_state',
  'orig_bytes', 'resp_bytes', 'orig_pkts', 'resp_pkts', 'score',
] as const; // prettier-ignore
export type FlowSort = (typeof FLOW_SORTS)[number];
