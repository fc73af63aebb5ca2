/** Views whose code is fetched when they are first shown, or ahead of that. */
import { createElement, lazy, useState, type ComponentType } from 'react';

export interface Later {
  component: ComponentType;
  /** Fetches the code now, so that the first showing waits for nothing. Rejects where it cannot be had. */
  fetch(): Promise<void>;
}

/**
 * The component of a module that is fetched when it is needed. Once its code is there it is shown in the same turn: a
 * lazy component of React's always shows the fallback first, and keeps that for 300 ms.
 */
export function later(load: () => Promise<{ default: ComponentType }>): Later {
  let there: ComponentType | undefined;
  const fetch = async (): Promise<{ default: ComponentType }> => {
    const module = await load();
    there = module.default;
    return module;
  };
  const Waited = lazy(fetch);
  function View() {
    // Chosen once: a view must not lose its state when its code arrives.
    const [shown] = useState<{ Component: ComponentType }>(() => ({ Component: there ?? Waited }));
    return createElement(shown.Component);
  }
  return { component: View, fetch: async () => void (await fetch()) };
}
