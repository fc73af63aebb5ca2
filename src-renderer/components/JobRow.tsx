/** Work that takes its time: what it is called, how it stands, and a way to end it. */
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { DeskClient } from '../../src-shared/contract/index.ts';
import { useAct } from '../lib/desk.tsx';
import { useLock } from '../lib/role.ts';

interface JobRowProps {
  name: string;
  stage: string;
  /** Ends it; null where nothing is under way. */
  cancel: ((client: DeskClient) => Promise<unknown>) | null;
  /** Where it led to. */
  link: ReactNode;
  children: ReactNode;
}

export function JobRow({ name, stage, cancel, link, children }: JobRowProps) {
  const { act, busy } = useAct();
  const lock = useLock();
  return (
    <li className="job">
      <div className="job-head">
        <strong>{name}</strong>
        <span className="dim">{stage}</span>
        {cancel ? (
          <Button {...lock} size="compact-xs" variant="default" loading={busy} onClick={() => void act(cancel)}>
            Cancel
          </Button>
        ) : null}
        {link}
      </div>
      {children}
    </li>
  );
}

/** Why it came to nothing, and what to do. */
export function JobError({ error }: { error: { message: string; cure: string } }) {
  return (
    <p className="job-error" role="alert">
      {error.message.replace(/[^.!?]$/, '$&.')} {error.cure}
    </p>
  );
}
