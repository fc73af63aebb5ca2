/** A secret of a channel: typed once, kept, and never shown again. */
import { Button, Input, PasswordInput, Textarea } from '@mantine/core';
import { useId, useState } from 'react';
import type { ChannelField } from '../../../../src-shared/contract/topics/alerts.ts';
import { ORDER } from './FieldInput.tsx';

interface SecretProps {
  field: ChannelField;
  /** Whether there is one. */
  kept: boolean;
  /** What was typed; undefined: as it is kept. */
  value: string | undefined;
  forgotten: boolean;
  fault: string | undefined;
  onChange(value: string | undefined, forgotten: boolean): void;
}

const SECRET_MAX = 16_384;

export function SecretInput(props: SecretProps) {
  const { kept, value, onChange } = props;
  if (kept && value === undefined) return <Kept {...props} />;
  return (
    <div className="alert-secret">
      <Typed {...props} />
      {kept ? (
        <button type="button" className="text-button" onClick={() => onChange(undefined, false)}>
          Keep the one there is
        </button>
      ) : null}
    </div>
  );
}

function Typed({ field, kept, value = '', fault, onChange }: SecretProps) {
  const [shown, setShown] = useState(false);
  const { label, help, required = false, maxLength = SECRET_MAX } = field;
  const shared = {
    size: 'xs',
    label,
    inputWrapperOrder: ORDER,
    withAsterisk: required,
    maxLength,
    value,
    // Where it takes the place of “Replace”.
    autoFocus: kept,
    spellCheck: false,
    ...(help === undefined ? {} : { description: help }),
    ...(fault === undefined ? {} : { error: fault }),
  } as const;
  const type = (text: string): void => onChange(text, false);
  if (field.type === 'headers') {
    return (
      <Textarea
        {...shared}
        autosize
        minRows={2}
        maxRows={8}
        autoComplete="off"
        onChange={({ currentTarget }) => type(currentTarget.value)}
      />
    );
  }
  return (
    <PasswordInput
      {...shared}
      // A password manager would offer the one that signs in to this desk.
      autoComplete="new-password"
      visible={shown}
      onVisibilityChange={setShown}
      onChange={({ currentTarget }) => type(currentTarget.value)}
    />
  );
}

function Kept({ field: { label, help, required }, forgotten, fault, onChange }: SecretProps) {
  const id = useId();
  return (
    <Input.Wrapper
      size="xs"
      label={label}
      labelElement="div"
      labelProps={{ id }}
      inputWrapperOrder={ORDER}
      {...(help === undefined ? {} : { description: help })}
      {...(fault === undefined ? {} : { error: fault })}
    >
      <div className="alert-kept" role="group" aria-labelledby={id}>
        <span>{forgotten ? 'Forgotten once you save.' : 'Kept, not shown.'}</span>
        {forgotten ? (
          <Button size="compact-xs" variant="default" onClick={() => onChange(undefined, false)}>
            Keep it
          </Button>
        ) : (
          <>
            <Button size="compact-xs" variant="default" onClick={() => onChange('', false)}>
              Replace
            </Button>
            {required ? null : (
              <Button size="compact-xs" variant="default" onClick={() => onChange(undefined, true)}>
                Forget
              </Button>
            )}
          </>
        )}
      </div>
    </Input.Wrapper>
  );
}
