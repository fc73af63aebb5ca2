/** React's view of the connection and of the answers. */
import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
  type ReactNode,
} from 'react';
import type { DeskClient } from '../../src-shared/contract/index.ts';
import type { Output } from '../../src-shared/contract/define.ts';
import type { contract } from '../../src-shared/contract/index.ts';
import { SondeError } from '../../src-shared/errors.ts';
import type { Connection, Line } from './connection.ts';
import { asSondeError, Queries, type Answer, type Load, type Topic } from './queries.ts';

interface Desk {
  connection: Connection;
  queries: Queries;
}

const DeskContext = createContext<Desk | null>(null);

export function DeskProvider({ connection, children }: { connection: Connection; children: ReactNode }) {
  const desk = useMemo(() => ({ connection, queries: new Queries() }), [connection]);
  const line = useSyncExternalStore(connection.subscribe, connection.current);
  useEffect(() => {
    if (line.state !== 'open' || !line.client) return;
    desk.queries.connect(line.client);
    return line.client.app.changes({}, { next: ({ what }) => desk.queries.invalidate(what) });
  }, [desk, line]);
  return <DeskContext.Provider value={desk}>{children}</DeskContext.Provider>;
}

function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error('outside of the desk');
  return desk;
}

export function useLine(): Line {
  const { connection } = useDesk();
  return useSyncExternalStore(connection.subscribe, connection.current);
}

export function useReconnect(): () => void {
  const { connection } = useDesk();
  return useCallback(() => connection.start(), [connection]);
}

const lost = (): SondeError =>
  new SondeError('connection-lost', 'the connection to the program is lost', '', 'Wait for it to come back.');

/** A client for commands; calls fail with `connection-lost` while there is no line. */
export function useClient(): () => DeskClient {
  const { connection } = useDesk();
  return useCallback(() => {
    const { client, state } = connection.current();
    if (!client || state !== 'open') throw lost();
    return client;
  }, [connection]);
}

export interface Asked<T> extends Answer<T> {
  reload(): void;
}

interface AskOptions {
  /** What the answer depends on; asked again when it changes. */
  topics?: readonly Topic[];
  /** Shows the answer of the key before until this one is there: nothing jumps. */
  keep?: boolean;
  /** false: do not ask (yet). */
  when?: boolean;
}

const NO_TOPICS: readonly Topic[] = [];

/**
 * The answer to a question. `key` names the question with all its parts, `load` asks it.
 */
export function useAsk<T>(key: string, load: Load<T>, options: AskOptions = {}): Asked<T> {
  const { queries } = useDesk();
  const { topics = NO_TOPICS, keep = false, when = true } = options;
  const latest = useRef(load);
  latest.current = load;
  const topicKey = topics.join();
  const watch = useCallback(
    (listener: () => void) => {
      if (!when) return () => undefined;
      const named = topicKey === '' ? [] : (topicKey.split(',') as Topic[]);
      return queries.watch(key, named, (client, signal) => latest.current(client, signal), listener);
    },
    [queries, key, when, topicKey],
  );
  const read = useCallback(() => queries.read<T>(key), [queries, key]);
  const answer = useSyncExternalStore(watch, read);
  const [before, setBefore] = useState<T | undefined>(undefined);
  useEffect(() => {
    if (keep && answer.data !== undefined) setBefore(answer.data);
  }, [keep, answer.data]);
  const reload = useCallback(() => queries.reload(key), [queries, key]);
  const shown = answer.data === undefined && keep && answer.error === undefined ? before : answer.data;
  return useMemo(() => ({ ...answer, data: shown, reload }), [answer, shown, reload]);
}

/** Runs commands one at a time and keeps the last error, for the place that shows it. */
export function useAct(): {
  busy: boolean;
  error: SondeError | null;
  act(work: (client: DeskClient) => Promise<unknown>): Promise<boolean>;
  clear(): void;
} {
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<SondeError | null>(null);
  const act = useCallback(
    async (work: (client: DeskClient) => Promise<unknown>) => {
      setBusy(true);
      setError(null);
      try {
        await work(client());
        return true;
      } catch (thrown) {
        setError(asSondeError(thrown));
        return false;
      } finally {
        setBusy(false);
      }
    },
    [client],
  );
  return { busy, error, act, clear: useCallback(() => setError(null), []) };
}

export type Session = Output<(typeof contract)['app']['session']>;

export function useSession(): Session | undefined {
  return useAsk('session', (client, signal) => client.app.session({}, { signal })).data;
}
