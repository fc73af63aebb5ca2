/** Choosing files of rules or lists: sent from here, or named where they lie on the program's machine. */
import { Button, TextInput } from '@mantine/core';
import { useRef } from 'react';
import type { RuleSourceKind } from '../../../src-shared/contract/topics/rules.ts';
import { useSession } from '../../lib/desk.tsx';
import { FilesField } from '../lab/FilesField.tsx';
import type { Chosen } from '../lab/use-sending.ts';
import { bundleOf } from './bundle.ts';
import { isRules } from './words.ts';

/** Files of a set at most, as the contract has it. */
export const FILES_MOST = 64;
const ENDINGS: Readonly<Partial<Record<RuleSourceKind, RegExp>>> = { rules: /\.rules$/i, sigma: /\.ya?ml$/i };
const LABELS: Readonly<Record<RuleSourceKind, string>> = {
  rules: 'Files of rules',
  sigma: 'Files of Sigma rules',
  list: 'Files of a list',
  allow: 'Files of a list',
};
const HINTS: Readonly<Record<RuleSourceKind, string>> = {
  rules: 'Each may hold many thousands.',
  sigma: 'Each may hold one rule or several.',
  list: 'Plain, hosts, abuse.ch CSV, MISP or STIX; also as gzip.',
  allow: 'Plain, hosts, abuse.ch CSV, MISP or STIX; also as gzip.',
};

interface SourceFilesProps {
  files: readonly Chosen[];
  onChange(files: Chosen[]): void;
  kind: RuleSourceKind;
}

export function SourceFiles({ files, onChange, kind }: SourceFilesProps) {
  const paths = useSession()?.paths === true;
  const folders = isRules(kind);
  const [only] = files;
  const path = files.length === 1 && only?.kind === 'path' ? only.path : '';
  const take = (given: Chosen[]): void =>
    onChange(given.length > FILES_MOST && kind === 'sigma' ? bundleOf(given) : given);
  const tooMany = files.length > FILES_MOST;
  return (
    <div className="rules-files">
      <FilesField label={LABELS[kind]} hint={HINTS[kind]} files={files} onChange={take} />
      {tooMany ? <p role="alert">{`These are ${files.length} files: at most ${FILES_MOST} become one set.`}</p> : null}
      {folders && !paths ? <Folder kind={kind} onFiles={take} /> : null}
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

/** A folder of the browser's machine: its files of this kind, and those of folders in it. */
function Folder({ kind, onFiles }: { kind: RuleSourceKind; onFiles(files: Chosen[]): void }) {
  const picker = useRef<HTMLInputElement>(null);
  const ending = ENDINGS[kind] ?? /$^/;
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
          const some = [...(currentTarget.files ?? [])].filter(({ name }) => ending.test(name));
          onFiles(some.map((file): Chosen => ({ kind: 'file', file, name: file.webkitRelativePath || file.name })));
          currentTarget.value = '';
        }}
      />
    </div>
  );
}
