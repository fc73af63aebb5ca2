/** What a network has in a day: records, and how many of them are attacks. Nobody but the reader knows. */
import { NumberInput } from '@mantine/core';
import { useState } from 'react';

export interface Daily {
  records: number;
  /** Of them attacks. */
  percent: number;
  setRecords(records: number): void;
  setPercent(percent: number): void;
}

export function useDaily(): Daily {
  const [records, setRecords] = useState(1_000_000);
  const [percent, setPercent] = useState(0.1);
  return { records, percent, setRecords, setPercent };
}

export function DailyFields({ daily: { records, percent, setRecords, setPercent } }: { daily: Daily }) {
  return (
    <div className="lab-fields">
      <NumberInput
        size="xs"
        label="Records a day"
        thousandSeparator=","
        hideControls
        min={1}
        max={1e12}
        value={records}
        onChange={(value) => Number(value) >= 1 && setRecords(Number(value))}
      />
      <NumberInput
        size="xs"
        label="Of them attacks, %"
        hideControls
        min={0}
        max={100}
        value={percent}
        onChange={(value) => value !== '' && Number(value) <= 100 && setPercent(Number(value))}
      />
    </div>
  );
}
