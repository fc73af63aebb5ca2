/** The settings as a document. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import { Panel } from '../../../components/Panel.tsx';
import { ErrorNote } from '../../../components/states.tsx';
import { useTell } from '../../../components/toast.tsx';
import { copyText } from '../../../lib/clipboard.ts';
import { useAct } from '../../../lib/desk.tsx';
import { isDesktop } from '../../../lib/shell.ts';
import { saveText } from './save.ts';

const NAME = 'sonde-settings.json';

export function ExportDocument() {
  const { act, busy, error } = useAct();
  const tell = useTell();
  const [text, setText] = useState<string | null>(null);
  const ask = (then: (document: string) => void | Promise<void>): void =>
    void act(async (client) => {
      const { document } = await client.alerts.export({});
      setText(document);
      await then(document);
    });
  return (
    <Panel title="Export" note="as everything stands now">
      {error ? <ErrorNote error={error} /> : null}
      <div className="alert-buttons">
        {isDesktop() ? null : (
          <Button
            size="xs"
            variant="default"
            disabled={busy}
            onClick={() => ask((document) => saveText(NAME, 'application/json', document))}
          >
            Download
          </Button>
        )}
        <Button
          size="xs"
          variant="default"
          disabled={busy}
          onClick={() =>
            ask(async (document) => {
              const isCopied = await copyText(document);
              tell(isCopied ? 'Copied.' : 'The browser did not allow it: select the text below and copy that.');
            })
          }
        >
          Copy
        </Button>
        <Button size="xs" variant="default" disabled={busy} onClick={() => ask(() => undefined)}>
          Show
        </Button>
      </div>
      {text === null ? null : (
        <pre className="alert-document" tabIndex={0} role="region" aria-label="The settings document">
          {text}
        </pre>
      )}
    </Panel>
  );
}
