// Draws the charts of report.html over its figures. The tables say all of it without: a chart that fails takes nothing away.
import { columns, rows } from './bars.js';
import { init } from './echarts.js';
import { flow } from './flow.js';
import { spread } from './spread.js';
import { theme } from './theme.js';

const kinds = { rows, columns, spread, flow };
const paper = 680; // CSS pixels: what an A4 or letter page has between the margins of report.css

const root = document.documentElement;
const figures = JSON.parse(document.getElementById('figures').textContent);
root.classList.add('drawn');
const charts = figures.map((figure) => ({ figure, at: document.getElementById(`chart-${figure.id}`) }));

function draw({ figure, at }, width) {
  const room = width ?? at.clientWidth;
  const { height, option } = kinds[figure.kind](figure, theme(root), room, width === paper);
  at.style.height = `${height}px`;
  const drawn = init(at, null, { renderer: 'svg', width: room, height });
  drawn.setOption(option);
  return drawn;
}

function redraw(width) {
  for (const chart of charts) {
    chart.drawn?.dispose();
    chart.drawn = draw(chart, width);
  }
}

// Paper has its own width and always the light colours; the class carries them while the page is laid out for print.
function print(on) {
  root.classList.toggle('paper', on);
  redraw(on ? paper : undefined);
}

redraw();
addEventListener('beforeprint', () => print(true));
addEventListener('afterprint', () => print(false));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => redraw());

let width = root.clientWidth;
addEventListener('resize', () => {
  if (root.clientWidth === width) return;
  width = root.clientWidth;
  redraw();
});
