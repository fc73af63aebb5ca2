/** Exports incidents as a case: one file with all that belongs to them, and its hash to be told beside it. */
import { Button, Group, Modal, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Output } from '../../../src-shared/contract/define.ts';
import type { contract } from '../../../src-shared/contract/index.ts';
import type { IncidentRow } from '../../../src-shared/contract/topics/common.ts';
import { ErrorNote } from '../../components/states.tsx';
import { useTell } from '../../components/toast.tsx';
import { copyText } from '../../lib/clipboard.ts';
import { useAct } from '../../lib/desk.tsx';
import { download } from '../../lib/download.ts';
import { counted } from '../../lib/numbers.ts';

/** Incidents of a case at most. */
export const CASE_MAX = 100;
const TEXT_MAX = 2000;

type Made = Output<(typeof contract)['cases']['export']>;

interface CaseDialogProps {
  rows: readonly IncidentRow[];
  open: boolean;
  onClose(): void;
}

export function CaseDialog({ rows, open, onClose }: CaseDialogProps) {
  const [title, setTitle] = useState('');
  const [note, setNote] = useState('');
  const [made, setMade] = useState<Made | null>(null);
  const { act, busy, error } = useAct();
  const called = title.trim() === '' ? (rows[0]?.title ?? '') : title.trim();
  const close = (): void => {
    setMade(null);
    onClose();
  };
  const save = (): Promise<boolean> =>
    act(async (client) => {
      const incidents = rows.map(({ capture, uid }) => ({ capture, uid }));
      const file = await client.cases.export({ incidents, title: called, note });
      await download(file);
      setMade(file);
    });
  return (
    <Modal opened={open} onClose={close} title="Export as a case" size="lg">
      {made ? (
        <Done made={made} onClose={close} />
      ) : (
        <form
          className="case-form"
          onSubmit={(event) => {
            event.preventDefault();
            void save();
          }}
        >
          <p>
            {counted(rows.length, 'incident')} with flows, hosts, packets, report, settings, the audit log and the
            hashes of all inputs, as one file. It opens on another machine with <code>sonde serve</code>. It holds real
            addresses and packets.
          </p>
          <TextInput
            data-autofocus
            label="Title"
            maxLength={TEXT_MAX}
            placeholder={rows[0]?.title ?? ''}
            value={title}
            onChange={({ currentTarget }) => setTitle(currentTarget.value)}
          />
          <Textarea
            label="Note"
            description="What whoever opens it should know."
            maxLength={TEXT_MAX}
            autosize
            minRows={2}
            value={note}
            onChange={({ currentTarget }) => setNote(currentTarget.value)}
          />
          {error ? <ErrorNote error={error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={busy} disabled={rows.length === 0}>
              Export
            </Button>
          </Group>
        </form>
      )}
    </Modal>
  );
}

function Done({ made, onClose }: { made: Made; onClose(): void }) {
  const tell = useTell();
  const copy = async (): Promise<void> => {
    tell((await copyText(made.sha256)) ? 'The hash of the case copied.' : 'Select the hash and copy it by hand.');
  };
  return (
    <div className="case-form">
      <p>
        <strong>{made.name}</strong> is made. Tell whoever gets it this hash in another way, so that they can see that
        it is the one you made:
      </p>
      <p className="case-hash">{made.sha256}</p>
      {made.left.map(({ capture, why, some }) => (
        <p key={capture}>
          {some ? 'Not with all packets' : 'Without the packets'} of {capture}: {why.replace(/\.$/, '')}.
        </p>
      ))}
      <div className="actions">
        <Button variant="default" onClick={() => void copy()}>
          Copy the hash
        </Button>
        <Button onClick={onClose}>Close</Button>
      </div>
    </div>
  );
}
