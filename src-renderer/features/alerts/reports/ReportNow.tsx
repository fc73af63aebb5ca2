/** A report on demand: of a time that is chosen, as a file. */
import { Button, Checkbox, SegmentedControl, TextInput } from '@mantine/core';
import { useState } from 'react';
import { isoDay, systemZone } from '../../../../src-shared/domain/calendar.ts';
import type { ReportSchedule } from '../../../../src-shared/contract/topics/reports.ts';
import { Panel } from '../../../components/Panel.tsx';
import { ErrorNote } from '../../../components/states.tsx';
import { useTell } from '../../../components/toast.tsx';
import { useAct } from '../../../lib/desk.tsx';
import { download } from '../../../lib/download.ts';
import { counted } from '../../../lib/numbers.ts';
import { useZone } from '../../../lib/zone.tsx';
import { PERIODS, periodOf, type OwnDays, type PeriodChoice } from './periods.ts';

export const FORMATS = [
  { value: 'pdf', label: 'PDF' },
  { value: 'html', label: 'HTML' },
];

export function ReportNow() {
  const zone = useZone() ?? systemZone();
  const tell = useTell();
  const { act, busy, error } = useAct();
  const [choice, setChoice] = useState<PeriodChoice>('seven');
  const [anonymised, setAnonymised] = useState(false);
  const [format, setFormat] = useState<ReportSchedule['format']>('pdf');
  const [days, setDays] = useState<OwnDays>(() => {
    const today = isoDay(zone, Date.now());
    return { first: today, last: today };
  });
  const isSound = periodOf(choice, days, Date.now(), zone) !== null;
  const make = (): Promise<boolean> =>
    act(async (client) => {
      const period = periodOf(choice, days, Date.now(), zone);
      if (!period) return;
      const made = await client.reports.make({ ...period, timeZone: zone, format, anonymised });
      await download(made);
      tell(`The report tells of ${counted(made.incidents, 'incident')}.`);
    });
  return (
    <Panel title="A report now" note={`days of ${zone}`}>
      <div className="alert-report-now">
        <SegmentedControl
          size="xs"
          aria-label="Time"
          value={choice}
          onChange={(next) => setChoice(next as PeriodChoice)}
          data={[...PERIODS]}
        />
        {choice === 'days' ? <Days days={days} isSound={isSound} onDays={setDays} /> : null}
        <SegmentedControl
          size="xs"
          aria-label="Format of the file"
          value={format}
          onChange={(next) => setFormat(next as ReportSchedule['format'])}
          data={FORMATS}
        />
        <Checkbox
          size="xs"
          label="Anonymised"
          title="With pseudonyms for addresses and names, so that it can be given away"
          checked={anonymised}
          onChange={({ currentTarget }) => setAnonymised(currentTarget.checked)}
        />
        <Button size="xs" loading={busy} disabled={!isSound} onClick={() => void make()}>
          Make the report
        </Button>
      </div>
      {error ? <ErrorNote error={error} /> : null}
    </Panel>
  );
}

function Days({ days, isSound, onDays }: { days: OwnDays; isSound: boolean; onDays(days: OwnDays): void }) {
  const field = (name: keyof OwnDays, label: string) => (
    <TextInput
      size="xs"
      type="date"
      label={label}
      value={days[name]}
      onChange={({ currentTarget }) => onDays({ ...days, [name]: currentTarget.value })}
    />
  );
  return (
    <div className="alert-times">
      {field('first', 'First day')}
      {field('last', 'Last day')}
      {isSound ? null : <p role="alert">The last day has to be the first one or later.</p>}
    </div>
  );
}
