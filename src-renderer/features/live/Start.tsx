/** Before a session: what may be watched, and how. */
import { Button, Checkbox, NumberInput, Select } from '@mantine/core';
import { useCallback, useEffect, useState } from 'react';
import type { LiveInterface } from '../../../src-shared/contract/topics/live.ts';
import { Panel } from '../../components/Panel.tsx';
import { Empty, ErrorNote, Shown } from '../../components/states.tsx';
import { useAct, useAsk } from '../../lib/desk.tsx';
import { KEYS } from '../../lib/key-catalogue.ts';
import { useKeys } from '../../lib/keys.tsx';
import { useLock, VIEWER_NOTE } from '../../lib/role.ts';
import { Access } from './Access.tsx';
import { BpfField } from './BpfField.tsx';
import { Cards } from './Cards.tsx';
import { Replay } from './Replay.tsx';

/** Cards are looked at again this often, ms: their rates, and whether one came or went. */
const LOOK_MS = 2000;

type Ring = 'off' | 'headers' | 'full';

export function Start() {
  const access = useAsk('live access', (client, signal) => client.live.access({}, { signal }), { topics: ['live'] });
  const lock = useLock();
  return (
    <div className="live-start">
      <h1>Watch live traffic</h1>
      {lock.disabled ? <p>{VIEWER_NOTE}</p> : null}
      <Shown asked={access} what="the permission to capture" lines={2}>
        {(data) => <Access access={data} onChange={access.reload} />}
      </Shown>
      <CardPanel
        permitted={access.data !== undefined && access.data.engine !== null}
        tells={access.data?.tellsProcesses ?? false}
      />
      <Replay />
    </div>
  );
}

function CardPanel({ permitted, tells }: { permitted: boolean; tells: boolean }) {
  const asked = useAsk('live interfaces', (client, signal) => client.live.interfaces({}, { signal }), { keep: true });
  const { reload } = asked;
  useEffect(() => {
    const timer = setInterval(reload, LOOK_MS);
    return () => clearInterval(timer);
  }, [reload]);
  return (
    <Panel title="Network cards" note="of the machine that Sonde runs on">
      <Shown asked={asked} what="the network cards" lines={4}>
        {({ interfaces }) =>
          interfaces.length === 0 ? (
            <Empty title="No network card was found">
              The system lists none. Connect one; this list looks again every two seconds.
            </Empty>
          ) : (
            <CardForm interfaces={interfaces} permitted={permitted} tells={tells} />
          )
        }
      </Shown>
    </Panel>
  );
}

/** The card that is most probably meant: up, no loopback, with an address; the busiest of those. */
function likeliest(interfaces: readonly LiveInterface[]): string {
  const worth = ({ name, up, loopback, addresses, packetsPerSecond }: LiveInterface): number =>
    (name === 'any' ? 0 : 1) +
    (up ? 4 : 0) +
    (loopback ? 0 : 2) +
    (addresses.length > 0 ? 8 : 0) +
    Math.min(1, packetsPerSecond ?? 0);
  return [...interfaces].sort((a, b) => worth(b) - worth(a))[0]?.name ?? '';
}

interface CardFormProps {
  interfaces: readonly LiveInterface[];
  permitted: boolean;
  /** Whether the system tells which program a flow belongs to. */
  tells: boolean;
}

function CardForm({ interfaces, permitted, tells }: CardFormProps) {
  const [chosen, setChosen] = useState(() => likeliest(interfaces));
  const [filter, setFilter] = useState('');
  const [good, setGood] = useState(true);
  const [promiscuous, setPromiscuous] = useState(true);
  const [leaveOutOwn, setLeaveOutOwn] = useState(true);
  const [processes, setProcesses] = useState(false);
  const [ring, setRing] = useState<Ring>('off');
  const [ringMegabytes, setRingMegabytes] = useState<number | string>(1024);
  const { act, busy, error } = useAct();
  const lock = useLock();
  const there = interfaces.some(({ name }) => name === chosen);
  const ready = permitted && there && good && !lock.disabled && !busy;
  const start = (): void => {
    if (!ready) return;
    const size = typeof ringMegabytes === 'number' ? ringMegabytes : 1024;
    const source = {
      name: chosen,
      filter: filter.trim(),
      promiscuous,
      leaveOutOwn,
      processes,
      ring,
      ringMegabytes: size,
    };
    void act((client) => client.live.start({ kind: 'interface', ...source }));
  };
  useKeys('Live', [{ ...KEYS.watch, run: start }]);
  return (
    <form
      className="live-form"
      onSubmit={(event) => {
        event.preventDefault();
        start();
      }}
    >
      <Cards interfaces={interfaces} chosen={chosen} onChoose={setChosen} />
      {there ? null : <p className="live-fault">{chosen} is gone. Choose another card, or wait for it to come back.</p>}
      <BpfField card={chosen} value={filter} onChange={setFilter} onVerdict={useCallback((is) => setGood(is), [])} />
      <div className="live-options">
        <Checkbox
          size="xs"
          label="All packets of the link, not only ours (promiscuous)"
          checked={promiscuous}
          onChange={({ currentTarget }) => setPromiscuous(currentTarget.checked)}
        />
        <Checkbox
          size="xs"
          label="Leave out the traffic of this desk itself"
          checked={leaveOutOwn}
          onChange={({ currentTarget }) => setLeaveOutOwn(currentTarget.checked)}
        />
        <Checkbox
          size="xs"
          label={`Note which program of this machine a flow belongs to${tells ? '' : ' (not available here)'}`}
          disabled={!tells}
          checked={processes}
          onChange={({ currentTarget }) => setProcesses(currentTarget.checked)}
        />
        <RingChoice ring={ring} onRing={setRing} megabytes={ringMegabytes} onMegabytes={setRingMegabytes} />
      </div>
      {error ? <ErrorNote error={error} /> : null}
      <div className="live-go">
        <Button type="submit" loading={busy} disabled={!ready} {...(lock.title ? { title: lock.title } : {})}>
          Start watching {there ? chosen : ''}
        </Button>
        {permitted ? null : <span className="dim">Capturing is not permitted yet: see above.</span>}
      </div>
    </form>
  );
}

function RingChoice({
  ring,
  onRing,
  megabytes,
  onMegabytes,
}: {
  ring: Ring;
  onRing(ring: Ring): void;
  megabytes: number | string;
  onMegabytes(megabytes: number | string): void;
}) {
  return (
    <div className="live-ring">
      <Select
        size="xs"
        label="Packets on disk"
        allowDeselect={false}
        value={ring}
        onChange={(value) => value !== null && onRing(value as Ring)}
        data={[
          { value: 'off', label: 'Keep none' },
          { value: 'headers', label: 'Keep headers' },
          { value: 'full', label: 'Keep whole packets' },
        ]}
      />
      {ring === 'off' ? null : (
        <NumberInput
          size="xs"
          label="At most, MB (the oldest go first)"
          min={16}
          max={1_048_576}
          clampBehavior="blur"
          value={megabytes}
          onChange={onMegabytes}
        />
      )}
    </div>
  );
}
