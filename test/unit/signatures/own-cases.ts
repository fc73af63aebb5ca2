/** For each of Sonde's own rules what it must tell of, and an ordinary thing or a near miss that it must not. */
import { CONTROL_CASES } from './own-cases-control.ts';
import { EXPLOIT_CASES } from './own-cases-exploits.ts';
import { TOOL_CASES } from './own-cases-tools.ts';
import { TUNNEL_CASES } from './own-cases-tunnels.ts';
import { WEB_CASES } from './own-cases-web.ts';
import type { OwnCase } from './own-made.ts';

export const CASES: readonly OwnCase[] = [
  ...EXPLOIT_CASES,
  ...WEB_CASES,
  ...TOOL_CASES,
  ...CONTROL_CASES,
  ...TUNNEL_CASES,
];
