/** A ranking as bars that share one scale, each with its exact value. */
import type { ReactNode } from 'react';
import { Bar } from './Meter.tsx';

export interface Share {
  key: string;
  label: ReactNode;
  value: number;
  text: string;
  /** In full, for the tooltip. */
  title?: string;
}

export function ShareList({ shares, label }: { shares: readonly Share[]; label: string }) {
  const most = shares.reduce((max, { value }) => Math.max(max, value), 0);
  return (
    <ol className="share-list" aria-label={label}>
      {shares.map(({ key, label: name, value, text, title }) => (
        <li key={key} title={title}>
          <span className="share-name">{name}</span>
          <Bar share={most > 0 ? value / most : 0} />
          <span className="share-value">{text}</span>
        </li>
      ))}
    </ol>
  );
}
