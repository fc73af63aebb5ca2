/** A file of which the content is taken over: it may lie on another machine than the program. */
import { Button } from '@mantine/core';
import { useRef, useState } from 'react';
import type { FileText } from './draft.ts';

interface Props {
  name: string;
  accept: string;
  /** Bytes that are taken. */
  most: number;
  value: FileText | undefined;
  /** What is kept, in words; '' where nothing is. */
  kept: string;
  /** What counts where nothing is chosen or kept. */
  none: string;
  /** It cannot be left out. */
  required?: boolean;
  onChange(value: FileText): void;
}

export function TextFile({ name, accept, most, value, kept, none, required = false, onChange }: Props) {
  const picker = useRef<HTMLInputElement>(null);
  const [fault, setFault] = useState('');
  const shown = value === undefined ? kept : value.text === '' ? '' : value.name;
  const take = async (file: File): Promise<void> => {
    const isFit = file.size > 0 && file.size <= most;
    setFault(isFit ? '' : `${file.name} is ${file.size === 0 ? 'empty' : 'too large to be that'}.`);
    if (isFit) onChange({ name: file.name, text: await file.text() });
  };
  return (
    <div className="fleet-file">
      <Button size="xs" variant="default" aria-label={`${name}: choose a file`} onClick={() => picker.current?.click()}>
        Choose a file
      </Button>
      <span className={shown === '' ? 'dim' : 'fleet-file-name'}>{shown === '' ? none : shown}</span>
      {shown === '' || required ? null : (
        <Button
          size="compact-xs"
          variant="subtle"
          aria-label={`${name}: have none`}
          onClick={() => onChange({ name: '', text: '' })}
        >
          Have none
        </Button>
      )}
      <input
        ref={picker}
        type="file"
        accept={accept}
        hidden
        aria-label={name}
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? [];
          if (file) void take(file);
          currentTarget.value = '';
        }}
      />
      {fault === '' ? null : (
        <p className="fleet-file-fault" role="alert">
          {fault}
        </p>
      )}
    </div>
  );
}
