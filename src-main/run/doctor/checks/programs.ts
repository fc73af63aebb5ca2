/** Other programs that Sonde hands packets to; it needs none of them. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { note, ok, type Check } from '../types.ts';

function isOnPath(name: string): boolean {
  const endings = process.platform === 'win32' ? ['.exe'] : [''];
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) =>
    endings.some((ending) => {
      try {
        accessSync(join(folder, name + ending), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    }),
  );
}

export const programs: Check = {
  id: 'programs',
  title: 'Other programs',
  run: async () => {
    const found = ['wireshark', 'tshark', 'dumpcap'].filter(isOnPath);
    if (found.includes('wireshark')) return ok(`${found.join(', ')} can be found`);
    const some = found.length === 0 ? '' : ` (${found.join(', ')} can be found)`;
    return note(`Wireshark is not on the PATH${some}`, 'Packets are still exported; open them on another machine.');
  },
};
