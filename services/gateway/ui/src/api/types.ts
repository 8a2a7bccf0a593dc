/** Short names for the models of the gateway's API. */
import type { components } from './schema';

type Schemas = components['schemas'];

export type Agent = Schemas['AgentView'];
export type Attachment = Schemas['Attachment'];
export type AttachmentView = Schemas['AttachmentView'];
export type Cards = Schemas['Cards'];
export type Channel = Schemas['Channel'];
export type CommandResult = Schemas['CommandResult'];
export type ContactPoint = Schemas['ContactPoint'];
export type Conversation = Schemas['ConversationSummary'];
export type ConversationPage = Schemas['ConversationPage'];
export type Counts = Schemas['Counts'];
export type CustomerCard = Schemas['CustomerCard'];
export type DeliveryState = Schemas['DeliveryState'];
export type InboxCount = Schemas['InboxCount'];
export type LabelCount = Schemas['LabelCount'];
export type LiveEvent = Schemas['LiveEvent'];
export type MessageItem = Schemas['MessageItem'];
export type Money = Schemas['Money'];
export type NoteItem = Schemas['NoteItem'];
export type Order = Schemas['OrderView'];
export type Presence = Schemas['Presence'];
export type PresenceView = Schemas['PresenceView'];
export type Priority = Schemas['Priority'];
export type QueueState = Schemas['QueueState'];
/** A list that an agent has named. `search` is the list's URL search string. */
export interface SavedView {
  id: string;
  name: string;
  search: string;
  shared: boolean;
  owner: string;
}
export type Segment = Schemas['Segment'];
export type Series = Schemas['Series'];
export type Served = Schemas['Served'];
export type Sort = Schemas['Sort'];
export type Status = Schemas['ConversationStatus'];
export type SystemItem = Schemas['SystemItem'];
export type Timeline = Schemas['Timeline'];
export type TimelineItem = Timeline['items'][number];
