import { useQuery } from '@tanstack/react-query';
import { countsOptions } from '@/inbox/queries';

/** The tab's title: how much is unread, then what is shown. */
export function PageTitle({ children }: { children: string }) {
  const { data: counts } = useQuery(countsOptions);
  const unread = counts?.unread ?? 0;
  const figure = counts && unread >= counts.cap ? `${counts.cap / 1000}k+` : unread;
  return <title>{`${unread > 0 ? `(${figure}) ` : ''}${children} · Nitka`}</title>;
}
