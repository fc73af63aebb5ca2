/** Brings in suppressions from a file: what of it is new is shown before one says yes. */
import { Button, Group, Modal } from '@mantine/core';
import { useRef, useState } from 'react';
import { judgeFile, type JudgedEntry } from '../../../src-shared/contract/topics/suppression-file.ts';
import type { SuppressionRow } from '../../../src-shared/contract/topics/suppressions.ts';
import { ErrorNote } from '../../components/states.tsx';
import { useTell } from '../../components/toast.tsx';
import { dateTime } from '../../lib/clock.ts';
import { useAct } from '../../lib/desk.tsx';
import { counted, exact } from '../../lib/numbers.ts';
import { useLock } from '../../lib/role.ts';
import { useZone } from '../../lib/zone.tsx';
import { addAll } from './batches.ts';
import './suppressions.css';

const MAX_BYTES = 4 * 1024 ** 2;

interface Read {
  name: string;
  judged: ReturnType<typeof judgeFile>;
}

async function readFile(file: File, known: readonly SuppressionRow[]): Promise<Read> {
  const { name, size } = file;
  if (size > MAX_BYTES) return { name, judged: { ok: false, fault: 'it is larger than 4 MiB' } };
  try {
    return { name, judged: judgeFile(await file.text(), known) };
  } catch {
    return { name, judged: { ok: false, fault: 'it cannot be read' } };
  }
}

export function Import({ known }: { known: readonly SuppressionRow[] }) {
  const picker = useRef<HTMLInputElement>(null);
  const lock = useLock();
  const [read, setRead] = useState<Read | null>(null);
  return (
    <>
      <Button {...lock} size="compact-xs" variant="default" onClick={() => picker.current?.click()}>
        Import
      </Button>
      <input
        ref={picker}
        type="file"
        accept=".json,application/json"
        hidden
        aria-label="File of suppressions"
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          if (file) void readFile(file, known).then(setRead);
          currentTarget.value = '';
        }}
      />
      <Modal opened={read !== null} onClose={() => setRead(null)} title="Import what is silenced" size="xl">
        {read ? <Judged read={read} onClose={() => setRead(null)} /> : null}
      </Modal>
    </>
  );
}

function Judged({ read: { name, judged }, onClose }: { read: Read; onClose(): void }) {
  const { act, busy, error } = useAct();
  const tell = useTell();
  const entries = judged.ok ? judged.entries : [];
  const fresh = entries.flatMap((each) => (each.verdict === 'new' ? [each.entry] : []));
  const save = async (): Promise<void> => {
    const done = await act(async (client) =>
      tell(`${counted(await addAll(client, fresh), 'suppression')} brought in from ${name}.`),
    );
    if (done) onClose();
  };
  return (
    <>
      {judged.ok ? (
        <Entries name={name} entries={entries} />
      ) : (
        <p className="preview preview-careful" role="alert">
          {name} holds no suppressions: {judged.fault}. Choose a file that Sonde exported, or one as docs/cli.md
          describes it.
        </p>
      )}
      {error ? <ErrorNote error={error} /> : null}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          {fresh.length === 0 ? 'Close' : 'Cancel'}
        </Button>
        {fresh.length === 0 ? null : (
          <Button loading={busy} onClick={() => void save()}>
            Bring in {exact(fresh.length)}
          </Button>
        )}
      </Group>
    </>
  );
}

function Entries({ name, entries }: { name: string; entries: readonly JudgedEntry[] }) {
  const of = (verdict: JudgedEntry['verdict']): number => entries.filter((each) => each.verdict === verdict).length;
  const [fresh, same, refused] = [of('new'), of('same'), of('refused')];
  return (
    <>
      <p>
        {name}: {exact(fresh)} new, {exact(same)} the same as what is there, {exact(refused)} refused. What is new
        silences past and future incidents at once; it can be taken back.
      </p>
      <div className="import-list">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">Until</th>
              <th scope="col">It is</th>
            </tr>
          </thead>
          <tbody>
            {entries.map((entry, place) => (
              <Entry key={place} entry={entry} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

const VERDICTS = { new: 'new', same: 'the same', refused: 'refused' } as const;

function Entry({ entry }: { entry: JudgedEntry }) {
  const zone = useZone();
  const until =
    entry.verdict === 'refused'
      ? ''
      : entry.entry.expiresAt === null
        ? 'you remove it'
        : dateTime(entry.entry.expiresAt / 1000, zone);
  return (
    <tr>
      <td className="suppression-scope">
        {entry.text}
        {entry.verdict !== 'refused' && entry.entry.reason ? <p className="dim">{entry.entry.reason}</p> : null}
        {entry.verdict === 'refused' ? <p className="preview-careful">{entry.fault}</p> : null}
      </td>
      <td className="nowrap">{until}</td>
      <td className="nowrap">{VERDICTS[entry.verdict]}</td>
    </tr>
  );
}
