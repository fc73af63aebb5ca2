import { Select, TextInput } from '@mantine/core';
import { useId, useState } from 'react';
import { useAsk } from '../../lib/desk.tsx';
import { captureChoices } from '../../lib/capture-names.ts';
import { useZone } from '../../lib/zone.tsx';
import { captureSide, daysOffered } from './sides.ts';

const OTHER = 'other';
const DAY = /^\d{4}-\d{2}-\d{2}$/;

interface SideFieldProps {
  label: string;
  /** As in the address. */
  value: string;
  onChange(value: string): void;
}

/** A capture, or a day. */
export function SideField({ label, value, onChange }: SideFieldProps) {
  const id = useId();
  const zone = useZone();
  const [wantsDay, setWantsDay] = useState(false);
  const captures = useAsk('captures', (client, signal) => client.captures.list({}, { signal }), {
    topics: ['captures', 'incidents', 'suppressions'],
  }).data?.captures;
  const days = daysOffered(Date.now(), zone);
  const isOffered = days.some(({ day }) => day === value);
  const other = wantsDay || (DAY.test(value) && !isOffered);
  const data = [
    {
      group: 'All captures of a day',
      items: [
        ...days.map(({ label: name, day }) => ({ value: day, label: name })),
        { value: OTHER, label: 'Another day …' },
      ],
    },
    {
      group: 'One capture',
      items: captureChoices(captures ?? [], zone).map(({ value, label }) => ({
        value: captureSide(Number(value)),
        label,
      })),
    },
  ];
  return (
    <div className="compare-side">
      <label htmlFor={id} className="dim">
        {label}
      </label>
      <Select
        id={id}
        size="xs"
        w={240}
        data={data}
        searchable={(captures?.length ?? 0) > 8}
        allowDeselect={false}
        placeholder="Choose a capture or a day"
        value={other ? OTHER : value === '' ? null : value}
        onChange={(chosen) => {
          if (chosen === null) return;
          setWantsDay(chosen === OTHER);
          if (chosen !== OTHER) onChange(chosen);
        }}
      />
      {other ? (
        <TextInput
          type="date"
          size="xs"
          aria-label={`${label}: the day`}
          value={DAY.test(value) ? value : ''}
          onChange={({ currentTarget }) => DAY.test(currentTarget.value) && onChange(currentTarget.value)}
        />
      ) : null}
    </div>
  );
}
