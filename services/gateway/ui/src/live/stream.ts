/** The connection to the stream: opened anew at its place when it breaks, is refused, or falls silent. */
import { get, Problem, url } from '@/api/client';
import { TAB } from '@/personal/tab';

/** The named events of the stream; `message` is a change, the others stand beside it. */
const NAMES = ['ready', 'reset', 'message', 'ping', 'here', 'mine'] as const;

export interface Word {
  name: (typeof NAMES)[number];
  /** The place behind it; empty for what is passing. */
  id: string;
  data: string;
}

const REOPEN_MS = [1000, 2000, 4000, 8000];

/** The server says something every ten seconds at least; a stream that is silent for so long is dead. */
export const SILENCE_MS = 25_000;

interface World {
  /** Where to go on; undefined at the beginning. */
  place: () => string | undefined;
  hear: (word: Word) => void;
  broken: () => void;
}

/** Every connection has a name of its own: with it goes what its tab has said to be looking at. */
let opened = 0;

export class Stream {
  name = '';
  private source: EventSource | undefined;
  private failures = 0;
  private reopening: ReturnType<typeof setTimeout> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly world: World) {
    this.open();
  }

  /** Begin a new connection in place of the one that is there. */
  open(): void {
    this.close();
    opened += 1;
    this.name = `${TAB}-${opened}`;
    const source = new EventSource(url('/live', { tab: this.name, after: this.world.place() }));
    this.source = source;
    this.listenOn();
    for (const name of NAMES) {
      source.addEventListener(name, ({ lastEventId, data }: MessageEvent<string>) => {
        this.listenOn();
        if (name === 'ready' || name === 'reset') this.failures = 0;
        this.world.hear({ name, id: lastEventId, data });
      });
    }
    source.onerror = () => {
      // The browser would come back under the same name, and could meet what was said to be over under it.
      this.close();
      this.world.broken();
      this.reopening = setTimeout(() => void this.again(), REOPEN_MS[Math.min(this.failures, REOPEN_MS.length - 1)]);
      this.failures += 1;
    };
  }

  /** Over, and not opened again. */
  end(): void {
    this.close();
    this.name = '';
  }

  private close(): void {
    clearTimeout(this.reopening);
    clearTimeout(this.silence);
    this.source?.close();
    this.source = undefined;
  }

  private listenOn(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      this.world.broken();
      this.open();
    }, SILENCE_MS);
  }

  /** A refusal may mean that the session is over: the client then leads to the login. */
  private async again(): Promise<void> {
    const { name } = this;
    try {
      await get('/agents');
    } catch (error) {
      if (error instanceof Problem && error.status === 401) return;
    }
    if (this.name === name && !this.source) this.open();
  }
}
