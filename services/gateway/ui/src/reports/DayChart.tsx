import { BarChart } from '@mantine/charts';
import { useTranslation } from 'react-i18next';
import type { Series } from '@/api/types';
import { useFormat } from '@/app/format';

/** New threads and messages of each day. The same figures are in the table below it. */
export function DayChart({ series }: { series: Series }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <BarChart
      h={280}
      data={series.days.map((each) => ({ day: format.day(each.day), messages: each.messages, new_threads: each.new_threads }))}
      dataKey="day"
      series={[
        { name: 'new_threads', label: t('reports.newThreads'), color: 'var(--n-chart-1)' },
        { name: 'messages', label: t('reports.messages'), color: 'var(--n-chart-2)' },
      ]}
      valueFormatter={(value) => format.number(value)}
      withLegend
      legendProps={{ verticalAlign: 'top', height: 40 }}
      gridAxis="x"
      tickLine="none"
      barProps={{ radius: [3, 3, 0, 0], isAnimationActive: false }}
      maxBarWidth={22}
      xAxisProps={{ minTickGap: 24 }}
      barChartProps={{ accessibilityLayer: false }}
      aria-hidden
    />
  );
}
