import { Button } from '@mantine/core';
import { useState } from 'react';
import { Shown } from '../../../components/states.tsx';
import { useAsk } from '../../../lib/desk.tsx';

export function Log() {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button size="xs" variant="default" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {isOpen ? 'Hide the log' : 'Show the log'}
      </Button>
      {isOpen ? <Lines /> : null}
    </>
  );
}

function Lines() {
  const asked = useAsk('health log', (client, signal) => client.health.log({}, { signal }));
  return (
    <Shown asked={asked} what="the log" lines={6}>
      {({ lines, more }) =>
        lines.length === 0 ? (
          <p className="dim">The log is empty: no error was noted.</p>
        ) : (
          <>
            {more ? <p className="dim">The last {lines.length} lines; the bundle holds more.</p> : null}
            <pre className="health-log" tabIndex={0} aria-label="Log of errors">
              {lines.join('\n')}
            </pre>
          </>
        )
      }
    </Shown>
  );
}
