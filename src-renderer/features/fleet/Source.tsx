/** The fleet that is connected in the desk: entered, tested, connected. */
import { Button } from '@mantine/core';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import type { FleetSource } from '../../../src-shared/contract/topics/fleet.ts';
import { Panel } from '../../components/Panel.tsx';
import { ErrorNote, Shown } from '../../components/states.tsx';
import { useTell } from '../../components/toast.tsx';
import { useAct, useAsk } from '../../lib/desk.tsx';
import { exact } from '../../lib/numbers.ts';
import '../settings/settings.css';
import { draftOf, missingIn, sendable, type Draft } from './draft.ts';
import { Fields } from './Fields.tsx';

interface Props {
  /** Null: there is nothing to go back to. */
  onCancel: (() => void) | null;
  onConnected(): void;
}

let opened = 0;

export function Source(props: Props) {
  // Asked anew each time that the form is opened: it must not begin with what was kept before the last change.
  const [question] = useState(() => `fleet source ${++opened}`);
  const asked = useAsk(question, (client, signal) => client.fleet.source({}, { signal }), {
    topics: ['settings'],
    keep: true,
  });
  return (
    <Shown asked={asked} what="what is kept of the fleet" lines={6}>
      {({ source }) => <Form key={source === null ? 'new' : 'kept'} source={source} {...props} />}
    </Shown>
  );
}

interface Tested {
  ok: boolean;
  words: string;
  ms: number;
}

function Form({ source, onCancel, onConnected }: Props & { source: FleetSource | null }) {
  const [draft, setDraft] = useState(() => draftOf(source));
  const [tested, setTested] = useState<Tested | null>(null);
  const { act, busy, error, clear } = useAct();
  const tell = useTell();
  const missing = missingIn(draft, source);
  const said = useRef<HTMLDivElement>(null);
  // Below a long form it would not be seen.
  useEffect(() => {
    if (tested || error) said.current?.scrollIntoView({ block: 'nearest' });
  }, [tested, error]);
  const change = (part: Partial<Draft>): void => {
    setDraft((now) => ({ ...now, ...part }));
    setTested(null);
    clear();
  };
  const connect = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTested(null);
    if (missing !== '' || !(await act((client) => client.fleet.connect(sendable(draft))))) return;
    tell('The fleet is connected.');
    onConnected();
  };
  const test = (): void => {
    setTested(null);
    void act(async (client) => setTested(await client.fleet.test(sendable(draft))));
  };
  const forget = async (): Promise<void> => {
    if (await act((client) => client.fleet.disconnect({ forget: true })))
      tell('Nothing is kept of the fleet any more.');
  };
  return (
    <form noValidate onSubmit={(event) => void connect(event)}>
      <fieldset className="settings">
        <Panel title={onCancel ? 'Change how it is connected' : 'Connect a fleet'}>
          <Fields draft={draft} source={source} onChange={change} />
        </Panel>
        <div className="fleet-buttons">
          <Button type="submit" loading={busy} disabled={missing !== ''}>
            Connect
          </Button>
          <Button variant="default" disabled={busy || missing !== ''} onClick={test}>
            Test
          </Button>
          {onCancel ? (
            <Button variant="default" disabled={busy} onClick={onCancel}>
              Cancel
            </Button>
          ) : source ? (
            <Button variant="default" disabled={busy} onClick={() => void forget()}>
              Forget it
            </Button>
          ) : null}
          <span className="dim">{missing}</span>
        </div>
        <div ref={said}>
          {error ? <ErrorNote error={error} /> : null}
          <div role="status">{tested ? <Answer tested={tested} /> : null}</div>
        </div>
      </fieldset>
    </form>
  );
}

function Answer({ tested: { ok, words, ms } }: { tested: Tested }) {
  return (
    <p className={`fleet-note fleet-note-${ok ? 'info' : 'warning'}`}>
      <strong>{ok ? 'Reached' : 'Not reached'}</strong> <span className="dim">after {exact(ms)} ms.</span> {words}
    </p>
  );
}
