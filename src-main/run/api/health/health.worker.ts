/** Looks into a database on a thread of its own: a large one takes seconds, and the desk has others to answer. */
import { bundleOf } from '../../doctor/bundle.ts';
import { database } from '../../doctor/checks/database.ts';
import { examine } from '../../doctor/examine.ts';
import { threadSide } from '../../pipeline/threads.ts';
import type { HealthTask } from './messages.ts';

const side = threadSide();
const task = side.data as HealthTask;
if (task.what === 'database') side.send((await examine(task.context, [database]))[0]);
else side.send(bundleOf(task.context, task.findings, new Date(task.now)));
