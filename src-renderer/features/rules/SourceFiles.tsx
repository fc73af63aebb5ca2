/** Choosing files of rules or lists: sent from here, or named where they lie on the program's machine. */
import { Button, TextInput } from '@mantine/core';
import { useRef } from 'react';
import { useSession } from '../../lib/desk.tsx';
import { FilesField } from '../lab/FilesField.tsx';
import type { Chosen } from '../lab/use-sending.ts';

/** Files of a set at most, as the contract has it. */
const MOST = 64;
const RULES = /\.rules$/i;

interface SourceFilesProps {
  files: readonly Chosen[];
  onChange(files: Chosen[]): void;
  /** Also whole folders. */
  folders: boolean;
}

export function SourceFiles({ files, onChange, folders }: SourceFilesProps) {
  const paths = useSession()?.paths === true;
  const [only] = files;
  const path = files.length === 1 && only?.kind === 'path' ? only.path : '';
  return (
    <div className="rules-files">
      <FilesField
        label={folders ? 'Files of rules' : 'Files of a list'}
        hint={folders ? 'Each may hold many thousands.' : 'Plain, hosts, abuse.ch CSV, MISP or STIX; also as gzip.'}
        files={files}
        onChange={(given) => onChange(given.slice(0, MOST))}
      />
      {folders && !paths ? <Folder onFiles={(given) => onChange(given.slice(0, MOST))} /> : null}
      {paths ? (
        <TextInput
          size="xs"
          label={folders ? 'Or a file or folder on this machine' : 'Or a file on this machine'}
          description="It can be read again later from where it lies."
          placeholder="/etc/rules"
          value={path}
          onChange={({ currentTarget: { value } }) =>
            onChange(value === '' ? [] : [{ kind: 'path', path: value, name: value }])
          }
        />
      ) : null}
    </div>
  );
}

/** A folder of the browser's machine: its files that end in .rules. */
function Folder({ onFiles }: { onFiles(files: Chosen[]): void }) {
  const picker = useRef<HTMLInputElement>(null);
  return (
    <div>
      <Button size="compact-sm" variant="default" onClick={() => picker.current?.click()}>
        Choose a folder
      </Button>
      <input
        ref={(element) => {
          picker.current = element;
          element?.setAttribute('webkitdirectory', '');
        }}
        type="file"
        multiple
        hidden
        aria-label="Folder of rules"
        onChange={({ currentTarget }) => {
          const some = [...(currentTarget.files ?? [])].filter(({ name }) => RULES.test(name));
          onFiles(some.map((file): Chosen => ({ kind: 'file', file, name: file.name })));
          currentTarget.value = '';
        }}
      />
    </div>
  );
}
