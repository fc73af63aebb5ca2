/** Which protocols and applications. */
import { SegmentedControl } from '@mantine/core';
import { writtenValue } from '../../../src-shared/domain/filter/complete.ts';
import { Panel } from '../../components/Panel.tsx';
import { ShareList } from '../../components/ShareList.tsx';
import { Empty, Shown } from '../../components/states.tsx';
import { useAsk } from '../../lib/desk.tsx';
import { bytes, counted } from '../../lib/numbers.ts';
import { Link, useParams, useRange, viewAddress } from '../../lib/place.tsx';

const PARTS = ['apps', 'services', 'protocols'] as const;
type Part = (typeof PARTS)[number];

const FIELD: Record<Part, string> = { apps: 'app', services: 'service', protocols: 'proto' };
const SHOWN = 10;

export function useMix(capture: number) {
  const [range] = useRange();
  const question = { capture, ...(range ? { range } : {}) };
  return useAsk(`mix ${JSON.stringify(question)}`, (client, signal) => client.overview.mix(question, { signal }), {
    topics: ['captures'],
    keep: true,
  });
}

export function Mix({ capture }: { capture: number }) {
  const [params, setParams] = useParams();
  const part = PARTS.find((each) => each === params['mix']) ?? 'apps';
  const asked = useMix(capture);
  return (
    <Panel
      title="Protocol mix"
      note="bytes"
      className="third"
      tools={
        <SegmentedControl
          size="xs"
          aria-label="By"
          value={part}
          onChange={(mix) => setParams({ mix }, true)}
          data={[
            { value: 'apps', label: 'Application' },
            { value: 'services', label: 'Service' },
            { value: 'protocols', label: 'Transport' },
          ]}
        />
      }
    >
      <Shown asked={asked} what="the protocol mix" lines={6}>
        {(data) =>
          data[part].length === 0 ? (
            <Empty title="No flows in this time">
              Press x to show the whole time. A capture without IP has no flows.
            </Empty>
          ) : (
            <ShareList
              label="Protocol mix"
              shares={data[part].slice(0, SHOWN).map((share) => ({
                key: share.name,
                label: <Name name={share.name} field={FIELD[part]} />,
                value: share.bytes,
                text: bytes(share.bytes),
                title: `${share.name || 'not recognised'}: ${counted(share.bytes, 'byte')}, ${counted(share.packets, 'packet')}, ${counted(share.flows, 'flow')}`,
              }))}
            />
          )
        }
      </Shown>
    </Panel>
  );
}

/** "other" stands for several, and nothing for what was not recognised: neither is a filter. */
function Name({ name, field }: { name: string; field: string }) {
  if (name === 'other') return <span className="dim">other</span>;
  if (name === '' || name === 'unknown') return <span className="dim">not recognised</span>;
  return <Link to={viewAddress('flows', [], { q: `${field} == ${writtenValue(name)}` })}>{name}</Link>;
}
