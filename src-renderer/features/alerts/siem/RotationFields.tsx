/** When a file is put aside, and how many are kept. */
import { NumberInput } from '@mantine/core';
import type { SiemExport } from '../../../../src-shared/contract/topics/siem.ts';
import { Part } from './Part.tsx';

type Rotation = SiemExport['rotation'];

const MEGABYTE = 1024 ** 2;
const MEGABYTES_MOST = 1_048_576;
const HOUR = 3600;
const HOURS_MOST = 8784;
const FILES_MOST = 10_000;

/** What was typed, as a whole number within its bounds; undefined: nothing yet. */
function within(typed: string | number, most: number): number | undefined {
  const value = Math.round(Number(typed));
  return typed === '' || Number.isNaN(value) ? undefined : Math.min(most, Math.max(1, value));
}

interface Props {
  rotation: Rotation;
  onChange(rotation: Rotation): void;
}

export function RotationFields({ rotation, onChange }: Props) {
  const { bytes, seconds, files } = rotation;
  const change = (part: Partial<Rotation>): void => onChange({ ...rotation, ...part });
  const size = (typed: string | number): void => {
    const found = within(typed, MEGABYTES_MOST);
    if (found !== undefined) change({ bytes: found * MEGABYTE });
  };
  const age = (typed: string | number): void => {
    const found = within(typed, HOURS_MOST);
    change({ seconds: found === undefined ? null : found * HOUR });
  };
  const kept = (typed: string | number): void => {
    const found = within(typed, FILES_MOST);
    if (found !== undefined) change({ files: found });
  };
  return (
    <Part
      name="Putting aside"
      help="The file is put aside before it grows beyond this size, or at this age. FILE.1 is the last one; the oldest goes."
    >
      <div className="alert-times">
        <NumberInput
          size="xs"
          label="Size, MB"
          min={1}
          max={MEGABYTES_MOST}
          value={Math.max(1, Math.round(bytes / MEGABYTE))}
          onChange={size}
        />
        <NumberInput
          size="xs"
          label="Age, hours"
          placeholder="any"
          min={1}
          max={HOURS_MOST}
          value={seconds === null ? '' : Math.max(1, Math.round(seconds / HOUR))}
          onChange={age}
        />
        <NumberInput size="xs" label="Files kept" min={1} max={FILES_MOST} value={files} onChange={kept} />
      </div>
    </Part>
  );
}
