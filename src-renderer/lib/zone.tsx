/** Settings that the whole desk follows: time zone and theme. */
import { createContext, useContext } from 'react';

export const ZoneContext = createContext<string | undefined>(undefined);

/** Time zone for the functions of clock.ts; undefined: the machine's own. */
export function useZone(): string | undefined {
  return useContext(ZoneContext);
}
