/** Which model scores: the one that ships with Sonde, one that is kept, or a file. */
import { Button, NativeSelect } from '@mantine/core';
import { useRef } from 'react';
import type { ModelChoice } from '../../../../src-shared/contract/topics/scoring.ts';
import { ErrorNote, Shown } from '../../../components/states.tsx';
import { useAsk } from '../../../lib/desk.tsx';
import { useParams } from '../../../lib/place.tsx';
import { useLock } from '../../../lib/role.ts';
import { chooseFiles, isDesktop } from '../../../lib/shell.ts';
import { useSending, type Chosen, type Source } from '../use-sending.ts';
import { detectorName } from '../words.ts';

/** A model that came as a file: it is sent once, and named by what it was called. */
export interface ModelFile {
  source: Source;
  name: string;
}

export interface ChosenModel {
  choice: ModelChoice;
  /** Of what is remembered about it. */
  key: string;
  file: ModelFile | null;
  setFile(file: ModelFile | null): void;
}

/** The choice that the address names, unless a file was chosen. */
export function useModelChoice(file: ModelFile | null, setFile: (file: ModelFile | null) => void): ChosenModel {
  const [params] = useParams();
  const id = Number(params['model'] ?? NaN);
  const choice: ModelChoice = file
    ? { kind: 'file', file: file.source }
    : Number.isInteger(id) && id > 0
      ? { kind: 'kept', id }
      : { kind: 'base' };
  return { choice, key: JSON.stringify(choice), file, setFile };
}

const FILE = 'file';

export function ModelField({ choice, file, setFile }: ChosenModel) {
  const asked = useAsk('scoring models', (client, signal) => client.scoring.models({}, { signal }), {
    topics: ['models'],
  });
  const [, setParams] = useParams();
  const picker = useRef<HTMLInputElement>(null);
  const { send, busy, error } = useSending();
  const lock = useLock();
  const take = (chosen: readonly Chosen[]): void => {
    if (chosen[0] === undefined) return;
    const { name } = chosen[0];
    void send(chosen.slice(0, 1), (_, [source]) => {
      if (source) setFile({ source, name });
      return Promise.resolve();
    });
  };
  const chooseFile = (): void => {
    if (!isDesktop()) return picker.current?.click();
    void chooseFiles().then((paths) =>
      take(paths.map((path) => ({ kind: 'path', path, name: path.split(/[\\/]/).at(-1) ?? path }))),
    );
  };
  const value = file ? FILE : choice.kind === 'kept' ? String(choice.id) : 'base';
  return (
    <div className="record-model">
      <Shown asked={asked} what="the models" lines={1}>
        {({ models }) => (
          <NativeSelect
            size="xs"
            label="Model"
            value={value}
            onChange={({ currentTarget }) => {
              if (currentTarget.value === FILE) return;
              setFile(null);
              setParams({ model: currentTarget.value === 'base' ? '' : currentTarget.value }, true);
            }}
            data={[
              ...models.map(({ choice: each, name, detector, format }) =>
                each.kind === 'kept'
                  ? { value: String(each.id), label: `${name} (${detectorName(detector)}, ${format})` }
                  : { value: 'base', label: 'The base model that ships with Sonde (flows)' },
              ),
              ...(choice.kind === 'kept' && !models.some(({ choice: c }) => c.kind === 'kept' && c.id === choice.id)
                ? [{ value, label: `Model ${value} (no longer kept)` }]
                : []),
              ...(file ? [{ value: FILE, label: file.name }] : []),
            ]}
          />
        )}
      </Shown>
      <Button {...lock} size="compact-sm" variant="default" loading={busy} onClick={chooseFile}>
        Model file …
      </Button>
      <input
        ref={picker}
        type="file"
        hidden
        aria-label="Model file"
        onChange={({ currentTarget }) => {
          take([...(currentTarget.files ?? [])].map((each) => ({ kind: 'file', file: each, name: each.name })));
          currentTarget.value = '';
        }}
      />
      {error ? <ErrorNote error={error} /> : null}
    </div>
  );
}
