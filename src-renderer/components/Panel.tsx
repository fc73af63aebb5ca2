/** A titled part of a view; what a chart shows and in which unit stands in its head. */
import { useId, type ReactNode } from 'react';

interface PanelProps {
  title: string;
  /** Unit or scope, beside the title. */
  note?: ReactNode;
  /** Controls at the right. */
  tools?: ReactNode;
  className?: string;
  children: ReactNode;
}

export function Panel({ title, note, tools, className = '', children }: PanelProps) {
  const id = useId();
  return (
    <section className={`panel ${className}`} aria-labelledby={id}>
      <header className="panel-head">
        <h2 id={id}>{title}</h2>
        {note === undefined ? null : (
          <span className="panel-note" title={typeof note === 'string' ? note : undefined}>
            {note}
          </span>
        )}
        {tools === undefined ? null : <div className="panel-tools">{tools}</div>}
      </header>
      <div className="panel-body">{children}</div>
    </section>
  );
}
