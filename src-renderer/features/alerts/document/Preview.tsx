/** What an import would do, and the yes that channels into one's own network need. */
import { Button, Checkbox } from '@mantine/core';
import { useState } from 'react';
import type { ImportPreview } from '../../../../src-shared/contract/topics/alerts.ts';
import { useKinds } from '../use-alerts.ts';
import { previewLines } from './words.ts';

type Channel = ImportPreview['channels'][number];

const CHANGES: Readonly<Record<Channel['change'], string>> = {
  new: 'new',
  replaced: 'replaces the one there is',
  same: 'as it is',
};

interface PreviewProps {
  preview: ImportPreview;
  busy: boolean;
  /** `allowPrivate`: ids of channels that may go to addresses of the inside. */
  onApply(allowPrivate: string[]): void;
}

export function Preview({ preview, busy, onApply }: PreviewProps) {
  const [allowed, setAllowed] = useState<readonly string[]>([]);
  const open = preview.channels.filter(({ id, asksPrivate }) => asksPrivate && !allowed.includes(id));
  const lines = previewLines(preview);
  const kinds = useKinds().data?.kinds ?? [];
  const allow = (id: string, yes: boolean): void =>
    setAllowed((now) => (yes ? [...now, id] : now.filter((each) => each !== id)));
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
              allowed={allowed.includes(channel.id)}
              onAllow={(yes) => allow(channel.id, yes)}
            />
          ))}
        </ul>
      )}
      {lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
      <div className="alert-buttons">
        <Button size="xs" loading={busy} disabled={open.length > 0} onClick={() => onApply([...allowed])}>
          Bring it in
        </Button>
        <span className="dim">
          {open.length > 0 ? `Say yes to ${open.map(({ name }) => name).join(', ')} first, or take it out.` : ''}
        </span>
      </div>
    </section>
  );
}

interface LineProps {
  channel: Channel;
  /** What its kind is called. */
  kind: string;
  allowed: boolean;
  onAllow(yes: boolean): void;
}

function ChannelLine({ channel, kind, allowed, onAllow }: LineProps) {
  const { name, change, asksPrivate, target, secretsMissing } = channel;
  return (
    <li>
      <p>
        <strong>{name}</strong> <span className="tag">{kind}</span> {CHANGES[change]}
        {target === '' ? null : <span className="dim"> · to {target}</span>}
      </p>
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
