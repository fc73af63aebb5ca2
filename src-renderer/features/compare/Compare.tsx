/** Two captures, or two days of all captures, side by side: what is new, gone, more and less. */
import { Button } from '@mantine/core';
import { Empty, Shown } from '../../components/states.tsx';
import { useAsk } from '../../lib/desk.tsx';
import { useParams } from '../../lib/place.tsx';
import { useZone } from '../../lib/zone.tsx';
import { Found } from './Found.tsx';
import { SideField } from './SideField.tsx';
import { sideOf } from './sides.ts';
import './compare.css';

export default function Compare() {
  const [params, setParams] = useParams();
  const zone = useZone();
  const [first, second] = [params['a'] ?? '', params['b'] ?? ''];
  const [a, b] = [sideOf(first, zone), sideOf(second, zone)];
  const asked = useAsk(
    `compare ${JSON.stringify([a, b])}`,
    (client, signal) => client.compare.get({ a: a!, b: b! }, { signal }),
    { when: a !== null && b !== null, topics: ['captures', 'incidents', 'suppressions'] },
  );
  return (
    <div className="open">
      <div className="view-head">
        <h1>Compare</h1>
        <SideField label="A, before" value={first} onChange={(value) => setParams({ a: value })} />
        <SideField label="B, after" value={second} onChange={(value) => setParams({ b: value })} />
        <Button
          size="xs"
          variant="default"
          disabled={first === '' && second === ''}
          onClick={() => setParams({ a: second, b: first })}
        >
          Swap
        </Button>
      </div>
      {a === null || b === null ? (
        <Empty title="Choose what to compare">
          Two captures, or two days of everything that the database holds, such as today and this day last week.
        </Empty>
      ) : (
        <Shown asked={asked} what="the comparison" lines={8}>
          {(found) => <Found found={found} />}
        </Shown>
      )}
    </div>
  );
}
