/**
 * Makers of cards by their names in IEEE's registry: what they make that has a card of its own, and under which domains
 * their devices' cloud services are. A weight is how sure the maker alone makes one of the kind: 0.85 who makes nothing
 * else, 0.6 mostly that, 0.35 one of several. Makers of parts (Espressif, Murata) stand for what their parts are built into.
 */
import type { Sign } from './signs.ts';

export interface Maker extends Sign {
  /** Registered domains, or names below them, that its devices report to. */
  clouds?: readonly string[];
}

const camera = { camera: 0.85 } as const;
const printer = { printer: 0.85 } as const;
const network = { network: 0.8 } as const;
const computer = { computer: 0.7 } as const;
const home = { 'smart-home': 0.85 } as const;
const desk = { 'ip-phone': 0.85 } as const;

/** The first that fits counts. */
export const MAKERS: readonly Maker[] = [
  { like: /hikvision/i, as: camera, clouds: ['hikvision.com', 'hik-connect.com', 'hik-online.com', 'ezvizlife.com'] },
  {
    like: /dahua technology|dahua zhilian/i,
    as: camera,
    clouds: ['dahuasecurity.com', 'easy4ipcloud.com', 'dahuaddns.com'],
  },
  { like: /^axis communications/i, as: camera, clouds: ['axis.com', 'avhs.axis.com'] },
  { like: /^reolink/i, as: camera, clouds: ['reolink.com', 'reolink.us'] },
  { like: /^(?:vivotek|mobotix|avigilon|verkada|lorex|swann|amcrest|foscam|geovision)/i, as: camera },
  { like: /uniview tech|hanwha vision|samsung techwin/i, as: camera },
  { like: /ezviz/i, as: camera, clouds: ['ezvizlife.com', 'ezviz7.com'] },
  { like: /^arlo tech/i, as: camera, clouds: ['arlo.com', 'arloxcld.com', 'netgear.com'] },
  { like: /^wyze/i, as: { camera: 0.6, 'smart-home': 0.3 }, clouds: ['wyze.com', 'wyzecam.com'] },
  { like: /^ring llc/i, as: camera, clouds: ['ring.com'] },
  { like: /^blink by amazon/i, as: camera, clouds: ['immedia-semi.com'] },

  { like: /^brother industries/i, as: printer, clouds: ['brother.com', 'brother.co.jp'] },
  { like: /seiko epson/i, as: printer, clouds: ['epsonconnect.com', 'epson.com'] },
  { like: /^canon/i, as: { printer: 0.6, camera: 0.1 }, clouds: ['canon.com', 'canon.jp'] },
  {
    like: /^(?:lexmark|kyocera|ricoh|xerox|konica minolta|oki data|oki electric|zebra tech|toshiba teli|sharp corp)/i,
    as: printer,
  },
  {
    like: /^(?:hewlett|hp inc)/i,
    as: { printer: 0.35, computer: 0.4, network: 0.15 },
    clouds: ['hpeprint.com', 'hpconnected.com', 'hp.com'],
  },

  { like: /^sonos/i, as: { speaker: 0.85 }, clouds: ['sonos.com'] },
  {
    like: /^(?:bose corp|bang & olufsen|harman consumer|d&m holdings|denon|devialet|libratone)/i,
    as: { speaker: 0.7 },
  },
  {
    like: /^amazon tech|^amazon\.com/i,
    as: { speaker: 0.45, tv: 0.35 },
    clouds: ['amazon.com', 'amazonalexa.com', 'a2z.com', 'amazon.dev'],
  },
  {
    like: /^google/i,
    as: { speaker: 0.4, tv: 0.35, phone: 0.2 },
    clouds: ['google.com', 'googleapis.com', 'gstatic.com'],
  },
  { like: /^nest labs/i, as: { 'smart-home': 0.5, camera: 0.4 }, clouds: ['nest.com', 'dropcam.com', 'google.com'] },

  { like: /^(?:signify|philips lighting)/i, as: home, clouds: ['meethue.com', 'philips.com', 'signify.com'] },
  { like: /^tuya/i, as: home, clouds: ['tuyaus.com', 'tuyaeu.com', 'tuyacn.com', 'tuya.com', 'iotbing.com'] },
  { like: /^shelly|allterco/i, as: home, clouds: ['shelly.cloud'] },
  { like: /^withings/i, as: home, clouds: ['withings.net', 'withings.com'] },
  { like: /^fitbit/i, as: home, clouds: ['fitbit.com'] },
  { like: /^ecobee/i, as: home, clouds: ['ecobee.com'] },
  { like: /^netatmo/i, as: home, clouds: ['netatmo.net', 'netatmo.com'] },
  { like: /ikea of sweden/i, as: home },
  { like: /^lumi united|aqara/i, as: home, clouds: ['aqara.com', 'aqara.cn'] },
  { like: /^smartthings/i, as: home, clouds: ['smartthings.com'] },
  {
    like: /^(?:lifi labs|nanoleaf|lutron|ledvance|osram|eq-3|tado|insteon|yeelight|irobot|roborock|broadlink|hangzhou broadlink|somfy|legrand|physical graph|wiz connected)/i,
    as: home,
  },
  { like: /^espressif/i, as: { 'smart-home': 0.65, camera: 0.1 } },
  { like: /^edimax/i, as: { 'smart-home': 0.4, camera: 0.3, network: 0.25 }, clouds: ['myedimax.com', 'edimax.com'] },
  { like: /^belkin/i, as: { 'smart-home': 0.5, network: 0.3 }, clouds: ['xbcs.net', 'belkin.com', 'wemo2.com'] },
  {
    like: /^(?:hi-?flying|high-flying|shanghai high-flying|beken|bouffalo|itead|ai-thinker|hui zhou gaoshengda|particle industries|nordic semi|silicon lab)/i,
    as: { 'smart-home': 0.5 },
  },
  {
    like: /^(?:texas instruments|microchip|murata|ampak|realtek|wiznet|gainspan|roving networks|lantronix|digi int)/i,
    as: { 'smart-home': 0.3 },
  },

  { like: /^roku/i, as: { tv: 0.85 }, clouds: ['roku.com'] },
  {
    like: /^(?:vizio|tp vision|hisense electric|qingdao hisense elec|tcl king|tivo|skyworth|humax|loewe|vestel)/i,
    as: { tv: 0.7 },
  },
  { like: /^lg electronics/i, as: { tv: 0.4, phone: 0.3, 'smart-home': 0.1 } },
  { like: /^samsung electro/i, as: { phone: 0.4, tv: 0.35, 'smart-home': 0.1 } },

  { like: /^sony interactive|^nintendo/i, as: { console: 0.85 } },
  { like: /^(?:synology|qnap|drobo|asustor|thecus|terramaster)/i, as: { nas: 0.85 } },
  { like: /^western digital|^buffalo/i, as: { nas: 0.45, network: 0.2 } },

  { like: /yealink|^polycom|^snom|^aastra|^mitel|^gigaset comm/i, as: desk },
  { like: /^(?:grandstream|avaya|fanvil)/i, as: { 'ip-phone': 0.6, network: 0.15 } },

  { like: /^avm gmbh|^avm audiovis/i, as: { network: 0.8, 'smart-home': 0.1 } },
  { like: /^ubiquiti/i, as: { network: 0.65, camera: 0.15 }, clouds: ['ui.com', 'ubnt.com'] },
  {
    like: /^tp-link/i,
    as: { network: 0.45, 'smart-home': 0.4 },
    clouds: ['tplinkcloud.com', 'tplinknbu.com', 'tp-link.com'],
  },
  { like: /^d-link/i, as: { network: 0.45, camera: 0.4 }, clouds: ['mydlink.com', 'dlink.com'] },
  {
    like: /^(?:cisco|juniper|arista|aruba|ruckus|routerboard|mikrotik|netgear|zyxel|fortinet|palo alto|watchguard|extreme networks|meraki|eero|sagemcom|arris|technicolor|zte corp|hitron|arcadyan|sercomm|commscope|linksys|draytek|lancom)/i,
    as: network,
  },
  { like: /^huawei/i, as: { network: 0.4, phone: 0.35 } },

  { like: /^apple/i, as: { phone: 0.4, computer: 0.4, tv: 0.1, speaker: 0.05 } },
  {
    like: /^(?:motorola mobility|oneplus|oppo|guangdong oppo|vivo mobile|htc corp|hmd global|fairphone|nothing tech)/i,
    as: { phone: 0.7 },
  },
  { like: /^xiaomi|^beijing xiaomi/i, as: { phone: 0.45, 'smart-home': 0.3 } },
  {
    like: /^(?:dell|lenovo|lcfc|intel|micro-star|giga-byte|gigabyte|asrock|quanta|wistron|compal|acer|fujitsu|super micro|framework|vmware|pcs systemtechnik|parallels|xensource|qemu|red hat|asustek|pegatron|clevo|liteon|azurewave)/i,
    as: computer,
  },
  { like: /^microsoft/i, as: { computer: 0.5, console: 0.25 } },
  { like: /^raspberry pi/i, as: { computer: 0.4, 'smart-home': 0.2 } },
];

/** Whether a name is below one of the domains. */
export function isBelow(name: string, domains: readonly string[]): boolean {
  return domains.some((domain) => name === domain || name.endsWith(`.${domain}`));
}
