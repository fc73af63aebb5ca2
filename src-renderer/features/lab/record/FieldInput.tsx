import { NativeSelect, TextInput } from '@mantine/core';
import { useId } from 'react';
import { stateText } from '../../flows/words.ts';
import type { Field } from './fields.ts';

/** Lists up to here are chosen from; of longer ones what is typed is completed. */
const CHOSEN_FROM = 18;

interface FieldInputProps {
  field: Field;
  value: string;
  /** What is wrong with it; null where nothing is. */
  fault: string | null;
  onChange(value: string): void;
}

function hintOf({ column, title, unit }: Field): string {
  const { name, least, most } = column;
  // What only says that it fits in so many bits helps nobody.
  const range = least !== null && most !== null && most <= 65_535 ? `${least} … ${most}` : '';
  return [title === '' ? '' : name, unit, range].filter((part) => part !== '').join(' · ');
}

export function FieldInput({ field, value, fault, onChange }: FieldInputProps) {
  const id = useId();
  const { column, title } = field;
  const label = title === '' ? column.name : `${title.charAt(0).toUpperCase()}${title.slice(1)}`;
  const shared = { size: 'xs', label, description: hintOf(field) || undefined, error: fault } as const;
  const { words } = column;
  const isClosed = column.kind === 'categorical' && words.length > 0 && words.length <= CHOSEN_FROM;
  if (isClosed && column.name !== 'flags') {
    const own = value !== '' && !words.includes(value) ? [value] : [];
    return (
      <NativeSelect
        {...shared}
        value={value}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
        data={[
          { value: '', label: 'unknown' },
          ...[...words.filter((word) => word !== ''), ...own].map((word) => ({
            value: word,
            label: column.name === 'conn_state' || column.name === 'flag' ? stateText(word) : word,
          })),
        ]}
      />
    );
  }
  return (
    <>
      <TextInput
        {...shared}
        placeholder="unknown"
        autoComplete="off"
        spellCheck={false}
        inputMode={column.kind === 'numeric' ? 'decimal' : 'text'}
        value={value}
        {...(words.length > 0 ? { list: id } : {})}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      />
      {words.length > 0 ? (
        <datalist id={id}>
          {words.map((word) => (
            <option key={word} value={word} />
          ))}
        </datalist>
      ) : null}
    </>
  );
}
