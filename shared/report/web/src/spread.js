import { base, categoryAxis, valueAxis } from './theme.js';

const percent = (v) => `${Math.round(v)} %`;

// spread draws a line a name from the smallest to the largest share that any model gives it, a dot a model, and the chosen
// model as a diamond: long lines are where the models disagree.
export function spread(chart, look, width, dense) {
  const chosen = chart.series.filter((s) => s.chosen);
  const others = chart.series.filter((s) => !s.chosen);
  const low = chart.names.map((_, i) => Math.min(...chart.series.map((s) => s.values[i])));
  const high = chart.names.map((_, i) => Math.max(...chart.series.map((s) => s.values[i])));
  return {
    height: chart.names.length * (dense ? 22 : 34) + 36,
    option: {
      ...base(look),
      grid: { left: 4, right: 20, top: 4, bottom: 4, outerBoundsMode: 'same' },
      xAxis: valueAxis(look, true, { splitNumber: width < 520 ? 2 : 4, min: Math.min(0, ...low), axisLabel: { color: look.muted, fontSize: 12, formatter: percent, hideOverlap: true } }),
      yAxis: { ...categoryAxis(look, chart.names, width < 520 ? 112 : 190), inverse: true },
      series: [bar('transparent', low), bar(look.tones.quiet, high.map((h, i) => h - low[i])), ...others.map((s) => dots(s, look, chart.names)), ...chosen.map((s) => dots(s, look, chart.names))],
    },
  };
}

function bar(color, data) {
  return { type: 'bar', stack: 'range', silent: true, barWidth: 6, itemStyle: { color }, emphasis: { disabled: true }, tooltip: { show: false }, data };
}

function dots(s, look, names) {
  return {
    type: 'scatter',
    name: s.name,
    symbol: s.chosen ? 'diamond' : 'circle',
    symbolSize: s.chosen ? 15 : 9,
    itemStyle: { color: look.tones[s.chosen ? 'accent' : 'first'], opacity: s.chosen ? 1 : 0.6, borderColor: look.surface, borderWidth: 1 },
    emphasis: { disabled: true },
    tooltip: { formatter: ({ name, dataIndex }) => `${name}\n${s.name}: ${s.labels[dataIndex]}` },
    data: s.values.map((value, i) => ({ value: [value, i], name: names[i] })),
  };
}
