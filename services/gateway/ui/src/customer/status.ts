import type { TFunction } from 'i18next';

const KNOWN = ['placed', 'paid', 'processing', 'shipped', 'delivered', 'returned', 'refunded'] as const;

/** A status of an order, its payment or its shipment: those that most shops have in our words, others in the shop's. */
export function statusWord(t: TFunction, status: string): string {
  const known = KNOWN.find((each) => each === status.toLowerCase());
  if (known) return t(`order.is.${known}`);
  return /^cancell?ed$/i.test(status) ? t('order.cancelled') : status;
}
