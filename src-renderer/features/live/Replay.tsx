/** A capture played on its own clock: to look at a live session where no card may be opened, or at an old case again. */
import { Button, Select } from '@mantine/core';
import { useRef, useState } from 'react';
import type { DeskClient } from '../../../src-shared/contract/index.ts';
import { Panel } from '../../components/Panel.tsx';
import { ErrorNote } from '../../components/states.tsx';
import { useAct } from '../../lib/desk.tsx';
import { useLock } from '../../lib/role.ts';
import { chooseFiles, isDesktop } from '../../lib/shell.ts';
import { upload } from '../../lib/upload.ts';

const SPEEDS = [
  { value: '1', label: 'as it was' },
  { value: '10', label: '10 times as fast' },
  { value: '60', label: '60 times as fast' },
  { value: 'max', label: 'as fast as possible' },
] as const;

type Played = { kind: 'sample' } | { kind: 'upload'; id: string } | { kind: 'path'; path: string };

export function Replay() {
  const [speed, setSpeed] = useState('10');
  const { act, busy, error } = useAct();
  const lock = useLock();
  const picker = useRef<HTMLInputElement>(null);
  const play = (file: (client: DeskClient) => Promise<Played | null>): void => {
    void act(async (client) => {
      const played = await file(client);
      if (!played) return;
      await client.live.start({ kind: 'file', file: played, speed: speed === 'max' ? 'max' : Number(speed) });
    });
  };
  const choose = (): void => {
    if (!isDesktop()) return picker.current?.click();
    play(async () => {
      const [path] = await chooseFiles();
      return path === undefined ? null : { kind: 'path', path };
    });
  };
  const send = (file: File | undefined): void => {
    if (file)
      play(async () => ({ kind: 'upload', id: await upload(file, () => undefined, new AbortController().signal) }));
  };
  return (
    <Panel title="Play a capture instead" note="through the same path, on its own clock">
      <div className="live-replay">
        <Select
          size="xs"
          label="Speed"
          allowDeselect={false}
          value={speed}
          onChange={(value) => value !== null && setSpeed(value)}
          data={[...SPEEDS]}
        />
        <Button
          size="xs"
          variant="default"
          {...lock}
          loading={busy}
          onClick={() => play(() => Promise.resolve({ kind: 'sample' }))}
        >
          Play the sample
        </Button>
        <Button size="xs" variant="default" {...lock} loading={busy} onClick={choose}>
          Play a file
        </Button>
        <input
          ref={picker}
          type="file"
          hidden
          aria-label="Capture to play"
          accept=".pcap,.pcapng,.cap,.gz,.zst,.dmp"
          onChange={({ currentTarget }) => {
            send(currentTarget.files?.[0]);
            currentTarget.value = '';
          }}
        />
      </div>
      {error ? <ErrorNote error={error} /> : null}
    </Panel>
  );
}
