/** All incidents of all captures, latest first, and what is new since the last visit. */
import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { Output } from '../../../src-shared/contract/define.ts';
import type { contract } from '../../../src-shared/contract/index.ts';
import { Panel } from '../../components/Panel.tsx';
import { Empty, Shown } from '../../components/states.tsx';
import { dateTime } from '../../lib/clock.ts';
import { useAsk, useLine } from '../../lib/desk.tsx';
import { counted, exact } from '../../lib/numbers.ts';
import { useParams } from '../../lib/place.tsx';
import { useZone } from '../../lib/zone.tsx';
import { IncidentFilters, incidentQuestion } from '../incidents/IncidentFilters.tsx';
import { IncidentTable } from '../incidents/IncidentTable.tsx';
import { Suppressions } from './Suppressions.tsx';

const STEP = 200;
const MOST = 1000;

type Incidents = Output<(typeof contract)['incidents']['list']>;

/** When the list was looked at before; asked once a visit, since asking is the visit. */
function useLastVisit(): number | null | undefined {
  const { client, state } = useLine();
  const [previous, setPrevious] = useState<number | null | undefined>(undefined);
  useEffect(() => {
    if (!client || state !== 'open' || previous !== undefined) return;
    client.incidents.visit({}).then(
      (visit) => setPrevious(visit.previous),
      () => setPrevious(null),
    );
  }, [client, state, previous]);
  return previous;
}

export default function History() {
  const [params, setParams] = useParams();
  const [limit, setLimit] = useState(STEP);
  const visited = useLastVisit();
  const onlyNew = params['new'] === '1' && typeof visited === 'number';
  const question = {
    ...incidentQuestion(params),
    order: 'time' as const,
    limit,
    ...(onlyNew ? { since: visited } : {}),
  };
  const asked = useAsk(
    `history ${JSON.stringify(question)}`,
    (client, signal) => client.incidents.list(question, { signal }),
    {
      topics: ['incidents', 'suppressions', 'captures'],
      keep: true,
    },
  );
  return (
    <div className="open">
      <div className="view-head">
        <h1>Alert history</h1>
        <IncidentFilters />
      </div>
      {typeof visited === 'number' ? (
        <Since visited={visited} only={onlyNew} onOnly={(only) => setParams({ new: only ? '1' : '' })} />
      ) : null}
      <Panel
        title={asked.data ? counted(asked.data.total, 'incident') : 'Incidents'}
        note="of all captures, latest first"
      >
        <Shown asked={asked} what="the incidents">
          {(data) => (
            <List
              data={data}
              visited={visited ?? null}
              onMore={limit < MOST ? () => setLimit(Math.min(MOST, limit + STEP)) : null}
            />
          )}
        </Shown>
      </Panel>
      <Suppressions />
    </div>
  );
}

function Since({ visited, only, onOnly }: { visited: number; only: boolean; onOnly(only: boolean): void }) {
  const zone = useZone();
  const fresh = useAsk(
    `since ${visited}`,
    (client, signal) => client.incidents.list({ since: visited, limit: 1 }, { signal }),
    { topics: ['captures', 'incidents'] },
  ).data;
  return (
    <p>
      Since your last visit on {dateTime(visited / 1000, zone)}: {fresh ? counted(fresh.total, 'new incident') : '…'}.{' '}
      {fresh && fresh.total > 0 ? (
        <button type="button" className="text-button" onClick={() => onOnly(!only)}>
          {only ? 'Show all' : 'Show only those'}
        </button>
      ) : null}
    </p>
  );
}

function List({
  data: { rows, total },
  visited,
  onMore,
}: {
  data: Incidents;
  visited: number | null;
  onMore: (() => void) | null;
}) {
  if (rows.length === 0) return <Empty title="No incident fits">Clear the search, or open a capture.</Empty>;
  return (
    <>
      <IncidentTable rows={rows} withCapture fresh={(row) => visited !== null && row.importedAt > visited} />
      {total > rows.length ? (
        <p className="dim">
          {exact(rows.length)} of {exact(total)} are shown.{' '}
          {onMore ? (
            <Button size="compact-xs" variant="default" onClick={onMore}>
              Show more
            </Button>
          ) : (
            'Narrow the search to see the rest.'
          )}
        </p>
      ) : null}
    </>
  );
}
