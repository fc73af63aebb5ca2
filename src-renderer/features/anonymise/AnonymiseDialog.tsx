/** Packets as a file that can be given away: what becomes of them, how far it is, and where the key and the map are. */
import { Button, Checkbox, Group, Modal, Progress } from '@mantine/core';
import { useState } from 'react';
import type { Given } from '../../../src-shared/contract/define.ts';
import type { contract } from '../../../src-shared/contract/index.ts';
import { ErrorNote } from '../../components/states.tsx';
import { useAct } from '../../lib/desk.tsx';
import { download } from '../../lib/download.ts';
import { bytes, counted } from '../../lib/numbers.ts';
import './anonymise.css';
import { useAnonymised, type Made } from './use-anonymised.ts';

interface AnonymiseDialogProps {
  /** Whose packets: all of a capture, or of the flows that are selected. */
  selection: Omit<Given<typeof contract.exports.anonymised>, 'map'>;
  /** As people know it. */
  what: string;
  open: boolean;
  onClose(): void;
}

export function AnonymiseDialog({ selection, what, open, onClose }: AnonymiseDialogProps) {
  const making = useAnonymised();
  const close = (): void => {
    making.cancel();
    onClose();
  };
  return (
    <Modal opened={open} onClose={close} title="An anonymised copy" size="lg">
      {making.state === 'done' ? (
        <Done made={making.made} onClose={close} />
      ) : making.state === 'making' ? (
        <Under read={making.read} onCancel={making.cancel} />
      ) : (
        <Ask what={what} error={making.error} onClose={close} onMake={(map) => making.make({ ...selection, map })} />
      )}
    </Modal>
  );
}

interface AskProps {
  what: string;
  error: Parameters<typeof ErrorNote>[0]['error'] | null;
  onClose(): void;
  onMake(map: boolean): void;
}

function Ask({ what, error, onClose, onMake }: AskProps) {
  const [map, setMap] = useState(false);
  return (
    <form
      className="anonymise"
      onSubmit={(event) => {
        event.preventDefault();
        onMake(map);
      }}
    >
      <p>
        {what} as a pcapng file that can be given away, for example to a vendor. Addresses of hosts and cards become
        pseudonyms; everything behind the transport headers is cut, and comments and names in the file are left out.
      </p>
      <p className="dim">
        Times, lengths and ports stay: whoever knows the network well may still recognise some of its flows by them.
      </p>
      <p className="dim">
        The pseudonyms are those of this desk’s anonymised reports. The key that they are made by lies beside the
        database and stays at home.
      </p>
      <Checkbox
        label="Also a map that leads back"
        description="Originals and pseudonyms side by side, as CSV, so that you can read an answer that speaks of pseudonyms. It stays at home, too."
        checked={map}
        onChange={({ currentTarget }) => setMap(currentTarget.checked)}
      />
      {error ? <ErrorNote error={error} /> : null}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" data-autofocus>
          Make the copy
        </Button>
      </Group>
    </form>
  );
}

function Under({ read, onCancel }: { read: { bytes: number; total: number | null } | null; onCancel(): void }) {
  const total = read?.total ?? 0;
  const share = read && total > 0 ? Math.min(1, read.bytes / total) : 0;
  return (
    <div className="anonymise" role="status">
      <p>Reading the capture and writing its copy.</p>
      <Progress value={share * 100} aria-label="Read" />
      <Group justify="space-between">
        <span className="dim">
          {read ? (total > 0 ? `${bytes(read.bytes)} of ${bytes(total)}` : bytes(read.bytes)) : 'About to begin'}
        </span>
        <Button variant="default" data-autofocus onClick={onCancel}>
          Cancel
        </Button>
      </Group>
    </div>
  );
}

/** Each file is saved by a click of its own: browsers keep pages from saving several at once. */
function Done({ made, onClose }: { made: Made; onClose(): void }) {
  const { map, key } = made;
  const [saved, setSaved] = useState<readonly string[]>([]);
  const { act, busy, error } = useAct();
  const save = (file: { download: string; name: string }): void =>
    void act(async () => {
      if (await download(file)) setSaved((before) => [...before, file.download]);
    });
  return (
    <div className="anonymise">
      <p>
        <strong>{made.name}</strong> is made: {counted(made.packets, 'packet')} with pseudonyms for addresses and
        nothing of what was said, {bytes(made.bytes)}.
      </p>
      {made.notes.length === 0 ? null : (
        <ul className="anonymise-notes">
          {made.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      {map ? (
        <p>
          <strong>{map.name}</strong> leads back from pseudonyms to originals. Keep it to yourself.
          {map.cut ? ' It holds the first million addresses only.' : ''}
        </p>
      ) : null}
      <p className="dim">
        {key === null
          ? 'The key ends with this program, since no database was named: pseudonyms will be others next time.'
          : `The key is in ${key} beside the database. Whoever has it can find out who a pseudonym is.`}
      </p>
      {error ? <ErrorNote error={error} /> : null}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
        {map ? (
          <Button variant="default" disabled={busy || saved.includes(map.download)} onClick={() => save(map)}>
            {saved.includes(map.download) ? 'Map saved' : 'Save the map'}
          </Button>
        ) : null}
        <Button data-autofocus disabled={busy || saved.includes(made.download)} onClick={() => save(made)}>
          {saved.includes(made.download) ? 'Copy saved' : 'Save the copy'}
        </Button>
      </Group>
    </div>
  );
}
