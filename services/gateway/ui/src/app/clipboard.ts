import { notifications } from '@mantine/notifications';
import i18next from 'i18next';

/** Put it into the clipboard; resolves to whether it is there. */
export async function copyText(text: string): Promise<boolean> {
  // Missing where the page is not served securely.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  try {
    await (clipboard ?? oldWay).writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Copy an address and say so. What cannot be copied is shown, to be copied by hand. */
export async function copyLink(address: string): Promise<void> {
  const done = await copyText(address);
  notifications.show(done ? { message: i18next.t('done.link') } : { message: address, autoClose: false });
}

const oldWay = {
  async writeText(text: string): Promise<void> {
    const focused = document.activeElement;
    const area = document.createElement('textarea');
    area.value = text;
    area.style.position = 'fixed';
    area.style.opacity = '0';
    document.body.append(area);
    area.focus({ preventScroll: true });
    area.select();
    const copied = document.execCommand('copy');
    area.remove();
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
    if (!copied) throw new Error('not copied');
  },
};
