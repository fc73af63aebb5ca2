/** When a report is sent, what it tells of, and where it goes; said in a sentence while it is made. */
import { Button, Checkbox, NativeSelect, SegmentedControl, Select, Switch, TextInput } from '@mantine/core';
import { useState, type FormEvent, type ReactNode } from 'react';
import type { ReportSchedule } from '../../../../src-shared/contract/topics/reports.ts';
import { Panel } from '../../../components/Panel.tsx';
import { ErrorNote } from '../../../components/states.tsx';
import { useTell } from '../../../components/toast.tsx';
import { useAct } from '../../../lib/desk.tsx';
import { go } from '../../../lib/place.tsx';
import '../../settings/settings.css';
import { useAdminLock } from '../access.ts';
import { alertsAddress } from '../place.ts';
import { ZONES } from '../zones.ts';
import { FORMATS } from './FileFields.tsx';
import { hourText, scheduleText, WEEKDAYS } from './words.ts';

export interface ReportDraft extends Omit<ReportSchedule, 'id' | 'name'> {
  /** Absent: a new one. */
  id?: string;
  name: string;
}

type Channels = readonly { id: string; name: string; enabled: boolean }[];

export function ReportForm({ begin, channels }: { begin: ReportDraft; channels: Channels }) {
  const [draft, setDraft] = useState(begin);
  const lock = useAdminLock();
  const tell = useTell();
  const { act, busy, error } = useAct();
  const fault = faultOf(draft);
  const names = new Map(channels.map(({ id, name }) => [id, name]));
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (fault !== '' || !(await act((client) => client.reports.set(draft)))) return;
    tell(draft.id === undefined ? 'The schedule is there.' : 'The schedule is changed.');
    go(alertsAddress(['reports']));
  };
  return (
    <form noValidate onSubmit={(event) => void save(event)}>
      <fieldset className="settings" disabled={lock.disabled}>
        <Panel title="What is sent, when and where to">
          <Fields draft={draft} channels={channels} onChange={(part) => setDraft((now) => ({ ...now, ...part }))} />
        </Panel>
        {error ? <ErrorNote error={error} /> : null}
        <p className="alert-sentence" aria-live="polite">
          {scheduleText(draft, names)}.
        </p>
        <div className="alert-buttons">
          <Button type="submit" loading={busy} disabled={lock.disabled || fault !== ''}>
            Save
          </Button>
          <span className="dim">{fault}</span>
        </div>
      </fieldset>
    </form>
  );
}

function faultOf({ channels, name }: ReportDraft): string {
  if (name.trim() === '') return 'Give it a name.';
  return channels.length === 0 ? 'Choose at least one channel.' : '';
}

function Part({ name, help, children }: { name: string; help: string; children: ReactNode }) {
  return (
    <div className="setting">
      <div>
        <h3>{name}</h3>
        <p className="dim">{help}</p>
      </div>
      <div className="setting-value">{children}</div>
    </div>
  );
}

interface FieldsProps {
  draft: ReportDraft;
  channels: Channels;
  onChange(part: Partial<ReportDraft>): void;
}

const NAME_MAX = 100;
const DAY_HOURS = 24;

function Fields({ draft, channels, onChange }: FieldsProps) {
  return (
    <>
      <Part name="Name" help="By which it stands in the list.">
        <TextInput
          size="xs"
          aria-label="Name"
          maxLength={NAME_MAX}
          value={draft.name}
          onChange={({ currentTarget }) => onChange({ name: currentTarget.value })}
        />
      </Part>
      <When draft={draft} onChange={onChange} />
      <Part name="Channels" help="Only e-mail and Telegram carry documents.">
        <Checkbox.Group
          aria-label="Channels"
          value={draft.channels}
          onChange={(chosen) => onChange({ channels: chosen })}
        >
          <div className="alert-choices">
            {channels.map(({ id, name, enabled }) => (
              <Checkbox key={id} size="xs" value={id} label={enabled ? name : `${name} (off)`} />
            ))}
          </div>
        </Checkbox.Group>
      </Part>
      <Part
        name="Format"
        help="PDF can be printed and passed on; HTML shows all scripts of the world and folds to a phone."
      >
        <SegmentedControl
          size="xs"
          aria-label="Format"
          value={draft.format}
          onChange={(format) => onChange({ format: format as ReportSchedule['format'] })}
          data={FORMATS}
        />
      </Part>
      <Part
        name="Anonymised"
        help="With pseudonyms for addresses and names, so that it can be given away; the key to them lies beside the database."
      >
        <Checkbox
          size="xs"
          label="Anonymised"
          checked={draft.anonymised}
          onChange={({ currentTarget }) => onChange({ anonymised: currentTarget.checked })}
        />
      </Part>
      <Part name="On" help="Off: as if it were not there.">
        <Switch
          size="xs"
          aria-label="On"
          label={draft.enabled ? 'on' : 'off'}
          checked={draft.enabled}
          onChange={({ currentTarget }) => onChange({ enabled: currentTarget.checked })}
        />
      </Part>
    </>
  );
}

function When({ draft: { every, weekday, hour, timeZone }, onChange }: Omit<FieldsProps, 'channels'>) {
  return (
    <>
      <Part name="How often" help="Each day it tells of the day before, each week of the seven days before.">
        <SegmentedControl
          size="xs"
          aria-label="How often"
          value={every}
          onChange={(next) => onChange({ every: next as ReportSchedule['every'] })}
          data={[
            { value: 'day', label: 'Each day' },
            { value: 'week', label: 'Each week' },
          ]}
        />
      </Part>
      <Part
        name="When"
        help="Days begin at midnight in this time zone. While Sonde does not run nothing is sent; then one report tells of all that time."
      >
        <div className="alert-times">
          {every === 'week' ? (
            <NativeSelect
              size="xs"
              aria-label="Day of the week"
              value={String(weekday)}
              onChange={({ currentTarget }) => onChange({ weekday: Number(currentTarget.value) })}
              data={WEEKDAYS.map((label, at) => ({ value: String(at + 1), label }))}
            />
          ) : null}
          <NativeSelect
            size="xs"
            aria-label="Hour"
            value={String(hour)}
            onChange={({ currentTarget }) => onChange({ hour: Number(currentTarget.value) })}
            data={Array.from({ length: DAY_HOURS }, (_, at) => ({ value: String(at), label: hourText(at) }))}
          />
          <Select
            size="xs"
            aria-label="Time zone"
            searchable
            allowDeselect={false}
            data={ZONES}
            value={timeZone}
            onChange={(next) => next !== null && onChange({ timeZone: next })}
          />
        </div>
      </Part>
    </>
  );
}
