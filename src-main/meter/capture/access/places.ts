/** Where the capture helper can lie. */
import { join } from 'node:path';

/** Where the packages and the install script put it: owned by root, with its capability. */
export const INSTALLED_HELPER = '/usr/libexec/sonde/sonde-capture';
/** Shipped by the packages: sets it up for who asks, by pkexec. */
export const INSTALLED_SETUP = '/usr/libexec/sonde/sonde-capture-install';
export const HELPER_GROUP = 'sonde';

export interface HelperPlaces {
  /** The installed one. */
  installed: string;
  /** One that came with the program (a checkout's build, or an AppImage's): it can be installed, and root can run it. */
  shipped: string | null;
  /** The script that installs the shipped one. */
  installer: string | null;
}

/**
 * For a program whose root is `root` (`…/resources/app.asar` once packaged) with its resources in `resources`.
 * `installed` is only ever given by tests.
 */
export function helperPlaces(root: string, resources: string, installed: string = INSTALLED_HELPER): HelperPlaces {
  const packaged = root.endsWith('.asar');
  const name = `${process.platform}-${process.arch}`;
  const shipped = packaged
    ? join(resources, 'native', name, 'sonde-capture')
    : join(root, 'build', 'native', name, 'sonde-capture');
  return { installed, shipped, installer: join(resources, 'linux', 'install-helper.sh') };
}
