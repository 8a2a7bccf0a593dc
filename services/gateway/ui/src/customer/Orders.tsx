import { useTranslation } from 'react-i18next';
import type { Order } from '@/api/types';
import { useFormat } from '@/app/format';
import classes from './Orders.module.css';
import { statusWord } from './status';

export function Orders({ orders }: { orders: readonly Order[] }) {
  const { t } = useTranslation();
  if (orders.length === 0) return <p className={classes.none}>{t('customer.noOrders')}</p>;
  return (
    <ul className={classes.orders}>
      {orders.map((order) => (
        <li key={`${order.shop} ${order.order_id}`}>
          <OrderDetails order={order} />
        </li>
      ))}
    </ul>
  );
}

function OrderDetails({ order }: { order: Order }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <details className={classes.order} data-cancelled={order.cancelled}>
      <summary>
        <span className={classes.number}>#{order.order_id}</span>
        <span className={classes.status}>{order.cancelled ? t('order.cancelled') : statusWord(t, order.status)}</span>
        <span className={classes.total}>{format.money({ amount: order.total, currency: order.currency })}</span>
        <span className={classes.date}>{format.date(order.placed_at)}</span>
      </summary>
      <ul className={classes.lines}>
        {order.lines.map((line, index) => (
          <li key={`${line.sku} ${index}`}>
            <span className="n-figures">{line.quantity} ×</span>
            <span>{line.title}</span>
            <span className="n-figures">{format.money({ amount: String(line.unit_price), currency: order.currency })}</span>
          </li>
        ))}
      </ul>
      {order.payment || order.shipment ? (
        <p className={classes.facts}>
          {order.payment ? t('order.payment', { state: statusWord(t, order.payment) }) : ''}
          {order.payment && order.shipment ? ' · ' : ''}
          {order.shipment ? t('order.shipment', { state: statusWord(t, order.shipment) }) : ''}
        </p>
      ) : null}
    </details>
  );
}
