/** Which flows incidents account for: they are no anomalies of their own, and no example of what is usual. */
import type { AnomalyOptions } from '../../detect/detectors/anomalies.ts';
import type { BuiltIncident } from '../../detect/incidents/build.ts';

/**
 * Whether a flow is one that incidents which are more than notes are about. Of a flood not every flow is named: there, all
 * between its hosts towards its ports are.
 */
export function explainedBy(named: readonly BuiltIncident[]): AnomalyOptions['skipFlows'] {
  const explained = named.filter((b) => b.incident.severity !== 'info');
  const cut = explained
    .filter(({ incident, flowIds }) => incident.flows > flowIds.size)
    .map((b) => ({
      sources: new Set(b.sourceHosts),
      targets: new Set(b.targetHosts),
      ports: new Set(b.incident.ports),
    }));
  return (id, source, target, port) =>
    explained.some(({ flowIds }) => flowIds.has(id)) ||
    cut.some(({ sources, targets, ports }) => sources.has(source) && targets.has(target) && ports.has(port));
}

/** Flows of incidents, and all of hosts whose incident has more flows than are told one by one. */
export function outOfTheOrdinary(named: readonly BuiltIncident[]): (flow: number, host: number) => boolean {
  const hosts = new Set(named.flatMap((b) => (b.incident.flows > b.flowIds.size ? b.sourceHosts : [])));
  const flows = new Set(named.flatMap(({ flowIds }) => [...flowIds]));
  return (flow, host) => hosts.has(host) || flows.has(flow);
}
