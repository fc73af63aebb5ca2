/** Brings in a settings document: what it would change is shown first. */
import { Button, Textarea } from '@mantine/core';
import { useRef, useState } from 'react';
import type { ImportPreview } from '../../../../src-shared/contract/topics/alerts.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { Panel } from '../../../components/Panel.tsx';
import { ErrorNote } from '../../../components/states.tsx';
import { useTell } from '../../../components/toast.tsx';
import { useAct } from '../../../lib/desk.tsx';
import { counted } from '../../../lib/numbers.ts';
import { go } from '../../../lib/place.tsx';
import { useAdminLock } from '../access.ts';
import { alertsAddress } from '../place.ts';
import { Preview, type Allowed } from './Preview.tsx';
import { broughtInText } from './words.ts';

/** As the program takes it, characters. */
const DOCUMENT_MAX = 4 * 1024 ** 2;

/** @throws SondeError */
async function readDocument(file: File): Promise<string> {
  if (file.size > DOCUMENT_MAX) {
    throw new SondeError('bad-request', `${file.name} is larger than 4 MB`, file.name, 'Choose a settings document.');
  }
  return file.text();
}

export function ImportDocument() {
  const lock = useAdminLock();
  const tell = useTell();
  const picker = useRef<HTMLInputElement>(null);
  const { act, busy, error, clear } = useAct();
  const [text, setText] = useState('');
  const [preview, setPreview] = useState<ImportPreview | null>(null);
  const type = (next: string): void => {
    setText(next);
    setPreview(null);
    clear();
  };
  const look = (given: string | File): void => {
    setPreview(null);
    void act(async (client) => {
      const document = typeof given === 'string' ? given : await readDocument(given);
      setText(document);
      setPreview(await client.alerts.previewImport({ document }));
    });
  };
  const apply = async (allowed: Allowed): Promise<void> => {
    let added: number[] = [];
    const done = await act(async (client) => {
      added = (await client.alerts.import({ document: text, ...allowed })).suppressionsAdded;
    });
    if (!done) return;
    const back = { label: 'Undo the silencing', run: () => void takeBack(added) };
    tell(broughtInText(added.length), ...(added.length > 0 ? [back] : []));
    go(alertsAddress());
  };
  const takeBack = async (ids: number[]): Promise<void> => {
    const done = await act((client) => client.suppressions.removeAll({ ids }));
    if (done) tell(`Taken back: ${counted(ids.length, 'suppression')} removed. The other settings stay.`);
  };
  return (
    <Panel title="Import" note="nothing is changed before you have seen what would be">
      <fieldset className="alert-fieldset alert-import" disabled={lock.disabled}>
        <Textarea
          size="xs"
          autosize
          minRows={3}
          maxRows={12}
          label="Document"
          description="Paste it, or choose the file."
          spellCheck={false}
          value={text}
          onChange={({ currentTarget }) => type(currentTarget.value)}
        />
        <div className="alert-buttons">
          <Button {...lock} size="xs" variant="default" onClick={() => picker.current?.click()}>
            Choose a file
          </Button>
          <Button
            size="xs"
            variant="default"
            loading={busy && preview === null}
            disabled={lock.disabled || text.trim() === ''}
            onClick={() => look(text)}
          >
            Show what it would change
          </Button>
        </div>
        <input
          ref={picker}
          type="file"
          accept=".json,application/json"
          hidden
          aria-label="Settings document"
          onChange={({ currentTarget }) => {
            const [file] = currentTarget.files ?? [];
            if (file) look(file);
            currentTarget.value = '';
          }}
        />
        {error ? <ErrorNote error={error} /> : null}
        {preview ? <Preview key={text} preview={preview} busy={busy} onApply={(yes) => void apply(yes)} /> : null}
      </fieldset>
    </Panel>
  );
}
