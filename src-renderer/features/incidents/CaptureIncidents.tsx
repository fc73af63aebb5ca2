import { Button } from '@mantine/core';
import { useState } from 'react';
import { More } from '../../components/More.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Empty, Shown } from '../../components/states.tsx';
import { useGrowing } from '../../lib/growing.ts';
import { counted } from '../../lib/numbers.ts';
import { useParams } from '../../lib/place.tsx';
import { useLock } from '../../lib/role.ts';
import { CASE_MAX, CaseDialog } from './CaseDialog.tsx';
import { IncidentFilters, incidentQuestion } from './IncidentFilters.tsx';
import { IncidentTable } from './IncidentTable.tsx';

const STEP = 200;

export function CaptureIncidents({ capture }: { capture: number }) {
  const [params] = useParams();
  const [exporting, setExporting] = useState(false);
  const lock = useLock();
  const question = { ...incidentQuestion(params), capture, limit: STEP };
  const asked = useGrowing(
    `incidents ${JSON.stringify(question)}`,
    (client, cursor, signal) => client.incidents.list({ ...question, ...cursor }, { signal }),
    ['incidents', 'suppressions', 'captures'],
  );
  const rows = asked.data?.rows.slice(0, CASE_MAX) ?? [];
  return (
    <>
      <div className="view-head">
        <h1>Incidents</h1>
        <IncidentFilters />
        <Button
          size="xs"
          variant="default"
          {...lock}
          disabled={lock.disabled || rows.length === 0}
          onClick={() => setExporting(true)}
        >
          Export as a case …
        </Button>
      </div>
      <Panel title={asked.data ? counted(asked.data.total, 'incident') : 'Incidents'} note="most severe first">
        <Shown asked={asked} what="the incidents">
          {({ rows: shown, total }) =>
            shown.length === 0 ? (
              <Empty title="No incident fits">Clear the search, or choose “With silenced”.</Empty>
            ) : (
              <>
                <IncidentTable rows={shown} />
                <More shown={shown.length} total={total} onMore={asked.more} busy={asked.loading} />
              </>
            )
          }
        </Shown>
      </Panel>
      <CaseDialog rows={rows} open={exporting} onClose={() => setExporting(false)} />
    </>
  );
}
