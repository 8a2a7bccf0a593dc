/** Addresses of conversations and of single messages in them. */

const PREFIX = 'm-';

/** The fragment of the address that leads to a message; the message's element has it as id. */
export function placeOf(messageId: string): string {
  return `${PREFIX}${messageId}`;
}

/** The message that a fragment leads to. */
export function messageIn(hash: string): string | undefined {
  return hash.startsWith(PREFIX) ? hash.slice(PREFIX.length) : undefined;
}

/** The address of a conversation, or of a message in it, for others to open. */
export function linkTo(conversationId: string, messageId?: string): string {
  const path = `/inbox/${conversationId}${messageId ? `#${placeOf(messageId)}` : ''}`;
  return new URL(path, location.href).href;
}
