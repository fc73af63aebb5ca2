/** How packets that are looked at or exported are called in the audit log. */
import type { Selection } from '../../../keep/store/queries/common.ts';

/** What of a selection the audit log should say. */
export function selectionText({ capture, filter, incident, flow }: Selection): string {
  const parts = [incident === undefined ? '' : `incident ${incident}`, flow === undefined ? '' : `flow ${flow}`];
  return [`capture ${capture}`, ...parts, filter].filter(Boolean).join(', ');
}
