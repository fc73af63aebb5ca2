/** Messages of the scripts: one line a step, on standard error, so that standard output stays the program's own. */

/** @param {string} message */
export function say(message) {
  process.stderr.write(`sonde: ${message}\n`);
}

/** A failure that the user can do something about: its message says what, where and the cure. */
export class SetupError extends Error {
  /**
   * @param {string} message
   * @param {number} [exitCode]
   */
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * Runs a script's main function; a SetupError ends it with its message, anything else with its stack.
 * @param {() => Promise<number | void>} main resolves to the exit code (none: 0)
 */
export async function runMain(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    if (error instanceof SetupError) {
      say(error.message);
      process.exitCode = error.exitCode;
      return;
    }
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  }
}
