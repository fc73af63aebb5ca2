import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { DELETE_WORD } from '../../../../src-shared/contract/topics/health.ts';
import { Confirm } from '../../../components/Confirm.tsx';
import { ErrorNote, Shown } from '../../../components/states.tsx';
import { useAct, useAsk } from '../../../lib/desk.tsx';
import { programEnds } from '../../../lib/ending.ts';
import { bytes } from '../../../lib/numbers.ts';

export function DeleteAll({ locked }: { locked: boolean }) {
  const [isAsking, setAsking] = useState(false);
  const [isDone, setDone] = useState(false);
  if (isDone)
    return (
      <p role="status">
        Sonde ends now and deletes what it has kept. Start it again for an empty desk; you can close this page.
      </p>
    );
  return (
    <>
      <Button size="xs" variant="default" disabled={locked} onClick={() => setAsking(true)}>
        Delete all my data …
      </Button>
      {locked ? <p className="dim">An administrator can do it.</p> : null}
      {isAsking ? <Asking onClose={() => setAsking(false)} onDone={() => setDone(true)} /> : null}
    </>
  );
}

function Asking({ onClose, onDone }: { onClose(): void; onDone(): void }) {
  const { act, busy, error } = useAct();
  const [word, setWord] = useState('');
  const [isMissing, setMissing] = useState(false);
  const asked = useAsk('health own data', (client, signal) => client.health.ownData({}, { signal }));
  const sure = async (): Promise<void> => {
    const isMeant = word.trim().toLowerCase() === DELETE_WORD;
    setMissing(!isMeant);
    if (!isMeant) return;
    if (await act((client) => client.health.deleteAll({ word: DELETE_WORD }))) {
      programEnds();
      onDone();
    }
  };
  return (
    <Confirm
      title="Delete all my data?"
      verb="Delete everything"
      open
      busy={busy}
      onClose={onClose}
      onConfirm={() => void sure()}
    >
      {error ? <ErrorNote error={error} /> : null}
      <Shown asked={asked} what="what is kept" lines={4}>
        {({ places, stays }) => (
          <>
            <p>This goes, and cannot be brought back:</p>
            <ul className="health-places" aria-label="What is deleted">
              {places
                .filter(({ held }) => !held)
                .map(({ path, what, bytes: size }) => (
                  <li key={path}>
                    <code>{path}</code>
                    <span className="dim">
                      {' '}
                      {what} ({bytes(size)})
                    </span>
                  </li>
                ))}
            </ul>
            <p>
              Files that you named yourself stay: captures where you opened them, and what you saved.
              {stays.map((path) => (
                <span key={path}>
                  {' '}
                  So does the database of this desk, <code>{path}</code>.
                </span>
              ))}
              {places.some(({ held }) => held) ? ' Temporary files of another desk that runs stay, too.' : ''}
            </p>
          </>
        )}
      </Shown>
      <TextInput
        size="xs"
        label={`Type “${DELETE_WORD}” to go on`}
        value={word}
        autoComplete="off"
        mt="sm"
        error={isMissing ? `Nothing was deleted: type ${DELETE_WORD} first.` : null}
        onChange={({ currentTarget }) => setWord(currentTarget.value)}
      />
    </Confirm>
  );
}
