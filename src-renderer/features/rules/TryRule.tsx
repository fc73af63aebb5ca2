/** A rule on the capture that is open: why it is none, or what it hits. Nothing of it is kept. */
import { Button, Group, Select, Textarea } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { TRIED_MAX, type Tried } from '../../../src-shared/contract/topics/rules.ts';
import type { SondeError } from '../../../src-shared/errors.ts';
import { Panel } from '../../components/Panel.tsx';
import { ErrorNote } from '../../components/states.tsx';
import { useAsk, useClient } from '../../lib/desk.tsx';
import { useParams } from '../../lib/place.tsx';
import { asSondeError } from '../../lib/queries.ts';
import { captureChoices } from '../../lib/capture-names.ts';
import { useZone } from '../../lib/zone.tsx';
import { useLock } from '../../lib/role.ts';
import { TriedHits } from './TriedHits.tsx';

const EXAMPLE = 'alert http any any -> any any (msg:"A word in a path"; http.uri; content:"/admin"; sid:1;)';

interface Trial {
  run(capture: number, text: string): void;
  cancel(): void;
  busy: boolean;
  error: SondeError | null;
  /** With the text that it is about. */
  tried: { text: string; capture: number; result: Tried } | null;
}

function useTrial(): Trial {
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<SondeError | null>(null);
  const [tried, setTried] = useState<Trial['tried']>(null);
  const abort = useRef<AbortController | null>(null);
  useEffect(() => () => abort.current?.abort(), []);
  const run = async (capture: number, text: string): Promise<void> => {
    abort.current?.abort();
    const own = (abort.current = new AbortController());
    setBusy(true);
    setError(null);
    try {
      const result = await client().rules.try({ capture, text }, { signal: own.signal });
      if (abort.current === own) setTried({ text, capture, result });
    } catch (thrown) {
      const told = asSondeError(thrown);
      if (abort.current === own && told.code !== 'cancelled') setError(told);
    } finally {
      if (abort.current === own) setBusy(false);
    }
  };
  const cancel = (): void => {
    abort.current?.abort();
    setBusy(false);
  };
  return { run: (capture, text) => void run(capture, text), cancel, busy, error, tried };
}

export function TryRule() {
  const [params, setParams] = useParams();
  const [text, setText] = useState('');
  const captures = useAsk('captures', (client, signal) => client.captures.list({}, { signal }), {
    topics: ['captures'],
  }).data?.captures;
  const zone = useZone();
  const { run, cancel, busy, error, tried } = useTrial();
  const lock = useLock();
  const chosen = captures?.find(({ id }) => String(id) === params['capture']) ?? captures?.[0];
  return (
    <Panel title="Try a rule" note="nothing is kept of it; a minute at most">
      <div className="rules-try">
        <Textarea
          label="Rules in Suricata’s language, or a Sigma rule"
          placeholder={EXAMPLE}
          autosize
          minRows={4}
          maxRows={16}
          maxLength={TRIED_MAX}
          spellCheck={false}
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
        <Group>
          <Select
            size="xs"
            w={320}
            aria-label="Capture"
            placeholder="No capture is open"
            data={captureChoices(captures ?? [], zone)}
            value={chosen ? String(chosen.id) : null}
            onChange={(value) => setParams({ capture: value ?? '' }, true)}
          />
          <Button
            {...lock}
            size="compact-sm"
            disabled={lock.disabled || !chosen || text.trim() === ''}
            loading={busy}
            onClick={() => chosen && run(chosen.id, text)}
          >
            Try
          </Button>
          {busy ? (
            <Button size="compact-sm" variant="default" onClick={cancel}>
              Cancel
            </Button>
          ) : null}
        </Group>
        {error ? <ErrorNote error={error} /> : null}
        {tried && !busy ? <TriedHits {...tried} /> : null}
      </div>
    </Panel>
  );
}
