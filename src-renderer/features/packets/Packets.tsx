/** The packets of a flow, an incident, or of what a filter lets through; one of them in full, and the stream it is part of. */
import { Button, SegmentedControl } from '@mantine/core';
import { useMemo } from 'react';
import { PACKETS_MAX } from '../../../src-shared/contract/topics/packets.ts';
import { parseFilter } from '../../../src-shared/domain/filter/parse.ts';
import { Empty, ErrorNote } from '../../components/states.tsx';
import { useAsk } from '../../lib/desk.tsx';
import { useCapture } from '../../lib/capture.ts';
import { counted, exact } from '../../lib/numbers.ts';
import { Link, useParams, useRange, viewAddress } from '../../lib/place.tsx';
import { usePacketLock } from '../../lib/role.ts';
import { PacketList } from './PacketList.tsx';
import { PacketPane } from './PacketPane.tsx';
import './packets.css';
import { frameOf, selectionOf, type PacketSelection } from './selection.ts';
import { Progress } from './Progress.tsx';
import { Save } from './Save.tsx';
import { StreamPane } from './StreamPane.tsx';
import { useLook, type Look } from './use-look.ts';

export default function Packets() {
  const capture = useCapture();
  const [params] = useParams();
  const [range] = useRange();
  const typed = params['q'] ?? '';
  const parsed = parseFilter(typed);
  const filter = parsed.ok ? typed : '';
  const { flow, incident, skip } = params;
  const selection = useMemo(
    () =>
      selectionOf(
        capture,
        { ...(flow ? { flow } : {}), ...(incident ? { incident } : {}), ...(skip ? { skip } : {}) },
        filter,
        range,
      ),
    [capture, flow, incident, skip, filter, range],
  );
  const lock = usePacketLock();
  const look = useLook(parsed.ok && !lock.disabled ? selection : null);
  if (lock.disabled) return <Empty title="Packets are not shown to viewers">{lock.title}</Empty>;
  if (!parsed.ok) return <Unread message={parsed.fault.message} cure={parsed.fault.cure} />;
  return (
    <div className="packets">
      <div className="view-head">
        <h1>Packets</h1>
        <Scope selection={selection} look={look} />
        <Save selection={selection} />
      </div>
      {look.state === 'reading' ? <Progress progress={look.progress} onCancel={look.cancel} /> : null}
      {look.state === 'cancelled' ? (
        <div className="packet-tools">
          <span>
            Reading was called off: these are the packets that were found until then. Their file was not compared with
            the one that was imported.
          </span>
          <Button size="compact-xs" variant="default" onClick={look.again}>
            Read again
          </Button>
        </div>
      ) : null}
      {look.notes.map((note) => (
        <p key={note} className="dim" role="status">
          {note}
        </p>
      ))}
      {look.error ? <ErrorNote error={look.error} retry={look.again} /> : null}
      {look.state === 'done' && look.packets.length === 0 ? (
        <Empty title="No packets">None of the packets in the capture belongs to what is selected.</Empty>
      ) : null}
      {look.packets.length > 0 ? <Found selection={selection} look={look} again={look.again} /> : null}
    </div>
  );
}

/** An address may hold a filter that is none: then nothing is read. */
function Unread({ message, cure }: { message: string; cure: string }) {
  return (
    <Empty title="This filter cannot be read">
      {message}. {cure}
    </Empty>
  );
}

/** What is shown, in words, and how much of it. */
function Scope({ selection: { flow, incident, filter, skip }, look }: { selection: PacketSelection; look: Look }) {
  const [, setParams] = useParams();
  const { packets, total, more, state } = look;
  const of = total === null ? '' : ` of ${exact(total)}`;
  const text =
    skip > 0 || more
      ? `${exact(skip + Math.min(1, packets.length))} to ${exact(skip + packets.length)}${of}`
      : counted(packets.length, 'packet');
  return (
    <div className="packet-scope">
      <span>
        {flow === undefined ? null : `of ${flowWords(packets)} `}
        {incident === undefined ? null : (
          <>
            of <IncidentLink uid={incident} />{' '}
          </>
        )}
        {flow === undefined && incident === undefined
          ? filter === ''
            ? 'of all flows '
            : `of flows with ${filter} `
          : null}
      </span>
      <span className="dim" role="status">
        {state === 'reading' && packets.length === 0 ? '' : text}
      </span>
      {skip > 0 ? (
        <Button size="compact-xs" variant="default" onClick={() => setParams({ skip: back(skip), frame: '' })}>
          Earlier packets
        </Button>
      ) : null}
      {more ? (
        <Button
          size="compact-xs"
          variant="default"
          onClick={() => setParams({ skip: String(skip + packets.length), frame: '' })}
        >
          Later packets
        </Button>
      ) : null}
    </div>
  );
}

/** An incident by its title, once that is there. */
function IncidentLink({ uid }: { uid: string }) {
  const capture = useCapture();
  const asked = useAsk(`incident ${capture} ${uid}`, (client, signal) =>
    client.incidents.get({ capture, uid }, { signal }),
  );
  return <Link to={viewAddress('incidents', [uid])}>{asked.data?.incident.title ?? 'an incident'}</Link>;
}

/** A flow by its ends, once a packet of it is there. */
function flowWords([packet]: Look['packets']): string {
  if (!packet) return 'a flow';
  const { source, target, fromOrig } = packet;
  return fromOrig === false ? `the flow ${target} → ${source}` : `the flow ${source} → ${target}`;
}

const back = (skip: number): string => (skip > PACKETS_MAX ? String(skip - PACKETS_MAX) : '');

function Found({ selection, look, again }: { selection: PacketSelection; look: Look; again(): void }) {
  const [params, setParams] = useParams();
  const { packets, view } = look;
  const wanted = frameOf(params);
  const chosen = Math.max(
    0,
    packets.findIndex(({ frame }) => frame === wanted),
  );
  const packet = packets[chosen]!;
  const isStream = params['show'] === 'stream';
  return (
    <>
      <PacketList
        packets={packets}
        since={look.since}
        chosen={chosen}
        flows={selection.flow === undefined}
        onChoose={(index) => setParams({ frame: String(packets[index]!.frame) }, true)}
      />
      <SegmentedControl
        size="xs"
        aria-label="Show"
        className="packet-show"
        data={[
          { value: 'packet', label: 'Packet' },
          { value: 'stream', label: 'Stream', disabled: packet.flow === null },
        ]}
        value={isStream && packet.flow !== null ? 'stream' : 'packet'}
        onChange={(value) => setParams({ show: value === 'stream' ? value : '' }, true)}
      />
      {isStream && packet.flow !== null ? (
        look.state === 'reading' && look.progress?.checking !== true ? (
          <p className="dim">The stream is put together when all packets are there.</p>
        ) : (
          <StreamPane view={view} frame={packet.frame} flow={packet.flow} again={again} />
        )
      ) : (
        <PacketPane view={view} frame={packet.frame} again={again} />
      )}
    </>
  );
}
