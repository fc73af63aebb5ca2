/** A report on demand: of a time or a capture that is chosen, as a file. */
import { Button, SegmentedControl, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { isoDay, systemZone } from '../../../../src-shared/domain/calendar.ts';
import { Panel } from '../../../components/Panel.tsx';
import { ErrorNote } from '../../../components/states.tsx';
import { useTell } from '../../../components/toast.tsx';
import { useAct, useAsk } from '../../../lib/desk.tsx';
import { download } from '../../../lib/download.ts';
import { counted } from '../../../lib/numbers.ts';
import { captureChoices } from '../../../lib/capture-names.ts';
import { useZone } from '../../../lib/zone.tsx';
import { FileFields, USUAL_FILE } from './FileFields.tsx';
import { PERIODS, periodOf, type OwnDays, type PeriodChoice } from './periods.ts';

const ONE = { value: 'capture', label: 'One capture' };

function useCaptures() {
  const asked = useAsk('captures', (client, signal) => client.captures.list({}, { signal }), { topics: ['captures'] });
  return asked.data?.captures ?? [];
}

export function ReportNow() {
  const zone = useZone() ?? systemZone();
  const tell = useTell();
  const { act, busy, error } = useAct();
  const [choice, setChoice] = useState<PeriodChoice | 'capture'>('seven');
  const [file, setFile] = useState(USUAL_FILE);
  const [days, setDays] = useState<OwnDays>(() => {
    const today = isoDay(zone, Date.now());
    return { first: today, last: today };
  });
  const captures = useCaptures();
  const [chosen, setChosen] = useState<number>();
  const capture = captures.find(({ id }) => id === chosen) ?? captures[0];
  const isOfOne = choice === 'capture';
  const isSound = isOfOne ? capture !== undefined : periodOf(choice, days, Date.now(), zone) !== null;
  const make = (): Promise<boolean> =>
    act(async (client) => {
      const period = isOfOne ? null : periodOf(choice, days, Date.now(), zone);
      const asked = isOfOne && capture ? client.reports.makeOfCapture({ capture: capture.id, ...file }) : undefined;
      const made = await (period ? client.reports.make({ ...period, timeZone: zone, ...file }) : asked);
      if (!made) return;
      await download(made);
      tell(`The report tells of ${counted(made.incidents, 'incident')}.`);
    });
  return (
    <Panel title="A report now" note={isOfOne ? 'all of it, whenever it was captured' : `days of ${zone}`}>
      <div className="alert-report-now">
        <SegmentedControl
          size="xs"
          aria-label="Of what"
          value={choice}
          onChange={(next) => setChoice(next as PeriodChoice | 'capture')}
          data={captures.length === 0 ? [...PERIODS] : [...PERIODS, ONE]}
        />
        {choice === 'days' ? <Days days={days} isSound={isSound} onDays={setDays} /> : null}
        {isOfOne && capture ? (
          <Select
            size="xs"
            w={320}
            aria-label="Capture"
            searchable
            allowDeselect={false}
            value={String(capture.id)}
            data={captureChoices(captures, zone)}
            onChange={(id) => setChosen(Number(id))}
          />
        ) : null}
        <FileFields file={file} onFile={setFile} />
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
