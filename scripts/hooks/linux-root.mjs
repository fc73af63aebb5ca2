/** What the deb and the rpm install outside the application's own folder. */
import { chmodSync, copyFileSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where electron-builder installs the application: /opt and the product's name. */
const APP = '../../opt/Sonde';
const MIME_TYPES = ['application-vnd.tcpdump.pcap', 'application-x-pcapng', 'application-x-sonde-case'];

/**
 * @param {string} root of the checkout
 * @param {string} to an empty folder that stands for `/`
 * @param {string | undefined} helper the capture helper, where the checkout has one
 */
export function stageLinuxRoot(root, to, helper) {
  const put = (/** @type {string} */ from, /** @type {string} */ path, mode = 0o644) => {
    const file = join(to, path);
    mkdirSync(dirname(file), { recursive: true });
    copyFileSync(join(root, from), file);
    chmodSync(file, mode);
  };
  put('LICENSE', 'usr/share/doc/sonde/copyright');
  put('resources/linux/sonde-mime.xml', 'usr/share/mime/packages/sonde.xml');
  for (const type of MIME_TYPES)
    for (const size of [16, 32, 48, 256])
      put(`resources/icons/mime/${size}x${size}.png`, `usr/share/icons/hicolor/${size}x${size}/mimetypes/${type}.png`);
  mkdirSync(join(to, 'usr/bin'), { recursive: true });
  symlinkSync(`${APP}/resources/bin/sonde`, join(to, 'usr/bin/sonde'));
  if (helper === undefined) return;
  put(helper, 'usr/libexec/sonde/sonde-capture', 0o755);
  put('resources/linux/sonde-capture-install', 'usr/libexec/sonde/sonde-capture-install', 0o755);
  put('resources/linux/app.sonde.capture.policy', 'usr/share/polkit-1/actions/app.sonde.capture.policy');
}

/**
 * The built capture helper, from the root; undefined where this version of Sonde has none.
 * @param {string} root
 * @param {string} arch
 * @throws Error where the checkout has its source but nobody built it
 */
export function captureHelper(root, arch) {
  const built = join('build', 'native', `linux-${arch}`, 'sonde-capture');
  if (existsSync(join(root, built))) return built;
  const source = join('src-main', 'meter', 'capture', 'helper');
  if (!existsSync(join(root, source))) return undefined;
  throw new Error(`the capture helper for linux-${arch} is not built: ${source} is there, ${built} is not`);
}
