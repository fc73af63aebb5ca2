/** Whether packets can be captured here, by which engine, and if not: what exactly to do. */
import { Button } from '@mantine/core';
import type { LiveAccess } from '../../../src-shared/contract/topics/live.ts';
import { mayDo } from '../../../src-shared/contract/define.ts';
import { ErrorNote } from '../../components/states.tsx';
import { useTell } from '../../components/toast.tsx';
import { copyText } from '../../lib/clipboard.ts';
import { useAct, useSession } from '../../lib/desk.tsx';

const ENGINES = { helper: 'Helper', cap: 'cap', dumpcap: 'dumpcap', replay: 'Replay' } as const;

export function engineName(engine: keyof typeof ENGINES): string {
  return ENGINES[engine];
}

/** Of what the engine tells, in a sentence. */
function quality({ kernelTimestamps, countsDrops }: LiveAccess): string {
  if (kernelTimestamps && countsDrops) return 'Timestamps are the kernel’s, lost packets are counted.';
  const times = kernelTimestamps ? 'Timestamps are the kernel’s' : 'Timestamps are approximate';
  return `${times}, lost packets are ${countsDrops ? 'counted' : 'not known'}.`;
}

export function Access({ access, onChange }: { access: LiveAccess; onChange(): void }) {
  const { engine, message, cure } = access;
  const tone = engine === null ? 'refused' : cure ? 'lesser' : 'ready';
  return (
    <section className={`live-access live-access-${tone}`} aria-label="Permission to capture">
      <p>
        <strong>
          {engine === null ? 'Capturing is not permitted yet.' : `Capturing is possible (${engineName(engine)}).`}
        </strong>{' '}
        {message} {engine === null ? '' : quality(access)}
      </p>
      {cure ? <Cure cure={cure} installable={access.installable} onChange={onChange} /> : null}
    </section>
  );
}

function Cure({
  cure: { text, command, url },
  installable,
  onChange,
}: {
  cure: NonNullable<LiveAccess['cure']>;
  installable: boolean;
  onChange(): void;
}) {
  const tell = useTell();
  const copy = async (): Promise<void> => {
    if (command === null) return;
    const copied = await copyText(command);
    tell(copied ? 'The command is copied.' : 'The browser does not allow copying here. Select the command instead.');
  };
  return (
    <div className="live-cure">
      <p>{text}</p>
      {command === null ? null : (
        <p className="live-command">
          <code>{command}</code>
          <Button size="compact-xs" variant="default" onClick={() => void copy()}>
            Copy
          </Button>
        </p>
      )}
      {url === null ? null : (
        <p>
          <a href={url} target="_blank" rel="noreferrer">
            {url}
          </a>
        </p>
      )}
      <div className="live-cure-buttons">
        {installable ? <Install onChange={onChange} /> : null}
        <Button size="compact-sm" variant="default" onClick={onChange}>
          Look again
        </Button>
      </div>
    </div>
  );
}

function Install({ onChange }: { onChange(): void }) {
  const { act, busy, error } = useAct();
  const session = useSession();
  const may = session !== undefined && mayDo(session.role, 'admin');
  const install = async (): Promise<void> => {
    if (await act((client) => client.live.installHelper({}))) onChange();
  };
  return (
    <>
      <Button
        size="compact-sm"
        loading={busy}
        disabled={!may}
        {...(may ? {} : { title: 'This is for administrators of the desk.' })}
        onClick={() => void install()}
      >
        Install the helper
      </Button>
      {error ? <ErrorNote error={error} /> : null}
    </>
  );
}
