/** When each incident went on: a lane a severity, its mark at the beginning. */
import type { Severity } from '../../../src-shared/domain/incident.ts';
import { shareAt } from '../../components/charts/brush.ts';
import { AXIS_LEFT, AXIS_RIGHT } from '../../components/charts/parts.tsx';
import { SeverityMark } from '../../components/SeverityMark.tsx';
import type { TimeRange } from '../../lib/address-bar.ts';
import { viewAddress } from '../../lib/place.tsx';
import { WORST_FIRST } from '../../lib/severity.ts';

interface Lane {
  uid: string;
  severity: Severity;
  title: string;
  from: number;
  to: number;
}

export function IncidentLane({ incidents, span }: { incidents: readonly Lane[]; span: TimeRange }) {
  if (incidents.length === 0) return <p className="dim lane-none">No incidents in this time.</p>;
  return (
    <div className="lanes" role="list" aria-label="Incidents over time">
      {WORST_FIRST.map((severity) => {
        const here = incidents.filter((incident) => incident.severity === severity);
        return here.length === 0 ? null : <OneLane key={severity} incidents={here} span={span} />;
      })}
    </div>
  );
}

function OneLane({ incidents, span }: { incidents: readonly Lane[]; span: TimeRange }) {
  return (
    <div className="lane" style={{ marginLeft: AXIS_LEFT, marginRight: AXIS_RIGHT }}>
      {incidents.map(({ uid, severity, title, from, to }) => {
        const start = shareAt(from, span) * 100;
        const width = Math.max(0, shareAt(to, span) * 100 - start);
        return (
          <a
            key={uid}
            role="listitem"
            className={`lane-bar lane-${severity}`}
            href={viewAddress('incidents', [uid])}
            title={title}
            style={{ left: `${start}%`, width: `${width}%` }}
            onPointerDown={(event) => event.stopPropagation()}
          >
            <SeverityMark severity={severity} />
            <span className="sr-only">{title}</span>
          </a>
        );
      })}
    </div>
  );
}
