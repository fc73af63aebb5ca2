import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useClient } from '../../lib/desk.tsx';
import { counted } from '../../lib/numbers.ts';

/** What is over before this is not worth a word. */
const QUIET_MS = 400;

interface Walk {
  rows: number;
  of: number;
}

/** Says that rows are being looked for, since when and how far that is, and lets it be given up. */
export function Wait({ capture, waiting, onCancel }: { capture: number; waiting: boolean; onCancel(): void }) {
  const [long, setLong] = useState(false);
  useEffect(() => {
    setLong(false);
    if (!waiting) return;
    const timer = setTimeout(() => setLong(true), QUIET_MS);
    return () => clearTimeout(timer);
  }, [waiting]);
  return waiting && long ? <Walking capture={capture} onCancel={onCancel} /> : null;
}

function Walking({ capture, onCancel }: { capture: number; onCancel(): void }) {
  const client = useClient();
  const [walk, setWalk] = useState<Walk | null>(null);
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const since = performance.now();
    const timer = setInterval(() => setSeconds(Math.floor((performance.now() - since) / 1000)), 250);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    try {
      return client().flows.walk({ capture }, { next: setWalk });
    } catch {
      // Without a line there is nothing to tell.
      return undefined;
    }
  }, [client, capture]);
  const share = walk && walk.of > 0 ? Math.floor((walk.rows / walk.of) * 100) : null;
  return (
    <span className="flow-wait" role="status">
      {share === null
        ? `Searching, ${seconds} s …`
        : `Searching, ${share} % of ${counted(walk!.of, 'flow')}, ${seconds} s …`}
      <progress max={100} {...(share === null ? {} : { value: share })} aria-label="How far the search is" />
      <Button size="compact-xs" variant="default" onClick={onCancel}>
        Cancel
      </Button>
    </span>
  );
}
