/** Incidents as they open, newest first. */
import type { LiveIncidentShown } from '../../../src-shared/contract/topics/live.ts';
import { Panel } from '../../components/Panel.tsx';
import { SeverityMark } from '../../components/SeverityMark.tsx';
import { Empty } from '../../components/states.tsx';
import { dateTime, secondsOf, timeOfDay } from '../../lib/clock.ts';
import { useAsk } from '../../lib/desk.tsx';
import { exact } from '../../lib/numbers.ts';
import { useZone } from '../../lib/zone.tsx';
import type { LiveState } from './state.ts';

/** As many as the store is asked about at once. */
const KNOWN_MAX = 1000;

/** What the store knows of a session's incidents: which are silenced as expected. */
export function useSilenced(capture: number | null): ReadonlySet<string> {
  const rows = useAsk(
    `live silenced ${capture}`,
    (client, signal) =>
      client.incidents.list({ capture: capture ?? 1, suppressed: 'only', limit: KNOWN_MAX }, { signal }),
    { topics: ['incidents', 'suppressions'], when: capture !== null, keep: true },
  ).data?.rows;
  return new Set((rows ?? []).map(({ uid }) => uid));
}

export function Feed({ state, onOpen }: { state: LiveState; onOpen(uid: string): void }) {
  const { incidents, session } = state;
  const silenced = useSilenced(session?.capture ?? null);
  const told = incidents.filter(({ incident: { uid } }) => !silenced.has(uid));
  const silent = incidents.length - told.length;
  return (
    <Panel
      title="Incidents"
      note={`newest first${silent > 0 ? ` · ${exact(silent)} silenced as expected` : ''}`}
      className="live-feed"
    >
      {told.length === 0 ? (
        <Empty title="No incidents so far">Known shapes of attack are watched from the first packet.</Empty>
      ) : (
        <div className="live-feed-list" role="log" aria-label="Incidents, newest first">
          <ol>
            {told.map((each) => (
              <Entry key={each.incident.uid} told={each} isPlayed={session?.source.kind === 'file'} onOpen={onOpen} />
            ))}
          </ol>
        </div>
      )}
    </Panel>
  );
}

export function latencyText(ms: number | null): string {
  if (ms === null) return '';
  return ms < 1000 ? `told after ${exact(ms)} ms` : `told after ${(ms / 1000).toFixed(1)} s`;
}

interface EntryProps {
  told: LiveIncidentShown;
  /** Of a capture that is played: the time is that of its packets, as everywhere else. */
  isPlayed: boolean;
  onOpen(uid: string): void;
}

function Entry({ told, isPlayed, onOpen }: EntryProps) {
  const zone = useZone();
  const { incident, openedAt, state, latencyMs } = told;
  const { uid, severity, title } = incident;
  const at = isPlayed ? dateTime(secondsOf(incident.decidedTs), zone) : timeOfDay(openedAt / 1000, zone);
  return (
    <li className={state === 'closed' ? 'live-over' : ''}>
      <button type="button" onClick={() => onOpen(uid)}>
        <SeverityMark severity={severity} />
        <span className="live-entry-title">{title}</span>
        <span
          className="live-entry-note dim"
          {...(isPlayed ? { title: `told at ${dateTime(openedAt / 1000, zone)}` } : {})}
        >
          {at}
          {state === 'closed' ? ' · over' : ''}
          {latencyMs === null ? '' : ` · ${latencyText(latencyMs)}`}
        </span>
      </button>
    </li>
  );
}
