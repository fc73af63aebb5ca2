/** The way in: drop a capture, go on with one, or look at the sample. */
import { Button } from '@mantine/core';
import { useRef } from 'react';
import { isCaseFile } from '../../../src-shared/domain/case-file.ts';
import { Panel } from '../../components/Panel.tsx';
import { Empty, ErrorNote, Shown } from '../../components/states.tsx';
import { useAsk } from '../../lib/desk.tsx';
import { KEYS } from '../../lib/key-catalogue.ts';
import { useKeys } from '../../lib/keys.tsx';
import { caseLookedAt } from '../../lib/opened-case.ts';
import { useLock } from '../../lib/role.ts';
import { isDesktop } from '../../lib/shell.ts';
import { Cases } from './Cases.tsx';
import { CaptureList } from './CaptureList.tsx';
import { DropZone } from './DropZone.tsx';
import { Imports } from './Imports.tsx';
import './open.css';
import { useCases } from './use-cases.ts';
import { useImport } from './use-import.ts';

/** A case is complete: nothing is opened in it. */
export default function Open() {
  if (caseLookedAt() === null) return <WayIn />;
  return (
    <div className="open">
      <h1>Captures of this case</h1>
      <Captures title="Captures" note="as far as they are in the case" />
    </div>
  );
}

function Captures({ title, note }: { title: string; note: string }) {
  const captures = useAsk('captures', (client, signal) => client.captures.list({}, { signal }), {
    topics: ['captures', 'incidents', 'suppressions'],
  });
  return (
    <Panel title={title} note={note}>
      <Shown asked={captures} what="the captures">
        {({ captures: list }) =>
          list.length === 0 ? (
            <Empty title="No capture was opened yet">
              The sample shows an hour of a small office, with something wrong in it.
            </Empty>
          ) : (
            <CaptureList captures={list} />
          )
        }
      </Shown>
    </Panel>
  );
}

function WayIn() {
  const { sending, error, open, choose, openSample, cancel } = useImport();
  const cases = useCases();
  const picker = useRef<HTMLInputElement>(null);
  const lock = useLock();
  const take = (files: readonly File[]): void => {
    for (const file of files) if (isCaseFile(file.name)) void cases.openFile(file);
    void open(files.filter(({ name }) => !isCaseFile(name)));
  };
  const pick = (): void => (isDesktop() ? void choose((path) => void cases.openPath(path)) : picker.current?.click());
  useKeys('Open', [
    { ...KEYS.choose, run: () => void (lock.disabled || pick()) },
    { ...KEYS.sample, run: () => void (lock.disabled || openSample()) },
  ]);
  return (
    <div className="open">
      <h1>Open a capture</h1>
      <DropZone onFiles={(files) => void (lock.disabled || take(files))}>
        <p className="drop-title">Drop packet captures here</p>
        <p className="dim">
          pcap or pcapng, also compressed with gzip or zstd. Several files dropped together are read as one, ordered by
          time. Records of flows that other sensors made can be opened too: Zeek&rsquo;s conn.log, Suricata&rsquo;s
          eve.json, files of nfdump and IPFIX files. A case (.sondecase) that somebody exported is checked and opened
          beside the desk.
        </p>
        <div className="drop-buttons">
          <Button {...lock} onClick={pick}>
            Choose files
          </Button>
          <Button {...lock} variant="default" onClick={() => void openSample()}>
            Open the sample capture
          </Button>
        </div>
        {lock.disabled ? <p>{lock.title}</p> : null}
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          aria-label="Captures to open"
          accept=".pcap,.pcapng,.cap,.gz,.zst,.dmp,.log,.json,.ndjson,.ipfix,.nfcapd,.sondecase"
          onChange={({ currentTarget }) => {
            take([...(currentTarget.files ?? [])]);
            currentTarget.value = '';
          }}
        />
      </DropZone>
      {error ? <ErrorNote error={error} /> : null}
      {cases.error ? <ErrorNote error={cases.error} /> : null}
      {cases.sending === null ? null : (
        <p role="status">
          {cases.sending} is being sent …{' '}
          <Button size="compact-sm" variant="default" onClick={cases.cancel}>
            Cancel
          </Button>
        </p>
      )}
      <Cases />
      <Imports sending={sending} onCancelSending={cancel} />
      <Captures title="Recent captures" note="newest first" />
    </div>
  );
}
