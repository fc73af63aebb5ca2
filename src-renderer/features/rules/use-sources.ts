import { useAsk } from '../../lib/desk.tsx';

/** Sets and lists as they are kept; captures that are opened change their hits. */
export function useSources() {
  return useAsk('rule sources', (client, signal) => client.rules.sources({}, { signal }), {
    topics: ['rules', 'captures'],
    keep: true,
  });
}
