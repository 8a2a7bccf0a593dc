/** Tells the agent of news: gathers it for a moment, and one tab of several makes the sound and shows the notification. */
import type { Conversation, LiveEvent } from '@/api/types';
import { concerns, gather, type News, newsOf } from './news';

/** Long enough for the other tabs to say that one of them shows the conversation, and for a flood to be one sound. */
const GATHER_MS = 700;
const QUIET_MS = 3000;
/** More conversations than these at once are one notification. */
const SINGLY = 3;
/** So many are looked up at a time; in a flood the newest stand for all. */
const LOOKED_UP = 20;

export interface Item {
  news: News;
  row: Conversation;
}

export interface World {
  me: string;
  /** The conversation on this screen, in front of somebody's eyes. */
  watched: () => string | null;
  read: (conversationId: string) => Promise<Conversation | null>;
  sound: () => void;
  show: (items: readonly Item[]) => void;
  showMany: (items: readonly Item[]) => void;
  now: () => number;
}

export class Notifier {
  private waiting: News[] = [];
  private readonly watched = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private sounded = -Infinity;
  private readonly tabs: BroadcastChannel | undefined;

  constructor(private readonly world: World) {
    if (typeof BroadcastChannel === 'undefined') return;
    this.tabs = new BroadcastChannel('nitka.watched');
    this.tabs.onmessage = (event: MessageEvent<string>) => this.watched.add(event.data);
  }

  take(event: LiveEvent): void {
    const news = newsOf(event, this.world.me);
    if (!news) return;
    if (this.world.watched() === news.conversationId) {
      this.watched.add(news.conversationId);
      this.tabs?.postMessage(news.conversationId);
    }
    this.waiting.push(news);
    this.timer ??= setTimeout(() => void this.tell(), GATHER_MS);
  }

  end(): void {
    clearTimeout(this.timer);
    this.tabs?.close();
  }

  private async tell(): Promise<void> {
    const fresh = gather(this.waiting).filter((each) => !this.watched.has(each.conversationId));
    this.waiting = [];
    this.watched.clear();
    this.timer = undefined;
    const items: Item[] = [];
    for (const news of fresh.slice(-LOOKED_UP)) {
      const row = await this.world.read(news.conversationId);
      if (row && concerns(news, row, this.world.me)) items.push({ news, row });
    }
    if (items.length === 0) return;
    if (this.world.now() - this.sounded >= QUIET_MS) {
      this.sounded = this.world.now();
      this.world.sound();
    }
    if (items.length > SINGLY) this.world.showMany(items);
    else this.world.show(items);
  }
}
