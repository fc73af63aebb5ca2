/** What an import would do, and the yes that channels into one's own network need. */
import { Button, Checkbox } from '@mantine/core';
import { useState } from 'react';
import type { ImportPreview } from '../../../../src-shared/contract/topics/alerts.ts';
import { useKinds } from '../use-alerts.ts';
import { SuppressionList } from './SuppressionList.tsx';
import { previewLines, silencing } from './words.ts';

type Channel = ImportPreview['channels'][number];

const CHANGES: Readonly<Record<Channel['change'], string>> = {
  new: 'new',
  replaced: 'replaces the one there is',
  same: 'as it is',
};

/** Ids of channels that may go to addresses of the inside, and of exports that may write a file or go there. */
export interface Allowed {
  allowPrivate: string[];
  allowExports: string[];
  /** The suppressions may silence what is heard now. */
  allowSuppressions: boolean;
}

interface PreviewProps {
  preview: ImportPreview;
  busy: boolean;
  onApply(allowed: Allowed): void;
}

export function Preview({ preview, busy, onApply }: PreviewProps) {
  const channels = useAllowed(preview.channels);
  const exports = useAllowed(preview.exports);
  const [maySilence, setMaySilence] = useState(false);
  const asks = silencing(preview.suppressions).length > 0 && !maySilence;
  const open = [...channels.open.map(({ name }) => name), ...exports.open.map(({ name }) => name)];
  if (asks) open.push('what is silenced');
  const lines = previewLines(preview);
  const kinds = useKinds().data?.kinds ?? [];
  const apply = (): void =>
    onApply({
      allowPrivate: [...channels.allowed],
      allowExports: [...exports.allowed],
      allowSuppressions: maySilence,
    });
  return (
    <section className="alert-preview" aria-label="What it would change">
      <h3>What it would change</h3>
      {preview.channels.length === 0 ? null : (
        <ul>
          {preview.channels.map((channel) => (
            <ChannelLine
              key={channel.id}
              channel={channel}
              kind={kinds.find(({ id }) => id === channel.kind)?.title ?? channel.kind}
              allowed={channels.allowed.includes(channel.id)}
              onAllow={(yes) => channels.allow(channel.id, yes)}
            />
          ))}
        </ul>
      )}
      {preview.exports.length === 0 ? null : (
        <ul aria-label="Exports">
          {preview.exports.map((each) => (
            <ChannelLine
              key={each.id}
              channel={{ ...each, kind: 'export', renamedFrom: null, secretsMissing: [] }}
              kind="Export"
              allowed={exports.allowed.includes(each.id)}
              onAllow={(yes) => exports.allow(each.id, yes)}
            />
          ))}
        </ul>
      )}
      {preview.suppressions.length === 0 ? null : (
        <SuppressionList planned={preview.suppressions} allowed={maySilence} onAllow={setMaySilence} />
      )}
      {lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
      <div className="alert-buttons">
        <Button size="xs" loading={busy} disabled={open.length > 0} onClick={apply}>
          Bring it in
        </Button>
        <span className="dim">{open.length > 0 ? `Say yes to ${open.join(', ')} first, or take it out.` : ''}</span>
      </div>
    </section>
  );
}

/** Which of them somebody said yes to, and which still ask for it. */
function useAllowed(some: readonly { id: string; name: string; asksPrivate: boolean }[]) {
  const [allowed, setAllowed] = useState<readonly string[]>([]);
  const open = some.filter(({ id, asksPrivate }) => asksPrivate && !allowed.includes(id));
  const allow = (id: string, yes: boolean): void =>
    setAllowed((now) => (yes ? [...now, id] : now.filter((each) => each !== id)));
  return { allowed, open, allow };
}

interface LineProps {
  channel: Channel;
  /** What its kind is called. */
  kind: string;
  allowed: boolean;
  onAllow(yes: boolean): void;
}

function ChannelLine({ channel, kind, allowed, onAllow }: LineProps) {
  const { name, renamedFrom, change, asksPrivate, target, secretsMissing } = channel;
  return (
    <li>
      <p>
        <strong>{name}</strong> <span className="tag">{kind}</span> {CHANGES[change]}
        {target === '' ? null : <span className="dim"> · to {target}</span>}
      </p>
      {renamedFrom === null ? null : (
        <p className="alert-unreached">
          Another channel is called {renamedFrom} already: this one will be called {name}.
        </p>
      )}
      {asksPrivate ? (
        <Checkbox
          size="xs"
          label={`Yes, ${name} may lead to ${target === '' ? 'places in your own network' : target}`}
          checked={allowed}
          onChange={({ currentTarget }) => onAllow(currentTarget.checked)}
        />
      ) : null}
      {secretsMissing.length > 0 ? (
        <p className="alert-unreached">
          Its secrets are not here ({secretsMissing.join(', ')}): enter them before it can send.
        </p>
      ) : null}
    </li>
  );
}
