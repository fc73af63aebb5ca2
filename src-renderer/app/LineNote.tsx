import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useLine, useReconnect } from '../lib/desk.tsx';
import { isEnding } from '../lib/ending.ts';
import { isDesktop } from '../lib/shell.ts';

/** A short break is not worth a word. */
const QUIET_MS = 700;

export function LineNote() {
  const { state } = useLine();
  const reconnect = useReconnect();
  const [shown, setShown] = useState(false);
  useEffect(() => {
    setShown(false);
    if (state !== 'lost') return;
    const timer = setTimeout(() => setShown(true), QUIET_MS);
    return () => clearTimeout(timer);
  }, [state]);
  if (!shown || isEnding()) return null;
  return (
    <div className="line-note" role="alert">
      <strong>The program does not answer.</strong> What you see is what it last said; it is tried again every few
      seconds.{' '}
      {isDesktop() ? (
        'The engine is being started again.'
      ) : (
        <>
          If it was ended, start it with <code>npm start</code> or <code>sonde serve</code>.
        </>
      )}{' '}
      <Button size="compact-xs" variant="default" onClick={reconnect}>
        Try now
      </Button>
    </div>
  );
}
