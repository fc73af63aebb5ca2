/** What somebody who has never seen Sonde should know: three steps, once. */
import { Button, Group, Modal } from '@mantine/core';
import { useState } from 'react';
import { isDirect, readPlace } from '../../lib/address-bar.ts';
import { useAct, useAsk } from '../../lib/desk.tsx';

const STEPS = [
  {
    title: 'Open a capture',
    text: 'Drop a pcap or pcapng file on the window, or open the sample. While it is read you see how far it is, and you can end it: what was read is kept.',
  },
  {
    title: 'Read from the top',
    text: 'The overview begins with the verdict, then the incidents, most severe first. Drag over the timeline or the heat map to narrow every view to that time; x shows all again.',
  },
  {
    title: 'Decide',
    text: 'An incident tells what was seen, why it is unusual and what to do. Give its packets to Wireshark, set its status, or silence it and its like as expected. The key ? shows every key.',
  },
] as const;

export function Tour() {
  const settings = useAsk('settings', (client, signal) => client.settings.get({}, { signal }), {
    topics: ['settings'],
  }).data;
  const [step, setStep] = useState(0);
  // Who follows a link came for what it leads to; the tour waits for a visit that begins at the beginning.
  const [closed, setClosed] = useState(() => isDirect(readPlace(location.hash)));
  const { act } = useAct();
  const end = (): void => {
    setClosed(true);
    setStep(0);
    // A viewer may not change settings: then it is closed for this visit only.
    void act((client) => client.settings.set({ tourSeen: true }));
  };
  if (!settings || settings.tourSeen || closed) return null;
  const shown = STEPS[step] ?? STEPS[0];
  const last = step === STEPS.length - 1;
  return (
    <Modal opened onClose={end} title={`${step + 1} of ${STEPS.length}: ${shown.title}`} centered>
      <p>{shown.text}</p>
      <Group justify="space-between" mt="md">
        <Button variant="subtle" onClick={end}>
          Skip
        </Button>
        <Button data-autofocus onClick={() => (last ? end() : setStep(step + 1))}>
          {last ? 'Begin' : 'Next'}
        </Button>
      </Group>
    </Modal>
  );
}
