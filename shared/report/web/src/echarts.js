// The parts of ECharts that the report draws with; whatever is not named here stays out of the bundle.
import { BarChart, SankeyChart, ScatterChart } from 'echarts/charts';
import { GridComponent, TooltipComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([BarChart, SankeyChart, ScatterChart, GridComponent, TooltipComponent, SVGRenderer]);

export { init };
