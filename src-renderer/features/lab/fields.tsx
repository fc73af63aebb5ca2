/** Fields that several forms of the lab have. */
import { Checkbox, NumberInput, Radio, TextInput } from '@mantine/core';

interface ChoiceProps<V extends string> {
  label: string;
  value: V;
  options: readonly { value: V; title: string; text: string }[];
  onChange(value: V): void;
}

export function Choice<V extends string>({ label, value, options, onChange }: ChoiceProps<V>) {
  return (
    <Radio.Group label={label} size="xs" value={value} onChange={(next) => onChange(next as V)}>
      <div className="lab-choices">
        {options.map((option) => (
          <Radio key={option.value} size="xs" value={option.value} label={option.title} description={option.text} />
        ))}
      </div>
    </Radio.Group>
  );
}

interface NumberProps {
  label: string;
  hint: string;
  value: number;
  onChange(value: number): void;
}

/** In the body of a panel: beside its title a list so long is cut off. */
export function KnownFormats({ formats }: { formats: readonly string[] }) {
  return (
    <p className="dim lab-formats">
      Recognised from their columns, plain or gzip: {formats.join(', ')}. Of any other table you say which column is the
      label.
    </p>
  );
}

/** More than none and less than all. */
export function Percent({ label, hint, value, onChange }: NumberProps) {
  return (
    <NumberInput
      size="xs"
      label={label}
      description={hint}
      hideControls
      min={0.01}
      max={99}
      clampBehavior="blur"
      value={value}
      onChange={(next) => {
        const given = Number(next);
        if (given > 0 && given < 100) onChange(given);
      }}
    />
  );
}

export function Whole({ label, hint, least, most, value, onChange }: NumberProps & { least: number; most: number }) {
  return (
    <NumberInput
      size="xs"
      label={label}
      description={hint}
      hideControls
      allowDecimal={false}
      min={least}
      max={most}
      clampBehavior="blur"
      value={value}
      onChange={(next) => {
        const given = Number(next);
        if (Number.isInteger(given) && given >= least && given <= most && next !== '') onChange(given);
      }}
    />
  );
}

export function Threshold({ hint, value, onChange }: Omit<NumberProps, 'label'>) {
  return <Percent label="Threshold for false positives, %" hint={hint} value={value} onChange={onChange} />;
}

/** `hint`: what it is called without. */
export function Name({ hint, value, onChange }: { hint: string; value: string; onChange(value: string): void }) {
  return (
    <TextInput
      size="xs"
      label="Name"
      description={hint}
      maxLength={200}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    />
  );
}

export function ShortcutsBox({ checked, onChange }: { checked: boolean; onChange(checked: boolean): void }) {
  return (
    <Checkbox
      size="xs"
      label="Learn from addresses, ports and times too: this one network is learned by heart"
      checked={checked}
      onChange={({ currentTarget }) => onChange(currentTarget.checked)}
    />
  );
}
