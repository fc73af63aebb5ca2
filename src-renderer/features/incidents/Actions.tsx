/** What can be done about an incident. */
import { Button, Menu } from '@mantine/core';
import { useState } from 'react';
import { ErrorNote } from '../../components/states.tsx';
import { useTell } from '../../components/toast.tsx';
import { copyText } from '../../lib/clipboard.ts';
import { useAct, useSession } from '../../lib/desk.tsx';
import { download } from '../../lib/download.ts';
import { useKeys } from '../../lib/keys.tsx';
import { counted } from '../../lib/numbers.ts';
import { mayDo } from '../../../src-shared/contract/define.ts';
import { incidentMarkdown } from './markdown.ts';
import { StatusDialog } from './StatusDialog.tsx';
import { SuppressDialog } from './SuppressDialog.tsx';
import type { IncidentAnswer } from './types.ts';

export function Actions({ answer }: { answer: IncidentAnswer }) {
  const { incident, row } = answer;
  const [dialog, setDialog] = useState<'status' | 'suppress' | null>(null);
  const { act, busy, error } = useAct();
  const tell = useTell();
  const session = useSession();
  const mayChange = session === undefined || mayDo(session.role, 'analyst');
  const copy = async (text: string, what: string): Promise<void> => {
    tell(
      (await copyText(text))
        ? `${what} copied.`
        : 'The browser does not allow copying here. Select the text and copy it by hand.',
    );
  };
  const savePackets = (): Promise<boolean> =>
    act(async (client) => {
      const file = await client.exports.packets({ capture: row.capture, incident: row.uid });
      download(file);
      tell(`${file.name}: ${counted(file.packets, 'packet')}. Open it with Wireshark.`);
    });
  useKeys('Incident', [
    { keys: 's', label: 'Set the status', run: () => mayChange && setDialog('status') },
    { keys: 'm', label: 'Silence this and its like', run: () => mayChange && setDialog('suppress') },
    { keys: 'e', label: 'Export its packets', run: () => void savePackets() },
    { keys: 'c', label: 'Copy as Markdown', run: () => void copy(incidentMarkdown(incident), 'The incident') },
  ]);
  return (
    <div className="no-print">
      <div className="actions">
        <Button size="xs" disabled={!mayChange} onClick={() => setDialog('status')}>
          Set status
        </Button>
        <Button size="xs" variant="default" disabled={!mayChange} onClick={() => setDialog('suppress')}>
          Silence as expected
        </Button>
        <Button size="xs" variant="default" loading={busy} disabled={!mayChange} onClick={() => void savePackets()}>
          Packets for Wireshark
        </Button>
        <Button
          size="xs"
          variant="default"
          disabled={incident.wiresharkFilter === ''}
          onClick={() => void copy(incident.wiresharkFilter, 'The display filter')}
        >
          Copy display filter
        </Button>
        <Menu>
          <Menu.Target>
            <Button size="xs" variant="default">
              More
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => void copy(incidentMarkdown(incident), 'The incident')}>
              Copy as Markdown
            </Menu.Item>
            <Menu.Item onClick={() => void copy(location.href, 'The address')}>Copy the address of this page</Menu.Item>
            <Menu.Item onClick={() => print()}>Print or save as PDF</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
      {error ? <ErrorNote error={error} retry={() => void savePackets()} /> : null}
      <StatusDialog answer={answer} open={dialog === 'status'} onClose={() => setDialog(null)} />
      <SuppressDialog answer={answer} open={dialog === 'suppress'} onClose={() => setDialog(null)} />
    </div>
  );
}
