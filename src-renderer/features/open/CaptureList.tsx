import { ActionIcon, Menu, TextInput, Modal, Button } from '@mantine/core';
import { useState } from 'react';
import type { CaptureRow } from '../../../src-shared/contract/topics/captures.ts';
import { Confirm } from '../../components/Confirm.tsx';
import { SeverityMark } from '../../components/SeverityMark.tsx';
import { ErrorNote } from '../../components/states.tsx';
import { AnonymiseDialog } from '../anonymise/AnonymiseDialog.tsx';
import { captureSide, compareAddress } from '../compare/sides.ts';
import { ago, dateTime, lasted, secondsOf } from '../../lib/clock.ts';
import { useAct, useAsk } from '../../lib/desk.tsx';
import { bytes, counted, exact } from '../../lib/numbers.ts';
import { go, Link, viewAddress } from '../../lib/place.tsx';
import { useLock } from '../../lib/role.ts';
import { WORST_FIRST } from '../../lib/severity.ts';
import { useZone } from '../../lib/zone.tsx';

const STATUS: Record<CaptureRow['status'], string> = {
  complete: '',
  partial: 'partly read',
  incomplete: 'import not ended',
};

export function CaptureList({ captures }: { captures: readonly CaptureRow[] }) {
  return (
    <div className="table-scroll">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Capture</th>
            <th scope="col">Incidents</th>
            <th scope="col">Began</th>
            <th scope="col" className="number">
              Lasted
            </th>
            <th scope="col" className="number">
              Packets
            </th>
            <th scope="col" className="number">
              Bytes
            </th>
            <th scope="col" className="number">
              Flows
            </th>
            <th scope="col">Imported</th>
            <th scope="col">
              <span className="sr-only">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {captures.map((capture) => (
            <Row key={capture.id} capture={capture} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ capture }: { capture: CaptureRow }) {
  const zone = useZone();
  const [first, last] = [capture.firstTs, capture.lastTs].map((time) => (time === null ? null : secondsOf(time)));
  const watched = useAsk('live session', (client, signal) => client.live.session({}, { signal }), {
    topics: ['live'],
  }).data?.session;
  const live = watched?.capture === capture.id && (watched.state === 'running' || watched.state === 'stopping');
  const note = live ? 'being watched' : STATUS[capture.status];
  return (
    <tr>
      <td className="capture-name">
        <Link to={viewAddress('overview', [], {}, capture.id)} className="incident-title">
          {capture.name}
        </Link>{' '}
        {note === '' ? null : <span className="tag">{note}</span>}{' '}
        {capture.warnings > 0 ? <span className="tag">{counted(capture.warnings, 'note')}</span> : null}
      </td>
      <td className="nowrap">
        {WORST_FIRST.map((severity) =>
          capture.incidents[severity] > 0 ? (
            <span key={severity} className="capture-count">
              <SeverityMark severity={severity} /> {exact(capture.incidents[severity])}
            </span>
          ) : null,
        )}
        {WORST_FIRST.every((severity) => capture.incidents[severity] === 0) ? <span className="dim">none</span> : null}
      </td>
      <td>{typeof first === 'number' ? dateTime(first, zone) : '–'}</td>
      <td className="number">{typeof first === 'number' && typeof last === 'number' ? lasted(last - first) : '–'}</td>
      <td className="number">{exact(capture.packets)}</td>
      <td className="number" title={`${exact(capture.bytes)} bytes`}>
        {bytes(capture.bytes)}
      </td>
      <td className="number">{exact(capture.flows)}</td>
      <td className="nowrap" title={dateTime(capture.importedAt / 1000, zone)}>
        {ago(capture.importedAt, Date.now())}
      </td>
      <td className="number">
        <RowMenu capture={capture} />
      </td>
    </tr>
  );
}

function RowMenu({ capture }: { capture: CaptureRow }) {
  const [dialog, setDialog] = useState<'again' | 'rename' | 'remove' | 'anonymise' | null>(null);
  const [name, setName] = useState(capture.name);
  const { act, busy, error } = useAct();
  const lock = useLock();
  const close = (): void => setDialog(null);
  const again = async (): Promise<void> => {
    if (await act((client) => client.captures.readAgain({ capture: capture.id }))) close();
  };
  const rename = async (): Promise<void> => {
    if (await act((client) => client.captures.rename({ capture: capture.id, name: name.trim() }))) close();
  };
  const remove = async (): Promise<void> => {
    if (await act((client) => client.captures.remove({ capture: capture.id }))) close();
  };
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon {...lock} variant="subtle" color="gray" size="sm" aria-label={`Actions for ${capture.name}`}>
            ⋯
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => go(compareAddress('', captureSide(capture.id)))}>Compare with another …</Menu.Item>
          <Menu.Item onClick={() => setDialog('anonymise')}>Anonymised copy …</Menu.Item>
          <Menu.Item onClick={() => setDialog('again')}>Read again …</Menu.Item>
          <Menu.Item onClick={() => setDialog('rename')}>Rename …</Menu.Item>
          <Menu.Item onClick={() => setDialog('remove')}>Remove …</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <AnonymiseDialog
        selection={{ capture: capture.id }}
        what={`All packets of ${capture.name}`}
        open={dialog === 'anonymise'}
        onClose={close}
      />
      <Confirm
        title="Read again?"
        verb="Read again"
        harmless
        open={dialog === 'again'}
        busy={busy}
        onClose={close}
        onConfirm={() => void again()}
      >
        {error ? <ErrorNote error={error} /> : null}
        <p>
          The files of {capture.name} are read once more, and judged by the settings, roles, rules and models of now.
          That is another capture; this one stays as it is, with what was decided on its incidents.
        </p>
      </Confirm>
      <Modal opened={dialog === 'rename'} onClose={close} title="Rename">
        {error ? <ErrorNote error={error} /> : null}
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void rename();
          }}
        >
          <TextInput
            label="Name"
            required
            maxLength={200}
            data-autofocus
            value={name}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
          />
          <Button mt="md" type="submit" loading={busy}>
            Rename
          </Button>
        </form>
      </Modal>
      <Confirm
        title={`Remove ${capture.name}?`}
        verb="Remove"
        open={dialog === 'remove'}
        busy={busy}
        onClose={close}
        onConfirm={() => void remove()}
      >
        {error ? <ErrorNote error={error} /> : null}
        <p>
          Its flows, hosts and incidents are removed from the database, with what was noted on them. The capture file
          stays.
        </p>
      </Confirm>
    </>
  );
}
