/** Reads a set or list again, and says what that changed. */
import { Button, Group, Modal } from '@mantine/core';
import { useState } from 'react';
import type { RuleDiff, RuleSourceRow } from '../../../src-shared/contract/topics/rules.ts';
import { ErrorNote } from '../../components/states.tsx';
import { useLock } from '../../lib/role.ts';
import { SendingNote } from '../lab/SendingNote.tsx';
import { useSending, type Chosen } from '../lab/use-sending.ts';
import { FILES_MOST, SourceFiles } from './SourceFiles.tsx';
import { diffText } from './words.ts';

export function UpdateSource({ source }: { source: RuleSourceRow }) {
  const [open, setOpen] = useState(false);
  const lock = useLock();
  return (
    <>
      <Button
        {...lock}
        size="compact-xs"
        variant="default"
        aria-label={`Update ${source.name}`}
        onClick={() => setOpen(true)}
      >
        Update
      </Button>
      <Modal opened={open} onClose={() => setOpen(false)} title={`Update ${source.name}`} size="lg">
        {open ? <Form source={source} onClose={() => setOpen(false)} /> : null}
      </Modal>
    </>
  );
}

function Form({ source: { id, kind, origin, path }, onClose }: { source: RuleSourceRow; onClose(): void }) {
  const [files, setFiles] = useState<Chosen[]>([]);
  const [diff, setDiff] = useState<RuleDiff | null>(null);
  const { send, cancel, sending, busy, error } = useSending();
  const again = origin === 'path' && files.length === 0;
  const save = (): void =>
    void send(files, async (client, sources) => {
      const done = await client.rules.update({ id, ...(sources.length === 0 ? {} : { sources }) });
      setDiff(done.diff);
    });
  if (diff !== null) return <Done diff={diff} kind={kind} onClose={onClose} />;
  return (
    <>
      <p>
        {origin === 'path'
          ? `It is read again from ${path}, unless you choose other files.`
          : 'It was sent: choose the files that take its place.'}
      </p>
      <SourceFiles files={files} onChange={setFiles} kind={kind} />
      <SendingNote sending={sending} cancel={cancel} />
      {error ? <ErrorNote error={error} /> : null}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button disabled={(files.length === 0 && !again) || files.length > FILES_MOST} loading={busy} onClick={save}>
          {again ? 'Read again' : 'Update'}
        </Button>
      </Group>
    </>
  );
}

const TITLES = { added: 'New', changed: 'Changed', gone: 'Gone' } as const;

function Done({ diff, kind, onClose }: { diff: RuleDiff; kind: RuleSourceRow['kind']; onClose(): void }) {
  return (
    <div className="rules-diff" role="status">
      <p>{diffText(diff, kind)}</p>
      {(['added', 'changed', 'gone'] as const).map((what) =>
        diff.names[what].length === 0 ? null : (
          <section key={what} aria-label={TITLES[what]}>
            <h3>{TITLES[what]}</h3>
            <ul>
              {diff.names[what].map((name) => (
                <li key={name}>{name}</li>
              ))}
              {diff[what] > diff.names[what].length ? <li>…</li> : null}
            </ul>
          </section>
        ),
      )}
      <Group justify="flex-end" mt="md">
        <Button onClick={onClose}>Done</Button>
      </Group>
    </div>
  );
}
