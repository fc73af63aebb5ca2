/** What the columns of any CSV mean: which is the label, what of it is an attack, what the others are. */
import { NativeSelect } from '@mantine/core';
import type { FileLook } from '../../../src-shared/contract/topics/lab.ts';
import {
  COLUMN_TYPES,
  MAPPED_ROLES,
  type ColumnType,
  type MappedRole,
} from '../../../src-shared/domain/csv-mapping.ts';
import { Panel } from '../../components/Panel.tsx';
import { counted } from '../../lib/numbers.ts';
import type { Said } from './csv-mapping.ts';
import { MarkedValues } from './MarkedValues.tsx';

const ROLES: Record<MappedRole, string> = {
  feature: 'learned from',
  shortcut: 'a shortcut: left out unless asked for',
  id: 'names one record: left out',
  'left-out': 'left out',
  kind: 'the kind of attack',
  time: 'when it was',
  source: 'which host opened it',
  target: 'which host answered',
  group: 'what belongs together',
};

const OTHERS = {
  ordinary: 'All other values are attacks, and name their kind.',
  attacks: 'All other values are ordinary.',
};

/** Columns of which something can be said here; of more, the guesses hold. */
const SHOWN = 200;

interface MappingProps {
  look: FileLook;
  said: Said;
  onChange(said: Said): void;
}

export function Mapping({ look, said, onChange }: MappingProps) {
  const others = look.columns.filter(({ name }) => name !== said.label);
  const choose = (label: string): void => onChange({ ...said, label, values: [] });
  const change = (name: string, part: { type?: ColumnType; role?: MappedRole }): void =>
    onChange({ ...said, columns: { ...said.columns, [name]: { ...said.columns[name], ...part } } });
  return (
    <Panel title="Columns" note="what they mean">
      <p className="lab-warning" role="note">
        The training data are of no format that is known{look.why === '' ? '' : `: ${look.why}`}. Say here what records
        are attacks, or choose another file.
      </p>
      <div className="lab-pair lab-mapping">
        <NativeSelect
          size="xs"
          label="Label"
          description="the column that says what a record is"
          value={said.label}
          onChange={({ currentTarget }) => choose(currentTarget.value)}
          data={[{ value: '', label: 'Choose …' }, ...look.columns.map(({ name }) => ({ value: name, label: name }))]}
        />
        <MarkedValues look={look} said={said} others={OTHERS} onChange={onChange} />
      </div>
      <details className="lab-options">
        <summary>What the other {counted(others.length, 'column')} are</summary>
        <div className="table-scroll lab-tall" tabIndex={0} role="region" aria-label="What the columns are">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Column</th>
                <th scope="col">Values</th>
                <th scope="col">Type</th>
                <th scope="col">It is</th>
              </tr>
            </thead>
            <tbody>
              {others.slice(0, SHOWN).map(({ name, type, role, values: some }) => (
                <tr key={name}>
                  <td>{name}</td>
                  <td className="lab-sample dim">{some.join(', ')}</td>
                  <td>
                    <NativeSelect
                      size="xs"
                      aria-label={`Type of ${name}`}
                      value={said.columns[name]?.type ?? type}
                      onChange={({ currentTarget }) => change(name, { type: currentTarget.value as ColumnType })}
                      data={[...COLUMN_TYPES]}
                    />
                  </td>
                  <td>
                    <NativeSelect
                      size="xs"
                      aria-label={`Role of ${name}`}
                      value={said.columns[name]?.role ?? role}
                      onChange={({ currentTarget }) => change(name, { role: currentTarget.value as MappedRole })}
                      data={MAPPED_ROLES.map((value) => ({ value, label: ROLES[value] }))}
                    />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </Panel>
  );
}
