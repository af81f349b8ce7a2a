// SPDX-License-Identifier: ISC
//
// What each receiver takes, by its own types.
import type { Opts } from '@grammyjs/types';
import type { MessageAttachment } from
  '@mattermost/types/message_attachments';
import type { EventPayloadV2 } from '@pagerduty/pdjs/build/src/events';
import type { IncomingWebhookSendArguments } from '@slack/webhook';
import type { IAdaptiveCard, ITextBlock } from 'adaptivecards/lib/schema';
import type { RESTPostAPIWebhookWithTokenJSONBody } from
  'discord-api-types/v10';

// Types with an index, by which any member would do, without it.
type Named<T> = {
  [K in keyof T as string extends K ? never : K]: T[K]
};

export type slack = Omit<IncomingWebhookSendArguments, 'agent'>;
export type mattermost = { text?: string; attachments?: MessageAttachment[] };
export type discord = RESTPostAPIWebhookWithTokenJSONBody;
export type telegram = Opts<never>['sendMessage'];
// The documentation has these, too.
export type pagerduty =
  EventPayloadV2 & { client?: string; client_url?: string };
export type teams = {
  type: 'message';
  attachments: {
    contentType: 'application/vnd.microsoft.card.adaptive';
    content: Omit<Named<IAdaptiveCard>, 'body'>
      & { $schema?: string; body: Named<ITextBlock>[] };
  }[];
};
