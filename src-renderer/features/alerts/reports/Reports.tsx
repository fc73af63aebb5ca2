/** Reports: one now, and those that are sent by schedules. */
import { Button } from '@mantine/core';
import type { ReportScheduleShown } from '../../../../src-shared/contract/topics/reports.ts';
import { Panel } from '../../../components/Panel.tsx';
import { Empty, Shown } from '../../../components/states.tsx';
import { counted } from '../../../lib/numbers.ts';
import { go, Link } from '../../../lib/place.tsx';
import { useAdminLock } from '../access.ts';
import { AlertsPage } from '../AlertsPage.tsx';
import { alertsAddress } from '../place.ts';
import { useReports } from '../use-alerts.ts';
import { ReportNow } from './ReportNow.tsx';
import { ReportRow } from './ReportRow.tsx';

export function Reports() {
  const asked = useReports();
  const lock = useAdminLock();
  const ready = (asked.data?.channels.length ?? 0) > 0;
  return (
    <AlertsPage
      at="Reports"
      lead="What happened in a day, a week or one capture as one file: for a manager on its first page, with the evidence for an engineer behind it."
      tools={
        ready ? (
          <Button {...lock} size="xs" onClick={() => go(alertsAddress(['reports', 'new']))}>
            New schedule
          </Button>
        ) : undefined
      }
    >
      <ReportNow />
      <Shown asked={asked} what="the reports">
        {({ schedules, channels }) => {
          const names = new Map(channels.map(({ id, name }) => [id, name]));
          return <List schedules={schedules} names={names} />;
        }}
      </Shown>
    </AlertsPage>
  );
}

interface ListProps {
  schedules: readonly ReportScheduleShown[];
  /** Of channels, by id. */
  names: ReadonlyMap<string, string>;
}

function List({ schedules, names }: ListProps) {
  if (schedules.length === 0) {
    return (
      <Panel title="Sent by a schedule">
        <Empty title="None is sent">
          {names.size > 0 ? (
            'A new schedule sends one each day or each week, by e-mail or to a chat.'
          ) : (
            <>
              Reports go by channels that carry documents: e-mail and Telegram.{' '}
              <Link to={alertsAddress(['new'])}>Make one first.</Link>
            </>
          )}
        </Empty>
      </Panel>
    );
  }
  return (
    <Panel title={`Sent by ${counted(schedules.length, 'schedule')}`}>
      <ul className="alert-channels">
        {schedules.map((schedule) => (
          <ReportRow key={schedule.id} schedule={schedule} names={names} />
        ))}
      </ul>
    </Panel>
  );
}
