import { Panel } from '../../components/Panel.tsx';
import { Empty, Shown } from '../../components/states.tsx';
import { useAsk } from '../../lib/desk.tsx';
import { counted } from '../../lib/numbers.ts';
import { useParams } from '../../lib/place.tsx';
import { IncidentFilters, incidentQuestion } from './IncidentFilters.tsx';
import { IncidentTable } from './IncidentTable.tsx';

const MOST = 500;

export function CaptureIncidents({ capture }: { capture: number }) {
  const [params] = useParams();
  const question = { ...incidentQuestion(params), capture, limit: MOST };
  const asked = useAsk(
    `incidents ${JSON.stringify(question)}`,
    (client, signal) => client.incidents.list(question, { signal }),
    {
      topics: ['incidents', 'suppressions', 'captures'],
      keep: true,
    },
  );
  return (
    <>
      <div className="view-head">
        <h1>Incidents</h1>
        <IncidentFilters />
      </div>
      <Panel title={asked.data ? counted(asked.data.total, 'incident') : 'Incidents'} note="most severe first">
        <Shown asked={asked} what="the incidents">
          {({ rows, total }) => (
            <>
              {rows.length === 0 ? (
                <Empty title="No incident fits">Clear the search, or choose “With silenced”.</Empty>
              ) : (
                <IncidentTable rows={rows} />
              )}
              {total > rows.length ? (
                <p className="dim">The first {rows.length} are shown. Narrow the search to see the rest.</p>
              ) : null}
            </>
          )}
        </Shown>
      </Panel>
    </>
  );
}
