// Colours come from the style sheet, so that light, dark and paper are decided in one place.
export function theme(root) {
  const style = getComputedStyle(root);
  const read = (name) => style.getPropertyValue(name).trim();
  return {
    text: read('--text'),
    muted: read('--muted'),
    line: read('--line'),
    surface: read('--surface'),
    tones: { first: read('--first'), second: read('--second'), accent: read('--accent'), quiet: read('--quiet') },
    names: ['--name-0', '--name-1', '--name-2', '--name-3', '--name-4', '--name-5', '--name-6', '--name-7'].map(read),
    font: getComputedStyle(root.querySelector('body')).fontFamily,
  };
}

// What every chart shares. Nothing moves; the bubble is drawn as text in the picture, so that no style attribute is needed
// (the page's policy forbids them).
export function base(look) {
  return {
    animation: false,
    textStyle: { fontFamily: look.font, color: look.text, fontSize: 13 },
    tooltip: {
      renderMode: 'richText',
      confine: true,
      backgroundColor: look.surface,
      borderColor: look.line,
      borderWidth: 1,
      textStyle: { color: look.text, fontSize: 13 },
    },
  };
}

export function categoryAxis(look, names, width) {
  return {
    type: 'category',
    data: names,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: look.line } },
    axisLabel: { color: look.text, fontSize: 13, width, overflow: 'truncate', ellipsis: '…', interval: 0 },
  };
}

export function valueAxis(look, show, extra) {
  return {
    type: 'value',
    splitNumber: 4,
    axisLabel: { show, color: look.muted, fontSize: 12, hideOverlap: true },
    splitLine: { lineStyle: { color: look.line, opacity: 0.6 } },
    ...extra,
  };
}
