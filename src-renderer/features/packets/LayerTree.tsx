/** A packet's layers and their fields; which bytes a field stands in shows in the pane beside it. */
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import type { PacketLayer } from '../../../src-shared/domain/packet-tree.ts';

export interface Reach {
  from: number;
  to: number;
}

interface LayerTreeProps {
  layers: readonly PacketLayer[];
  /** Bytes that are marked. */
  marked: Reach | null;
  onMark(reach: Reach | null): void;
  onHover(reach: Reach | null): void;
}

interface Item extends Reach {
  key: string;
  layer: number;
  /** 1: a layer. */
  level: number;
  name: string;
  value: string;
  id: string;
}

function itemsOf(layers: readonly PacketLayer[], closed: ReadonlySet<number>): Item[] {
  return layers.flatMap(({ id, title, from, to, fields, note }, layer) => {
    const head: Item = { key: `${layer}`, layer, level: 1, name: title, value: note, id, from, to };
    if (closed.has(layer)) return [head];
    return [
      head,
      ...fields.map((field, n): Item => ({
        ...field,
        key: `${layer}.${n}`,
        layer,
        level: 2 + Math.min(4, field.depth),
      })),
    ];
  });
}

const same = (a: Reach | null, b: Reach): boolean => a !== null && a.from === b.from && a.to === b.to;

/** The narrowest field that holds a byte. */
export function fieldAt(layers: readonly PacketLayer[], byte: number): Reach | null {
  let best: Reach | null = null;
  for (const reach of layers.flatMap((layer) => [layer, ...layer.fields])) {
    const holds = byte >= reach.from && byte < reach.to;
    if (holds && (best === null || reach.to - reach.from <= best.to - best.from)) best = reach;
  }
  return best && { from: best.from, to: best.to };
}

export function LayerTree({ layers, marked, onMark, onHover }: LayerTreeProps) {
  const [closed, setClosed] = useState<ReadonlySet<number>>(new Set());
  const [at, setAt] = useState('0');
  const items = useMemo(() => itemsOf(layers, closed), [layers, closed]);
  const tree = useRef<HTMLDivElement>(null);
  // Chosen by its bytes, the field comes into sight; of several with the same bytes the innermost.
  const current = same(marked, items.find(({ key }) => key === at) ?? { from: -1, to: -1 })
    ? at
    : (items.findLast((item) => same(marked, item))?.key ?? at);
  useEffect(() => {
    if (marked) tree.current?.querySelector(`[data-key="${current}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [current, marked]);
  const choose = (item: Item): void => {
    setAt(item.key);
    onMark({ from: item.from, to: item.to });
  };
  const toggle = (layer: number, close: boolean): void =>
    setClosed((before) => {
      const next = new Set(before);
      if (close) next.add(layer);
      else next.delete(layer);
      return next;
    });
  const onKeyDown = (event: KeyboardEvent): void => {
    const index = Math.max(
      0,
      items.findIndex(({ key }) => key === current),
    );
    const item = items[index];
    const to = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) {
      const next = items[Math.max(0, Math.min(items.length - 1, to))];
      if (next) choose(next);
    } else if (event.key === 'ArrowLeft' && item) {
      toggle(item.layer, true);
      const head = items.find(({ key }) => key === String(item.layer));
      if (head) choose(head);
    } else if (event.key === 'ArrowRight' && item) toggle(item.layer, false);
    else if (event.key === 'Escape') onMark(null);
    else return;
    event.preventDefault();
  };
  return (
    <div
      ref={tree}
      className="packet-tree"
      role="tree"
      tabIndex={0}
      aria-label="Layers and fields"
      aria-activedescendant={`field-${current}`}
      onKeyDown={onKeyDown}
      onMouseLeave={() => onHover(null)}
    >
      {items.map((item) => (
        <div
          key={item.key}
          id={`field-${item.key}`}
          data-key={item.key}
          className="packet-field"
          role="treeitem"
          aria-level={item.level}
          aria-selected={same(marked, item) && item.key === current}
          aria-expanded={item.level === 1 ? !closed.has(item.layer) : undefined}
          style={{ paddingLeft: 4 + (item.level - 1) * 14 }}
          title={`${item.id}, bytes ${item.from} to ${Math.max(item.from, item.to - 1)}`}
          onClick={() => choose(item)}
          onDoubleClick={() => item.level === 1 && toggle(item.layer, !closed.has(item.layer))}
          onMouseEnter={() => onHover({ from: item.from, to: item.to })}
        >
          {item.level === 1 ? (
            <span className="packet-fold" onClick={() => toggle(item.layer, !closed.has(item.layer))}>
              {closed.has(item.layer) ? '▸' : '▾'}
            </span>
          ) : null}
          <span className={item.level === 1 ? 'packet-layer' : 'packet-name'}>{item.name}</span>{' '}
          <span className={item.level === 1 ? 'packet-note' : 'packet-value'}>{item.value}</span>
        </div>
      ))}
    </div>
  );
}
