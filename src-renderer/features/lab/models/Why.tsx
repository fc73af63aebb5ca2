import { TextInput } from '@mantine/core';

/** For whoever reads later what was changed. */
export function Why({ value, onChange }: { value: string; onChange(value: string): void }) {
  return (
    <TextInput
      size="xs"
      label="Why"
      description="for the audit log; may stay empty"
      maxLength={500}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    />
  );
}
