/** The filter as one line: completion while typing, and a fault underlined where it is. */
import { Button } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { completeFilter, type Item } from '../../../src-shared/domain/filter/complete.ts';
import { parseFilter } from '../../../src-shared/domain/filter/parse.ts';
import type { Fault } from '../../../src-shared/domain/filter/types.ts';
import { useAsk } from '../../lib/desk.tsx';
import { KEYS } from '../../lib/key-catalogue.ts';
import { useKeys } from '../../lib/keys.tsx';
import { Completions } from './Completions.tsx';

interface FilterFieldProps {
  capture: number;
  /** The filter that is applied. */
  value: string;
  onApply(filter: string): void;
}

const HINT = 'Right-click a value in the table, or press Menu on it, to include or exclude it. Enter shows the flow.';
const VALUES_AFTER_MS = 120;

interface Offer {
  from: number;
  to: number;
  items: Item[];
}

export function FilterField({ capture, value, onApply }: FilterFieldProps) {
  const [text, setText] = useState(value);
  const [place, setPlace] = useState(0);
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState(-1);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => setText(value), [value]);
  useKeys('Flows', [{ ...KEYS.filter, run: () => field.current?.focus() }]);

  const offer = useOffer(capture, text, place, open);
  const parsed = parseFilter(text);
  const shown = open && offer.items.length > 0;
  // What is being typed is not wrong yet.
  const unfinished = shown && !parsed.ok && parsed.fault.end >= text.trimEnd().length;

  const apply = (filter: string): void => {
    if (!parseFilter(filter).ok) return;
    setOpen(false);
    onApply(filter.trim());
  };
  const take = (item: Item): void => {
    const next = `${text.slice(0, offer.from)}${item.text} ${text.slice(offer.to).trimStart()}`;
    const caret = offer.from + item.text.length + 1;
    setText(next);
    setPlace(caret);
    setChosen(-1);
    requestAnimationFrame(() => field.current?.setSelectionRange(caret, caret));
  };
  const mend = ({ start, end }: Fault, fix: string): void => {
    const next = `${text.slice(0, start)}${fix}${text.slice(end)}`;
    setText(next);
    setOpen(false);
    field.current?.focus();
    requestAnimationFrame(() => field.current?.setSelectionRange(start + fix.length, start + fix.length));
  };
  const press = (event: KeyboardEvent): void => {
    const item = shown ? offer.items[chosen] : undefined;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      setOpen(true);
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setChosen((now) =>
        offer.items.length === 0
          ? -1
          : (Math.max(now, step > 0 ? -1 : 0) + step + offer.items.length) % offer.items.length,
      );
      event.preventDefault();
    } else if ((event.key === 'Enter' || event.key === 'Tab') && item) {
      take(item);
      event.preventDefault();
    } else if (event.key === 'Enter') apply(text);
    else if (event.key === 'Escape') {
      if (shown) setOpen(false);
      else field.current?.blur();
    }
  };
  return (
    <div className="filter">
      <div className="filter-line">
        <div className={`filter-box ${parsed.ok ? '' : 'filter-wrong'}`}>
          <Underline text={text} fault={parsed.ok ? null : parsed.fault} field={field} />
          <input
            ref={field}
            type="text"
            spellCheck={false}
            autoComplete="off"
            autoCapitalize="off"
            role="combobox"
            aria-label="Filter"
            aria-expanded={shown}
            aria-controls={`${id}-list`}
            aria-autocomplete="list"
            aria-activedescendant={shown && chosen >= 0 ? `${id}-${chosen}` : undefined}
            aria-invalid={!parsed.ok}
            aria-describedby={`${id}-fault`}
            placeholder="id.resp_p == 22 && orig_bytes > 1MB && !(id.orig_h in 10.0.0.0/8)"
            value={text}
            onChange={({ currentTarget }) => {
              setText(currentTarget.value);
              setPlace(currentTarget.selectionStart ?? currentTarget.value.length);
              setChosen(-1);
              setOpen(true);
            }}
            onSelect={({ currentTarget }) => setPlace(currentTarget.selectionStart ?? 0)}
            onBlur={() => setOpen(false)}
            onKeyDown={press}
          />
        </div>
        <Button size="xs" disabled={!parsed.ok || text.trim() === value} onClick={() => apply(text)}>
          Apply
        </Button>
        <Button
          size="xs"
          variant="default"
          disabled={text === '' && value === ''}
          onClick={() => (setText(''), apply(''))}
        >
          Clear
        </Button>
      </div>
      {shown ? <Completions id={id} items={offer.items} chosen={chosen} onTake={take} /> : null}
      <p id={`${id}-fault`} className={parsed.ok || unfinished ? 'filter-hint' : 'filter-fault'} role="status">
        {parsed.ok ? HINT : unfinished ? 'Not finished yet. Arrows choose, Enter takes.' : null}
        {parsed.ok || unfinished ? null : <FaultNote fault={parsed.fault} onFix={mend} />}
        {parsed.ok || unfinished ? null : ` Below, as before: ${value === '' ? 'all flows' : value}.`}
      </p>
    </div>
  );
}

/** What is wrong and where; what was probably meant can be taken with one click. */
function FaultNote({ fault, onFix }: { fault: Fault; onFix(fault: Fault, fix: string): void }) {
  const { start, message, cure, fix } = fault;
  const place = `At character ${start + 1}: ${message}. `;
  if (fix === undefined) return <>{`${place}${cure}`}</>;
  return (
    <>
      {place}Did you mean{' '}
      <button
        type="button"
        className="link-button"
        // The field must keep the focus.
        onMouseDown={(event) => event.preventDefault()}
        onClick={() => onFix(fault, fix)}
      >
        {fix}
      </button>
      ? {cure.replace(`Did you mean ${fix}?`, '').trim()}
    </>
  );
}

/** Fields and operators are known here; values that occur in the capture are asked for. */
function useOffer(capture: number, text: string, place: number, open: boolean): Offer {
  const local = completeFilter(text, place);
  const [asked] = useDebouncedValue(`${place} ${text}`, VALUES_AFTER_MS);
  const wanted = open && local.field !== null && asked === `${place} ${text}`;
  const more = useAsk(
    `complete ${capture} ${place} ${text}`,
    (client, signal) => client.flows.complete({ capture, text, position: place }, { signal }),
    { when: wanted },
  ).data;
  return more && wanted ? more : local;
}

interface UnderlineProps {
  text: string;
  fault: { start: number; end: number } | null;
  field: React.RefObject<HTMLInputElement | null>;
}

/** The same text behind the field, invisible but for the line under what is wrong. */
function Underline({ text, fault, field }: UnderlineProps) {
  const [scroll, setScroll] = useState(0);
  useEffect(() => {
    const input = field.current;
    if (!input) return;
    const follow = (): void => setScroll(input.scrollLeft);
    input.addEventListener('scroll', follow);
    follow();
    return () => input.removeEventListener('scroll', follow);
  }, [field, text]);
  if (!fault) return null;
  const end = Math.max(fault.end, fault.start + 1);
  const padded = text.padEnd(end, ' ');
  return (
    <div className="filter-under" aria-hidden="true">
      <span style={{ transform: `translateX(${-scroll}px)` }}>
        {padded.slice(0, fault.start)}
        <mark>{padded.slice(fault.start, end)}</mark>
      </span>
    </div>
  );
}
