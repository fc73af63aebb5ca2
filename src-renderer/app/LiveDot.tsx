import { useAsk } from '../lib/desk.tsx';

const RUNNING: readonly string[] = ['starting', 'running', 'stopping'];

/** A mark in the navigation while a session runs, whatever view is shown. */
export function LiveDot() {
  const session = useAsk('live session', (client, signal) => client.live.session({}, { signal }), {
    topics: ['live'],
  }).data?.session;
  if (!session || !RUNNING.includes(session.state)) return null;
  return <span className="live-dot" role="img" aria-label={`${session.name} runs`} title={`${session.name} runs`} />;
}
