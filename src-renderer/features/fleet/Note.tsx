import type { ReactNode } from 'react';

export function Note({ tone, children }: { tone: 'info' | 'warning'; children: ReactNode }) {
  return (
    <p className={`fleet-note fleet-note-${tone}`} role="status">
      {children}
    </p>
  );
}
