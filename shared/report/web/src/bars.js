import { base, categoryAxis, valueAxis } from './theme.js';

const narrow = (width) => width < 520;

// rows draws one bar a series and name, lying: names may be long. The first name stands on top.
export function rows(chart, look, width, dense) {
  const bars = chart.series.length;
  const edge = Math.max(...chart.series.flatMap((s) => s.labels.map((l) => l.length))) * 7 + 8;
  return {
    height: chart.names.length * (dense ? bars * 15 + 8 : bars * 18 + 14) + 16,
    option: {
      ...base(look),
      grid: { left: 4, right: edge, top: 4, bottom: 4, outerBoundsMode: 'same' },
      xAxis: valueAxis(look, false, { splitLine: { show: false } }),
      yAxis: { ...categoryAxis(look, chart.names, narrow(width) ? 112 : 190), inverse: true },
      series: chart.series.map((s) => series(s, look, { position: 'right', size: dense ? 10 : 14 })),
    },
  };
}

// columns draws standing bars: for steps along a scale, such as days or lengths.
export function columns(chart, look, width, dense) {
  const crowded = narrow(width) && chart.names.length > 6;
  return {
    height: dense ? 180 : 240,
    option: {
      ...base(look),
      grid: { left: 4, right: 4, top: 24, bottom: 4, outerBoundsMode: 'same' },
      xAxis: { ...categoryAxis(look, chart.names), axisLabel: { color: look.text, fontSize: 12, interval: 0, rotate: crowded ? 60 : 0 } },
      yAxis: valueAxis(look, false, { splitLine: { show: false } }),
      series: chart.series.map((s) => series(s, look, { position: 'top', size: 44, terse: crowded })),
    },
  };
}

function series(s, look, { position, size, terse }) {
  return {
    type: 'bar',
    name: s.name,
    barMaxWidth: size,
    barGap: '15%',
    itemStyle: { color: look.tones[s.tone], borderRadius: 1 },
    label: { show: !terse, position, color: look.text, fontSize: 12, formatter: ({ dataIndex }) => (s.values[dataIndex] === 0 ? '' : s.labels[dataIndex]) },
    tooltip: { formatter: ({ name, dataIndex }) => `${name}\n${s.name}: ${s.labels[dataIndex]}` },
    emphasis: { disabled: true },
    data: s.values.map((value, i) => (i === s.marked ? { value, itemStyle: { color: look.tones.accent } } : value)),
  };
}
