/** Where a continuous export goes, in which format, and when its file is put aside; said in a sentence while it is made. */
import { Button, NativeSelect, Switch, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import type { SiemExport } from '../../../../src-shared/contract/topics/siem.ts';
import { Panel } from '../../../components/Panel.tsx';
import { ErrorNote } from '../../../components/states.tsx';
import { useTell } from '../../../components/toast.tsx';
import { useAct } from '../../../lib/desk.tsx';
import { go } from '../../../lib/place.tsx';
import '../../settings/settings.css';
import { useAdminLock } from '../access.ts';
import { TestAnswer } from '../channels/TestAnswer.tsx';
import { alertsAddress } from '../place.ts';
import { changed, faultOf, formatsFor, isSystemLog, sendable, takesFlows, type ExportDraft } from './draft.ts';
import { Part } from './Part.tsx';
import { RotationFields } from './RotationFields.tsx';
import { useExportTest } from './use-test.ts';
import { exportText, FORMAT_NAMES } from './words.ts';

const NAME_MAX = 100;
const TARGET_MAX = 2000;

export function ExportForm({ begin }: { begin: ExportDraft }) {
  const [draft, setDraft] = useState(begin);
  const lock = useAdminLock();
  const tell = useTell();
  const { act, busy, error } = useAct();
  const trial = useExportTest();
  const fault = faultOf(draft);
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (fault !== '' || !(await act((client) => client.siem.set(sendable(draft))))) return;
    tell(draft.id === undefined ? 'The export is there.' : 'The export is changed.');
    go(alertsAddress(['siem']));
  };
  return (
    <form noValidate onSubmit={(event) => void save(event)}>
      <fieldset className="settings" disabled={lock.disabled}>
        <Panel title="What is exported, and where to">
          <Fields draft={draft} onChange={(part) => setDraft((now) => changed(now, part))} />
        </Panel>
        {error ? <ErrorNote error={error} /> : null}
        {trial.error ? <ErrorNote error={trial.error} /> : null}
        <p className="alert-sentence" aria-live="polite">
          {exportText(draft)}.
        </p>
        <div className="alert-buttons">
          <Button type="submit" loading={busy} disabled={lock.disabled || fault !== ''}>
            Save
          </Button>
          <Button
            variant="default"
            loading={trial.busy}
            disabled={lock.disabled || fault !== ''}
            onClick={() => void trial.test(draft)}
          >
            Send test
          </Button>
          <span className="dim">{fault}</span>
        </div>
        <TestAnswer tested={trial.tested} busy={trial.busy} name={draft.name} />
      </fieldset>
    </form>
  );
}

interface FieldsProps {
  draft: ExportDraft;
  onChange(part: Partial<ExportDraft>): void;
}

function Fields({ draft, onChange }: FieldsProps) {
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
      <Target draft={draft} onChange={onChange} />
      <Part name="Format" help="As the receiving system reads it. CEF and LEEF go to log servers alone.">
        <NativeSelect
          size="xs"
          aria-label="Format"
          value={draft.format}
          onChange={({ currentTarget }) => onChange({ format: currentTarget.value as SiemExport['format'] })}
          data={formatsFor(draft.target).map((value) => ({ value, label: FORMAT_NAMES[value] }))}
        />
      </Part>
      <Part name="Flows" help="Also each flow as it ends: many lines. In Sonde's own format and EVE.">
        <Switch
          size="xs"
          aria-label="Flows"
          label={draft.flows ? 'on' : 'off'}
          disabled={!takesFlows(draft.format)}
          checked={draft.flows}
          onChange={({ currentTarget }) => onChange({ flows: currentTarget.checked })}
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

function Target({ draft, onChange }: FieldsProps) {
  return (
    <>
      <Part
        name="To"
        help="The full path of a file on the machine that runs Sonde, ending in .json, .ndjson, .jsonl or .log; or a log server as syslog+tls://HOST:PORT (also syslog+tcp, syslog+udp)."
      >
        <TextInput
          size="xs"
          aria-label="To"
          placeholder="syslog+tls://siem.example.com"
          maxLength={TARGET_MAX}
          spellCheck={false}
          value={draft.target}
          onChange={({ currentTarget }) => onChange({ target: currentTarget.value })}
        />
      </Part>
      {isSystemLog(draft.target) ? (
        <Part
          name="Allow private targets"
          help="The log server lies in your own network or on this machine. Without this nothing is sent there, whatever its name leads to."
        >
          <Switch
            size="xs"
            aria-label="Allow private targets"
            label={draft.allowPrivate ? 'on' : 'off'}
            checked={draft.allowPrivate}
            onChange={({ currentTarget }) => onChange({ allowPrivate: currentTarget.checked })}
          />
        </Part>
      ) : (
        <RotationFields rotation={draft.rotation} onChange={(rotation) => onChange({ rotation })} />
      )}
    </>
  );
}
