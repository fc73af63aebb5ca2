/** A capture filter, held to the compiler that will be used while it is typed; a fault is underlined where it is. */
import { useDebouncedValue } from '@mantine/hooks';
import { useEffect, useId, useRef, useState } from 'react';
import { useAsk } from '../../lib/desk.tsx';
import { useLock } from '../../lib/role.ts';

/** A question is asked when typing stops for so long, ms. */
const AFTER_MS = 250;

export const EXAMPLES: readonly { filter: string; meaning: string }[] = [
  { filter: 'not port 22', meaning: 'everything but SSH' },
  { filter: 'host 10.0.0.5', meaning: 'from and to one host' },
  { filter: 'net 192.168.0.0/16', meaning: 'from and to a network' },
  { filter: 'tcp port 443 or udp port 443', meaning: 'HTTPS and QUIC' },
  { filter: 'port 53', meaning: 'DNS' },
];

interface BpfFieldProps {
  card: string;
  value: string;
  onChange(filter: string): void;
  /** Whether it can be started with: told at every change. */
  onVerdict(good: boolean): void;
}

export function BpfField({ card, value, onChange, onVerdict }: BpfFieldProps) {
  const id = useId();
  const lock = useLock();
  const field = useRef<HTMLInputElement>(null);
  const [asked] = useDebouncedValue(value, AFTER_MS);
  const verdict = useAsk(
    `bpf ${card} ${asked}`,
    (client, signal) => client.live.checkFilter({ interface: card, filter: asked }, { signal }),
    { when: asked.trim() !== '' && !lock.disabled },
  );
  const current = asked === value && value.trim() !== '' ? verdict.data : undefined;
  const fault = current?.fault ?? null;
  useEffect(() => onVerdict(fault === null), [fault, onVerdict]);
  return (
    <div className="live-filter">
      <label htmlFor={id}>Filter (BPF)</label>
      <div className={`live-bpf ${fault === null ? '' : 'live-bpf-wrong'}`}>
        <Underline text={value} at={current?.at ?? null} field={field} />
        <input
          ref={field}
          id={id}
          type="text"
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          maxLength={4096}
          aria-invalid={fault !== null}
          aria-describedby={`${id}-note`}
          placeholder="everything"
          value={value}
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
        />
      </div>
      <p id={`${id}-note`} role="status" className={fault === null ? 'live-hint' : 'live-fault'}>
        {fault !== null ? faultText(fault, current?.at ?? null) : noteOf(value, current?.checked)}
      </p>
      <p className="live-examples">
        <span className="dim">For example</span>
        {EXAMPLES.map(({ filter, meaning }) => (
          <button
            key={filter}
            type="button"
            className="text-button"
            title={meaning}
            onClick={() => {
              onChange(filter);
              field.current?.focus();
            }}
          >
            {filter}
          </button>
        ))}
      </p>
    </div>
  );
}

function faultText(fault: string, at: { from: number } | null): string {
  const sentence = `${fault.charAt(0).toUpperCase()}${fault.slice(1)}${/[.!?]$/.test(fault) ? '' : '.'}`;
  return at ? `At character ${at.from + 1}: ${sentence}` : sentence;
}

function noteOf(value: string, checked: boolean | undefined): string {
  if (value.trim() === '') return 'Empty: everything is captured. As tcpdump takes it.';
  if (checked === undefined) return 'Being checked …';
  return checked ? 'This filter compiles.' : 'It can only be checked when the capture starts: no helper is there.';
}

function Underline({
  text,
  at,
  field,
}: {
  text: string;
  at: { from: number; to: number } | null;
  field: React.RefObject<HTMLInputElement | null>;
}) {
  const [scroll, setScroll] = useState(0);
  useEffect(() => {
    const input = field.current;
    if (!input) return;
    const follow = (): void => setScroll(input.scrollLeft);
    input.addEventListener('scroll', follow);
    follow();
    return () => input.removeEventListener('scroll', follow);
  }, [field, text]);
  if (!at) return null;
  return (
    <div className="live-under" aria-hidden="true">
      <span style={{ transform: `translateX(${-scroll}px)` }}>
        {text.slice(0, at.from)}
        <mark>{text.slice(at.from, at.to)}</mark>
      </span>
    </div>
  );
}
