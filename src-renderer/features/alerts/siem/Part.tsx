/** One setting: its name, what it does, and its control. */
import type { ReactNode } from 'react';

export function Part({ name, help, children }: { name: string; help: string; children: ReactNode }) {
  return (
    <div className="setting">
      <div>
        <h3>{name}</h3>
        <p className="dim">{help}</p>
      </div>
      <div className="setting-value">{children}</div>
    </div>
  );
}
