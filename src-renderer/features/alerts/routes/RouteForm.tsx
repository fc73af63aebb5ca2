/** What a route goes by; what it does is said in a sentence while it is made. */
import { Button, Checkbox, MultiSelect, SegmentedControl, Switch, Textarea, TextInput } from '@mantine/core';
import { useState, type FormEvent, type ReactNode } from 'react';
import type { AlertChannel, AlertRoute } from '../../../../src-shared/contract/topics/alerts.ts';
import { KINDS, type IncidentKind, type Severity } from '../../../../src-shared/domain/incident.ts';
import { Panel } from '../../../components/Panel.tsx';
import { ErrorNote } from '../../../components/states.tsx';
import { useTell } from '../../../components/toast.tsx';
import { go } from '../../../lib/place.tsx';
import { WORST_FIRST } from '../../../lib/severity.ts';
import '../../settings/settings.css';
import { useAdminLock } from '../access.ts';
import { alertsAddress } from '../place.ts';
import { routeDraft, routeFaults, routeOf, type RouteDraft } from './draft.ts';
import { HoursFields } from './HoursFields.tsx';
import { useChange } from './use-change.ts';
import { routeText, severitiesText } from './words.ts';

interface FormProps {
  begin: AlertRoute;
  /** As it is in the list; null: a new one. */
  before: AlertRoute | null;
  channels: readonly AlertChannel[];
}

export function RouteForm({ begin, before, channels }: FormProps) {
  // The list may change while it is filled in; what it replaces is what was there when it began.
  const [started] = useState(before);
  const [draft, setDraft] = useState(() => routeDraft(begin));
  const lock = useAdminLock();
  const tell = useTell();
  const { change, busy, error } = useChange();
  const faults = routeFaults(draft);
  const isSound = Object.keys(faults).length === 0;
  const names = new Map(channels.map(({ id, name }) => [id, name]));
  const said = routeText(routeOf(draft), names);
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!isSound || !(await change(started, routeOf(draft)))) return;
    tell(started === null ? 'The route is there.' : 'The route is changed.');
    go(alertsAddress(['routes']));
  };
  return (
    <form noValidate onSubmit={(event) => void save(event)}>
      <fieldset className="settings" disabled={lock.disabled}>
        <Panel title="What it sends, and where to">
          <Fields
            draft={draft}
            channels={channels}
            faults={faults}
            onChange={(part) => setDraft((now) => ({ ...now, ...part }))}
          />
        </Panel>
        {error ? <ErrorNote error={error} /> : null}
        <p className="alert-sentence" aria-live="polite">
          {said}.
        </p>
        <div className="alert-buttons">
          <Button type="submit" loading={busy} disabled={lock.disabled || !isSound}>
            Save
          </Button>
          <span className="dim">{faults.channels ?? faults.hosts ?? faults.days ?? faults.times ?? ''}</span>
        </div>
      </fieldset>
    </form>
  );
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
  draft: RouteDraft;
  channels: readonly AlertChannel[];
  faults: ReturnType<typeof routeFaults>;
  onChange(part: Partial<RouteDraft>): void;
}

const NAME_MAX = 100;
const KIND_CHOICES = KINDS.map(({ id, title }) => ({ value: id, label: title })).sort((a, b) =>
  a.label < b.label ? -1 : 1,
);

function Fields({ draft, channels, faults, onChange }: FieldsProps) {
  return (
    <>
      <Part name="Channels" help="All that are chosen are told.">
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
      <Part name="Severity" help="How grave an incident is at least.">
        <SegmentedControl
          size="xs"
          aria-label="Severity"
          value={draft.severity}
          onChange={(severity) => onChange({ severity: severity as Severity })}
          data={WORST_FIRST.map((value) => ({ value, label: severitiesText(value) }))}
        />
      </Part>
      <Part name="Kinds" help="Only these. None chosen: all.">
        <MultiSelect
          size="xs"
          aria-label="Kinds"
          searchable
          clearable
          hidePickedOptions
          comboboxProps={{ transitionProps: { duration: 0 } }}
          placeholder={draft.kinds.length === 0 ? 'All kinds' : ''}
          data={KIND_CHOICES}
          value={draft.kinds}
          onChange={(kinds) => onChange({ kinds: kinds as IncidentKind[] })}
        />
      </Part>
      <Hosts draft={draft} fault={faults.hosts} onChange={onChange} />
      <HoursFields draft={draft} faults={faults} onChange={onChange} />
      <Part name="Name" help="If several routes would be hard to tell apart.">
        <TextInput
          size="xs"
          aria-label="Name"
          maxLength={NAME_MAX}
          value={draft.name}
          onChange={({ currentTarget }) => onChange({ name: currentTarget.value })}
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

const SIDES = [
  { value: 'any', label: 'take part' },
  { value: 'source', label: 'begin it' },
  { value: 'target', label: 'are its target' },
];

function Hosts({ draft, fault, onChange }: Pick<FieldsProps, 'draft' | 'onChange'> & { fault: string | undefined }) {
  return (
    <Part
      name="Hosts"
      help="Only incidents in which these take part, as addresses or networks, one a line. Empty: all hosts."
    >
      <Textarea
        size="xs"
        autosize
        minRows={2}
        maxRows={8}
        aria-label="Hosts"
        placeholder="10.0.0.0/8"
        spellCheck={false}
        value={draft.hosts}
        {...(fault === undefined ? {} : { error: fault })}
        onChange={({ currentTarget }) => onChange({ hosts: currentTarget.value })}
      />
      {draft.hosts.trim() === '' ? null : (
        <SegmentedControl
          mt={8}
          size="xs"
          aria-label="In which part"
          value={draft.side}
          onChange={(side) => onChange({ side: side as RouteDraft['side'] })}
          data={SIDES}
        />
      )}
    </Part>
  );
}
