/** Which incidents of a capture suppressions silence. */
import { firstMatch, type FlowMarks, type Matcher } from '../../detect/incidents/suppressions/engine.ts';
import type { BuiltIncident } from '../../detect/incidents/build.ts';
import { protoWord } from '../../keep/store/queries/protocols.ts';
import type { IncidentsByFlow } from './explain.ts';
import type { FlowLog } from './flow-log.ts';

interface Found {
  protocols: Set<string>;
  ja4: Set<string>;
}

const NOTHING: ReadonlySet<string> = new Set();

/** What each incident's flows tell; read from all flows once it is asked for. */
function marksOf(byFlow: IncidentsByFlow, log: FlowLog): (built: BuiltIncident) => FlowMarks {
  let known: Map<BuiltIncident, Found> | undefined;
  const look = (): Map<BuiltIncident, Found> => {
    const found = new Map<BuiltIncident, Found>();
    for (const { columns, count, meta } of log.batches()) {
      for (let row = 0; row < count; row++) {
        const services = (meta[row]?.service ?? '').split(',').filter((name) => name !== '');
        const print = meta[row]?.facts['tls.ja4'];
        for (const built of byFlow.get(columns.id[row]!) ?? []) {
          const all: Found = found.get(built) ?? { protocols: new Set(), ja4: new Set() };
          all.protocols.add(protoWord(columns.proto[row]!));
          for (const service of services) all.protocols.add(service.toLowerCase());
          if (print !== undefined) all.ja4.add(print.toLowerCase());
          found.set(built, all);
        }
      }
    }
    return found;
  };
  const of = (built: BuiltIncident): Found | undefined => (known ??= look()).get(built);
  return (built) => ({
    protocols: () => of(built)?.protocols ?? NOTHING,
    ja4: () => of(built)?.ja4 ?? NOTHING,
  });
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
  const marks = marksOf(byFlow, log);
  const { told = [], silenced = [] } = Object.groupBy(incidents, (built) =>
    firstMatch(matchers, built.incident, marks(built)) === null ? 'told' : 'silenced',
  );
  return { told, silenced };
}
