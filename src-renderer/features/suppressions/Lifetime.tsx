/** How long, and why. */
import { Group, Select, TextInput } from '@mantine/core';
import { REASON_MAX } from '../../../src-shared/contract/topics/suppression-file.ts';
import { LIFETIMES, USUAL_LIFETIME } from './lifetimes.ts';

interface LifetimeProps {
  days: string;
  onDays(days: string): void;
  reason: string;
  onReason(reason: string): void;
}

export function Lifetime({ days, onDays, reason, onReason }: LifetimeProps) {
  return (
    <Group grow align="flex-end">
      <Select
        label="How long"
        data={LIFETIMES}
        value={days}
        onChange={(value) => onDays(value ?? USUAL_LIFETIME)}
        allowDeselect={false}
      />
      <TextInput
        label="Why"
        placeholder="Our own scanner, every night"
        maxLength={REASON_MAX}
        value={reason}
        onChange={({ currentTarget }) => onReason(currentTarget.value)}
      />
    </Group>
  );
}
