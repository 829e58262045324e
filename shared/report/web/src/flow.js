import { base } from './theme.js';

// flow draws the paths as bands from one contact to the next, the sale at the right edge.
export function flow(chart, look, width, dense) {
  const last = Math.max(...chart.nodes.map((n) => n.depth));
  return {
    height: Math.max(dense ? 240 : 280, largestColumn(chart.nodes) * (dense ? 34 : 46)),
    option: {
      ...base(look),
      series: [
        {
          type: 'sankey',
          left: 4,
          right: 92,
          top: 8,
          bottom: 8,
          nodeWidth: 12,
          nodeGap: 14,
          draggable: false,
          nodeAlign: 'right',
          emphasis: { disabled: true },
          lineStyle: { color: 'source', opacity: 0.32, curveness: 0.5 },
          label: { color: look.text, fontSize: 12, formatter: ({ data }) => data.text, overflow: 'truncate', width: 108 },
          tooltip: { formatter: ({ data }) => data.tip },
          // `text`, since `label` is an option of ECharts itself.
          data: chart.nodes.map((n) => ({ name: n.id, depth: n.depth, text: n.label, tip: n.tip, itemStyle: { color: colour(n, look, last), borderWidth: 0 } })),
          links: chart.links.map((l) => ({ source: l.from, target: l.to, value: l.value, tip: l.tip })),
        },
      ],
    },
  };
}

function colour(node, look, last) {
  return node.depth === last ? look.muted : look.names[node.name % look.names.length];
}

function largestColumn(nodes) {
  const counts = {};
  for (const n of nodes) counts[n.depth] = (counts[n.depth] ?? 0) + 1;
  return Math.max(...Object.values(counts));
}
