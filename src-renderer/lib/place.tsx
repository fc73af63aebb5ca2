/** Where we are, for React: the address bar is the only store of it. */
import { useCallback, useMemo, useSyncExternalStore, type AnchorHTMLAttributes, type ReactNode } from 'react';
import { readPlace, readRange, writePlace, writeRange, type Place, type TimeRange } from './address-bar.ts';

const listeners = new Set<() => void>();
/** The address as everyone was told of it: all who show it must see the same one, and change together. */
let told: string | null = null;

/** One listener for all: between two of the browser's own, React would draw a view of a place that was left. */
function tell(): void {
  told = location.hash;
  for (const listener of [...listeners]) listener();
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    told = location.hash;
    addEventListener('hashchange', tell);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    removeEventListener('hashchange', tell);
    told = null;
  };
}

export function usePlace(): Place {
  const hash = useSyncExternalStore(subscribe, () => told ?? location.hash);
  return useMemo(() => readPlace(hash), [hash]);
}

/** Whether this view is shown; the desk begins with `open`. */
export function isAt(view: string): boolean {
  return (readPlace(location.hash).view || 'open') === view;
}

/** Goes to an address of the desk. `replace`: without an entry in the history (typing, scrolling). */
export function go(to: string, replace = false): void {
  if (to === location.hash) return;
  if (!replace) {
    location.hash = to;
    return;
  }
  history.replaceState(null, '', to);
  dispatchEvent(new HashChangeEvent('hashchange'));
}

/** Changes parameters of the view that is shown; '' removes one. */
export function useParams(): [Record<string, string>, (change: Record<string, string>, replace?: boolean) => void] {
  const place = usePlace();
  const set = useCallback((change: Record<string, string>, replace = false) => {
    const now = readPlace(location.hash);
    go(writePlace({ ...now, params: { ...now.params, ...change } }), replace);
  }, []);
  return [place.params, set];
}

/** The time the whole desk is narrowed to. */
export function useRange(): [TimeRange | null, (range: TimeRange | null) => void] {
  const [params, set] = useParams();
  const range = useMemo(() => readRange(params['t']), [params]);
  return [range, useCallback((next) => set({ t: writeRange(next) }), [set])];
}

/** Parameters that stay when going from view to view. */
const LASTING = ['t'];

/** The address of a view of the capture that is looked at (or of another), in the same time range. */
export function viewAddress(
  view: string,
  rest: string[] = [],
  params: Record<string, string> = {},
  capture?: number,
): string {
  const now = readPlace(location.hash);
  const same = capture === undefined || capture === now.capture;
  const lasting = same
    ? Object.fromEntries(LASTING.flatMap((name) => (now.params[name] ? [[name, now.params[name]]] : [])))
    : {};
  return writePlace({ capture: capture ?? now.capture, view, rest, params: { ...lasting, ...params } });
}

export function deskAddress(view: string, params: Record<string, string> = {}): string {
  return writePlace({ capture: null, view, rest: [], params });
}

interface LinkProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  to: string;
  children: ReactNode;
}

export function Link({ to, children, ...rest }: LinkProps) {
  return (
    <a href={to} {...rest}>
      {children}
    </a>
  );
}
