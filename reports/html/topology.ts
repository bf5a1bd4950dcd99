/** Who reached whom in a case: clients, what they asked for, and who answered or how it ended. */
import { link, text as textMark } from '@observablehq/plot';
import type { Flow } from '../evidence/digest.js';
import { countOf, shorten } from '../words.js';
import { drawPlot, figure, WIDTH } from './plot.js';

const ROW = 26;
const COLUMNS = ['client', 'cell', 'end'] as const;
/** Beyond these the table above tells it better. */
const MOST_NODES = 24;
const WIDEST = 7;
const MARGIN = { marginLeft: 90, marginRight: 130 } as const;
/** Of an average letter, in units of the drawing. */
const LETTER = 6.4;
const LONGEST_NAME = 48;

interface Node {
  readonly column: number;
  readonly name: string;
  readonly y: number;
  readonly bad: boolean;
}

interface Edge {
  readonly from: Node;
  readonly to: Node;
  readonly requests: number;
  readonly bad: boolean;
}

export function renderTopology(flows: readonly Flow[]): string {
  if (flows.length === 0) return '';
  const columns = COLUMNS.map((_, column) => nodesOf(flows, column));
  const rows = Math.max(...columns.map((nodes) => nodes.length));
  if (rows > MOST_NODES) return '';
  const edges = [...edgesOf(flows, columns, 0), ...edgesOf(flows, columns, 1)];
  const most = Math.max(...edges.map(({ requests }) => requests));
  const label = flows
    .map(
      ({ pod, cell, end, ok, requests }) =>
        `${pod}, ${cell}: ${countOf(requests, 'request')} ${ok ? 'answered by' : 'failed:'} ${end}`,
    )
    .join('; ');
  const longest = Math.max(...(columns[1] ?? []).map(({ name }) => name.length));
  const unit = (WIDTH - MARGIN.marginLeft - MARGIN.marginRight) / (COLUMNS.length - 1);
  /** Half of what the names in the middle take of the way from column to column. */
  const gap = ((longest + 2) * LETTER) / 2 / unit;
  const color = ({ bad }: { readonly bad: boolean }): string => (bad ? 'var(--fail)' : 'var(--s1)');
  const picture = drawPlot(label, {
    height: rows * ROW + 12,
    ...MARGIN,
    ...{ marginTop: 6, marginBottom: 6 },
    x: { domain: [0, COLUMNS.length - 1], axis: null },
    y: { domain: [rows - 0.5, -0.5], axis: null },
    marks: [
      link(edges, {
        x1: ({ from }: Edge) => from.column + (from.column === 0 ? 0 : gap),
        x2: ({ to }: Edge) => to.column - (to.column === 1 ? gap : 0),
        y1: ({ from }: Edge) => from.y,
        y2: ({ to }: Edge) => to.y,
        curve: 'bump-x',
        stroke: color,
        strokeOpacity: 0.45,
        strokeWidth: ({ requests }: Edge) => 1 + (WIDEST - 1) * Math.sqrt(requests / most),
      }),
      ...columns.map((nodes, column) =>
        textMark(nodes, {
          x: 'column',
          y: 'y',
          text: 'name',
          textAnchor: (['end', 'middle', 'start'] as const)[column] ?? 'middle',
          dx: [-6, 0, 6][column] ?? 0,
          fontSize: 12,
          fill: ({ bad }: Node) => (bad ? 'var(--fail)' : 'var(--ink)'),
        }),
      ),
    ],
  });
  return figure(
    'Who reached whom',
    'clients, what they asked for, and who answered; red: refused or failed; gates left out',
    picture,
  );
}

const nameIn = ({ pod, cell, end, ok }: Flow, column: number): string =>
  shorten([pod, cell, ok ? end : `✕ ${end}`][column] ?? '', LONGEST_NAME);

/** In order of first sending, spread over the height of the fullest column. */
function nodesOf(flows: readonly Flow[], column: number): readonly Node[] {
  const names = [...new Set(flows.map((flow) => nameIn(flow, column)))];
  const fullest = Math.max(...COLUMNS.map((_, each) => new Set(flows.map((flow) => nameIn(flow, each))).size));
  const step = fullest / names.length;
  return names.map((name, index) => ({
    column,
    name,
    y: (index + 0.5) * step - 0.5,
    bad: column === COLUMNS.length - 1 && name.startsWith('✕ '),
  }));
}

function edgesOf(flows: readonly Flow[], columns: readonly (readonly Node[])[], column: number): readonly Edge[] {
  const edges = new Map<string, Edge>();
  for (const flow of flows) {
    const from = columns[column]?.find(({ name }) => name === nameIn(flow, column));
    const to = columns[column + 1]?.find(({ name }) => name === nameIn(flow, column + 1));
    if (from === undefined || to === undefined) continue;
    const bad = column === 1 && !flow.ok;
    const key = JSON.stringify([from.name, to.name, bad]);
    edges.set(key, { from, to, bad, requests: (edges.get(key)?.requests ?? 0) + flow.requests });
  }
  return [...edges.values()];
}
