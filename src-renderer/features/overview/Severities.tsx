/** How many incidents of each severity, and of each kind. */
import { Bar } from '../../components/Meter.tsx';
import { Panel } from '../../components/Panel.tsx';
import { SeverityMark } from '../../components/SeverityMark.tsx';
import { Empty } from '../../components/states.tsx';
import { exact } from '../../lib/numbers.ts';
import { Link, viewAddress } from '../../lib/place.tsx';
import { WORST_FIRST } from '../../lib/severity.ts';
import type { OverviewData } from './Verdict.tsx';

const TONES = { critical: 'high', warning: 'raised', info: 'low' } as const;
const KINDS_SHOWN = 8;

export function Severities({ data }: { data: OverviewData }) {
  const most = Math.max(1, ...Object.values(data.severities));
  return (
    <Panel title="Severities" note="incidents" className="severities">
      <ul className="severity-rows">
        {WORST_FIRST.map((severity) => (
          <li key={severity}>
            <Link to={viewAddress('incidents', [], { severity })}>
              <SeverityMark severity={severity} word />
            </Link>
            <Bar share={data.severities[severity] / most} tone={TONES[severity]} />
            <span className="number">{exact(data.severities[severity])}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

type Kind = OverviewData['kinds'][number];

/** Of as many, the more severe first. */
function mostFirst(a: Kind, b: Kind): number {
  return b.count - a.count || WORST_FIRST.indexOf(a.severity) - WORST_FIRST.indexOf(b.severity);
}

export function TopKinds({ data }: { data: OverviewData }) {
  return (
    <Panel title="Top kinds" note="incidents" className="third">
      {data.kinds.length === 0 ? (
        <Empty title="No kinds to show">There are no incidents in this time.</Empty>
      ) : (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Kind</th>
              <th scope="col" className="number">
                Incidents
              </th>
            </tr>
          </thead>
          <tbody>
            {[...data.kinds]
              .sort(mostFirst)
              .slice(0, KINDS_SHOWN)
              .map(({ kind, title, severity, count }) => (
                <tr key={`${kind} ${severity}`}>
                  <td>
                    <SeverityMark severity={severity} />{' '}
                    <Link to={viewAddress('incidents', [], { kind })}>{title}</Link>
                  </td>
                  <td className="number">{exact(count)}</td>
                </tr>
              ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
