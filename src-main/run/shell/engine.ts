/**
 * The engine's process: everything that touches packets, captures and the database, apart from the window's process.
 * Electron starts it as a utility process; when it dies the window says so and it is started again.
 */
import { fleetFrom } from './engine-fleet.ts';
import { engineProcess, type EnginePort } from './engine-process.ts';

/** Electron gives a utility process its port here, and null elsewhere. */
const { parentPort } = process as unknown as { parentPort?: EnginePort | null };
if (!parentPort) throw new Error('the engine is started by the desk');
const [database, ...fleet] = process.argv.slice(2);
await engineProcess(parentPort, database === undefined ? {} : { database, fleet: fleetFrom(fleet) });
