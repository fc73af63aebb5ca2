/** One packet: its layers, and its bytes beside them. */
import { Button } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { PacketDetail } from '../../../src-shared/contract/topics/packets.ts';
import { ErrorNote, Shown } from '../../components/states.tsx';
import { useTell } from '../../components/toast.tsx';
import { copyText } from '../../lib/clipboard.ts';
import { useAsk } from '../../lib/desk.tsx';
import { exact } from '../../lib/numbers.ts';
import { fromBase64, hexByte, hexDump, plainText } from './bytes.ts';
import { HexPane } from './HexPane.tsx';
import { fieldAt, LayerTree, type Reach } from './LayerTree.tsx';

/** `again`: reads the packets once more, where they are no longer held. */
export function PacketPane({ view, frame, again }: { view: string; frame: number; again(): void }) {
  const asked = useAsk(`packet ${view} ${frame}`, (client, signal) => client.packets.one({ view, frame }, { signal }), {
    keep: true,
  });
  if (asked.error?.code === 'not-found') return <ErrorNote error={asked.error} retry={again} />;
  return (
    <Shown asked={asked} what="the packet" lines={8}>
      {(detail) => <Detail key={detail.frame} detail={detail} />}
    </Shown>
  );
}

export function useCopy(): (text: string, what: string) => void {
  const tell = useTell();
  return (text, what) =>
    void copyText(text).then((done) =>
      tell(done ? `${what} copied.` : 'The browser does not allow copying here. Select the text and copy it by hand.'),
    );
}

function Detail({ detail }: { detail: PacketDetail }) {
  const bytes = useMemo(() => fromBase64(detail.bytes), [detail]);
  const [marked, setMarked] = useState<Reach | null>(null);
  const [hovered, setHovered] = useState<Reach | null>(null);
  const copy = useCopy();
  const { layers } = detail;
  const wordsAt = (byte: number): string => {
    const reach = fieldAt(layers, byte);
    const found = layers
      .flatMap((layer) => layer.fields.map((field) => ({ layer, field })))
      .findLast(({ field }) => reach !== null && field.from === reach.from && field.to === reach.to);
    const what = found ? `, ${found.layer.title}, ${found.field.name} ${found.field.value}` : '';
    return `Byte ${byte}: ${hexByte(bytes[byte] ?? 0)}${what}`;
  };
  const part = marked ? bytes.subarray(marked.from, marked.to) : bytes;
  const what = marked ? `The ${exact(part.length)} marked bytes` : 'The packet';
  return (
    <div className="packet-pane">
      <div className="packet-tools">
        <span className="dim">
          Packet {exact(detail.frame)}, {exact(detail.length)} bytes
          {bytes.length < detail.length ? `, of which ${exact(bytes.length)} were captured` : ''}
        </span>
        <Button size="compact-xs" variant="default" onClick={() => copy(hexDump(part), `${what} as hex`)}>
          Copy as hex
        </Button>
        <Button size="compact-xs" variant="default" onClick={() => copy(plainText(part), `${what} as text`)}>
          Copy as text
        </Button>
      </div>
      <LayerTree layers={layers} marked={marked} onMark={setMarked} onHover={setHovered} />
      <HexPane
        bytes={bytes}
        marked={marked}
        hovered={hovered}
        wordsAt={wordsAt}
        onByte={(byte) => setMarked(fieldAt(layers, byte))}
        onHoverByte={(byte) => setHovered(byte === null ? null : fieldAt(layers, byte))}
      />
    </div>
  );
}
