/** The forms a webhook's body can have. Adding one: its file and a line here. */
import type { Alert } from '../../types.ts';
import { plainAlert } from '../common/body.ts';
import { discordBody } from './discord.ts';
import { slackBody } from './slack.ts';
import { teamsBody } from './teams.ts';

export interface Shape {
  readonly id: string;
  readonly title: string;
  body(alert: Alert): object;
}

export const SHAPES: readonly Shape[] = [
  { id: 'sonde', title: 'Sonde’s own (sonde.alert/1)', body: plainAlert },
  { id: 'slack', title: 'Slack', body: slackBody },
  { id: 'teams', title: 'Microsoft Teams', body: teamsBody },
  { id: 'discord', title: 'Discord', body: discordBody },
];
