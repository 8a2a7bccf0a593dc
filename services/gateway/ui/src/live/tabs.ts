/**
 * One stream for all tabs of a browser, which allows few connections to one server: the leading tab passes on what it
 * hears. When it is closed, the next one goes on where it was itself; what it hears twice it knows by the id.
 */
import type { HereState } from '@/api/types';
import { canLead, Lead } from '@/app/lead';
import { TAB } from '@/personal/tab';
import { SILENCE_MS, Stream, type Word } from './stream';

export type Connection = 'connecting' | 'live' | 'reconnecting';

/** What a tab that joins gets to know: where the stream is, and who is where. */
export interface Present {
  connection: Connection;
  place: string | undefined;
  here: readonly HereState[];
}

interface World {
  present: () => Present;
  hear: (word: Word) => void;
  /** What the leading tab told when this one asked. */
  join: (present: Present) => void;
  /** This tab's stream has this name; empty when another tab has the stream. */
  named: (name: string) => void;
  connection: (state: Connection) => void;
}

type Said =
  | { kind: 'word'; word: Word }
  | { kind: 'connection'; state: Connection }
  | { kind: 'join'; from: string }
  | { kind: 'present'; to: string; present: Present };

const ANSWER_MS = 3000;

export class Tabs {
  private stream: Stream | undefined;
  private readonly channel: BroadcastChannel | undefined;
  private readonly lead: Lead | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly world: World) {
    if (!canLead() || typeof BroadcastChannel === 'undefined') {
      this.open(); // every tab has its own
      return;
    }
    this.channel = new BroadcastChannel('nitka.live');
    this.channel.onmessage = ({ data }: MessageEvent<Said>) => this.take(data);
    this.say({ kind: 'join', from: TAB });
    this.lead = new Lead('nitka.live', { gained: () => this.open(), lost: () => this.giveUp() });
    this.listenOn();
  }

  /** There is a network again. */
  reopen(): void {
    this.stream?.open();
  }

  end(): void {
    clearTimeout(this.silence);
    this.stream?.end();
    this.stream = undefined;
    this.channel?.close();
    this.lead?.end();
  }

  private open(): void {
    clearTimeout(this.silence);
    this.stream = new Stream({
      place: () => this.world.present().place,
      hear: (word) => {
        if (word.name === 'ready' || word.name === 'reset') this.world.named(this.stream?.name ?? '');
        this.world.hear(word);
        this.say({ kind: 'word', word });
      },
      broken: () => {
        this.world.connection('reconnecting');
        this.say({ kind: 'connection', state: 'reconnecting' });
      },
    });
    this.say({ kind: 'connection', state: this.world.present().connection });
  }

  private giveUp(): void {
    this.stream?.end();
    this.stream = undefined;
    this.world.named('');
    this.listenOn();
  }

  private say(said: Said): void {
    this.channel?.postMessage(said);
  }

  private take(said: Said): void {
    if (said.kind === 'join') {
      if (this.stream) this.say({ kind: 'present', to: said.from, present: this.world.present() });
      return;
    }
    if (!this.stream) this.listenOn();
    if (said.kind === 'word') this.world.hear(said.word);
    else if (said.kind === 'connection') this.world.connection(said.state);
    else if (said.to === TAB) this.world.join(said.present);
  }

  /** A leading tab that says nothing may be frozen: ask it, and take its place when it does not answer. */
  private listenOn(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      this.say({ kind: 'join', from: TAB });
      this.silence = setTimeout(() => this.lead?.seize(), ANSWER_MS * (1 + Math.random()));
    }, SILENCE_MS);
  }
}
