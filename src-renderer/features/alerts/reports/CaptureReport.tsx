/** The report of the capture that is looked at, as a file. */
import { Button, Group, Modal } from '@mantine/core';
import { useState } from 'react';
import { ErrorNote } from '../../../components/states.tsx';
import { useTell } from '../../../components/toast.tsx';
import { useAct } from '../../../lib/desk.tsx';
import { download } from '../../../lib/download.ts';
import { counted } from '../../../lib/numbers.ts';
import { useLock } from '../../../lib/role.ts';
import { FileFields, USUAL_FILE } from './FileFields.tsx';

/** Beside its incidents. */
export function ReportOfThis({ capture }: { capture: number }) {
  const [open, setOpen] = useState(false);
  const [file, setFile] = useState(USUAL_FILE);
  const lock = useLock();
  const { act, busy, error } = useAct();
  const tell = useTell();
  const close = (): void => setOpen(false);
  const make = async (): Promise<void> => {
    const done = await act(async (client) => {
      const made = await client.reports.makeOfCapture({ capture, ...file });
      await download(made);
      tell(`The report tells of ${counted(made.incidents, 'incident')}.`);
    });
    if (done) close();
  };
  return (
    <>
      <Button {...lock} size="compact-xs" variant="default" onClick={() => setOpen(true)}>
        Report of this capture
      </Button>
      <Modal opened={open} onClose={close} title="Report of this capture">
        <p>All that was found in it as one file, with what to do first on its first page and the evidence behind it.</p>
        <Group mt="md">
          <FileFields file={file} onFile={setFile} />
        </Group>
        {error ? <ErrorNote error={error} /> : null}
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button loading={busy} onClick={() => void make()}>
            Make the report
          </Button>
        </Group>
      </Modal>
    </>
  );
}
