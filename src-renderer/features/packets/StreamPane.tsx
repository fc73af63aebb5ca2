/** What a flow carried, in order: both directions, as text or hex, with what matched marked. */
import { Button, SegmentedControl } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { PacketStream } from '../../../src-shared/contract/topics/packets.ts';
import { Empty, ErrorNote, Shown } from '../../components/states.tsx';
import { useAsk } from '../../lib/desk.tsx';
import { counted, exact } from '../../lib/numbers.ts';
import { hexDump, plainText } from './bytes.ts';
import { FindField } from './FindField.tsx';
import { useCopy } from './PacketPane.tsx';
import { StreamRows } from './StreamRows.tsx';
import { rowOfMark, rowsOf, sidesOf, type Marked, type Side } from './stream-rows.ts';

interface StreamPaneProps {
  view: string;
  frame: number;
  flow: number;
  /** Reads the packets once more, where they are no longer held. */
  again(): void;
}

export function StreamPane({ view, frame, flow, again }: StreamPaneProps) {
  // Any packet of a flow leads to the same stream.
  const asked = useAsk(`stream ${view} ${flow}`, (client, signal) =>
    client.packets.stream({ view, frame }, { signal }),
  );
  if (asked.error?.code === 'not-found') return <ErrorNote error={asked.error} retry={again} />;
  return (
    <Shown asked={asked} what="the stream" lines={8}>
      {(stream) => <Stream key={flow} stream={stream} />}
    </Shown>
  );
}

function whole(sides: readonly Side[]): Uint8Array {
  const all = new Uint8Array(sides.reduce((sum, { bytes }) => sum + bytes.length, 0));
  let at = 0;
  for (const { bytes } of sides) {
    all.set(bytes, at);
    at += bytes.length;
  }
  return all;
}

const SHOWN = { both: 'Both', orig: 'Sent', resp: 'Answers' } as const;
type Which = keyof typeof SHOWN;

function Stream({ stream }: { stream: PacketStream }) {
  const [as, setAs] = useState<'text' | 'hex'>('text');
  const [which, setWhich] = useState<Which>('both');
  const [found, setFound] = useState<readonly Marked[]>([]);
  const [goal, setGoal] = useState<{ mark: Marked } | null>(null);
  const all = useMemo(() => sidesOf(stream), [stream]);
  const sides = useMemo(
    () => (which === 'both' ? all : all.filter(({ fromOrig }) => fromOrig === (which === 'orig'))),
    [all, which],
  );
  const rows = useMemo(() => rowsOf(sides, as, stream.kind), [sides, as, stream.kind]);
  const copy = useCopy();
  if (all.length === 0) return <Empty title="No bytes">None of these packets of the flow carries any.</Empty>;
  const marks = goal === null ? null : rowOfMark(rows, goal.mark);
  return (
    <div className="packet-stream">
      <div className="packet-tools">
        <SegmentedControl
          size="xs"
          aria-label="Show the stream as"
          data={[
            { value: 'text', label: 'Text' },
            { value: 'hex', label: 'Hex' },
          ]}
          value={as}
          onChange={(value) => setAs(value === 'hex' ? 'hex' : 'text')}
        />
        <SegmentedControl
          size="xs"
          aria-label="Direction"
          data={Object.entries(SHOWN).map(([value, label]) => ({ value, label }))}
          value={which}
          onChange={(value) => setWhich(value as Which)}
        />
        <FindField sides={sides} onFound={setFound} onGo={(mark) => setGoal({ mark })} />
        <Button size="compact-xs" variant="default" onClick={() => copy(hexDump(whole(sides)), 'The stream as hex')}>
          Copy as hex
        </Button>
        <Button size="compact-xs" variant="default" onClick={() => copy(plainText(whole(sides)), 'The stream as text')}>
          Copy as text
        </Button>
      </div>
      <Notes stream={stream} bytes={all.reduce((sum, { bytes }) => sum + bytes.length, 0)} />
      <Searched stream={stream} onGo={(mark) => setGoal({ mark })} />
      <StreamRows rows={rows} as={as} marks={stream.marks} found={found} goal={marks} />
    </div>
  );
}

function Notes({ stream, bytes }: { stream: PacketStream; bytes: number }) {
  const { originator, responder, kind, cut, notes } = stream;
  return (
    <div className="packet-notes dim">
      <p>
        <span className="stream-side stream-sent">→</span> {originator} sent,{' '}
        <span className="stream-side stream-answer">←</span> {responder} answered. {counted(bytes, 'byte')}
        {kind === 'datagrams' ? ', each datagram for itself' : ''}.
      </p>
      {[...notes, ...(cut ? ['There is more: only the first 1 MiB is shown.'] : [])].map((note) => (
        <p key={note}>{note}</p>
      ))}
    </div>
  );
}

/** What was searched for once more, and the way to where it stands. */
function Searched({ stream, onGo }: { stream: PacketStream; onGo(mark: Marked): void }) {
  const [at, setAt] = useState<Readonly<Record<string, number>>>({});
  if (stream.searched.length === 0) return null;
  const next = (label: string): void => {
    const marks = stream.marks.filter((mark) => mark.label === label);
    const index = (at[label] ?? -1) + 1;
    const mark = marks[index % marks.length];
    if (!mark) return;
    setAt({ ...at, [label]: index });
    onGo(mark);
  };
  return (
    <div className="packet-notes">
      <p>Of what its incidents were found by, searched for once more in these bytes:</p>
      <ul className="stream-searched">
        {stream.searched.map(({ label, found }) => (
          <li key={label}>
            {found === 0 ? (
              <span className="dim">{label}: not found as it is written</span>
            ) : (
              <button type="button" className="link-button" onClick={() => next(label)}>
                {label}: {exact(found)} marked
              </button>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
