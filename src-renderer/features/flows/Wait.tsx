import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';

/** What is over before this is not worth a word. */
const QUIET_MS = 400;

/** Says that rows are being looked for, since when, and lets it be given up. */
export function Wait({ waiting, onCancel }: { waiting: boolean; onCancel(): void }) {
  const [since, setSince] = useState<number | null>(null);
  const [now, setNow] = useState(0);
  useEffect(() => {
    setSince(waiting ? performance.now() : null);
    if (!waiting) return;
    setNow(performance.now());
    const timer = setInterval(() => setNow(performance.now()), 200);
    return () => clearInterval(timer);
  }, [waiting]);
  const passed = since === null ? 0 : now - since;
  if (passed < QUIET_MS) return null;
  return (
    <span className="flow-wait" role="status">
      Searching, {(passed / 1000).toFixed(0)} s …
      <Button size="compact-xs" variant="default" onClick={onCancel}>
        Cancel
      </Button>
    </span>
  );
}
