/** Something that is done over and over as it is asked for, never twice at a time: each comes to its end. */

/** What has not ended by then is not waited for any longer. */
const PATIENCE_MS = 10_000;

interface Pace {
  /** Milliseconds from the first question, in which more of them are gathered. */
  before: number;
  /** Milliseconds at least between the end of one and the begin of the next. */
  between: number;
}

export class Paced {
  private wanted = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private busy = false;

  constructor(
    private readonly act: () => Promise<unknown>,
    private readonly pace: Pace,
  ) {}

  /** Have it done soon; while it is being done, once more after that. */
  ask(): void {
    this.wanted = true;
    this.wait(this.pace.before);
  }

  stop(): void {
    this.wanted = false;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private wait(ms: number): void {
    if (this.busy || this.timer !== undefined) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.wanted) void this.run();
    }, ms);
  }

  private async run(): Promise<void> {
    this.wanted = false;
    this.busy = true;
    await patiently(this.act());
    this.busy = false;
    this.wait(this.pace.between);
  }
}

/** Wait for it, but not for ever; how it ends is nobody's concern here. */
export async function patiently(what: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS);
  });
  await Promise.race([what.then(() => undefined, () => undefined), enough]); // prettier-ignore
  clearTimeout(timer);
}
