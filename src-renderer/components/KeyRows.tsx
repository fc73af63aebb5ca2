/** Keys and what they do, side by side. */
import { Kbd } from '@mantine/core';
import type { KeyName } from '../lib/key-catalogue.ts';

export function KeyRows({ title, keys }: { title: string; keys: readonly KeyName[] }) {
  return (
    <section className="key-group">
      <h3>{title}</h3>
      <dl className="key-list">
        {keys.map(({ keys: pressed, label }) => (
          <Row key={`${pressed} ${label}`} pressed={pressed} label={label} />
        ))}
      </dl>
    </section>
  );
}

const SIGNS: Readonly<Record<string, string>> = {
  ArrowDown: '↓',
  ArrowUp: '↑',
  ArrowLeft: '←',
  ArrowRight: '→',
  Arrows: '← ↑ ↓ →',
  PageDown: 'Page down',
};

function Row({ pressed, label }: { pressed: string; label: string }) {
  return (
    <>
      <dt>
        {pressed.split(' ').map((key) => (
          <Kbd key={key} mr={4}>
            {SIGNS[key] ?? key}
          </Kbd>
        ))}
      </dt>
      <dd>{label}</dd>
    </>
  );
}
