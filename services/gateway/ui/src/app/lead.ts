/** Whether tabs can agree on one: there are no locks where the page is not served securely. */
export function canLead(): boolean {
  return Boolean((navigator as { locks?: LockManager | null }).locks);
}

/** One tab of several acts for all: the one that holds the lock, until it is closed. */
export class Lead {
  private held = false;
  private over = false;
  /** Ends what is asked for or held now. */
  private turn = new AbortController();

  constructor(
    private readonly name: string,
    private readonly told: { gained?: () => void; lost?: () => void } = {},
  ) {
    if (canLead()) this.stand({});
    else this.gain(); // then every tab acts
  }

  get leads(): boolean {
    return this.held;
  }

  /** Take the lead from a tab that does nothing with it. */
  seize(): void {
    this.turn.abort();
    this.stand({ steal: true });
  }

  end(): void {
    this.over = true;
    this.held = false;
    this.turn.abort();
  }

  private gain(): void {
    this.held = true;
    this.told.gained?.();
  }

  private stand({ steal = false }): void {
    this.turn = new AbortController();
    const { signal } = this.turn;
    const hold = () =>
      new Promise<void>((resolve) => {
        if (signal.aborted) return resolve();
        signal.addEventListener('abort', () => resolve());
        this.gain();
      });
    navigator.locks.request(this.name, steal ? { steal } : { signal }, hold).catch((error: unknown) => {
      if (signal.aborted) return;
      if (!this.held || !(error instanceof DOMException) || error.name !== 'AbortError') throw error;
      // Another tab has seized it.
      this.held = false;
      this.told.lost?.();
      if (!this.over) this.stand({});
    });
  }
}
