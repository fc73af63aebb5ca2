/** Who sent and received most. */
import { SegmentedControl } from '@mantine/core';
import { HostLink } from '../../components/HostLink.tsx';
import { Panel } from '../../components/Panel.tsx';
import { ShareList } from '../../components/ShareList.tsx';
import { Empty, Shown } from '../../components/states.tsx';
import { useAsk } from '../../lib/desk.tsx';
import { brief, bytes, counted, exact } from '../../lib/numbers.ts';
import { useParams, useRange } from '../../lib/place.tsx';

const BYS = ['bytes', 'packets', 'flows'] as const;
type By = (typeof BYS)[number];

interface Talker {
  bytesOut: number;
  bytesIn: number;
  packets: number;
  flows: number;
}

function valueOf(host: Talker, by: By): number {
  return by === 'bytes' ? host.bytesOut + host.bytesIn : host[by];
}

export function useTalkers(capture: number) {
  const [range] = useRange();
  const [params] = useParams();
  const by = BYS.find((each) => each === params['talk']) ?? 'bytes';
  const question = { capture, by, ...(range ? { range } : {}) };
  const asked = useAsk(
    `talkers ${JSON.stringify(question)}`,
    (client, signal) => client.overview.topTalkers(question, { signal }),
    { topics: ['captures'], keep: true },
  );
  return { asked, by };
}

export function Talkers({ capture }: { capture: number }) {
  const [, setParams] = useParams();
  const { asked, by } = useTalkers(capture);
  return (
    <Panel
      title="Top talkers"
      note={by === 'flows' ? 'flows begun and accepted' : `${by} sent and received`}
      className="third"
      tools={
        <SegmentedControl
          size="xs"
          aria-label="By"
          value={by}
          onChange={(talk) => setParams({ talk }, true)}
          data={[
            { value: 'bytes', label: 'Bytes' },
            { value: 'packets', label: 'Packets' },
            { value: 'flows', label: 'Flows' },
          ]}
        />
      }
    >
      <Shown asked={asked} what="the top talkers" lines={6}>
        {({ hosts }) =>
          hosts.length === 0 ? (
            <Empty title="Nobody talked in this time">Press x to show the whole time again.</Empty>
          ) : (
            <ShareList
              label="Top talkers"
              shares={hosts.map((host) => ({
                key: host.address,
                label: <HostLink address={host.address} />,
                value: valueOf(host, by),
                text: by === 'bytes' ? bytes(valueOf(host, by)) : brief(valueOf(host, by)),
                title: `${host.address}: ${counted(host.bytesOut, 'byte')} sent, ${exact(host.bytesIn)} received, ${counted(host.packets, 'packet')}, ${counted(host.flows, 'flow')}`,
              }))}
            />
          )
        }
      </Shown>
    </Panel>
  );
}
