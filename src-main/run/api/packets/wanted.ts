/** What is marked in the stream of a flow: what its incidents were found by. */
import type { CancelSignal } from '../../../../src-shared/contract/cancel.ts';
import { wantedOfName, wantedOfRule, type Wanted } from '../../../keep/exports/view/marks.ts';
import type { Readers } from '../../../keep/store/readers.ts';

const PREFIX = 'signature:';
/** Incidents, and rules of one, that are looked at. */
const INCIDENTS_MAX = 10;
const RULES_MAX = 20;
/** Where only a list of indicators or a rule was about a name is it a sign; elsewhere it merely occurs. */
const NAMED_BY = /^(intel|signature:|sigma|(behaviour:)?(dga|dns))/;

function sidsOf(detectors: Readonly<Record<string, number>>): number[] {
  return Object.keys(detectors)
    .filter((id) => id.startsWith(PREFIX))
    .map((id) => Number(id.slice(PREFIX.length)))
    .filter((sid) => Number.isSafeInteger(sid) && sid >= 0 && sid <= 0xffff_ffff)
    .slice(0, RULES_MAX);
}

/** Contents of rules as they are kept now, and names of indicators, of the incidents that the flow is part of. */
export async function wantedIn(
  readers: Readers,
  capture: number,
  flow: number,
  signal: CancelSignal,
): Promise<Wanted[]> {
  const { incidents } = await readers.ask('getFlow', [{ capture, id: flow }], signal);
  const wanted: Wanted[] = [];
  const sids = new Set<number>();
  for (const uid of incidents.slice(0, INCIDENTS_MAX)) {
    const { incident } = await readers.ask('getIncident', [{ capture, uid }], signal);
    for (const sid of sidsOf(incident.detectors)) sids.add(sid);
    if (Object.keys(incident.detectors).some((id) => NAMED_BY.test(id))) {
      wanted.push(...incident.domains.flatMap((name) => wantedOfName(name)));
    }
  }
  if (sids.size === 0) return wanted;
  const { rows } = await readers.ask(
    'listRules',
    [{ sids: [...sids], search: '', show: 'all', limit: RULES_MAX }],
    signal,
  );
  return [...rows.flatMap(({ sid, message, text }) => wantedOfRule(text, `rule ${sid}: ${message}`)), ...wanted];
}
