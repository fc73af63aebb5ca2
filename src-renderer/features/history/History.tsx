/** All incidents of all captures but the built-in sample's, latest first, and what is new since the last visit. */
import { useEffect, useState } from 'react';
import { mayDo } from '../../../src-shared/contract/define.ts';
import { More } from '../../components/More.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Empty, Shown } from '../../components/states.tsx';
import { writePlace } from '../../lib/address-bar.ts';
import { dateTime } from '../../lib/clock.ts';
import { useAsk, useLine, useSession } from '../../lib/desk.tsx';
import { useGrowing } from '../../lib/growing.ts';
import { counted } from '../../lib/numbers.ts';
import { Link, useParams } from '../../lib/place.tsx';
import { useZone } from '../../lib/zone.tsx';
import { compareAddress, daysOffered } from '../compare/sides.ts';
import { IncidentFilters, incidentQuestion } from '../incidents/IncidentFilters.tsx';
import { IncidentTable } from '../incidents/IncidentTable.tsx';
import { AlarmRate } from './AlarmRate.tsx';
import { Suppressions } from './Suppressions.tsx';

const STEP = 200;

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
  const visited = useLastVisit();
  const session = useSession();
  const mayReport = session !== undefined && mayDo(session.role, 'analyst');
  const onlyNew = params['new'] === '1' && typeof visited === 'number';
  const isShown = params['sample'] === '1';
  const question = {
    ...incidentQuestion(params),
    sample: isShown ? ('show' as const) : ('hide' as const),
    order: 'time' as const,
    limit: STEP,
    ...(onlyNew ? { since: visited } : {}),
  };
  const asked = useGrowing(
    `history ${JSON.stringify(question)}`,
    (client, cursor, signal) => client.incidents.list({ ...question, ...cursor }, { signal }),
    ['incidents', 'suppressions', 'captures'],
  );
  const left =
    useAsk(
      `history left out ${JSON.stringify(question)}`,
      (client, signal) => client.incidents.list({ ...question, limit: 1 }, { signal }),
      { topics: ['incidents', 'suppressions', 'captures'], keep: true },
    ).data?.ofSample ?? 0;
  return (
    <div className="open">
      <div className="view-head">
        <h1>Alert history</h1>
        <IncidentFilters />
        <CompareLink />
        {mayReport ? (
          <Link to={writePlace({ capture: null, view: 'alerts', rest: ['reports'], params: {} })}>
            Report of a day or a week
          </Link>
        ) : null}
      </div>
      {typeof visited === 'number' ? (
        <Since visited={visited} only={onlyNew} onOnly={(only) => setParams({ new: only ? '1' : '' })} />
      ) : null}
      <Sample isShown={isShown} left={left} onShow={(show) => setParams({ sample: show ? '1' : '' })} />
      <Panel
        title={asked.data ? counted(asked.data.total, 'incident') : 'Incidents'}
        note="of all captures, latest first"
      >
        <Shown asked={asked} what="the incidents">
          {({ rows, total }) =>
            rows.length === 0 ? (
              <Empty title="No incident fits">Clear the search, or open a capture.</Empty>
            ) : (
              <>
                <IncidentTable
                  rows={rows}
                  withCapture
                  fresh={(row) => typeof visited === 'number' && row.importedAt > visited}
                />
                <More shown={rows.length} total={total} onMore={asked.more} busy={asked.loading} />
              </>
            )
          }
        </Shown>
      </Panel>
      <AlarmRate />
      <Suppressions />
    </div>
  );
}

/** Made-up incidents are nobody's, as in what is told of days. */
function Sample({ isShown, left, onShow }: { isShown: boolean; left: number; onShow(show: boolean): void }) {
  if (!isShown && left === 0) return null;
  return (
    <p>
      {isShown
        ? 'With those of the built-in sample, which is made up.'
        : `${counted(left, 'incident')} of the built-in sample, which is made up, ${left === 1 ? 'is' : 'are'} left out.`}{' '}
      <button type="button" className="text-button" onClick={() => onShow(!isShown)}>
        {isShown ? 'Leave them out' : 'Show the sample’s too'}
      </button>
    </p>
  );
}

/** Today and the same day a week ago. */
function CompareLink() {
  const days = daysOffered(Date.now(), useZone());
  return <Link to={compareAddress(days.at(-1)?.day ?? '', days[0]?.day ?? '')}>Compare two days</Link>;
}

function Since({ visited, only, onOnly }: { visited: number; only: boolean; onOnly(only: boolean): void }) {
  const zone = useZone();
  const fresh = useAsk(
    `since ${visited}`,
    (client, signal) => client.incidents.list({ since: visited, limit: 1, sample: 'hide' }, { signal }),
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
