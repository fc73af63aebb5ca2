/** Incidents as rows; arrow keys (or j and k) move, Enter opens. */
import { useRef, type KeyboardEvent } from 'react';
import type { IncidentRow } from '../../../src-shared/contract/topics/common.ts';
import { HostList } from '../../components/HostLink.tsx';
import { SeverityMark } from '../../components/SeverityMark.tsx';
import { dateTime, lasted, secondsOf, timeOfDay } from '../../lib/clock.ts';
import { counted, exact, score } from '../../lib/numbers.ts';
import { KEYS } from '../../lib/key-catalogue.ts';
import { useKeys } from '../../lib/keys.tsx';
import { Link, viewAddress } from '../../lib/place.tsx';
import { seenBy } from '../../lib/seen-by.ts';
import { statusWord } from '../../lib/severity.ts';
import { useZone } from '../../lib/zone.tsx';
import './incidents.css';

interface IncidentTableProps {
  rows: readonly IncidentRow[];
  /** Also says of which capture each is. */
  withCapture?: boolean;
  /** Those that are marked as new since the last visit. */
  fresh?: (row: IncidentRow) => boolean;
}

export function IncidentTable({ rows, withCapture = false, fresh = () => false }: IncidentTableProps) {
  const body = useRef<HTMLTableSectionElement>(null);
  const go = (step: number): void => {
    const links = [...(body.current?.querySelectorAll<HTMLAnchorElement>('a.incident-title') ?? [])];
    const at = links.indexOf(document.activeElement as HTMLAnchorElement);
    links[Math.max(0, Math.min(links.length - 1, at + step))]?.focus();
  };
  // From anywhere in the view: the list is what it is about.
  useKeys('Incidents', [
    { ...KEYS.next, run: () => go(1) },
    { ...KEYS.before, run: () => go(-1) },
  ]);
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
    if (step === undefined) return;
    go(step);
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className={`table-scroll incident-list ${withCapture ? 'with-capture' : ''}`}>
      <table className="table incident-table">
        <thead>
          <tr>
            <th scope="col">Severity</th>
            <th scope="col">What happened</th>
            {withCapture ? <th scope="col">Capture</th> : null}
            <th scope="col" className="spare-3">
              From
            </th>
            <th scope="col" className="spare-3">
              To
            </th>
            <th scope="col">Began</th>
            <th scope="col" className="number spare-2">
              Lasted
            </th>
            <th scope="col" className="number spare-1">
              Flows
            </th>
            <th scope="col" className="number spare-1">
              Confidence
            </th>
            <th scope="col">Status</th>
          </tr>
        </thead>
        <tbody ref={body} onKeyDown={move}>
          {rows.map((row) => (
            <Row key={`${row.capture} ${row.uid}`} row={row} withCapture={withCapture} fresh={fresh(row)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Of a fleet: which of its sensors. */
function SeenBy({ sensors }: { sensors: readonly string[] | undefined }) {
  const words = seenBy(sensors);
  if (words === '') return null;
  return (
    <span className="tag" title={sensors?.join(', ')}>
      {words}
    </span>
  );
}

/** Of a path, its end: what is cut off at the left says least. */
export function shortPath(name: string): string {
  const parts = name.split(/[/\\]/);
  const last = parts.at(-1) ?? '';
  return parts.length < 3 || last === '' ? name : `…/${last}`;
}

function Row({ row, withCapture, fresh }: { row: IncidentRow; withCapture: boolean; fresh: boolean }) {
  const zone = useZone();
  const began = secondsOf(row.firstTs);
  return (
    <tr className={row.suppressedBy === null ? '' : 'incident-silent'}>
      <td>
        <SeverityMark severity={row.severity} word />
      </td>
      <td className="incident-what">
        <Link className="incident-title" to={viewAddress('incidents', [row.uid], {}, row.capture)}>
          {row.title}
        </Link>
        {fresh ? (
          <span className="tag tag-new" title="Imported since your last visit">
            new
          </span>
        ) : null}
        {row.suppressedBy === null ? null : <span className="tag">silenced</span>}
        <SeenBy sensors={row.sensors} />
      </td>
      {withCapture ? (
        <td className="incident-capture" title={row.captureName}>
          <span>{shortPath(row.captureName)}</span>
        </td>
      ) : null}
      <td className="spare-3">
        <HostList addresses={row.sources} total={row.sourcesTotal} capture={row.capture} most={1} />
      </td>
      <td className="spare-3">
        <HostList addresses={row.targets} total={row.targetsTotal} capture={row.capture} most={1} />
      </td>
      <td
        className="incident-began"
        title={`lasted ${lasted(secondsOf(row.lastTs) - began)}, ${counted(row.flows, 'flow')}`}
      >
        <span className="nowrap">{dateTime(began, zone).slice(0, 10)}</span>{' '}
        <span className="nowrap">{timeOfDay(began, zone)}</span>
      </td>
      <td className="number spare-2">{lasted(secondsOf(row.lastTs) - began)}</td>
      <td className="number spare-1">{exact(row.flows)}</td>
      <td className="number spare-1">{score(row.confidence)}</td>
      <td className="nowrap">{statusWord(row.status)}</td>
    </tr>
  );
}
