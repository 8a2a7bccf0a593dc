import { useCounts } from './useCounts';

/** The tab's title: how much is unread, then what is shown. */
export function PageTitle({ children }: { children: string }) {
  const counts = useCounts();
  const unread = counts?.unread ?? 0;
  const figure = counts && unread >= counts.cap ? `${counts.cap / 1000}k+` : unread;
  return <title>{`${unread > 0 ? `(${figure}) ` : ''}${children} · Nitka`}</title>;
}
