/** What the thread that looks into databases is asked. */
import type { CheckContext, Finding } from '../../doctor/types.ts';

export type HealthTask =
  | { what: 'database'; context: CheckContext }
  /** `now`: milliseconds since 1970. */
  | { what: 'bundle'; context: CheckContext; findings: Finding[]; now: number };
