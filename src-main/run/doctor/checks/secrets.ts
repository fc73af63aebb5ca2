/** Secrets of alert channels: still readable, and by nobody else. */
import { SondeError } from '../../../../src-shared/errors.ts';
import { KeyFileSecrets } from '../../../keep/alerts/key-file.ts';
import { failed, ok, type Check } from '../types.ts';

export const secrets: Check = {
  id: 'secrets',
  title: 'Secrets of alert channels',
  run: async ({ dataFolder }) => {
    try {
      const count = await new KeyFileSecrets(dataFolder).check();
      return ok(count === 0 ? 'none are kept in a file' : `${count} kept in a file, closed to other users`);
    } catch (error) {
      if (error instanceof SondeError) return failed(error.message, error.cure);
      throw error;
    }
  },
};
