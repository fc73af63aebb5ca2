/** Names of programs beside the flows of a live capture. */
import { canTellProcesses, FlowProcesses } from '../../../meter/enrich/processes/flow-processes.ts';
import type { TriageOptions } from '../triage-types.ts';

type OnObservations = NonNullable<TriageOptions['onObservations']>;

/** Undefined where the system cannot be asked. */
export function openFlowProcesses(): FlowProcesses | undefined {
  return canTellProcesses() ? new FlowProcesses() : undefined;
}

/** Before anybody keeps the flows: they have their programs then. */
export function withProcesses(processes: FlowProcesses, also: OnObservations | undefined): OnObservations {
  return (seen, hosts) => {
    processes.observe(seen, hosts);
    also?.(seen, hosts);
  };
}
