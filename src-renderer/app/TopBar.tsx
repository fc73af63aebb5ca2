import { Select, Tooltip } from '@mantine/core';
import { useAsk } from '../lib/desk.tsx';
import { captureChoices } from '../lib/capture-names.ts';
import { dateTime, timeOfDay } from '../lib/clock.ts';
import { KEYS } from '../lib/key-catalogue.ts';
import { useKeys } from '../lib/keys.tsx';
import { deskAddress, go, usePlace, useRange, viewAddress } from '../lib/place.tsx';
import { OPEN_SEARCH } from '../features/search/Search.tsx';
import { useZone } from '../lib/zone.tsx';

/** Which capture and which time the views are about. */
export function TopBar() {
  const { capture, view } = usePlace();
  const zone = useZone();
  const captures = useAsk('captures', (client, signal) => client.captures.list({}, { signal }), {
    topics: ['captures', 'incidents', 'suppressions'],
  }).data?.captures;
  if (!captures || captures.length === 0) return null;
  const data = captureChoices(captures, zone);
  return (
    <header className="top">
      <Select
        aria-label="Capture"
        size="xs"
        w={280}
        data={data}
        value={capture === null ? null : String(capture)}
        placeholder="Choose a capture"
        searchable={data.length > 8}
        allowDeselect={false}
        onChange={(id) => id !== null && go(viewAddress(capture === null ? 'overview' : view, [], {}, Number(id)))}
      />
      {capture === null ? null : <RangeChip />}
      <div className="top-tools">
        <button type="button" className="text-button" onClick={() => dispatchEvent(new Event(OPEN_SEARCH))}>
          Search
        </button>
        <ZoneName />
        <a href={deskAddress('open')}>Open a capture</a>
      </div>
    </header>
  );
}

/** Times without their zone are half a time. */
function ZoneName() {
  const zone = useZone();
  const name = zone ?? new Intl.DateTimeFormat('en').resolvedOptions().timeZone;
  return (
    <Tooltip
      label={`Times on screen are those of ${zone === undefined ? 'this machine' : 'the zone chosen in the settings'}`}
    >
      <a className="dim top-zone" href={deskAddress('settings')}>
        Times: {name}
      </a>
    </Tooltip>
  );
}

function RangeChip() {
  const [range, setRange] = useRange();
  const zone = useZone();
  useKeys('Time', range ? [{ ...KEYS.whole, run: () => setRange(null) }] : []);
  if (!range) return <span className="dim">Whole capture</span>;
  const sameDay = dateTime(range.from, zone).slice(0, 10) === dateTime(range.to, zone).slice(0, 10);
  const to = sameDay ? timeOfDay(range.to, zone) : dateTime(range.to, zone);
  return (
    <span className="range-chip">
      {dateTime(range.from, zone)} to {to}
      <Tooltip label="Show the whole time again (x)">
        <button type="button" aria-label="Show the whole time again" onClick={() => setRange(null)}>
          ×
        </button>
      </Tooltip>
    </span>
  );
}
