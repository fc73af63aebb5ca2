/** Settings that are typed, and kept once the field is left or Enter is pressed. */
import { NumberInput, TextInput } from '@mantine/core';
import { useEffect, useState, type KeyboardEvent } from 'react';

const leaveOnEnter = (event: KeyboardEvent<HTMLInputElement>): void => {
  if (event.key === 'Enter') event.currentTarget.blur();
};

interface NumberProps {
  label: string;
  /** Stands behind it. */
  unit: string;
  min: number;
  max: number;
  /** Whether it may be empty: null. */
  empty?: boolean;
  value: number | null;
  onChange(value: number | null): void;
}

/** Whole numbers. */
export function NumberSetting({ label, unit, min, max, empty = false, value, onChange }: NumberProps) {
  const shown = value === null ? '' : String(value);
  const [text, setText] = useState(shown);
  useEffect(() => setText(shown), [shown]);
  const leave = (): void => {
    const typed = text.trim();
    const next = typed === '' ? null : Math.min(max, Math.max(min, Math.round(Number(typed))));
    if ((next === null && !empty) || Number.isNaN(next)) return setText(shown);
    setText(next === null ? '' : String(next));
    if (next !== value) onChange(next);
  };
  return (
    <div className="alert-number">
      <NumberInput
        size="xs"
        w={96}
        aria-label={label}
        hideControls
        allowDecimal={false}
        allowNegative={false}
        value={text}
        onChange={(next) => setText(String(next))}
        onBlur={leave}
        onKeyDown={leaveOnEnter}
      />
      <span className="dim">{unit}</span>
    </div>
  );
}

interface TextProps {
  label: string;
  maxLength: number;
  value: string;
  onChange(value: string): void;
}

/** What is emptied becomes again what it was. */
export function TextSetting({ label, maxLength, value, onChange }: TextProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const leave = (): void => {
    const next = text.trim();
    if (next === '') return setText(value);
    if (next !== value) onChange(next);
  };
  return (
    <TextInput
      size="xs"
      w={280}
      aria-label={label}
      maxLength={maxLength}
      value={text}
      onChange={({ currentTarget }) => setText(currentTarget.value)}
      onBlur={leave}
      onKeyDown={leaveOnEnter}
    />
  );
}
