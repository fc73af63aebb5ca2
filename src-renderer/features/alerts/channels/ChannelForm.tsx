/** What a channel has to know, drawn from the fields of its kind; it can be tried before it is saved. */
import { Button, Switch, TextInput } from '@mantine/core';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import type { AlertChannel, ChannelKindShown as ChannelKind } from '../../../../src-shared/contract/topics/alerts.ts';
import { Panel } from '../../../components/Panel.tsx';
import { ErrorNote } from '../../../components/states.tsx';
import { useAct } from '../../../lib/desk.tsx';
import { useAdminLock } from '../access.ts';
import { changeOf, faultsOf, isSecret, NEEDED, type Draft } from './draft.ts';
import { FieldInput, ORDER } from './FieldInput.tsx';
import { InBrowser } from './InBrowser.tsx';
import { SecretInput } from './SecretInput.tsx';
import { TestAnswer, type Tested } from './TestAnswer.tsx';

interface FormProps {
  kind: ChannelKind;
  /** What it begins with; later ones are not looked at. */
  begin: Draft;
  /** Absent: a new one. */
  channel?: AlertChannel;
  onSaved(channel: AlertChannel): void;
}

export function ChannelForm({ kind, begin, channel, onSaved }: FormProps) {
  const [draft, setDraft] = useState(begin);
  const saving = useAct();
  const testing = useAct();
  const [tested, setTested] = useState<Tested | null>(null);
  const lock = useAdminLock();
  const faults = faultsOf(kind, draft, channel?.secretsSet ?? []);
  const { form, shows, isSound } = useFaults(Object.keys(faults).length > 0 || draft.name.trim() === '');
  const which = channel ? { id: channel.id } : {};
  const change = (part: Partial<Draft>): void => {
    setDraft((now) => ({ ...now, ...part }));
    setTested(null);
  };
  const save = (event: FormEvent): void => {
    event.preventDefault();
    if (!isSound()) return;
    void saving.act(async (client) => onSaved(await client.alerts.setChannel({ ...which, ...changeOf(kind, draft) })));
  };
  const test = (): void => {
    if (!isSound()) return;
    setTested(null);
    void testing.act(async (client) => setTested(await client.alerts.test({ ...which, draft: changeOf(kind, draft) })));
  };
  return (
    <form ref={form} className="alerts" noValidate onSubmit={save}>
      <fieldset className="alerts alert-fieldset" disabled={lock.disabled}>
        <Panel title={kind.title} note={kind.hint}>
          <Fields
            kind={kind}
            draft={draft}
            kept={channel?.secretsSet ?? []}
            faults={shows ? faults : {}}
            nameless={shows && draft.name.trim() === ''}
            onChange={change}
          />
          {kind.id === 'desktop' ? <InBrowser /> : null}
        </Panel>
        {saving.error ? <ErrorNote error={saving.error} /> : null}
        {testing.error ? <ErrorNote error={testing.error} /> : null}
        <TestAnswer tested={tested} busy={testing.busy} name={draft.name} />
        <div className="alert-buttons">
          <Button type="submit" loading={saving.busy}>
            Save
          </Button>
          <Button variant="default" loading={testing.busy} onClick={test}>
            Send test
          </Button>
          <span className="dim">A test is sent with what stands here, saved or not.</span>
        </div>
      </fieldset>
    </form>
  );
}

/** Faults are shown from the first try on; the first of them then has the focus. */
function useFaults(isFaulty: boolean) {
  const form = useRef<HTMLFormElement>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (tries > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [tries]);
  const isSound = (): boolean => {
    if (isFaulty) setTries((now) => now + 1);
    return !isFaulty;
  };
  return { form, shows: tries > 0, isSound };
}

interface FieldsProps {
  kind: ChannelKind;
  draft: Draft;
  kept: readonly string[];
  faults: Readonly<Record<string, string>>;
  nameless: boolean;
  onChange(part: Partial<Draft>): void;
}

const NAME_MAX = 100;

function Fields({ kind, draft, kept, faults, nameless, onChange }: FieldsProps) {
  const { name, enabled, values, secrets, forget } = draft;
  const secretChanged = (field: string, value: string | undefined, forgotten: boolean): void => {
    const { [field]: _, ...others } = secrets;
    const rest = forget.filter((each) => each !== field);
    onChange({
      secrets: value === undefined ? others : { ...others, [field]: value },
      forget: forgotten ? [...rest, field] : rest,
    });
  };
  return (
    <div className="alert-fields">
      <TextInput
        size="xs"
        label="Name"
        description="As it is called in routes and in the queue."
        inputWrapperOrder={ORDER}
        withAsterisk
        maxLength={NAME_MAX}
        {...(nameless ? { error: NEEDED } : {})}
        value={name}
        onChange={({ currentTarget }) => onChange({ name: currentTarget.value })}
      />
      <Switch
        size="xs"
        className="alert-field-switch"
        label="On"
        description="Off: nothing new is sent, and what waits is kept."
        checked={enabled}
        onChange={({ currentTarget }) => onChange({ enabled: currentTarget.checked })}
      />
      {kind.fields.map((field) =>
        isSecret(field) ? (
          <SecretInput
            key={field.name}
            field={field}
            kept={kept.includes(field.name)}
            value={secrets[field.name]}
            forgotten={forget.includes(field.name)}
            fault={faults[field.name]}
            onChange={(value, forgotten) => secretChanged(field.name, value, forgotten)}
          />
        ) : (
          <div key={field.name} className={`alert-field-${field.type}`}>
            <FieldInput
              field={field}
              value={values[field.name] ?? ''}
              fault={faults[field.name]}
              onChange={(value) => onChange({ values: { ...values, [field.name]: value } })}
            />
          </div>
        ),
      )}
    </div>
  );
}
