/** A request as a channel's settings want it: authority, proxy, private targets. */
import { VERSION } from '../../../../../src-shared/version.ts';
import { authorityOf } from '../../http/authority.ts';
import { send, type Ask, type Reply } from '../../http/request.ts';
import { DeliveryError, type ChannelSettings, type SendContext } from '../../types.ts';
import { switchOf, textOf } from './settings.ts';

export type Message = Pick<Ask, 'url' | 'method' | 'headers' | 'body'>;

/** @throws DeliveryError */
export async function ask(message: Message, settings: ChannelSettings, { signal }: SendContext): Promise<Reply> {
  const ca = await authorityOf(textOf(settings, 'ca'), signal);
  const proxy = textOf(settings, 'proxy');
  const credentials = textOf(settings, 'proxyAuthorization');
  return send({
    ...message,
    headers: { 'User-Agent': `Sonde/${VERSION}`, ...message.headers },
    allowPrivate: switchOf(settings, 'allowPrivate'),
    signal,
    ...(ca === undefined ? {} : { ca }),
    ...(proxy === '' ? {} : { proxy: { url: proxy, credentials } }),
  });
}

/** Settings that came past their own check. @throws DeliveryError */
export function unfaulted(fault: string | null): void {
  if (fault !== null) throw new DeliveryError(fault, false);
}
