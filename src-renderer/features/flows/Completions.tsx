import { useEffect, useRef } from 'react';
import type { Item } from '../../../src-shared/domain/filter/complete.ts';

interface CompletionsProps {
  id: string;
  items: readonly Item[];
  chosen: number;
  onTake(item: Item): void;
}

const MOST = 100;

export function Completions({ id, items, chosen, onTake }: CompletionsProps) {
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    list.current?.children[chosen]?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  return (
    <ul ref={list} id={`${id}-list`} className="completions" role="listbox" aria-label="Completions">
      {items.slice(0, MOST).map((item, i) => (
        <li
          key={`${item.kind} ${item.text}`}
          id={`${id}-${i}`}
          role="option"
          aria-selected={i === chosen}
          // The field must keep the focus.
          onMouseDown={(event) => (event.preventDefault(), onTake(item))}
        >
          <span>{item.text}</span>
          <span className="dim">{item.help}</span>
        </li>
      ))}
    </ul>
  );
}
