import { CHECKS } from './registry.ts';
import { failed, type Check, type CheckContext, type Finding } from './types.ts';

/** Runs the checks one after the other. One that throws is itself what is wrong: the others still run. */
export async function examine(context: CheckContext, checks: readonly Check[] = CHECKS): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { id, title, run } of checks) {
    const result = await run(context).catch((error: unknown) =>
      failed(
        `this check itself failed: ${error instanceof Error ? error.message : String(error)}`,
        'Please report it, with the output of sonde doctor --json.',
      ),
    );
    findings.push({ id, title, ...result });
  }
  return findings;
}
