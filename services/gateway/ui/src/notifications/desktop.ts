/** Notifications of the operating system. */
import { useEffect, useState } from 'react';

/** `missing`: this browser has none, or the page is not served securely. */
export type Permission = NotificationPermission | 'missing';

export function desktopPermission(): Permission {
  return typeof Notification === 'undefined' || !isSecureContext ? 'missing' : Notification.permission;
}

/** What the browser allows, and how to ask for it: only ever from a click. */
export function useDesktopPermission(): { permission: Permission; ask: () => Promise<void> } {
  const [permission, setPermission] = useState(desktopPermission);
  useEffect(() => {
    // The person may have changed it in the browser's own settings.
    const look = () => setPermission(desktopPermission());
    addEventListener('focus', look);
    return () => removeEventListener('focus', look);
  }, []);
  const ask = async () => setPermission(await Notification.requestPermission());
  return { permission, ask };
}

export interface Told {
  title: string;
  body: string;
  /** One notification per tag: a newer one takes the place of the one that is shown. */
  tag: string;
}

/** Show it; a click brings this tab to the front and does `open`. Some phones allow it and cannot: nothing is shown. */
export function showOnDesktop({ title, body, tag }: Told, open: () => void): void {
  let shown: Notification;
  try {
    shown = new Notification(title, { body, tag, icon: '/icon.svg', silent: true });
  } catch (error) {
    if (error instanceof TypeError) return;
    throw error;
  }
  shown.onclick = () => {
    window.focus();
    shown.close();
    open();
  };
}
