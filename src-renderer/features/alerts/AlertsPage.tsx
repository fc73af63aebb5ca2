/** The head that the parts of the alerts share. */
import type { ReactNode } from 'react';
import { LOOK_NOTE, useAccess } from './access.ts';
import { AlertTabs, type AlertTab } from './AlertTabs.tsx';

interface PageProps {
  at: AlertTab;
  /** What the part is for, in a sentence or two. */
  lead: ReactNode;
  tools?: ReactNode;
  children: ReactNode;
}

export function AlertsPage({ at, lead, tools, children }: PageProps) {
  const access = useAccess();
  return (
    <div className="alerts">
      <div className="view-head">
        <h1>{at === 'Channels' ? 'Alerts' : at}</h1>
        <AlertTabs at={at} />
        {tools === undefined ? null : <div className="view-tools">{tools}</div>}
      </div>
      <p className="dim alert-lead">{lead}</p>
      {access === 'look' ? <p className="alert-note">{LOOK_NOTE}</p> : null}
      {children}
    </div>
  );
}
