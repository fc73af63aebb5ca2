import { Button } from '@mantine/core';
import { useAsk } from '../lib/desk.tsx';
import { caseLookedAt, lookAtCase } from '../lib/opened-case.ts';

/** Says above every view that it is a case that is looked at, and leads back. */
export function CaseBar() {
  const id = caseLookedAt();
  const asked = useAsk('case', (client, signal) => client.cases.current({}, { signal }), { when: id !== null });
  if (id === null) return null;
  const about = asked.data?.case;
  const isGone = asked.error?.code === 'not-found';
  return (
    <div className="case-bar" role="status">
      <span className="case-bar-text">
        {isGone ? (
          <strong>This case is no longer open.</strong>
        ) : (
          <>
            <strong>Case: {about?.title ?? '…'}</strong> Made by {about?.createdBy ?? '…'}. Every part was as it was
            exported; nothing in it can be changed here.
          </>
        )}
      </span>
      <Button size="compact-xs" variant="default" onClick={() => lookAtCase(null)}>
        Back to the desk
      </Button>
    </div>
  );
}
