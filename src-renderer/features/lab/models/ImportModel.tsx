/** Brings in a model's file. */
import { Button } from '@mantine/core';
import { useRef } from 'react';
import { ErrorNote } from '../../../components/states.tsx';
import { go } from '../../../lib/place.tsx';
import { useLock } from '../../../lib/role.ts';
import { chooseFiles, isDesktop } from '../../../lib/shell.ts';
import { labAddress } from '../place.ts';
import { useSending, type Chosen } from '../use-sending.ts';

export function ImportModel() {
  const picker = useRef<HTMLInputElement>(null);
  const lock = useLock();
  const { send, busy, error } = useSending();
  const bring = (chosen: Chosen[]): void => {
    if (chosen.length === 0) return;
    void send(chosen.slice(0, 1), async (client, [file]) => {
      const { id } = await client.models.import({ file: file! });
      go(labAddress(['models', String(id)]));
    });
  };
  const choose = async (): Promise<void> => {
    if (!isDesktop()) return picker.current?.click();
    const paths = await chooseFiles();
    bring(paths.map((path) => ({ kind: 'path', path, name: path.split(/[\\/]/).at(-1) ?? path })));
  };
  return (
    <>
      {error ? <ErrorNote error={error} /> : null}
      <Button {...lock} size="xs" variant="default" loading={busy} onClick={() => void choose()}>
        Import a model
      </Button>
      <input
        ref={picker}
        type="file"
        hidden
        aria-label="Model file"
        onChange={({ currentTarget }) => {
          bring([...(currentTarget.files ?? [])].map((file) => ({ kind: 'file', file, name: file.name })));
          currentTarget.value = '';
        }}
      />
    </>
  );
}
