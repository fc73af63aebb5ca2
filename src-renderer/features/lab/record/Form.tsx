/** What is known of one record, field by field; what is left blank is unknown. */
import { TextInput } from '@mantine/core';
import { useRef, useState } from 'react';
import type { DescribedModel, RecordVerdict } from '../../../../src-shared/contract/topics/scoring.ts';
import type { SondeError } from '../../../../src-shared/errors.ts';
import { Empty } from '../../../components/states.tsx';
import { KEYS } from '../../../lib/key-catalogue.ts';
import { useKeys } from '../../../lib/keys.tsx';
import { FieldInput } from './FieldInput.tsx';
import { fieldsOf, fits, groupsOf, startsOpen, type Field, type FieldGroup } from './fields.ts';
import type { Values } from './from-flow.ts';

interface FormProps {
  model: DescribedModel;
  values: Values;
  verdict: RecordVerdict | undefined;
  error: SondeError | undefined;
  onChange(name: string, value: string): void;
}

/** Faults stand at the last field they are about; the others they name stand in the text. */
function faultsOf(
  { columns }: DescribedModel,
  verdict: RecordVerdict | undefined,
  error: SondeError | undefined,
): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  for (const { columns: about, message } of verdict?.impossible ?? []) {
    const name = about.at(-1);
    if (name !== undefined && !out.has(name)) out.set(name, message);
  }
  if (error && columns.some(({ name }) => name === error.where)) out.set(error.where, error.message);
  return out;
}

export function Form({ model, values, verdict, error, onChange }: FormProps) {
  const [search, setSearch] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useKeys('A single record', [{ ...KEYS.search, run: () => field.current?.focus() }]);
  const all = fieldsOf(model);
  const faults = faultsOf(model, verdict, error);
  const found = search.trim() === '' ? all : all.filter((each) => fits(each, search.trim()));
  return (
    <form className="record-form" aria-label="What is known" onSubmit={(event) => event.preventDefault()}>
      <TextInput
        ref={field}
        size="xs"
        type="search"
        label={`Search the ${all.length} fields`}
        placeholder="bytes, flags, port …"
        value={search}
        onChange={({ currentTarget }) => setSearch(currentTarget.value)}
      />
      {found.length === 0 ? <Empty title="No field is called that">Search for another word.</Empty> : null}
      {groupsOf(found).map(({ group, fields }) => (
        <Group
          // Searching opens what it finds.
          key={`${group} ${search === '' ? '' : 'found'}`}
          group={group}
          fields={fields}
          open={search !== '' || startsOpen(group, all.length)}
          values={values}
          faults={faults}
          onChange={onChange}
        />
      ))}
    </form>
  );
}

interface GroupProps {
  group: FieldGroup;
  fields: readonly Field[];
  open: boolean;
  values: Values;
  faults: ReadonlyMap<string, string>;
  onChange(name: string, value: string): void;
}

function Group({ group, fields, open, values, faults, onChange }: GroupProps) {
  const known = fields.filter(({ column }) => (values[column.name] ?? '') !== '').length;
  const faulty = fields.some(({ column }) => faults.has(column.name));
  const [shown, setShown] = useState(open);
  return (
    <details
      className="record-group"
      open={shown || faulty}
      onToggle={({ currentTarget }) => setShown(currentTarget.open)}
    >
      <summary>
        <h3>{group}</h3>{' '}
        <span className="dim">
          {known} of {fields.length} known
        </span>
      </summary>
      <div className="record-fields" role="group" aria-label={group}>
        {fields.map((field) => (
          <FieldInput
            key={field.column.name}
            field={field}
            value={values[field.column.name] ?? ''}
            fault={faults.get(field.column.name) ?? null}
            onChange={(value) => onChange(field.column.name, value)}
          />
        ))}
      </div>
    </details>
  );
}
