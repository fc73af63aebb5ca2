import { useEffect, useRef } from 'react';
import { SeverityMark } from '../../components/SeverityMark.tsx';
import type { Item, ItemGroup } from './items.ts';

interface ResultsProps {
  id: string;
  groups: readonly ItemGroup[];
  /** Counted over all groups. */
  chosen: number;
  onChoose(at: number): void;
  onGo(): void;
}

export function Results({ id, groups, chosen, onChoose, onGo }: ResultsProps) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  let before = 0;
  return (
    <div ref={list} id={`${id}-list`} className="search-list" role="listbox" aria-label="Found">
      {groups.map(({ title, items, more }) => {
        const first = before;
        before += items.length;
        return (
          <div key={title} role="group" aria-label={title}>
            <p className="search-title" aria-hidden="true">
              {title}
              {more ? <span className="dim"> · the first {items.length}</span> : null}
            </p>
            {items.map((item, i) => (
              <Row
                key={item.key}
                id={`${id}-${first + i}`}
                item={item}
                selected={first + i === chosen}
                onEnter={() => onChoose(first + i)}
                onGo={onGo}
              />
            ))}
          </div>
        );
      })}
    </div>
  );
}

interface RowProps {
  id: string;
  item: Item;
  selected: boolean;
  onEnter(): void;
  onGo(): void;
}

function Row({ id, item, selected, onEnter, onGo }: RowProps) {
  return (
    <a
      id={id}
      role="option"
      aria-selected={selected}
      className="search-row"
      href={item.to}
      tabIndex={-1}
      onMouseMove={onEnter}
      onClick={onGo}
    >
      {item.severity ? <SeverityMark severity={item.severity} /> : null}
      <span className="search-text">{item.text}</span>
      <span className="dim search-note">{item.note}</span>
    </a>
  );
}
