import { Button, Group, Modal, SegmentedControl, Textarea } from '@mantine/core';
import { useState } from 'react';
import { INCIDENT_STATUSES, type IncidentStatus } from '../../../src-shared/domain/incident.ts';
import { ErrorNote } from '../../components/states.tsx';
import { useTell } from '../../components/toast.tsx';
import { useAct } from '../../lib/desk.tsx';
import { statusWord } from '../../lib/severity.ts';
import type { IncidentAnswer } from './types.ts';

/** What follows from it. */
const MEANS: Readonly<Record<IncidentStatus, string>> = {
  new: 'Nobody has looked at it yet.',
  investigating: 'Somebody looks into it. Models learn nothing from it so far.',
  expected: 'Right, and still no news. Its traffic is learned as ordinary, and it counts against the alarm budget.',
  'false-alarm':
    'Wrong: there was nothing. Its traffic is learned as ordinary, and it counts against the alarm budget.',
  closed: 'It was real, and is dealt with. Models that learn from what was judged take its traffic for an attack.',
};

interface DialogProps {
  answer: IncidentAnswer;
  open: boolean;
  onClose(): void;
}

export function StatusDialog({ answer: { row }, open, onClose }: DialogProps) {
  const [status, setStatus] = useState<IncidentStatus>(row.status);
  const [note, setNote] = useState('');
  const { act, busy, error } = useAct();
  const tell = useTell();
  const save = async (): Promise<void> => {
    if (!(await act((client) => client.incidents.setStatus({ capture: row.capture, uid: row.uid, status, note }))))
      return;
    tell(`Status: ${statusWord(status)}.`);
    setNote('');
    onClose();
  };
  return (
    <Modal opened={open} onClose={onClose} title="Set status" size="lg">
      {error ? <ErrorNote error={error} /> : null}
      <SegmentedControl
        fullWidth
        aria-label="Status"
        value={status}
        onChange={(value) => setStatus(value as IncidentStatus)}
        data={INCIDENT_STATUSES.map((value) => ({ value, label: statusWord(value) }))}
      />
      <p className="dim status-means">{MEANS[status]}</p>
      <Textarea
        mt="sm"
        label="Note"
        placeholder="What was found, who was asked"
        autosize
        minRows={3}
        value={note}
        onChange={({ currentTarget }) => setNote(currentTarget.value)}
        data-autofocus
      />
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button loading={busy} onClick={() => void save()}>
          Save
        </Button>
      </Group>
    </Modal>
  );
}
