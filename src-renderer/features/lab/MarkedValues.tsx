/** Which values of the label are ordinary, or attacks: those that are marked, and what that makes of the others. */
import { Checkbox, SegmentedControl } from '@mantine/core';
import type { FileLook } from '../../../src-shared/contract/topics/lab.ts';
import { valuesOf, type Said } from './csv-mapping.ts';

interface MarkedValuesProps {
  look: FileLook;
  said: Said;
  /** What that makes of the others, in words. */
  others?: { ordinary: string; attacks: string };
  onChange(said: Said): void;
}

export function MarkedValues({ look, said, others, onChange }: MarkedValuesProps) {
  const toggle = (value: string, on: boolean): void =>
    onChange({ ...said, values: on ? [...said.values, value] : said.values.filter((each) => each !== value) });
  return (
    <div>
      <SegmentedControl
        size="xs"
        aria-label="What the marked values are"
        value={said.marked}
        onChange={(marked) => onChange({ ...said, marked: marked as Said['marked'] })}
        data={[
          { value: 'ordinary', label: 'Marked are ordinary' },
          { value: 'attacks', label: 'Marked are attacks' },
        ]}
      />
      <div className="lab-values" role="group" aria-label="Values of the label">
        {valuesOf(look, said.label).map((value) => (
          <Checkbox
            key={value}
            size="xs"
            label={value === '' ? '(blank)' : value}
            checked={said.values.includes(value)}
            onChange={({ currentTarget }) => toggle(value, currentTarget.checked)}
          />
        ))}
      </div>
      {others ? <p className="dim">{others[said.marked]}</p> : null}
    </div>
  );
}
