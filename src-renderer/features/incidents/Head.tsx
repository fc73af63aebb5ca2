import { Anchor } from '@mantine/core';
import { kindOf, techniqueText } from '../../../src-shared/domain/incident.ts';
import { NamedHosts } from '../../components/HostLink.tsx';
import { SeverityMark } from '../../components/SeverityMark.tsx';
import { dateTime, lasted, secondsOf } from '../../lib/clock.ts';
import { exact, score } from '../../lib/numbers.ts';
import { placeShort } from '../../lib/place-words.ts';
import { usePlaces } from '../../lib/places.ts';
import { seenByMany } from '../../lib/seen-by.ts';
import { statusWord } from '../../lib/severity.ts';
import { useZone } from '../../lib/zone.tsx';
import type { IncidentAnswer } from './types.ts';

/** The technique's page; sub-techniques have a path of their own there. */
export function techniqueAddress(id: string): string {
  return `https://attack.mitre.org/techniques/${encodeURIComponent(id).replace('.', '/')}/`;
}

export function Head({ answer: { incident, row } }: { answer: IncidentAnswer }) {
  const zone = useZone();
  const [first, decided, last] = [incident.firstTs, incident.decidedTs, incident.lastTs].map(secondsOf) as [
    number,
    number,
    number,
  ];
  return (
    <header className="incident-head">
      <p className="print-only print-head">
        Sonde, incident {row.number} of {row.captureName} · times in{' '}
        {zone ?? new Intl.DateTimeFormat('en').resolvedOptions().timeZone} · {incident.uid}
      </p>
      <p className="incident-meta">
        <SeverityMark severity={incident.severity} word />
        <span>{kindOf(incident.kind).title}</span>
        <span className="dim" title="How sure it is that this happened; no score of flows">
          confidence {score(incident.confidence)}
        </span>
        <span className="tag">{statusWord(row.status)}</span>
        {row.suppressedBy === null ? null : <span className="tag">silenced as expected</span>}
        {incident.technique.map((each) => (
          <Anchor key={each.id} href={techniqueAddress(each.id)} target="_blank" rel="noreferrer" inherit>
            ATT&amp;CK {techniqueText(each, ': ')}
          </Anchor>
        ))}
      </p>
      <h1>{incident.title}</h1>
      <p className="incident-summary">{incident.summary}</p>
      <dl className="facts">
        <dt>When</dt>
        <dd>
          {dateTime(first, zone)}, lasted {lasted(last - first)}; certain{' '}
          {decided > first ? `after ${lasted(decided - first)}` : 'at once'}
        </dd>
        <dt>From</dt>
        <dd>
          <NamedHosts addresses={incident.sources} total={incident.sourcesTotal} most={8} />
        </dd>
        <dt>To</dt>
        <dd>
          <NamedHosts addresses={incident.targets} total={incident.targetsTotal} most={8} />
        </dd>
        {incident.sensors && incident.sensors.length > 0 ? (
          <Listed
            name={seenByMany(incident.sensors.length)}
            values={incident.sensors}
            total={incident.sensors.length}
          />
        ) : null}
        <Places addresses={[...incident.sources, ...incident.targets]} />
        {incident.ports.length > 0 ? (
          <Listed name="Ports" values={incident.ports.map(String)} total={incident.portsTotal} />
        ) : null}
        {incident.domains.length > 0 ? (
          <Listed name="Domains" values={incident.domains} total={incident.domainsTotal} />
        ) : null}
      </dl>
    </header>
  );
}

const LISTED = 12;
const PLACES = 6;

/** Where its hosts outside are registered, and what Radar says of their networks. */
function Places({ addresses }: { addresses: readonly string[] }) {
  const places = usePlaces(addresses);
  if (places.length === 0) return null;
  const said = [...new Set(places.map(({ radar }) => radar))].filter((line) => line !== '');
  const more = places.length - PLACES;
  return (
    <>
      <dt>Places</dt>
      <dd>
        {places
          .slice(0, PLACES)
          .map((place) => `${place.address}: ${placeShort(place)}`)
          .join('; ')}
        {more > 0 ? <span className="dim"> and {exact(more)} more</span> : null}
        {said.map((line) => (
          <p key={line} className="incident-radar">
            {line}
          </p>
        ))}
      </dd>
    </>
  );
}

function Listed({ name, values, total }: { name: string; values: readonly string[]; total: number }) {
  const shown = values.slice(0, LISTED);
  const more = total - shown.length;
  return (
    <>
      <dt>{name}</dt>
      <dd>
        {shown.join(', ')}
        {more > 0 ? <span className="dim"> and {exact(more)} more</span> : null}
      </dd>
    </>
  );
}
