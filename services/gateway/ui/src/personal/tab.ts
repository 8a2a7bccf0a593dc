/** The name of this browser tab, so that the gateway need not tell it what it has said itself. New with every load. */
export const TAB: string = crypto.randomUUID();
