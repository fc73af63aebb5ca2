import { useEffect, useMemo, useReducer, useRef } from 'react';
import type { FlowRow } from '../../../src-shared/contract/topics/flows.ts';
import { useAsk, useClient } from '../../lib/desk.tsx';
import type { FlowOrder, FlowSelection } from './Flows.tsx';
import { Pages } from './pages.ts';

/** While a capture is being imported, flows come before and between those that are there. */
function useIsComing(capture: number): boolean {
  const captures = useAsk('captures', (client, signal) => client.captures.list({}, { signal }), {
    topics: ['captures'],
  });
  return captures.data?.captures.find(({ id }) => id === capture)?.status === 'incomplete';
}

/** The rows of a selection in an order; a new selection begins anew, and so does a capture that is now there as a whole. */
export function useFlowPages(selection: FlowSelection, order: FlowOrder, generation: number): Pages<FlowRow> {
  const client = useClient();
  const [, changed] = useReducer((n: number) => n + 1, 0);
  const isComing = useIsComing(selection.capture);
  const key = JSON.stringify([selection, order, generation, isComing]);
  const ask = useRef({ selection, order });
  ask.current = { selection, order };
  const pages = useMemo(() => {
    const { selection: what, order: how } = ask.current;
    return new Pages<FlowRow>(
      (question, signal) => client().flows.page({ ...what, ...how, ...question }, { signal }),
      changed,
    );
    // The key stands for the selection, the order and the connection.
  }, [client, key]);
  useEffect(() => () => pages.end(), [pages]);
  return pages;
}
