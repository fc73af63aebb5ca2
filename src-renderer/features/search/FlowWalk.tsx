import { Button } from '@mantine/core';
import { ErrorNote } from '../../components/states.tsx';
import { counted } from '../../lib/numbers.ts';
import type { Found } from './items.ts';
import type { useFlowSearch } from './use-flow-search.ts';

/** Flows have no index of fingerprints, user agents and the like: whoever wants them looks through all. */
export function FlowWalk({ captures, walk }: { captures: Found['remaining']; walk: ReturnType<typeof useFlowSearch> }) {
  if (captures.length === 0) return null;
  if (walk.state === 'idle')
    return (
      <p>
        <Button size="compact-sm" variant="default" onClick={() => walk.start(captures)}>
          Search flows too
        </Button>{' '}
        <span className="dim">
          Fingerprints, certificates, hashes and user agents of all flows of {counted(captures.length, 'capture')}; this
          may take a while.
        </span>
      </p>
    );
  const where = `${walk.done.toLocaleString('en-US')} of ${counted(walk.of, 'capture')}`;
  return (
    <div>
      <p role="status">
        {walk.state === 'running' ? (
          <>
            Looking through flows: {where}.{' '}
            <Button size="compact-sm" variant="default" onClick={walk.stop}>
              Stop
            </Button>
          </>
        ) : (
          `${walk.state === 'done' ? 'All flows were looked through' : 'Stopped'}: ${where}, ${counted(walk.found.length, 'capture')} with such flows.`
        )}
      </p>
      {walk.error ? <ErrorNote error={walk.error} retry={() => walk.start(captures)} /> : null}
    </div>
  );
}
