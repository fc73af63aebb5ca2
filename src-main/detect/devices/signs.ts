/**
 * What devices say of themselves: texts of DHCP, names, announcements and agents, each with the kinds it speaks for. A
 * weight of 0.8 and more: nothing else says so; 0.5: most that say so; 0.3 and less: a hint that needs another.
 *
 * Sources: RFC 2132 (DHCP), IANA's registry of service names (mDNS), UPnP's device types, ONVIF's and WSD's names, and
 * the texts that devices are known to send.
 */
import type { DeviceKind } from '../../../src-shared/domain/device-kinds.ts';

export type Weights = Readonly<Partial<Record<DeviceKind, number>>>;

export interface Sign {
  like: RegExp;
  as: Weights;
}

/** Something small that runs one program: says that, not which. */
export const EMBEDDED: Weights = { camera: 0.2, printer: 0.15, speaker: 0.15, 'smart-home': 0.25, 'ip-phone': 0.15 };

const camera = { camera: 0.8 } as const;
const printer = { printer: 0.85 } as const;
const tv = { tv: 0.75 } as const;
const home = { 'smart-home': 0.8 } as const;
const network = { network: 0.8 } as const;

/** Vendor class (option 60). */
export const VENDOR_CLASSES: readonly Sign[] = [
  { like: /network camera|^axis,|hikvision|dahua|^ipcam|reolink/i, as: camera },
  {
    like: /jetdirect|laserjet|officejet|^hp printer|^canon|^epson|^brother|^lexmark|^xerox|^ricoh|^kyocera|printer/i,
    as: printer,
  },
  { like: /ip phone|polycom|yealink|^snom|grandstream|aastra|mitel|^avaya|gigaset/i, as: { 'ip-phone': 0.85 } },
  { like: /^ps[345]|playstation|xbox|nintendo/i, as: { console: 0.8 } },
  { like: /bravia|webos|tizen|roku|smart-?tv|appletv/i, as: tv },
  { like: /^ubnt|cisco ap|arubaap|mikrotik|meraki|ruckus|^unifi|dslforum|docsis|ciscopnp/i, as: network },
  { like: /^msft /i, as: { computer: 0.6, console: 0.1 } },
  { like: /^android-dhcp/i, as: { phone: 0.5, tv: 0.2 } },
  { like: /^dhcpcd/i, as: { computer: 0.1, phone: 0.1 } },
  { like: /^udhcp/i, as: EMBEDDED },
];

/** Options asked for (option 55), joined by commas. */
export const FINGERPRINTS: readonly Sign[] = [
  { like: /^1,(?:15,)?3,6,(?:15,)?(?:44,46,47,)?31,33,.*\b249\b/, as: { computer: 0.6, console: 0.1 } },
  { like: /^1,121,3,6,15,.*\b95,44,46$/, as: { computer: 0.55 } },
  { like: /^1,121,3,6,15,(?:108,114,)?119,252$/, as: { phone: 0.55, tv: 0.1 } },
  { like: /^1,3,6,15,26,28,51,58,59,43/, as: { phone: 0.45, tv: 0.2 } },
  { like: /^1,28,2,3,15,6,/, as: { computer: 0.3, nas: 0.15 } },
  { like: /^6,3,1,15,66,67,13,44/, as: { printer: 0.7 } },
  // lwIP, as microcontrollers have it: mask, router, broadcast, name server.
  { like: /^1,3,28,6(?:,15,44,46,47,31,33,121,43)?$/, as: { 'smart-home': 0.6 } },
  // busybox udhcpc.
  { like: /^1,3,6,12,15,(?:17,23,)?28,(?:29,31,33,)?(?:40,41,)?42/, as: EMBEDDED },
];

