/** One tab of several acts for all: the one that holds the lock, until it is closed. */
export class Lead {
  private held: boolean;
  private readonly over = new AbortController();

  constructor(name: string) {
    // Where there are no locks (a page that is not served securely) every tab acts.
    this.held = !('locks' in navigator);
    if (this.held) return;
    const { signal } = this.over;
    const hold = () => {
      this.held = true;
      return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    };
    navigator.locks.request(name, { signal }, hold).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  get leads(): boolean {
    return this.held;
  }

  end(): void {
    this.held = false;
    this.over.abort();
  }
}
