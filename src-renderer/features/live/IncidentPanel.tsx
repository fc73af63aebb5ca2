/** One incident of the session, beside the charts: what was seen so far, and what to do. */
import { kindOf, techniqueText } from '../../../src-shared/domain/incident.ts';
import type { LiveIncidentShown, LiveSession } from '../../../src-shared/contract/topics/live.ts';
import { Panel } from '../../components/Panel.tsx';
import { SeverityMark } from '../../components/SeverityMark.tsx';
import { Shown } from '../../components/states.tsx';
import { dateTime, lasted, secondsOf } from '../../lib/clock.ts';
import { useAsk } from '../../lib/desk.tsx';
import { exact, score } from '../../lib/numbers.ts';
import { Link, viewAddress } from '../../lib/place.tsx';
import { useZone } from '../../lib/zone.tsx';
import { Actions } from '../incidents/Actions.tsx';
import { techniqueAddress } from '../incidents/Head.tsx';
import { Evidence, Response } from '../incidents/parts.tsx';
import '../incidents/incidents.css';
import { latencyText } from './Feed.tsx';

interface IncidentPanelProps {
  told: LiveIncidentShown;
  session: LiveSession;
  onClose(): void;
}

const LISTED = 8;

export function IncidentPanel({ told, session, onClose }: IncidentPanelProps) {
  const { incident, state, latencyMs } = told;
  return (
    <Panel
      title="Incident"
      note={state === 'closed' ? 'over' : 'going on'}
      className="live-incident"
      tools={
        <button type="button" className="text-button" onClick={onClose} autoFocus>
          Back to the list
        </button>
      }
    >
      <div className="live-incident-body" tabIndex={0} role="group" aria-label="Incident">
        <p className="incident-meta">
          <SeverityMark severity={incident.severity} word />
          <span>{kindOf(incident.kind).title}</span>
          <span className="dim">confidence {score(incident.confidence)}</span>
          {incident.technique.map((each) => (
            <a key={each.id} href={techniqueAddress(each.id)} target="_blank" rel="noreferrer">
              ATT&amp;CK {techniqueText(each, ': ')}
            </a>
          ))}
        </p>
        <h3 className="live-incident-title">{incident.title}</h3>
        <p>{incident.summary}</p>
        <Facts incident={incident} latencyMs={latencyMs} />
        <Decide session={session} uid={incident.uid} />
        <Evidence evidence={incident.evidence} />
        <Response steps={incident.response} />
      </div>
    </Panel>
  );
}

function Facts({ incident, latencyMs }: { incident: LiveIncidentShown['incident']; latencyMs: number | null }) {
  const zone = useZone();
  const [first, last] = [secondsOf(incident.firstTs), secondsOf(incident.lastTs)];
  return (
    <dl className="facts">
      <dt>When</dt>
      <dd>
        {dateTime(first, zone)}, so far {lasted(last - first)}
        {latencyMs === null ? '' : `; ${latencyText(latencyMs)}`}
      </dd>
      <dt>From</dt>
      <dd>{listed(incident.sources, incident.sourcesTotal)}</dd>
      <dt>To</dt>
      <dd>{listed(incident.targets, incident.targetsTotal)}</dd>
      {incident.ports.length === 0 ? null : (
        <>
          <dt>Ports</dt>
          <dd>{listed(incident.ports.map(String), incident.portsTotal)}</dd>
        </>
      )}
      {incident.domains.length === 0 ? null : (
        <>
          <dt>Domains</dt>
          <dd>{listed(incident.domains, incident.domainsTotal)}</dd>
        </>
      )}
    </dl>
  );
}

function listed(values: readonly string[], total: number): string {
  const shown = values.slice(0, LISTED);
  const more = total - shown.length;
  const text = shown.length === 0 ? '–' : shown.join(', ');
  return more > 0 ? `${text} and ${exact(more)} more` : text;
}

/** What can be done about it, once it is in the store, which takes half a second. */
function Decide({ session: { capture, state }, uid }: { session: LiveSession; uid: string }) {
  const asked = useAsk(
    `incident ${capture} ${uid}`,
    (client, signal) => client.incidents.get({ capture: capture ?? 1, uid }, { signal }),
    { topics: ['incidents', 'suppressions'], when: capture !== null, keep: true },
  );
  if (capture === null || (state !== 'ended' && !asked.data)) return null;
  // One tree whatever the state: a dialog that is open stays when the session ends meanwhile.
  return (
    <Shown asked={asked} what="the incident" lines={2}>
      {(answer) => (
        <>
          <Actions answer={answer} packets={state === 'ended'} />
          {state === 'ended' ? (
            <p>
              <Link to={viewAddress('incidents', [uid], {}, capture)}>Open it with its flows</Link>
            </p>
          ) : (
            <p className="dim">Its flows and packets can be had when the session is stopped.</p>
          )}
        </>
      )}
    </Shown>
  );
}