/** What it calls itself, by DHCP or mDNS. */
export const HOST_NAMES: readonly Sign[] = [
  {
    like: /^(?:brn|brw)[0-9a-f]{12}|^npi[0-9a-f]{6}|^(?:hp|rnp|etb)[0-9a-f]{6}|^km[0-9a-f]{6}|epson|laserjet|officejet|deskjet|printer/i,
    as: printer,
  },
  {
    like: /ip-?cam|camera|\bcam\d*\b|^dcs-?\d|doorbell|^axis-[0-9a-f]{12}|reolink|^amcrest|^foscam/i,
    as: { camera: 0.7 },
  },
  {
    like: /^esp[-_]|shelly|tasmota|sonoff|wemo|^hs\d{3}|^lb\d{3}|^wiz_|hue|tuya|^lifx|yeelink|smart-?(?:plug|bulb|switch)|thermostat|^tado|^withings|homey|zigbee|roomba|roborock/i,
    as: { 'smart-home': 0.75 },
  },
  {
    like: /^sonos|^echo|amazon-[0-9a-f]{8,}|google-?home|nest-(?:audio|mini|hub)|homepod|soundbar|^bose/i,
    as: { speaker: 0.7 },
  },
  {
    like: /chromecast|roku|apple-?tv|fire-?tv|^aft|bravia|webostv|smart-?tv|^(?:lg|samsung|sony).*tv|androidtv|^tv$/i,
    as: tv,
  },
  { like: /^sep[0-9a-f]{12}|^snom\d|^yealink|^sip-?t\d/i, as: { 'ip-phone': 0.85 } },
  { like: /playstation|^ps[345]-|^xbox|nintendo/i, as: { console: 0.75 } },
  { like: /iphone|ipad|^galaxy|^android[-_]|^pixel|^redmi|^oneplus|phone\d*$/i, as: { phone: 0.7 } },
  {
    like: /^(?:desktop|laptop|win)-[a-z0-9]{5,}|macbook|imac|\bmac(?:-?mini|\d*)\b|thinkpad|-pc\d*$|^pc\d|^laptop\d/i,
    as: { computer: 0.7 },
  },
  { like: /diskstation|^qnap|^nas\d*$|mycloud|readynas/i, as: { nas: 0.75 } },
  { like: /^fritz\.?box|^unifi|^mikrotik|router|gateway|^switch\d|access-?point/i, as: network },
];

/** Service types of mDNS that it announces, and device types of SSDP. */
export const SERVICES: readonly Sign[] = [
  { like: /^_(?:ipps?|printer|pdl-datastream|uscans?|scanner)\._tcp|device:printer|print-?basic/i, as: printer },
  { like: /^_(?:axis-video|rtsp|onvif)\._tcp|networkvideotransmitter|digitalsecuritycamera/i, as: camera },
  {
    like: /^_(?:hap|hue|esphomelib|shelly|wled|miio|elg|lutron|matterc?|meshcop|ihome|tuya)\._(?:tcp|udp)|device:(?:controllee|lightswitch|sensor|insight|bridge|basic:1.*hue)|urn:belkin:device/i,
    as: home,
  },
  { like: /^_(?:sonos|spotify-connect)\._tcp|zoneplayer/i, as: { speaker: 0.75, tv: 0.1 } },
  { like: /^_(?:raop|airplay)\._tcp/i, as: { speaker: 0.3, tv: 0.35, computer: 0.15 } },
  { like: /^_(?:googlecast|googlezone)\._tcp/i, as: { tv: 0.45, speaker: 0.4 } },
  {
    like: /^_(?:androidtvremote2?|amzn-wplay|roku-rcp|nvstream_dbd|touch-able)\._tcp|device:mediarenderer|dial-multiscreen|roku:ecp/i,
    as: { tv: 0.6, speaker: 0.15 },
  },
  { like: /^_(?:adisk|afpovertcp|nfs|readynas)\._tcp/i, as: { nas: 0.45, computer: 0.25 } },
  { like: /^_(?:workstation|rfb|sftp-ssh|companion-link)\._tcp/i, as: { computer: 0.3 } },
  { like: /internetgatewaydevice|wfadevice|wandevice/i, as: { network: 0.75 } },
  { like: /device:mediaserver/i, as: { nas: 0.35, computer: 0.2, tv: 0.15 } },
];

