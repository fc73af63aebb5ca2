/** The packets of a selection as a file: as they are, or anonymised. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import { ErrorNote } from '../../components/states.tsx';
import { useTell } from '../../components/toast.tsx';
import { useAct } from '../../lib/desk.tsx';
import { download } from '../../lib/download.ts';
import { counted } from '../../lib/numbers.ts';
import { useLock, usePacketLock } from '../../lib/role.ts';
import { AnonymiseDialog } from '../anonymise/AnonymiseDialog.tsx';
import type { PacketSelection } from './selection.ts';

export function Save({ selection: { skip: _, ...selection } }: { selection: PacketSelection }) {
  const { act, busy, error } = useAct();
  const tell = useTell();
  const lock = usePacketLock();
  const change = useLock();
  const [anonymising, setAnonymising] = useState(false);
  const save = (): Promise<boolean> =>
    act(async (client) => {
      const file = await client.exports.packets(selection);
      await download(file);
      tell(`${file.name}: ${counted(file.packets, 'packet')}.`);
    });
  return (
    <div className="view-tools">
      <Button size="xs" variant="default" loading={busy} {...lock} onClick={() => void save()}>
        Save as pcapng
      </Button>
      <Button size="xs" variant="default" {...change} onClick={() => setAnonymising(true)}>
        Save anonymised …
      </Button>
      <AnonymiseDialog
        selection={selection}
        what="All packets of this selection"
        open={anonymising}
        onClose={() => setAnonymising(false)}
      />
      {error ? <ErrorNote error={error} /> : null}
    </div>
  );
}
