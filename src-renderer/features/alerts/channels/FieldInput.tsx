/** One setting of a channel, asked for as its kind says. */
import { NativeSelect, NumberInput, Switch, Textarea, TextInput } from '@mantine/core';
import type { ChannelField } from '../../../../src-shared/contract/topics/alerts.ts';

interface FieldProps {
  field: ChannelField;
  value: string | boolean;
  fault: string | undefined;
  onChange(value: string | boolean): void;
}

const TEXT_MAX = 16_384;
const LIST_ROWS = 12;
/** The input stands at the same height whatever is said of it. */
export const ORDER: ('label' | 'input' | 'description' | 'error')[] = ['label', 'input', 'error', 'description'];

export function FieldInput({ field, value, fault, onChange }: FieldProps) {
  const { label, help, type, required = false } = field;
  const shared = {
    size: 'xs',
    label,
    inputWrapperOrder: ORDER,
    ...(help === undefined ? {} : { description: help }),
    ...(fault === undefined ? {} : { error: fault }),
  } as const;
  const text = typeof value === 'string' ? value : '';
  switch (type) {
    case 'switch':
      return (
        <Switch
          size="xs"
          label={label}
          {...(help === undefined ? {} : { description: help })}
          checked={value === true}
          onChange={({ currentTarget }) => onChange(currentTarget.checked)}
        />
      );
    case 'choice':
      return (
        <NativeSelect
          {...shared}
          value={text}
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
          data={[...(text === '' ? [{ value: '', label: '' }] : []), ...(field.options ?? [])]}
        />
      );
    case 'number':
    case 'port':
      return (
        <NumberInput
          {...shared}
          hideControls
          withAsterisk={required}
          allowDecimal={type === 'number'}
          value={text}
          onChange={(next) => onChange(String(next))}
        />
      );
    case 'lines':
      return (
        <Textarea
          {...shared}
          autosize
          minRows={2}
          maxRows={LIST_ROWS}
          spellCheck={false}
          withAsterisk={required}
          value={text}
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
        />
      );
    default:
      return (
        <TextInput
          {...shared}
          autoComplete="off"
          spellCheck={false}
          withAsterisk={required}
          maxLength={field.maxLength ?? TEXT_MAX}
          value={text}
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
        />
      );
  }
}