/** Who it says it is when it asks (HTTP, SIP, SSDP), and which software answers of it. */
export const AGENTS: readonly Sign[] = [
  { like: /ip ?camera|ipcam|network camera|hikvision|dahua|dcs-lig|app-webs|reolink|gsoap.*onvif/i, as: camera },
  {
    like: /laserjet|officejet|^hp[- ]http|hp-chai|epson.http|ipp\/|printer|jc-http|canon http|lexmark|brother/i,
    as: printer,
  },
  {
    like: /esp-?http|esp8266|esp32|arduino|tasmota|shelly|wemo|hue\/|ipbridge|philips[- ]hue|tuya|lifx|smartthings|homekit/i,
    as: { 'smart-home': 0.65, camera: 0.1 },
  },
  // What ready-made stacks of small devices say, routers among them.
  { like: /^unspecified, upnp|^tinyhttp|mongoose/i, as: { 'smart-home': 0.2, camera: 0.1, network: 0.2 } },
  { like: /sonos|spotify.*embedded|alexa|echo\//i, as: { speaker: 0.6 } },
  { like: /roku|smart-?tv|tizen|web0s|webos|bravia|appletv|apple tv|\baft[a-z]+\b|crkey|hbbtv|netcast|vidaa/i, as: tv },
  { like: /playstation|nintendo|xbox/i, as: { console: 0.75 } },
  { like: /iphone|ipad|android.*mobile|dalvik|cfnetwork.*darwin|okhttp/i, as: { phone: 0.45, tv: 0.05 } },
  {
    like: /windows nt|macintosh|x11; (?:linux|ubuntu|cros)|windows-update-agent|microsoft[- ](?:bits|cryptoapi|ncsi|wns)/i,
    as: { computer: 0.55 },
  },
  {
    like: /yealink|polycom|snom|grandstream|cisco-(?:cp|sip)|aastra|mitel|gigaset|linksys\/spa/i,
    as: { 'ip-phone': 0.8 },
  },
  { like: /synology|diskstation|qnap/i, as: { nas: 0.7 } },
  { like: /routeros|fritz!?box|openwrt|miniupnpd|edgeos|draytek|tp-link router/i, as: { network: 0.7 } },
];

/** Protocols (names as in the flow's `app`) that a device of a kind offers, and such as it uses. */
export const OFFERED: Readonly<Record<string, Weights>> = {
  RTSP: { camera: 0.65 },
  IPP: { printer: 0.75 },
  LPD: { printer: 0.75 },
  BJNP: { printer: 0.85 },
  AFP: { nas: 0.4, computer: 0.2 },
  iSCSI: { nas: 0.6 },
  NFS: { nas: 0.45 },
  TPLINK_SHP: { 'smart-home': 0.8 },
  TUYA_LP: { 'smart-home': 0.85 },
  Matter: { 'smart-home': 0.6 },
  Xiaomi: { 'smart-home': 0.6 },
  COAP: { 'smart-home': 0.4 },
  EasyWeather: { 'smart-home': 0.7 },
  SNMP: { network: 0.2, printer: 0.15 },
};
export const USED: Readonly<Record<string, Weights>> = {
  MQTT: { 'smart-home': 0.4, camera: 0.1 },
  'MQTT-SN': { 'smart-home': 0.6 },
  TUYA_LP: { 'smart-home': 0.6 },
  COAP: { 'smart-home': 0.35 },
  CiscoSkinny: { 'ip-phone': 0.8 },
  SIP: { 'ip-phone': 0.35 },
  UBNTAC2: network,
  CAPWAP: network,
  HSRP: network,
  RIP: { network: 0.6 },
  BGP: network,
  VRRP: network,
  OSPF: network,
  Nintendo: { console: 0.6 },
  TiVoConnect: { tv: 0.7 },
};
/** Ports that say as much by themselves where nothing else is known of the flow: printers' raw data (9100). */
export const OFFERED_PORTS: Readonly<Record<number, Weights>> = {
  9100: { printer: 0.6 },
  515: { printer: 0.6 },
  631: { printer: 0.4 },
};

export function signOf<T extends Sign>(signs: readonly T[], text: string): T | undefined {
  return text === '' ? undefined : signs.find(({ like }) => like.test(text));
}
