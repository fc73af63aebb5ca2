import { Button } from '@mantine/core';
import { useRef, useState } from 'react';
import type { SondeError } from '../../../src-shared/errors.ts';
import { ErrorNote } from '../../components/states.tsx';
import { bytes } from '../../lib/numbers.ts';
import { asSondeError } from '../../lib/queries.ts';
import { useLock } from '../../lib/role.ts';
import { chooseFiles, isDesktop, pathsOf } from '../../lib/shell.ts';
import { DropZone } from '../open/DropZone.tsx';
import type { Chosen } from './use-sending.ts';

interface FilesFieldProps {
  label: string;
  hint: string;
  files: readonly Chosen[];
  onChange(files: Chosen[]): void;
}

const nameOf = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;

/** Files to be sent, or, on the desktop, to be read where they lie. */
export function FilesField({ label, hint, files, onChange }: FilesFieldProps) {
  const picker = useRef<HTMLInputElement>(null);
  const [error, setError] = useState<SondeError | null>(null);
  const lock = useLock();
  const addPaths = (asked: Promise<string[]>): void => {
    setError(null);
    asked.then(
      (paths) => onChange([...files, ...paths.map((path): Chosen => ({ kind: 'path', path, name: nameOf(path) }))]),
      (thrown: unknown) => setError(asSondeError(thrown)),
    );
  };
  const add = (given: readonly File[]): void => {
    if (lock.disabled || given.length === 0) return;
    if (isDesktop()) return addPaths(pathsOf(given));
    onChange([...files, ...given.map((file): Chosen => ({ kind: 'file', file, name: file.name }))]);
  };
  return (
    <DropZone label={label} onFiles={add}>
      <p className="lab-field-title">{label}</p>
      <p className="dim">{hint}</p>
      <ul className="lab-files">
        {files.map((chosen, at) => (
          <li key={`${chosen.name} ${at}`}>
            {chosen.name} {chosen.kind === 'file' ? <span className="dim">{bytes(chosen.file.size)}</span> : null}{' '}
            <button
              type="button"
              className="text-button"
              aria-label={`Remove ${chosen.name}`}
              onClick={() => onChange(files.filter((_, i) => i !== at))}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
      <Button
        {...lock}
        size="compact-sm"
        variant="default"
        onClick={() => (isDesktop() ? addPaths(chooseFiles()) : picker.current?.click())}
      >
        Choose files
      </Button>
      {error ? <ErrorNote error={error} /> : null}
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        aria-label={label}
        onChange={({ currentTarget }) => {
          add([...(currentTarget.files ?? [])]);
          currentTarget.value = '';
        }}
      />
    </DropZone>
  );
}
