/** Finds letters or bytes in a stream. */
import { Button, TextInput } from '@mantine/core';
import { useEffect, useMemo, useRef, useState } from 'react';
import { KEYS } from '../../lib/key-catalogue.ts';
import { useKeys } from '../../lib/keys.tsx';
import { exact } from '../../lib/numbers.ts';
import { needleOf } from './bytes.ts';
import { findIn, type Marked, type Side } from './stream-rows.ts';

interface FindFieldProps {
  sides: readonly Side[];
  onFound(found: readonly Marked[]): void;
  onGo(mark: Marked): void;
}

export function FindField({ sides, onFound, onGo }: FindFieldProps) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  const needle = useMemo(() => needleOf(text), [text]);
  const found = useMemo(() => (needle ? findIn(sides, needle) : []), [sides, needle]);
  const tell = useRef(onFound);
  tell.current = onFound;
  const toFirst = useRef(onGo);
  toFirst.current = onGo;
  useEffect(() => {
    setAt(0);
    tell.current(found);
    if (found[0]) toFirst.current(found[0]);
  }, [found]);
  useKeys('Packets', [{ ...KEYS.find, run: () => field.current?.focus() }]);
  const step = (by: number): void => {
    const to = (at + by + found.length) % Math.max(1, found.length);
    const mark = found[to];
    if (!mark) return;
    setAt(to);
    onGo(mark);
  };
  const said =
    text === ''
      ? ''
      : needle === null
        ? 'write pairs of digits'
        : found.length === 0
          ? 'not found'
          : `${exact(Math.min(at + 1, found.length))} of ${exact(found.length)}`;
  return (
    <>
      <TextInput
        ref={field}
        size="xs"
        w={200}
        aria-label="Find in the stream"
        placeholder="Find text, or hex: 0d 0a"
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') step(event.shiftKey ? -1 : 1);
        }}
      />
      <span className="dim" role="status">
        {said}
      </span>
      <Button size="compact-xs" variant="default" disabled={found.length === 0} onClick={() => step(-1)}>
        Before
      </Button>
      <Button size="compact-xs" variant="default" disabled={found.length === 0} onClick={() => step(1)}>
        Next
      </Button>
    </>
  );
}
