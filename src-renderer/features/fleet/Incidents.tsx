/** What the fleet's sensors saw, the latest first; all of it is in the capture of the fleet. */
import { More } from '../../components/More.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Empty, Shown } from '../../components/states.tsx';
import { useGrowing } from '../../lib/growing.ts';
import { counted } from '../../lib/numbers.ts';
import { Link, viewAddress } from '../../lib/place.tsx';
import { IncidentTable } from '../incidents/IncidentTable.tsx';

const STEP = 50;

export function Incidents({ capture }: { capture: number }) {
  const asked = useGrowing(
    `fleet incidents ${capture}`,
    (client, cursor, signal) => client.incidents.list({ capture, order: 'time', limit: STEP, ...cursor }, { signal }),
    ['incidents', 'suppressions'],
  );
  return (
    <Panel
      title={asked.data ? counted(asked.data.total, 'incident') : 'Incidents'}
      note="of all sensors, latest first"
      tools={<Link to={viewAddress('incidents', [], {}, capture)}>Search and filter them</Link>}
    >
      <Shown asked={asked} what="the incidents">
        {({ rows, total }) =>
          rows.length === 0 ? (
            <Empty title="No incident so far">Workers tell of them within seconds.</Empty>
          ) : (
            <>
              <IncidentTable rows={rows} />
              <More shown={rows.length} total={total} onMore={asked.more} busy={asked.loading} />
            </>
          )
        }
      </Shown>
    </Panel>
  );
}
