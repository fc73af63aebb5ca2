/** A scheduled report: a new one, or one that is there. */
import type { ReportScheduleShown } from '../../../../src-shared/contract/topics/reports.ts';
import { Empty, Shown } from '../../../components/states.tsx';
import { Link } from '../../../lib/place.tsx';
import { LOOK_NOTE, useAccess } from '../access.ts';
import { alertsAddress } from '../place.ts';
import { useReports } from '../use-alerts.ts';
import { ReportForm, type ReportDraft } from './ReportForm.tsx';

const NEW: ReportDraft = {
  name: 'Weekly report',
  enabled: true,
  every: 'week',
  weekday: 1,
  hour: 7,
  timeZone: 'system',
  channels: [],
  format: 'pdf',
  anonymised: false,
};

function draftOf({ last: _, nextAt: __, ...schedule }: ReportScheduleShown): ReportDraft {
  return schedule;
}

/** `id` null: a new one. */
export function ReportPage({ id }: { id: string | null }) {
  const asked = useReports();
  const access = useAccess();
  const before = asked.data?.schedules.find((each) => each.id === id);
  return (
    <div className="alerts">
      <div className="view-head">
        <h1>{id === null ? 'New schedule' : (before?.name ?? 'Report')}</h1>
        <Link to={alertsAddress(['reports'])}>All reports</Link>
      </div>
      {access === 'look' ? <p className="alert-note">{LOOK_NOTE}</p> : null}
      <Shown asked={asked} what="the report" lines={6}>
        {({ schedules, channels, timeZone }) => {
          const there = schedules.find((each) => each.id === id);
          if (id !== null && !there) return <Empty title="No such report" />;
          const only = channels.length === 1 ? channels.map((each) => each.id) : [];
          const begin = there ? draftOf(there) : { ...NEW, timeZone, channels: only };
          return <ReportForm begin={begin} channels={channels} />;
        }}
      </Shown>
    </div>
  );
}
