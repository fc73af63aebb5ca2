/** Whether this user may watch network cards. */
import { helperPlaces } from '../../../meter/capture/access/places.ts';
import { captureAccess } from '../../../meter/capture/access/state.ts';
import { appRoot, resourcePath } from '../../paths.ts';
import { note, ok, warning, type Check } from '../types.ts';

export const capture: Check = {
  id: 'capture',
  title: 'Watching network cards',
  run: async () => {
    const { engine, message, cure } = await captureAccess(helperPlaces(appRoot(), resourcePath()));
    const said = message.replace(/\.$/, '');
    const what = [cure?.text, cure?.command, cure?.url].filter(Boolean).join(' ');
    if (engine === null) return warning(said, what);
    return what === '' ? ok(said) : note(said, what);
  },
};
