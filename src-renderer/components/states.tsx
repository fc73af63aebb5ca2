/** What stands in a view's place while there is nothing to show: why, and a way on. */
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { SondeError } from '../../src-shared/errors.ts';
import type { Asked } from '../lib/desk.tsx';
import { sentenceOf } from '../../src-shared/domain/sentence.ts';

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="state">
      <p className="state-title">{title}</p>
      {children === undefined ? null : <div className="state-text">{children}</div>}
    </div>
  );
}

export function Loading({ what, lines = 3 }: { what: string; lines?: number }) {
  return (
    <div className="loading" role="status" aria-label={`Loading ${what}`}>
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} className="loading-line" />
      ))}
    </div>
  );
}

/** What is no capture is none the next time either: it is not to be tried again. */
export function ErrorNote({ error, retry }: { error: SondeError; retry?: () => void }) {
  return (
    <div className="error-note" role="alert">
      <p>
        <strong>{sentenceOf(error)}</strong> {error.cure}
      </p>
      {retry && error.code !== 'not-a-capture' ? (
        <Button size="compact-sm" variant="default" onClick={retry}>
          Try again
        </Button>
      ) : null}
    </div>
  );
}

/** What was asked, once it is there; until then why it is not. */
export function Shown<T>({
  asked,
  what,
  lines,
  children,
}: {
  asked: Asked<T>;
  what: string;
  lines?: number;
  children: (data: T) => ReactNode;
}) {
  if (asked.data !== undefined) {
    return (
      <>
        {asked.error ? <ErrorNote error={asked.error} retry={asked.reload} /> : null}
        {children(asked.data)}
      </>
    );
  }
  if (asked.error) return <ErrorNote error={asked.error} retry={asked.reload} />;
  return <Loading what={what} {...(lines === undefined ? {} : { lines })} />;
}
