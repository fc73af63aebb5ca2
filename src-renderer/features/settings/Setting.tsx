import type { ReactNode } from 'react';

/** One setting: what it is called and means, and what it is set with. */
export function Setting({ name, help, children }: { name: string; help: ReactNode; children: ReactNode }) {
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
