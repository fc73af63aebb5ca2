/** Which incidents of a capture suppressions silence. */
import { firstMatch, type Matcher } from '../../detect/incidents/suppressions/engine.ts';
import type { BuiltIncident } from '../../detect/incidents/build.ts';
import { protoWord } from '../../keep/store/queries/protocols.ts';
import type { IncidentsByFlow } from './explain.ts';
import type { FlowLog } from './flow-log.ts';

/** Transports and services of each incident's flows, lower case; read from all flows once it is asked for. */
function protocolsOf(byFlow: IncidentsByFlow, log: FlowLog): (built: BuiltIncident) => ReadonlySet<string> {
  let known: Map<BuiltIncident, Set<string>> | undefined;
  const look = (): Map<BuiltIncident, Set<string>> => {
    const found = new Map<BuiltIncident, Set<string>>();
    for (const { columns, count, meta } of log.batches()) {
      for (let row = 0; row < count; row++) {
        const services = (meta[row]?.service ?? '').split(',').filter((name) => name !== '');
        for (const built of byFlow.get(columns.id[row]!) ?? []) {
          const all = found.get(built) ?? new Set<string>();
          all.add(protoWord(columns.proto[row]!));
          for (const service of services) all.add(service.toLowerCase());
          found.set(built, all);
        }
      }
    }
    return found;
  };
  return (built) => (known ??= look()).get(built) ?? new Set();
}

export interface Heard {
  told: BuiltIncident[];
  silenced: BuiltIncident[];
}

/** Divides incidents into those that none of the suppressions silences, and the others, in their order. */
export function divideHeard(
  matchers: readonly Matcher[],
  incidents: readonly BuiltIncident[],
  byFlow: IncidentsByFlow,
  log: FlowLog,
): Heard {
  const protocols = protocolsOf(byFlow, log);
  const { told = [], silenced = [] } = Object.groupBy(incidents, (built) =>
    firstMatch(matchers, built.incident, () => protocols(built)) === null ? 'told' : 'silenced',
  );
  return { told, silenced };
}
