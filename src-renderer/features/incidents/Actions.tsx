/** What can be done about an incident. */
import { Button, Menu } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { Output } from '../../../src-shared/contract/define.ts';
import type { contract } from '../../../src-shared/contract/index.ts';
import { ErrorNote } from '../../components/states.tsx';
import { useTell } from '../../components/toast.tsx';
import { copyText } from '../../lib/clipboard.ts';
import { useAct } from '../../lib/desk.tsx';
import { download } from '../../lib/download.ts';
import { KEYS } from '../../lib/key-catalogue.ts';
import { useKeys } from '../../lib/keys.tsx';
import { counted } from '../../lib/numbers.ts';
import { go } from '../../lib/place.tsx';
import { useLock, usePacketLock } from '../../lib/role.ts';
import { canOpenInWireshark, isDesktop, openInWireshark, printToPdf } from '../../lib/shell.ts';
import { packetsAddress } from '../packets/place.ts';
import { CaseDialog } from './CaseDialog.tsx';
import { incidentMarkdown } from './markdown.ts';
import { StatusDialog } from './StatusDialog.tsx';
import { SuppressDialog } from './SuppressDialog.tsx';
import type { IncidentAnswer } from './types.ts';

type Made = Output<(typeof contract)['exports']['packets']>;

/** Whether this machine has Wireshark and the page may start it: in the desktop's window only. */
function useWireshark(): boolean {
  const [there, setThere] = useState(false);
  useEffect(() => {
    let shown = true;
    canOpenInWireshark().then(
      (can) => shown && setThere(can),
      () => undefined,
    );
    return () => {
      shown = false;
    };
  }, []);
  return there;
}

/** `packets` false: they cannot be had yet. */
export function Actions({ answer, packets = true }: { answer: IncidentAnswer; packets?: boolean }) {
  const { incident, row } = answer;
  const [dialog, setDialog] = useState<'status' | 'suppress' | 'case' | null>(null);
  const { act, busy, error } = useAct();
  const tell = useTell();
  const lock = useLock();
  const packetLock = usePacketLock();
  const mayChange = !lock.disabled;
  const copy = async (text: string, what: string): Promise<void> => {
    tell(
      (await copyText(text))
        ? `${what} copied.`
        : 'The browser does not allow copying here. Select the text and copy it by hand.',
    );
  };
  const wireshark = useWireshark();
  const filter = incident.wiresharkFilter;
  const copyFilter = (): void => void copy(filter, 'The display filter');
  const exported = (work: (made: Made) => Promise<void>): Promise<boolean> =>
    act(async (client) => work(await client.exports.packets({ capture: row.capture, incident: row.uid })));
  const savePackets = (): Promise<boolean> =>
    exported(async (file) => {
      await download(file);
      const paste = filter === '' ? undefined : { label: 'Copy its display filter', run: copyFilter };
      const words = [
        `${file.name}: ${counted(file.packets, 'packet')}. Open it with Wireshark.`,
        ...(file.notes ?? []),
      ];
      tell(words.join(' '), paste);
    });
  const openPackets = (): Promise<boolean> => exported((file) => openInWireshark(file, filter));
  const unsilence = async (id: number | null): Promise<void> => {
    if (id !== null && (await act((client) => client.suppressions.remove({ id })))) tell('No longer silenced.');
  };
  const printPage = async (): Promise<void> => {
    if (!isDesktop()) return print();
    const where = await printToPdf(`incident-${row.uid.slice(0, 8)}.pdf`);
    if (where !== null) tell(`Saved as ${where}.`);
  };
  useKeys('Incident', [
    { ...KEYS.status, run: () => mayChange && setDialog('status') },
    { ...KEYS.silence, run: () => mayChange && row.suppressedBy === null && setDialog('suppress') },
    ...(packets ? [{ ...KEYS.packets, run: () => void (packetLock.disabled || savePackets()) }] : []),
    { ...KEYS.markdown, run: () => void copy(incidentMarkdown(incident), 'The incident') },
  ]);
  return (
    <div className="no-print">
      <div className="actions">
        <Button size="xs" {...lock} onClick={() => setDialog('status')}>
          Set status
        </Button>
        {row.suppressedBy === null ? (
          <Button size="xs" variant="default" {...lock} onClick={() => setDialog('suppress')}>
            Silence as expected
          </Button>
        ) : (
          <Button size="xs" variant="default" {...lock} onClick={() => void unsilence(row.suppressedBy)}>
            No longer silence it and its like
          </Button>
        )}
        {wireshark && packets ? (
          <Button size="xs" variant="default" loading={busy} {...packetLock} onClick={() => void openPackets()}>
            Open in Wireshark
          </Button>
        ) : null}
        {packets ? (
          <Button
            size="xs"
            variant="default"
            {...packetLock}
            onClick={() => go(packetsAddress({ incident: row.uid }, row.capture))}
          >
            Show its packets
          </Button>
        ) : null}
        {packets ? (
          <Button size="xs" variant="default" loading={busy} {...packetLock} onClick={() => void savePackets()}>
            {wireshark ? 'Save its packets' : 'Packets for Wireshark'}
          </Button>
        ) : null}
        <Button size="xs" variant="default" disabled={filter === ''} title={filter} onClick={copyFilter}>
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
            <Menu.Item disabled={lock.disabled} onClick={() => setDialog('case')}>
              Export as a case …
            </Menu.Item>
            <Menu.Item onClick={() => void copy(location.href, 'The address')}>Copy the address of this page</Menu.Item>
            <Menu.Item onClick={() => void act(printPage)}>
              {isDesktop() ? 'Save as PDF' : 'Print or save as PDF'}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
      {error ? <ErrorNote error={error} retry={() => void savePackets()} /> : null}
      <CaseDialog rows={[row]} open={dialog === 'case'} onClose={() => setDialog(null)} />
      <StatusDialog answer={answer} open={dialog === 'status'} onClose={() => setDialog(null)} />
      <SuppressDialog answer={answer} open={dialog === 'suppress'} onClose={() => setDialog(null)} />
    </div>
  );
}
